"""Greedy answers of an exported model, by `transformers` with f32 arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

_BATCH_COUNT = 50


def loaded(directory: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The model and tokenizer of a directory."""
    tokenizer = AutoTokenizer.from_pretrained(directory, padding_side="left")
    return AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval(), tokenizer


def answer_ids(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str], token_count_max: int
) -> list[list[int]]:
    """The IDs generated for each prompt, up to the limit or an end token, which is included."""
    order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
    answers: list[list[int]] = [[] for _ in prompts]
    ends = set(model.generation_config.eos_token_id)
    for start in range(0, len(order), _BATCH_COUNT):
        chosen = order[start : start + _BATCH_COUNT]
        inputs = tokenizer([prompts[i] for i in chosen], return_tensors="pt", padding=True, return_token_type_ids=False)
        with torch.inference_mode():
            output = model.generate(**inputs, max_new_tokens=token_count_max, do_sample=False)
        for index, row in zip(chosen, output[:, inputs["input_ids"].shape[1] :].tolist()):
            length = next((at + 1 for at, token in enumerate(row) if token in ends), len(row))
            answers[index] = row[:length]
    return answers


def texts(tokenizer: PreTrainedTokenizerBase, answers: Sequence[Sequence[int]]) -> list[str]:
    """The answers' texts without special tokens."""
    return [tokenizer.decode(answer, skip_special_tokens=True) for answer in answers]


def agreement(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str], answers: Sequence[Sequence[int]]
) -> tuple[int, int]:
    """How many tokens of another model's answers are this one's first choice after the same text, and of how many."""
    equal = total = 0
    with torch.inference_mode():
        for prompt, answer in zip(prompts, answers):
            start = tokenizer(prompt)["input_ids"]
            logits = model(torch.tensor([start + list(answer)])).logits[0, len(start) - 1 : -1]
            equal += int((logits.argmax(-1) == torch.tensor(answer)).sum())
            total += len(answer)
    return equal, total
