"""Writes a model in Hugging Face layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

import tokenizer as tokenizers_of_both
from model import Llama, Shape

_END_IDS = [0, 2]


def configuration(shape: Shape) -> dict[str, Any]:
    """config.json of a shape."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.hidden,
        "intermediate_size": shape.ff,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_dim,
        "hidden_act": "silu",
        "max_position_embeddings": shape.positions,
        "rms_norm_eps": shape.norm_epsilon,
        "rope_theta": shape.rope_theta,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "initializer_range": 0.02,
        "bos_token_id": 0,
        "eos_token_id": _END_IDS,
        "pad_token_id": 0,
        "use_cache": True,
        "torch_dtype": "bfloat16",
    }


def export(model: Llama, tokenizer: Tokenizer, directory: Path) -> None:
    """Weights in bf16, configuration and tokenizer."""
    directory.mkdir(parents=True, exist_ok=True)
    tensors = {f"model.{name}": p.detach().to(torch.bfloat16).contiguous() for name, p in model.named_parameters()}
    weights = directory / "model.safetensors"
    save_file(tensors, weights, metadata={"format": "pt"})
    weights.chmod(0o644)
    _write(directory / "config.json", configuration(model.shape))
    _write(
        directory / "generation_config.json",
        {"bos_token_id": 0, "eos_token_id": _END_IDS, "pad_token_id": 0, "do_sample": False},
    )
    tokenizers_of_both.save(tokenizer, directory)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")
