"""A shape's random weights as every peer wants them; all lie in the shapes' folder and are made on first use."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import gguf
import ml_dtypes  # noqa: F401  (numpy knows bfloat16 by it)
import numpy as np
from safetensors.numpy import load_file


def made(skein_program: Path, shapes: Path, shape: str) -> Path:
    """The shape's checkpoint, which Skein writes."""
    source = shapes / shape
    if not (source / "complete").exists():
        command = [skein_program, "bench", "decode", "--shape", shape, "--rounds", "1", "--new-tokens", "2"]
        command += ["--quant-type", "int8", "--shapes-folder", shapes]
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
    return source


def converted(skein_program: Path, shapes: Path, shape: str) -> Path:
    """The same random weights as a CTranslate2 model; made on first use."""
    target = shapes / f"{shape}-ctranslate2"
    if (target / "model.bin").exists():
        return target
    source = made(skein_program, shapes, shape)
    with tempfile.TemporaryDirectory() as folder:
        # The converter wants a word for every id; the benchmark sends ids.
        import ctranslate2
        from tokenizers import Tokenizer, models
        from transformers import AutoConfig

        for name in ("config.json", "model.safetensors"):
            (Path(folder) / name).symlink_to((source / name).resolve())
        words = {f"w{index}": index for index in range(AutoConfig.from_pretrained(source).vocab_size)}
        Tokenizer(models.WordLevel(words, unk_token="w0")).save(f"{folder}/tokenizer.json")
        (Path(folder) / "tokenizer_config.json").write_text(json.dumps({
            "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "w1", "eos_token": "w2", "unk_token": "w0",
        }))
        ctranslate2.converters.TransformersConverter(folder, low_cpu_mem_usage=True).convert(str(target))
    return target


def gguf_file(folder: Path, quant: str) -> Path:
    """A Llama or GPT-2 checkpoint as GGUF, in f32 or q8_0, with its tokenizer.json's vocabulary if it has one."""
    path = folder.parent / f"{folder.name}-{quant}.gguf"
    if path.exists():
        return path
    config = json.loads((folder / "config.json").read_text())
    unfinished = path.with_suffix(".unfinished")
    architecture = config["model_type"]
    writer = gguf.GGUFWriter(unfinished, architecture)
    (_add_llama if architecture == "llama" else _add_gpt2)(writer, config)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_file_type(gguf.LlamaFileType.ALL_F32 if quant == "f32" else gguf.LlamaFileType.MOSTLY_Q8_0)
    _add_vocabulary(writer, folder, config)
    for name, tensor in load_file(folder / "model.safetensors").items():
        _add_tensor(writer, name, tensor.astype(np.float32), quant, config)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    unfinished.rename(path)
    return path


def _add_llama(writer: gguf.GGUFWriter, config: dict) -> None:
    heads = config["num_attention_heads"]
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(config["hidden_size"] // heads)
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])


def _add_gpt2(writer: gguf.GGUFWriter, config: dict) -> None:
    writer.add_context_length(config["n_positions"])
    writer.add_embedding_length(config["n_embd"])
    writer.add_block_count(config["n_layer"])
    writer.add_feed_forward_length(config.get("n_inner") or 4 * config["n_embd"])
    writer.add_head_count(config["n_head"])
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])


def _add_vocabulary(writer: gguf.GGUFWriter, folder: Path, config: dict) -> None:
    file = folder / "tokenizer.json"
    vocabulary = json.loads(file.read_text())["model"]["vocab"] if file.exists() else {}
    pieces = sorted(vocabulary, key=vocabulary.get)
    if pieces[3:4] != ["<0x00>"]:
        # Not SentencePiece's: benchmarks give ids, and need no vocabulary.
        writer.add_tokenizer_model("none")
        return
    # SentencePiece's own vocabulary: unknown, begin, end, 256 bytes, then pieces in the order in which BPE joins them.
    scores = [0.0 if index < 259 else -float(index - 259) for index in range(len(pieces))]
    kinds = [gguf.TokenType.NORMAL] * len(pieces)
    kinds[0], kinds[1], kinds[2] = gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL
    kinds[3:259] = [gguf.TokenType.BYTE] * 256
    writer.add_tokenizer_model("llama")
    writer.add_token_list(pieces)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_unk_token_id(0)


_NAMES = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    # GPT-2
    "wte": "token_embd", "wpe": "position_embd", "ln_f": "output_norm", "ln_1": "attn_norm", "ln_2": "ffn_norm",
    "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down",
}


def _add_tensor(writer: gguf.GGUFWriter, name: str, tensor: np.ndarray, quant: str, config: dict) -> None:
    stem, kind = name.removeprefix("transformer.").rsplit(".", 1)
    if stem in _NAMES:
        target = f"{_NAMES[stem]}.{kind}"
    else:
        _, layer, part = stem.removeprefix("model.").split(".", 2)
        target = f"blk.{layer}.{_NAMES[part]}.{kind}"
    if config["model_type"] == "gpt2" and tensor.ndim == 2 and target.startswith("blk."):
        # Conv1D keeps its matrix the other way round.
        tensor = tensor.T
    elif "attn_q." in target or "attn_k." in target:
        heads = config["num_attention_heads" if "attn_q" in target else "num_key_value_heads"]
        # GGUF pairs neighbours where transformers pairs halves.
        rows, columns = tensor.shape
        tensor = tensor.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)
    if quant == "f32" or tensor.ndim == 1 or "position_embd" in target:
        writer.add_tensor(target, np.ascontiguousarray(tensor))
    else:
        storage = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(target, gguf.quants.quantize(np.ascontiguousarray(tensor), storage), raw_dtype=storage)
