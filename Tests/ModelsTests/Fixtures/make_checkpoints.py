"""Makes the tiny random checkpoints beside this file, with what transformers computes from them in float32.

    python make_checkpoints.py [NAME...]        (default: all; written beside this file)

Every directory is a complete Hugging Face model; expected.json holds prompts, their ids, greedy continuations that do
not stop at end of text, and, for the first prompt or two, the logits of every position as base64 of little-endian f32.
"""

import base64
import json
import pathlib
import shutil
import sys

import tokenizers
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

VOCABULARY = 1013
GENERATED = 40
# Least gap between the two best logits of a greedy choice, as a part of the largest: no rounding decides it.
MARGIN = 5e-4
SPECIAL = ["<|begin|>", "<|end|>", "<|stop|>"]

TEXT = """
A skein of geese came over the marsh at first light, long before the farmer had opened the gate. They flew in a ragged
arrow, and the bird at the front was working hardest: every beat of her wings left a little lift behind for the one that
followed. When she grew tired she fell back along the line, another took her place, and nobody had to ask. From the
ground the shape never seemed to change, though all of its members moved through it during the day.

"How do they know where to go?" asked the boy. His grandmother set down the bucket and shaded her eyes. "Some remember
the river, some the coast, some the stars," she said. "No single goose holds the whole map. Each one carries a part, and
together they find the way." The boy counted: seventeen, eighteen, nineteen; then a cloud hid the last of them.

In the evening he drew what he had seen with a piece of charcoal. He drew the marsh, the fence, two crooked willows, a
church without a tower, and above everything the birds, small black strokes on yellow paper. His sister laughed because
one side of the arrow was longer. "It is always longer," he told her. "There are more geese on that side." She thought
about it, found nothing wrong with the answer, and helped him colour the water blue, green, and a bit of violet.

Winter arrived quickly that year. Snow closed the road, milk froze in its jug, and wolves were heard beyond the quarry.
Grandmother kept the stove burning with peat and told stories about ships, giants, clever foxes, a king who could not
sleep, and the mill that ground salt until the sea was full. Every story ended with bread, butter, honey and a question.
Why did the fox return the ring? What would you have done? Who else was listening at the door?

Numbers he liked best of all: 3 heads, 1 key, 100 steps, 1013 words. He wrote 2 + 2 = 4 on the frosted window, then
wiped it away; 7 * 6 = 42 stayed until morning. By April the thaw had come, drops fell from the roof like quick little
hammers, and one night, very high up, he heard them calling again: going north, all of them, each in her place.

Years afterwards, an engineer in a distant harbour town, he built machines that shared their labour as the geese shared
theirs. Whenever a motor failed, its neighbours carried the burden until it was repaired; customers noticed nothing.
Visitors wanted complicated explanations, diagrams, secret formulas. He pointed outside instead, through the workshop
window, toward the horizon, where an uneven line was just dissolving into silver fog.
Apprentices shrugged, copied everything carefully, and understood much later, usually during some exhausting journey.
"""

PROMPTS = [
    "A skein of geese came over the marsh, and each of them held a part of the map: the river, the coast, the stars. "
    "Who else was listening",
    "7 * 6 = 42, said the fox; he wrote 1013 words on yellow paper & went north, past two crooked willows. \"It is",
    "Why",
    "Gänse, øre, 雁 \U0001f9a2 and a thaw\n\n  in April",
]


def make_tokenizer(adds_begin):
    """Byte-level BPE with exactly VOCABULARY tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, min_frequency=1, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator([TEXT], trainer)
    if adds_begin:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<|begin|> $A", pair="<|begin|> $A $B", special_tokens=[("<|begin|>", 0)])
    else:
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    assert tokenizer.get_vocab_size() == VOCABULARY, tokenizer.get_vocab_size()
    return tokenizer


def randomize(model, seed):
    """Weights that make every part count: transformers' own leave biases 0, norms 1 and logits almost equal."""
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


