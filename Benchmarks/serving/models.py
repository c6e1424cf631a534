"""The same random weights for every server: Skein's checkpoint, CTranslate2's model and a GGUF file.

`converted` comes from Benchmarks/peers. Everything lies in the shapes' folder and is made on first use.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import load_file

sys.path.insert(0, str(Path(__file__).parent.parent / "peers"))
from compare import converted  # noqa: E402

__all__ = ["converted", "gguf_file", "served_folder"]


def served_folder(skein: Path, shapes: Path, shape: str, tokenizer: Path) -> Path:
    """The shape's checkpoint, with this tokenizer.json if there is one: prompts then have as many tokens as in life."""
    source = shapes / shape
    if not (source / "complete").exists():
        command = [skein, "bench", "decode", "--shape", shape, "--rounds", "1", "--new-tokens", "2"]
        command += ["--quant-type", "int8", "--shapes-folder", shapes]
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
    if not tokenizer.exists():
        return source
    folder = shapes / f"{shape}-{tokenizer.stem}"
    folder.mkdir(exist_ok=True)
    files = {name: source / name for name in ("config.json", "model.safetensors")} | {"tokenizer.json": tokenizer}
    for name, target in files.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target.resolve())
    return folder


def gguf_file(folder: Path, quant: str) -> Path:
    """A Llama checkpoint as GGUF, in f32 or q8_0, with its tokenizer.json's vocabulary."""
    path = folder.parent / f"{folder.name}-{quant}.gguf"
    if path.exists():
        return path
    config = json.loads((folder / "config.json").read_text())
    unfinished = path.with_suffix(".unfinished")
    writer = gguf.GGUFWriter(unfinished, "llama")
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


def _add_vocabulary(writer: gguf.GGUFWriter, folder: Path, config: dict) -> None:
    vocabulary = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    pieces = sorted(vocabulary, key=vocabulary.get)
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
    "model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def _add_tensor(writer: gguf.GGUFWriter, name: str, tensor: np.ndarray, quant: str, config: dict) -> None:
    if name in _NAMES:
        target = _NAMES[name]
    else:
        _, _, layer, part = name.removesuffix(".weight").split(".", 3)
        target = f"blk.{layer}.{_NAMES[part]}.weight"
    if "attn_q" in target or "attn_k" in target:
        heads = config["num_attention_heads" if "attn_q" in target else "num_key_value_heads"]
        # GGUF pairs neighbours where transformers pairs halves.
        rows, columns = tensor.shape
        tensor = tensor.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)
    if quant == "f32" or tensor.ndim == 1:
        writer.add_tensor(target, np.ascontiguousarray(tensor))
    else:
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(target, gguf.quants.quantize(np.ascontiguousarray(tensor), kind), raw_dtype=kind)
