"""Writes Models/skein-demo as a GGUF file.

    python convert_demo.py DIRECTORY FILE.gguf BF16|Q8_0|Q4_0          (needs gguf)

The tokenizer splits texts in a way that has no name in llama.cpp, so the file carries tokenizer.json whole, as GGUF's
specification has it (tokenizer.huggingface.json), beside the lists of tokens and merges.
"""

import json
import pathlib
import sys

import gguf
import numpy as np

NAMES = {
    "model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}


def load(path):
    """Every tensor as f32; numpy has no bfloat16."""
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
        data = file.read()
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        raw = data[begin:end]
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            values = np.frombuffer(raw, {"F16": "<f2", "F32": "<f4"}[entry["dtype"]]).astype(np.float32)
        yield name, values.reshape(entry["shape"])


def renamed(name):
    if name in NAMES:
        return NAMES[name]
    layer, rest = name.removeprefix("model.layers.").split(".", 1)
    return f"blk.{layer}.{NAMES[rest.removesuffix('.weight')]}.weight"


def interleaved(weights, heads):
    """llama.cpp rotates neighbours: the rows of both halves of a head alternate."""
    return weights.reshape(heads, 2, -1, weights.shape[1]).swapaxes(1, 2).reshape(weights.shape)


def main():
    directory, target, kind = pathlib.Path(sys.argv[1]), sys.argv[2], gguf.GGMLQuantizationType[sys.argv[3]]
    config = json.loads((directory / "config.json").read_text())
    text = (directory / "tokenizer.json").read_text(encoding="utf-8")
    tokenizer = json.loads(text)
    settings = json.loads((directory / "tokenizer_config.json").read_text())
    writer = gguf.GGUFWriter(target, "llama")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    vocabulary = sorted(tokenizer["model"]["vocab"].items(), key=lambda item: item[1])
    added = {token["id"]: token["content"] for token in tokenizer["added_tokens"]}
    tokens = {**{index: token for token, index in vocabulary}, **added}
    order = [tokens[index] for index in range(len(tokens))]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("skein-demo")
    writer.add_token_list(order)
    writer.add_token_types([3 if index in added else 1 for index in range(len(order))])
    merges = tokenizer["model"]["merges"]
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    writer.add_string("tokenizer.huggingface.json", text)
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(order.index(settings["eos_token"]))
    writer.add_eot_token_id(config["bos_token_id"])
    writer.add_add_bos_token(False)
    writer.add_chat_template(settings["chat_template"])
    for name, weights in load(directory / "model.safetensors"):
        if ".q_proj" in name:
            weights = interleaved(weights, config["num_attention_heads"])
        elif ".k_proj" in name:
            weights = interleaved(weights, config["num_key_value_heads"])
        type_ = kind if weights.ndim == 2 else gguf.GGMLQuantizationType.F32
        writer.add_tensor(renamed(name), gguf.quantize(np.ascontiguousarray(weights), type_), raw_dtype=type_)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


main()