def expect(directory, tokenizer, logits_count, attention):
    """Loads what was written, computes in float32, and writes expected.json; gives the least greedy margin and
    the prompts' lengths."""
    model = transformers.AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, attn_implementation=attention).eval()
    cases, margin = [], float("inf")
    for number, prompt in enumerate(PROMPTS):
        ids = tokenizer.encode(prompt).ids
        case = {"prompt": prompt, "prompt_ids": ids}
        running = list(ids)
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0]
            for _ in range(GENERATED):
                row = model(torch.tensor([running])).logits[0, -1]
                best = torch.topk(row, 2)
                margin = min(margin, float((best.values[0] - best.values[1]) / row.abs().max()))
                running.append(int(best.indices[0]))
        case["generated_ids"] = running[len(ids):]
        if number < logits_count:
            data = logits.contiguous().numpy().astype("<f4").tobytes()
            case["logits_shape"] = list(logits.shape)
            case["logits_f32_base64"] = base64.b64encode(data).decode()
        cases.append(case)
    made_with = (
        f"transformers {transformers.__version__}, torch {torch.__version__}, tokenizers {tokenizers.__version__}, "
        f"float32, {attention} attention, greedy = argmax, no stop token")
    with open(directory / "expected.json", "w", encoding="utf-8") as file:
        json.dump({"made_with": made_with, "cases": cases}, file, ensure_ascii=False, separators=(",", ":"))
    return margin, [len(case["prompt_ids"]) for case in cases]


def make(name, model, dtype, adds_begin, end_ids, logits_count=1, attention="eager", **save):
    """Writes one directory, with the first seed whose greedy choices are all clear."""
    directory = pathlib.Path(__file__).parent / name
    for seed in range(1, 100):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        randomize(model.float(), seed)
        model.generation_config.eos_token_id = end_ids
        model.to(dtype).save_pretrained(directory, **save)
        tokenizer = make_tokenizer(adds_begin)
        tokenizer.save(str(directory / "tokenizer.json"))
        margin, counts = expect(directory, tokenizer, logits_count, attention)
        if margin > MARGIN:
            break
    for file in directory.iterdir():
        file.chmod(0o644)
    size = sum(file.stat().st_size for file in directory.iterdir())
    print(f"{name}: seed {seed}, {sum(p.numel() for p in model.parameters())} parameters, {size} bytes, "
          f"prompts of {counts} tokens, least margin {margin:.1e}")


# Sizes that nothing divides: one KV head for three query heads, ff and vocabulary no multiples of a tile.
ODD = dict(
    vocab_size=VOCABULARY, hidden_size=36, intermediate_size=100, num_hidden_layers=2, num_attention_heads=3,
    num_key_value_heads=1, max_position_embeddings=256, bos_token_id=0, eos_token_id=1, pad_token_id=None)


def tiny_llama():
    # Heads narrower than the residual stream.
    make(
        "tiny-llama",
        transformers.LlamaForCausalLM(transformers.LlamaConfig(
            vocab_size=VOCABULARY, hidden_size=36, intermediate_size=100, num_hidden_layers=2, num_attention_heads=3,
            num_key_value_heads=1, head_dim=8, max_position_embeddings=256, rms_norm_eps=1e-5, bos_token_id=0,
            eos_token_id=1, tie_word_embeddings=False)),
        torch.float32, True, 1, logits_count=2)


def tiny_llama_tied():
    # Biases everywhere, Llama 3.1's frequencies, heads wider than the residual stream, files of about 100 kB.
    make(
        "tiny-llama-tied",
        transformers.LlamaForCausalLM(transformers.LlamaConfig(
            vocab_size=VOCABULARY, hidden_size=64, intermediate_size=172, num_hidden_layers=2, num_attention_heads=8,
            num_key_value_heads=2, head_dim=16, max_position_embeddings=256, rms_norm_eps=1e-6, bos_token_id=0,
            eos_token_id=1, tie_word_embeddings=True, attention_bias=True, mlp_bias=True,
            rope_parameters={
                "rope_type": "llama3", "rope_theta": 50000.0, "factor": 8.0, "low_freq_factor": 1.0,
                "high_freq_factor": 4.0, "original_max_position_embeddings": 32})),
        torch.bfloat16, True, [1, 2], logits_count=2, max_shard_size="100KB")


def tiny_gpt2():
    make(
        "tiny-gpt2",
        transformers.GPT2LMHeadModel(transformers.GPT2Config(
            vocab_size=VOCABULARY, n_positions=128, n_embd=48, n_layer=2, n_head=3, n_inner=100, bos_token_id=1,
            eos_token_id=1)),
        torch.float16, False, 1, logits_count=2)


def tiny_mistral():
    # A window shorter than the longer prompts.
    make(
        "tiny-mistral",
        transformers.MistralForCausalLM(transformers.MistralConfig(**ODD, sliding_window=24)),
        torch.bfloat16, True, 1)


