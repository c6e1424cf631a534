"""Makes the tiny GGUF files beside this file, with what transformers computes from the same weights in float32.

    pip install gguf sentencepiece cmake scikit-build-core transformers torch
    pip download --no-deps --no-binary :all: --no-build-isolation llama-cpp-python      (and unpack it)
    LLAMA_CPP=.../llama_cpp_python-*/vendor/llama.cpp python make_gguf.py [NAME...]

Every architecture's file is made by llama.cpp's own convert_hf_to_gguf.py from a random model of transformers; what is
expected of it is computed from that model. Files of the block formats are such a file with its tensors quantized by the
`gguf` package (or, of the K formats, with random blocks); what is expected of them is computed by transformers from the
GGUF file, and the numbers of every tensor are those of gguf's dequantize.
"""

import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import gguf
import numpy as np
import sentencepiece
import tokenizers
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).parent
SPECIAL = ["<|begin|>", "<|end|>", "<|endoftext|>"]
GENERATED = 24
MARGIN = 5e-4
VOCABULARY = 288
PIECES = 400

sys.path.insert(0, str(HERE.parent))
TEXT = (HERE.parent / "make_checkpoints.py").read_text(encoding="utf-8").split('TEXT = """')[1].split('"""')[0]
PROMPTS = ["The geese came over the marsh & 13 of them went north:\n", "Gänse, øre, 雁 \U0001f9a2 isn't  it"]

SIZES = dict(
    vocab_size=VOCABULARY, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=3,
    num_key_value_heads=1, max_position_embeddings=128, bos_token_id=0, eos_token_id=1, pad_token_id=None)

# Runs llama.cpp's converter with a name for the pattern of a tokenizer that it cannot know.
CONVERT = """
import json, pathlib, sys
sys.path.insert(0, {root!r})
from conversion import base
base.TextModel.get_vocab_base_pre = lambda self, tokenizer: {pattern!r}
load = base.ModelBase.load_hparams
base.ModelBase.load_hparams = staticmethod(
    lambda *a, **k: {{**json.loads((pathlib.Path(a[0]) / "config.json").read_text()), **load(*a, **k)}})
import runpy
sys.argv = ["convert_hf_to_gguf.py", {model!r}, "--outfile", {out!r}, "--outtype", {kind!r}]
runpy.run_path({root!r} + "/convert_hf_to_gguf.py", run_name="__main__")
"""


def byte_level(directory, pattern):
    """A tokenizer.json of VOCABULARY byte-level pairs that splits texts as the named pattern does."""
    tokenizer = Tokenizer(models.BPE())
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
    rest = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
    tokenizer.pre_tokenizer = {
        "gpt-2": lambda: pre_tokenizers.ByteLevel(add_prefix_space=False),
        "qwen2": lambda: pre_tokenizers.Sequence(
            [pre_tokenizers.Split(tokenizers.Regex(contractions + "\\p{N}" + rest), "isolated"), plain]),
        "llama-bpe": lambda: pre_tokenizers.Sequence(
            [pre_tokenizers.Split(tokenizers.Regex(contractions + "\\p{N}{1,3}" + rest), "isolated"), plain]),
        "smollm": lambda: pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]),
        "falcon": lambda: pre_tokenizers.Sequence([
            pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.ByteLevel(add_prefix_space=False),
            pre_tokenizers.Digits(individual_digits=False),
            pre_tokenizers.Split(tokenizers.Regex("[0-9][0-9][0-9]"), "isolated")]),
        "bloom": lambda: pre_tokenizers.Sequence(
            [pre_tokenizers.Split(tokenizers.Regex(" ?[^(\\s|[.,!?…。，、।۔،])]+"), "isolated"), plain]),
    }[pattern]()
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator([TEXT], trainers.BpeTrainer(
        vocab_size=VOCABULARY, min_frequency=1, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    assert tokenizer.get_vocab_size() == VOCABULARY
    tokenizer.save(str(directory / "tokenizer.json"))
    (directory / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": SPECIAL[0], "eos_token": SPECIAL[1],
        "chat_template": "{{ messages[0]['content'] }}"}))
    begin = [0] if pattern == "llama-bpe" else []
    return lambda text: begin + tokenizer.encode(text).ids


def pieces(directory, prefix):
    """A tokenizer.model of byte pairs with byte fallback; `prefix`: a space before the text."""
    text = directory / "text.txt"
    text.write_text(TEXT, encoding="utf-8")
    sentencepiece.SentencePieceTrainer.Train(
        input=str(text), model_prefix=str(directory / "tokenizer"), vocab_size=PIECES, model_type="bpe",
        byte_fallback=True, character_coverage=0.98, add_dummy_prefix=prefix, remove_extra_whitespaces=False,
        normalization_rule_name="identity", unk_id=0, bos_id=1, eos_id=2, minloglevel=2)
    text.unlink()
    processor = sentencepiece.SentencePieceProcessor(model_file=str(directory / "tokenizer.model"))
    return lambda text: [1] + processor.encode(text)


