"""Makes the tiny GPTQ and AWQ checkpoints beside this file, with what transformers computes from the same weights in
float32.

    python make_packed.py [NAME...]         (in the environment of make_gguf.py)

The packers follow the published layouts. GPTQ: qweight int32 [inputs / 8][outputs], the codes of eight neighbouring
inputs in a word, the first in the lowest bits; qzeros int32 [groups][outputs / 8], less 1 in version 1; scales f16
[groups][outputs]; g_idx int32 [inputs]. AWQ (gemm): qweight int32 [inputs][outputs / 8], a word's halves holding the
outputs 0 2 4 6 1 3 5 7; qzeros alike. What is expected is computed from scale x (code - zero) in float32.
"""

import json
import pathlib
import shutil
import sys
import tempfile

import numpy as np
import safetensors.numpy
import safetensors.torch
import torch
import transformers

HERE = pathlib.Path(__file__).parent
NAMES = sys.argv[1:]
sys.argv = sys.argv[:1] + ["none"]
source = (HERE / "make_gguf.py").read_text(encoding="utf-8").rsplit("\nmain()", 1)[0]
exec(compile(source, str(HERE / "make_gguf.py"), "exec"))

AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7]


def quantize(weights, groups, bits, symmetric):
    """Codes [outputs][inputs], scales (f16) and zeros [groups][outputs]; `groups` has the group of every input."""
    top = 2 ** bits - 1
    count = int(groups.max()) + 1
    codes = np.zeros(weights.shape, np.int64)
    scales = np.zeros((count, weights.shape[0]), np.float16)
    zeros = np.zeros((count, weights.shape[0]), np.int64)
    for group in range(count):
        part = weights[:, groups == group]
        if symmetric:
            zero = np.full(len(part), 2 ** (bits - 1))
            scale = np.maximum(np.abs(part).max(1) / (2 ** (bits - 1) - 1), 1e-4).astype(np.float16)
        else:
            low, high = np.minimum(part.min(1), 0), np.maximum(part.max(1), 0)
            scale = np.maximum((high - low) / top, 1e-4).astype(np.float16)
            # One output has the zero 16, which version 1 can store and 4 bits cannot hold.
            zero = np.clip(np.rint(-low / scale.astype(np.float32)), 1, top + 1).astype(np.int64)
        codes[:, groups == group] = np.clip(np.rint(part / scale[:, None].astype(np.float32)) + zero[:, None], 0, top)
        scales[group], zeros[group] = scale, zero
    return codes, scales, zeros


def words(codes, bits, order=None):
    """Packs the last axis."""
    count = 32 // bits
    codes = codes.reshape(*codes.shape[:-1], -1, count)
    order = order or list(range(count))
    packed = np.zeros(codes.shape[:-1], np.uint32)
    for place, index in enumerate(order):
        packed |= codes[..., index].astype(np.uint32) << np.uint32(bits * place)
    return packed.view(np.int32)


def gptq(weights, size, bits, symmetric, version, order=None):
    inputs = weights.shape[1]
    size = inputs if size < 0 else size
    groups = np.arange(inputs) // size
    if order is not None:
        groups = groups[order.permutation(inputs)]
    codes, scales, zeros = quantize(weights, groups, bits, symmetric)
    stored = zeros - 1 if version == 1 else np.minimum(zeros, 2 ** bits - 1)
    zeros = stored + 1 if version == 1 else stored
    plain = scales.astype(np.float32)[groups].T * (codes - zeros[groups].T).astype(np.float32)
    return plain, {
        "qweight": words(codes, bits).T.copy(), "qzeros": words(stored, bits), "scales": scales,
        "g_idx": groups.astype(np.int32)}


def awq(weights, size):
    groups = np.arange(weights.shape[1]) // size
    codes, scales, zeros = quantize(weights, groups, 4, False)
    zeros = np.minimum(zeros, 15)
    plain = scales.astype(np.float32)[groups].T * (codes - zeros[groups].T).astype(np.float32)
    return plain, {
        "qweight": words(codes.T.copy(), 4, AWQ_ORDER), "qzeros": words(zeros, 4, AWQ_ORDER), "scales": scales}


def make(name, pack, quantization):
    for seed in range(1, 60):
        directory = HERE / name
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**dict(
            SIZES, hidden_size=64, intermediate_size=72, num_attention_heads=4, num_key_value_heads=2, head_dim=16,
            num_hidden_layers=1, tie_word_embeddings=True)))
        randomize(model, seed)
        encode = byte_level(directory, "gpt-2")
        random = np.random.default_rng(seed)
        state, tensors = dict(model.named_parameters()), {}
        with torch.no_grad():
            for key, value in state.items():
                if "proj" not in key:
                    tensors[key] = value.half().numpy()
                    continue
                plain, parts = pack(value.numpy(), random)
                value.copy_(torch.from_numpy(plain))
                for part, array in parts.items():
                    tensors[key.removesuffix("weight") + part] = np.ascontiguousarray(array)
        cases, margin = expect(model, encode)
        if margin < MARGIN:
            continue
        safetensors.numpy.save_file(tensors, str(directory / "model.safetensors"), {"format": "pt"})
        config = json.loads(model.config.to_json_string())
        config["quantization_config"] = quantization
        (directory / "config.json").write_text(json.dumps(config, indent=1))
        (directory / "tokenizer_config.json").unlink()
        with open(directory / "expected.json", "w", encoding="utf-8") as file:
            json.dump({"made_with": f"transformers {transformers.__version__}, torch {torch.__version__}, float32",
                       "cases": cases}, file, ensure_ascii=False, separators=(",", ":"))
        print(name, seed, sum(file.stat().st_size for file in directory.iterdir()))
        return
    raise SystemExit(f"{name}: no seed is clear")


def variant(size, bits, symmetric, version, act_order=False, **config):
    quantization = {
        "quant_method": "gptq", "bits": bits, "group_size": size, "sym": symmetric, "desc_act": act_order, **config}
    return (lambda weights, random: gptq(weights, size, bits, symmetric, version, random if act_order else None),
            quantization)


VARIANTS = {
    "gptq-v1": variant(32, 4, True, 1, checkpoint_format="gptq"),
    # Says version 1 and holds version 2's zeros.
    "gptq-v2": variant(64, 4, True, 2, checkpoint_format="gptq"),
    "gptq-v1-zeros": variant(32, 4, False, 1),
    "gptq-v2-row": variant(-1, 4, False, 2, checkpoint_format="gptq_v2"),
    "gptq-act-order": variant(32, 4, True, 1, act_order=True),
    "gptq-8-bits": variant(32, 8, True, 1),
    "awq": (lambda weights, random: awq(weights, 32), {
        "quant_method": "awq", "bits": 4, "group_size": 32, "zero_point": True, "version": "gemm"}),
}
torch.set_num_threads(1)
for name in NAMES or VARIANTS:
    make(name, *VARIANTS[name])