def tiny_qwen2():
    # Positions divided by three, and a window in the second layer.
    make(
        "tiny-qwen2",
        transformers.Qwen2ForCausalLM(transformers.Qwen2Config(
            **ODD, tie_word_embeddings=True, use_sliding_window=True, sliding_window=20, max_window_layers=1,
            rope_parameters={"rope_type": "linear", "rope_theta": 1000000.0, "factor": 3.0})),
        torch.bfloat16, False, [1, 2])


def tiny_qwen3():
    # Heads wider than the residual stream, stretched by YaRN from 16 positions.
    make(
        "tiny-qwen3",
        transformers.Qwen3ForCausalLM(transformers.Qwen3Config(
            **ODD, head_dim=20,
            rope_parameters={
                "rope_type": "yarn", "rope_theta": 1000.0, "factor": 4.0,
                "original_max_position_embeddings": 16, "beta_fast": 4.0})),
        torch.bfloat16, False, 1)


def tiny_phi3():
    # Long factors from the first position on: the original length is one token.
    make(
        "tiny-phi3",
        transformers.Phi3ForCausalLM(transformers.Phi3Config(
            **ODD, sliding_window=None, original_max_position_embeddings=1,
            rope_parameters={
                "rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.0] * 6,
                "long_factor": [1.0, 1.1, 1.5, 2.0, 3.5, 6.0], "original_max_position_embeddings": 1,
                "factor": 4.0, "attention_factor": 1.19})),
        torch.bfloat16, True, 1)


def tiny_stablelm():
    # A third of each head is rotated: 4 of 12 elements.
    make(
        "tiny-stablelm",
        transformers.StableLmForCausalLM(transformers.StableLmConfig(
            **ODD, use_qkv_bias=True, partial_rotary_factor=0.34)),
        torch.float16, False, 1)


def tiny_pythia():
    make(
        "tiny-pythia",
        transformers.GPTNeoXForCausalLM(transformers.GPTNeoXConfig(
            vocab_size=VOCABULARY, hidden_size=36, intermediate_size=100, num_hidden_layers=2, num_attention_heads=3,
            max_position_embeddings=256, rotary_pct=0.5, bos_token_id=0, eos_token_id=1, tie_word_embeddings=False)),
        torch.float16, False, 1)


def tiny_falcon():
    # One norm for attention and MLP, one KV head, biases.
    make(
        "tiny-falcon",
        transformers.FalconForCausalLM(transformers.FalconConfig(
            vocab_size=VOCABULARY, hidden_size=36, ffn_hidden_size=100, num_hidden_layers=2, num_attention_heads=3,
            max_position_embeddings=256, bias=True, bos_token_id=0, eos_token_id=1)),
        torch.float16, False, 1)


def tiny_falcon_new():
    # Two norms, two query heads to a KV head, untied.
    make(
        "tiny-falcon-new",
        transformers.FalconForCausalLM(transformers.FalconConfig(
            vocab_size=VOCABULARY, hidden_size=48, ffn_hidden_size=100, num_hidden_layers=2, num_attention_heads=6,
            num_kv_heads=3, max_position_embeddings=256, new_decoder_architecture=True, bos_token_id=0, eos_token_id=1,
            tie_word_embeddings=False)),
        torch.bfloat16, False, 1)


def tiny_opt():
    make(
        "tiny-opt",
        transformers.OPTForCausalLM(transformers.OPTConfig(
            vocab_size=VOCABULARY, hidden_size=36, ffn_dim=100, num_hidden_layers=2, num_attention_heads=3,
            max_position_embeddings=128, word_embed_proj_dim=36, bos_token_id=0, eos_token_id=1, pad_token_id=1)),
        torch.float16, True, 1)


def tiny_opt_350m():
    # Embeddings narrower than the residual stream, norms behind each half and none at the end.
    make(
        "tiny-opt-350m",
        transformers.OPTForCausalLM(transformers.OPTConfig(
            vocab_size=VOCABULARY, hidden_size=36, ffn_dim=100, num_hidden_layers=2, num_attention_heads=3,
            max_position_embeddings=128, word_embed_proj_dim=20, do_layer_norm_before=False, bos_token_id=0,
            eos_token_id=1, pad_token_id=1)),
        torch.float16, True, 1)


GEMMA = dict(ODD, head_dim=16, tie_word_embeddings=True)


def tiny_gemma():
    make("tiny-gemma", transformers.GemmaForCausalLM(transformers.GemmaConfig(**GEMMA)), torch.bfloat16, True, 1)


def tiny_gemma2():
    # A window in the first layer, caps low enough to bend scores and logits, a scale of its own.
    make(
        "tiny-gemma2",
        transformers.Gemma2ForCausalLM(transformers.Gemma2Config(
            **dict(GEMMA, tie_word_embeddings=False), sliding_window=24, attn_logit_softcapping=4.0,
            final_logit_softcapping=12.0, query_pre_attn_scalar=10)),
        torch.bfloat16, True, [1, 2])