def randomize(model, seed, dtype=torch.float16):
    """Weights that make every part count, all of them values of a type."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() == 1:
                is_norm = "norm" in name or "ln_" in name
                parameter.copy_(1 + 0.2 * noise if is_norm and name.endswith("weight") else 0.3 * noise)
            elif "embed" in name or "wte" in name or "wpe" in name:
                parameter.copy_(0.5 * noise)
            else:
                parameter.copy_(1.6 * noise / parameter.shape[-1] ** 0.5)
            parameter.copy_(parameter.to(dtype).float())


def expect(model, encode):
    """Ids, greedy continuations, and the logits of three positions; with the least gap of the greedy choices."""
    model = model.eval()
    cases, margin = [], float("inf")
    for prompt in PROMPTS:
        ids = encode(prompt)
        running = list(ids)
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0]
            for _ in range(GENERATED):
                row = model(torch.tensor([running])).logits[0, -1]
                best = torch.topk(row, 2)
                margin = min(margin, float((best.values[0] - best.values[1]) / row.abs().max()))
                running.append(int(best.indices[0]))
        positions = [0, len(ids) // 2, len(ids) - 1]
        cases.append({
            "prompt": prompt, "prompt_ids": ids, "generated_ids": running[len(ids):], "positions": positions,
            "logits_f32_base64": base64.b64encode(logits[positions].numpy().astype("<f4").tobytes()).decode()})
    return cases, margin


def convert(directory, out, pattern, kind):
    program = CONVERT.format(root=os.environ["LLAMA_CPP"], pattern=pattern, model=str(directory), out=str(out), kind=kind)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if done.returncode != 0 or not out.exists():
        raise SystemExit(f"{out.name}: {done.stderr[-3000:]}")


def write(name, cases, **more):
    made_with = (
        f"transformers {transformers.__version__}, torch {torch.__version__}, gguf {gguf_version()}, "
        "llama.cpp's convert_hf_to_gguf.py of llama-cpp-python, float32, greedy = argmax, no stop token")
    with open(HERE / f"{name}.json", "w", encoding="utf-8") as file:
        json.dump({"made_with": made_with, **more, "cases": cases}, file, ensure_ascii=False, separators=(",", ":"))
    size = (HERE / f"{name}.gguf").stat().st_size
    print(f"{name}: {size} bytes, prompts of {[len(case['prompt_ids']) for case in cases]}")


def gguf_version():
    import importlib.metadata
    return importlib.metadata.version("gguf")


def architecture(name, make, pattern="gpt-2", kind="f16", spaces=None, older=None):
    """Writes NAME.gguf and NAME.json with the first seed whose greedy choices are all clear."""
    for seed in range(1, 60):
        with tempfile.TemporaryDirectory() as folder:
            directory = pathlib.Path(folder)
            model = make()
            randomize(model, seed, torch.bfloat16 if kind == "bf16" else torch.float16)
            encode = byte_level(directory, pattern) if spaces is None else pieces(directory, spaces)
            cases, margin = expect(model, encode)
            if margin < MARGIN:
                continue
            # In f32, for the converter adds 1 to some norms in the type that it finds.
            model.save_pretrained(directory)
            # The converter knows the keys and names of these models' own config.json alone.
            file = directory / "config.json"
            config = {**json.loads(file.read_text()), **(older or {})}
            file.write_text(json.dumps(config))
            convert(directory, HERE / f"{name}.gguf", pattern, kind)
        write(name, cases)
        return
    raise SystemExit(f"{name}: no seed is clear")


def requantize(source, target, choose, seed=1):
    """Copies a GGUF file with other types of tensors; gives what gguf makes of each tensor."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, reader.get_field("general.architecture").contents())
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        kind = field.types[0]
        writer.add_key_value(key, field.contents(), kind, field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None)
    random = np.random.default_rng(seed)
    digests = {}
    for tensor in reader.tensors:
        kind = choose(tensor.name)
        shape = tensor.shape[::-1].tolist()
        if kind is None or len(shape) < 2:
            data, kind = tensor.data, tensor.tensor_type
        else:
            weights = gguf.dequantize(tensor.data, tensor.tensor_type).reshape(shape)
            try:
                data = gguf.quantize(weights, kind)
            except NotImplementedError:
                data = blocks(kind, shape, random)
        writer.add_tensor(tensor.name, data, raw_dtype=kind)
        plain = np.ascontiguousarray(gguf.dequantize(np.ascontiguousarray(data), kind)).astype("<f4")
        digests[tensor.name] = hashlib.sha256(plain.tobytes()).hexdigest()
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return digests


