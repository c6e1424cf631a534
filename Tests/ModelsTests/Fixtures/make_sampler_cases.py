"""Writes sampler.json: rows of logits, histories and parameters; what transformers' processors make of them; and the
tokens that numerics.md rule 11 draws from the survivors for some numbers u.

    python make_sampler_cases.py        (numpy, torch and transformers; see README.md for versions)
"""

import json
import pathlib

import numpy
import torch
import transformers
from transformers.generation import logits_process as hf

VOCABULARY = 300
NONE = dict(
    temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, typical_p=1.0, repetition_penalty=1.0, presence_penalty=0.0,
    frequency_penalty=0.0, no_repeat_ngram_size=0, min_new_tokens=0)
CASES = [
    dict(),
    dict(temperature=0.7),
    dict(temperature=1.3, repetition_penalty=1.2),
    dict(repetition_penalty=0.8, top_k=5),
    dict(presence_penalty=0.5, frequency_penalty=0.25, top_k=40),
    dict(no_repeat_ngram_size=2, temperature=0.9),
    dict(no_repeat_ngram_size=3, top_p=0.9),
    dict(no_repeat_ngram_size=1, top_k=50, top_p=0.8),
    dict(min_new_tokens=20, top_k=3),
    dict(min_new_tokens=3, top_k=3),
    dict(bans=[3, 17, 299], biases=[[4, 5.0], [250, -2.5]], top_k=20),
    dict(top_p=0.3),
    dict(top_k=280, top_p=0.95, temperature=1.5),
    dict(min_p=0.05),
    dict(top_k=60, min_p=0.1, temperature=1.7),
    dict(typical_p=0.5),
    dict(typical_p=0.7, top_k=30, top_p=0.95),
    dict(
        temperature=0.8, top_k=64, top_p=0.92, repetition_penalty=1.15, presence_penalty=0.1, frequency_penalty=0.05,
        no_repeat_ngram_size=2, min_new_tokens=100, bans=[5], biases=[[6, 1.5]]),
    # Words that end with these ids after so many of the last ones are banned; and one that the text does not begin.
    dict(tails=[[1, 30], [3, 31], [23, 32], [24, 33]], top_k=12),
    dict(tails=[[2, 3], [2, 4]], bans=[8], temperature=1.2, top_p=0.9),
]


def processed(scores, ids, prompt_count, case):
    """transformers' chain up to the temperature; presence and frequency by their formula (OpenAI's)."""
    history = torch.tensor([ids])
    if case["repetition_penalty"] != 1:
        scores = hf.RepetitionPenaltyLogitsProcessor(case["repetition_penalty"])(history, scores)
    answer = ids[prompt_count:]
    for token in set(answer):
        row = scores[0].numpy()
        row[token] = numpy.float32(row[token] - numpy.float32(case["presence_penalty"]))
        row[token] = numpy.float32(
            row[token] - numpy.float32(numpy.float32(case["frequency_penalty"]) * numpy.float32(answer.count(token))))
    if case["no_repeat_ngram_size"]:
        scores = hf.NoRepeatNGramLogitsProcessor(case["no_repeat_ngram_size"])(history, scores)
    if case["biases"]:
        scores = hf.SequenceBiasLogitsProcessor([[[token], bias] for token, bias in case["biases"]])(history, scores)
    words = [[token] for token in case["bans"]] + case["bad_words"]
    if words:
        scores = hf.NoBadWordsLogitsProcessor(words, eos_token_id=None)(history, scores)
    if case["min_new_tokens"]:
        scores = hf.MinNewTokensLengthLogitsProcessor(prompt_count, case["min_new_tokens"], case["eos"])(history, scores)
    return hf.TemperatureLogitsWarper(case["temperature"])(history, scores) if case["temperature"] != 1 else scores


def survivors(scores, case):
    """transformers' warpers after the temperature."""
    if case["top_k"]:
        scores = hf.TopKLogitsWarper(case["top_k"])(None, scores)
    if case["top_p"] < 1:
        scores = hf.TopPLogitsWarper(case["top_p"])(None, scores)
    if case["min_p"]:
        scores = hf.MinPLogitsWarper(case["min_p"])(None, scores)
    if case["typical_p"] < 1:
        scores = hf.TypicalLogitsWarper(case["typical_p"])(None, scores)
    return scores


def draw(row, case, u):
    """The token for u, or None where a rounding could decide otherwise."""
    kept = numpy.flatnonzero(numpy.isfinite(row))
    in_order = case["top_k"] or case["top_p"] < 1 or case["min_p"] or case["typical_p"] < 1
    order = sorted(kept, key=lambda i: (-row[i], i)) if in_order else list(kept)
    weights = numpy.exp(row[order].astype(numpy.float64) - row[order].max())
    running = numpy.cumsum(weights) / weights.sum()
    if numpy.abs(running - u).min() < 1e-5:
        return None
    return int(order[int(numpy.searchsorted(running, u, side="right"))])


def main():
    generator = numpy.random.default_rng(11)
    numbers = [0.0, 0.011, 0.1, 0.25, 0.4, 0.5, 0.66, 0.8, 0.93, 0.99, 0.9999]
    cases = []
    for index, changes in enumerate(CASES):
        case = {**NONE, "bans": [], "biases": [], "eos": [1, 7], "tails": [], **changes}
        logits = (generator.standard_normal(VOCABULARY) * 2.5).astype(numpy.float32)
        ids = generator.integers(0, 12 if index % 2 else 60, 24).tolist()
        prompt_count = 14
        case["bad_words"] = [ids[-count:] + [token] for count, token in case.pop("tails")]
        if case["bad_words"]:
            case["bad_words"].append([(ids[-1] + 1) % VOCABULARY, 34])
        scores = processed(torch.tensor(logits)[None].clone(), ids, prompt_count, case)
        row = survivors(scores.clone(), case)[0].numpy()
        cases.append({
            **case, "logits": [float(x) for x in logits], "ids": ids, "prompt_count": prompt_count,
            "processed": [float(x) if numpy.isfinite(x) else None for x in scores[0].numpy()],
            "survivors": numpy.flatnonzero(numpy.isfinite(row)).tolist(),
            "numbers": numbers, "tokens": [draw(row, case, u) for u in numbers]})
    made_with = f"transformers {transformers.__version__}, torch {torch.__version__}, numpy {numpy.__version__}"
    path = pathlib.Path(__file__).parent / "sampler.json"
    path.write_text(json.dumps({"made_with": made_with, "cases": cases}, separators=(",", ":")))


main()