def tiny_gemma3():
    # A window and the local base in two layers of three; the other one's positions are divided.
    make(
        "tiny-gemma3",
        transformers.Gemma3ForCausalLM(transformers.Gemma3TextConfig(
            **dict(GEMMA, num_hidden_layers=3, tie_word_embeddings=False), sliding_window=20, query_pre_attn_scalar=16,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
            rope_parameters={
                "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000000.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}})),
        torch.bfloat16, True, 1)


def tiny_mpt():
    # Slopes of three heads, queries, keys and values cut off.
    make(
        "tiny-mpt",
        transformers.MptForCausalLM(transformers.MptConfig(
            vocab_size=VOCABULARY, d_model=36, n_heads=3, n_layers=2, max_seq_len=256, bos_token_id=0, eos_token_id=1,
            attn_config={"clip_qkv": 1.5, "alibi": True})),
        torch.float16, False, 1)


def tiny_falcon_alibi():
    # As the 1b: a KV head for each query head, attention and MLP in turn. Slopes of 12 heads are no powers of two.
    # Not eager attention, which in this version of transformers adds ALiBi twice: to the mask and to the scores.
    make(
        "tiny-falcon-alibi",
        transformers.FalconForCausalLM(transformers.FalconConfig(
            vocab_size=VOCABULARY, hidden_size=36, ffn_hidden_size=100, num_hidden_layers=2, num_attention_heads=12,
            max_position_embeddings=256, bias=True, alibi=True, multi_query=False, parallel_attn=False, bos_token_id=0,
            eos_token_id=1)),
        torch.bfloat16, False, 1, attention="sdpa")


def tiny_bloom():
    # Slopes of 12 heads, a norm of the embeddings.
    make(
        "tiny-bloom",
        transformers.BloomForCausalLM(transformers.BloomConfig(
            vocab_size=VOCABULARY, hidden_size=36, n_layer=2, n_head=12, bos_token_id=0, eos_token_id=1)),
        torch.float16, False, 1)


def tiny_smollm3():
    # The second layer does not rotate.
    make(
        "tiny-smollm3",
        transformers.SmolLM3ForCausalLM(transformers.SmolLM3Config(**ODD, no_rope_layers=[1, 0])),
        torch.bfloat16, False, 1)


def tiny_mixtral():
    # Two of five experts, a window.
    make(
        "tiny-mixtral",
        transformers.MixtralForCausalLM(transformers.MixtralConfig(
            **dict(ODD, intermediate_size=44), num_local_experts=5, num_experts_per_tok=2, sliding_window=24)),
        torch.bfloat16, True, 1)


def tiny_qwen2_moe():
    # Three of six experts and a shared one in the first layer, weights as they are; an MLP in the second.
    make(
        "tiny-qwen2-moe",
        transformers.Qwen2MoeForCausalLM(transformers.Qwen2MoeConfig(
            **ODD, num_experts=6, num_experts_per_tok=3, moe_intermediate_size=40, shared_expert_intermediate_size=52,
            mlp_only_layers=[1], use_sliding_window=True, sliding_window=20)),
        torch.bfloat16, False, [1, 2])


def tiny_qwen3_moe():
    # Two of seven experts in the second layer, weights divided by their sum; an MLP in the first.
    make(
        "tiny-qwen3-moe",
        transformers.Qwen3MoeForCausalLM(transformers.Qwen3MoeConfig(
            **ODD, num_experts=7, num_experts_per_tok=2, moe_intermediate_size=36, decoder_sparse_step=2,
            norm_topk_prob=True)),
        torch.bfloat16, False, 1)


def main():
    torch.set_num_threads(1)
    makers = {
        maker.__name__.replace("_", "-"): maker
        for maker in (
            tiny_llama, tiny_llama_tied, tiny_gpt2, tiny_mistral, tiny_qwen2, tiny_qwen3, tiny_phi3, tiny_stablelm,
            tiny_pythia, tiny_falcon, tiny_falcon_new, tiny_falcon_alibi, tiny_opt, tiny_opt_350m, tiny_gemma,
            tiny_gemma2, tiny_gemma3, tiny_mpt, tiny_bloom, tiny_smollm3, tiny_mixtral, tiny_qwen2_moe, tiny_qwen3_moe)
    }
    for name in sys.argv[1:] or makers:
        makers[name]()


main()