def blocks(kind, shape, random):
    """Random blocks of a K format whose weights are about as large as a model's."""
    size, count = gguf.GGML_QUANT_SIZES[kind]
    data = random.integers(0, 256, (shape[0], shape[1] // size, count), dtype=np.uint8)
    wanted = 1.0 / shape[1] ** 0.5
    name = kind.name
    places = {"Q2_K": ([80], [82]), "Q3_K": ([108], []), "Q4_K": ([0], [2]), "Q5_K": ([0], [2]), "Q6_K": ([208], [])}[name]
    spread = {"Q2_K": 12.0, "Q3_K": 40.0, "Q4_K": 160.0, "Q5_K": 330.0, "Q6_K": 1300.0}[name]
    least = {"Q2_K": 1.6, "Q4_K": 8.0, "Q5_K": 16.0}.get(name, 0.0)
    scale = np.float16(wanted / spread) * (0.5 + random.random(data.shape[:2])).astype(np.float16)
    for place in places[0]:
        data[:, :, place:place + 2] = scale.astype("<f2").view(np.uint8).reshape(*data.shape[:2], 2)
    for place in places[1]:
        data[:, :, place:place + 2] = (scale * np.float16(least)).astype("<f2").view(np.uint8).reshape(*data.shape[:2], 2)
    return data.reshape(shape[0], -1)


def typed(name, choose, hidden=64, feed_forward=96, tied=False, layers=2):
    """A llama whose tensors have the chosen types; transformers reads the file itself."""
    for seed in range(1, 60):
        with tempfile.TemporaryDirectory() as folder:
            directory = pathlib.Path(folder)
            model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**dict(
                SIZES, hidden_size=hidden, intermediate_size=feed_forward, num_attention_heads=4, num_key_value_heads=2,
                num_hidden_layers=layers, head_dim=16, tie_word_embeddings=tied, rms_norm_eps=1e-5)))
            randomize(model, seed)
            encode = byte_level(directory, "llama-bpe")
            model.half().save_pretrained(directory)
            plain = directory / "plain.gguf"
            convert(directory, plain, "llama-bpe", "f16")
            target = HERE / f"{name}.gguf"
            target.unlink(missing_ok=True)
            digests = requantize(str(plain), str(target), choose, seed)
            loaded = transformers.AutoModelForCausalLM.from_pretrained(
                str(HERE), gguf_file=target.name, dtype=torch.float32, attn_implementation="eager")
            cases, margin = expect(loaded, encode)
        if margin >= MARGIN:
            write(name, cases, tensor_sha256=digests)
            return
    raise SystemExit(f"{name}: no seed is clear")


T = gguf.GGMLQuantizationType
MIXED = {
    "token_embd": T.Q6_K, "blk.0.attn_q": T.Q4_K, "blk.0.attn_k": T.Q5_K, "blk.0.attn_v": T.Q6_K, "blk.0.attn_output": T.Q5_0,
    "blk.0.ffn_gate": T.Q3_K, "blk.0.ffn_up": T.Q2_K, "blk.0.ffn_down": T.Q4_1, "blk.1.attn_q": T.Q5_K,
    "blk.1.attn_k": T.Q4_K, "blk.1.attn_v": T.Q8_0, "blk.1.attn_output": T.Q5_1, "blk.1.ffn_gate": T.Q4_K,
    "blk.1.ffn_up": T.Q5_K, "blk.1.ffn_down": T.BF16,
}


def main():
    torch.set_num_threads(1)
    t = transformers
    gemma = dict(SIZES, vocab_size=PIECES, head_dim=8, tie_word_embeddings=True, bos_token_id=1, eos_token_id=2)
    makers = {
        "llama": lambda n: architecture(n, lambda: t.LlamaForCausalLM(t.LlamaConfig(
            **SIZES, head_dim=16, attention_bias=False, tie_word_embeddings=False, rope_parameters={
                "rope_type": "llama3", "rope_theta": 50000.0, "factor": 8.0, "low_freq_factor": 1.0,
                "high_freq_factor": 4.0, "original_max_position_embeddings": 32})), "llama-bpe"),
        "llama-pieces": lambda n: architecture(n, lambda: t.LlamaForCausalLM(t.LlamaConfig(**dict(
            SIZES, vocab_size=PIECES, bos_token_id=1, eos_token_id=2, tie_word_embeddings=True))),
            kind="bf16", spaces=True),
        "mixtral": lambda n: architecture(n, lambda: t.MixtralForCausalLM(t.MixtralConfig(
            **SIZES, num_local_experts=3, num_experts_per_tok=2, sliding_window=None)), "llama-bpe"),
        "qwen2": lambda n: architecture(n, lambda: t.Qwen2ForCausalLM(t.Qwen2Config(
            **SIZES, tie_word_embeddings=True, rope_theta=1000000.0)), "qwen2"),
        "qwen3": lambda n: architecture(n, lambda: t.Qwen3ForCausalLM(t.Qwen3Config(
            **SIZES, head_dim=12, rope_parameters={
                "rope_type": "yarn", "rope_theta": 1000.0, "factor": 4.0, "original_max_position_embeddings": 16})),
            "qwen2"),
        "qwen2moe": lambda n: architecture(n, lambda: t.Qwen2MoeForCausalLM(t.Qwen2MoeConfig(
            **SIZES, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=20,
            shared_expert_intermediate_size=28)), "qwen2"),
        "qwen3moe": lambda n: architecture(n, lambda: t.Qwen3MoeForCausalLM(t.Qwen3MoeConfig(
            **SIZES, head_dim=8, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=20, norm_topk_prob=True)),
            "qwen2"),
        "phi3": lambda n: architecture(n, lambda: t.Phi3ForCausalLM(t.Phi3Config(**dict(
            SIZES, vocab_size=PIECES, bos_token_id=1, eos_token_id=2),
            original_max_position_embeddings=128)), spaces=True),
        "smollm3": lambda n: architecture(n, lambda: t.SmolLM3ForCausalLM(t.SmolLM3Config(
            **dict(SIZES, num_hidden_layers=4))), "llama-bpe"),
        "gemma": lambda n: architecture(n, lambda: t.GemmaForCausalLM(t.GemmaConfig(**gemma)), spaces=False),
        "gemma2": lambda n: architecture(n, lambda: t.Gemma2ForCausalLM(t.Gemma2Config(
            **gemma, sliding_window=16, attn_logit_softcapping=4.0, final_logit_softcapping=12.0,
            query_pre_attn_scalar=8)), spaces=False),
        "gemma3": lambda n: architecture(n, lambda: t.Gemma3ForCausalLM(t.Gemma3TextConfig(
            **dict(gemma, num_hidden_layers=6), sliding_window=16, query_pre_attn_scalar=8)), spaces=False),
        "stablelm": lambda n: architecture(n, lambda: t.StableLmForCausalLM(t.StableLmConfig(
            **SIZES, use_qkv_bias=True, partial_rotary_factor=0.5)), "gpt-2"),
        "gptneox": lambda n: architecture(n, lambda: t.GPTNeoXForCausalLM(t.GPTNeoXConfig(
            vocab_size=VOCABULARY, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=3,
            max_position_embeddings=128, rotary_pct=0.5, bos_token_id=0, eos_token_id=1,
            tie_word_embeddings=False)), "gpt-2", older={"rotary_pct": 0.5}),
        "falcon": lambda n: architecture(n, lambda: t.FalconForCausalLM(t.FalconConfig(
            vocab_size=VOCABULARY, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, bos_token_id=0,
            eos_token_id=1)), "falcon", older={"num_kv_heads": 1}),
        "falcon-new": lambda n: architecture(n, lambda: t.FalconForCausalLM(t.FalconConfig(
            vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_kv_heads=2,
            new_decoder_architecture=True, bos_token_id=0, eos_token_id=1, tie_word_embeddings=False)), "falcon"),
        "mpt": lambda n: architecture(n, lambda: t.MptForCausalLM(t.MptConfig(
            vocab_size=VOCABULARY, d_model=24, n_heads=3, n_layers=2, max_seq_len=128, bos_token_id=0, eos_token_id=1,
            attn_config={"clip_qkv": 1.5, "alibi": True})), "gpt-2",
            older={"architectures": ["MPTForCausalLM"]}),
        "bloom": lambda n: architecture(n, lambda: t.BloomForCausalLM(t.BloomConfig(
            vocab_size=VOCABULARY, hidden_size=24, n_layer=2, n_head=3, bos_token_id=0, eos_token_id=1)), "bloom",
            older={"seq_length": 128}),
        "gpt2": lambda n: architecture(n, lambda: t.GPT2LMHeadModel(t.GPT2Config(
            vocab_size=VOCABULARY, n_positions=128, n_ctx=128, n_embd=24, n_layer=2, n_head=3, bos_token_id=1,
            eos_token_id=1)), "gpt-2"),
        "q8_0": lambda n: typed(n, lambda tensor: T.Q8_0, tied=True),
        "q4_0": lambda n: typed(n, lambda tensor: T.Q8_0 if "token_embd" in tensor else T.Q4_0, tied=True),
        "mixed": lambda n: typed(n, lambda tensor: MIXED.get(tensor.removesuffix(".weight")), 256, 64, True),
    }
    for name in sys.argv[1:] or makers:
        makers[name](name)


main()
