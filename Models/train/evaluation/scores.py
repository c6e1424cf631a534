"""Scores of the exported models, as a table of Markdown."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from generator.values import ValueSource

from . import prompts
from .decoding import agreement, answer_ids, loaded, texts
from .heldout_names import HELD_OUT_NAMES
from .prompts import Case

_SEED = 20_000
_ANSWER_TOKENS_MAX = 96
_STORY_TOKENS_MAX = 150
_GOALS = {"context": 95, "unanswerable": 90, "json": 95, "story": 95, "walk-through": 100}


@dataclass(frozen=True)
class Score:
    """Right answers of one kind, and examples of wrong ones."""

    kind: str
    right_count: int
    count: int
    misses: tuple[tuple[Case, str], ...]

    @property
    def percent(self) -> float:
        return 100 * self.right_count / self.count


def held_out_cases(count: int) -> list[Case]:
    """That many cases of every kind, and those of the walk-through."""
    source = ValueSource(HELD_OUT_NAMES, random.Random(_SEED))
    return [
        *prompts.context_cases(source, 2 * count),
        *prompts.unanswerable_cases(source, count),
        *prompts.json_cases(source, count),
        *prompts.story_cases(source, count),
        *prompts.arithmetic_cases(source, count),
        *prompts.talk_cases(source, count),
        *prompts.walkthrough_cases(),
    ]


def greedy_answers(directory: Path, cases: list[Case]) -> list[list[int]]:
    """The model's answers to the cases, as IDs."""
    model, tokenizer = loaded(directory)
    answers: list[list[int]] = [[] for _ in cases]
    for is_story, limit in ((False, _ANSWER_TOKENS_MAX), (True, _STORY_TOKENS_MAX)):
        chosen = [index for index, case in enumerate(cases) if (case.kind == "story") == is_story]
        for index, answer in zip(chosen, answer_ids(model, tokenizer, [cases[i].prompt for i in chosen], limit)):
            answers[index] = answer
    return answers


def scores(directory: Path, cases: list[Case], answers: list[list[int]]) -> list[Score]:
    """The scores of answers by kind, in the order of the kinds' first cases."""
    _, tokenizer = loaded(directory)
    right: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    misses: dict[str, list[tuple[Case, str]]] = defaultdict(list)
    for case, answer in zip(cases, texts(tokenizer, answers)):
        total[case.kind] += 1
        if case.is_right(answer):
            right[case.kind] += 1
        else:
            misses[case.kind].append((case, answer))
    return [Score(kind, right[kind], total[kind], tuple(misses[kind])) for kind in total]


def acceptance(draft: Path, cases: list[Case], answers: list[list[int]]) -> float:
    """The share, in percent, of the big model's greedy tokens that the draft would have chosen too."""
    model, tokenizer = loaded(draft)
    equal, total = agreement(model, tokenizer, [case.prompt for case in cases], answers)
    return 100 * equal / total


def table(results: list[Score]) -> str:
    """A Markdown table with a row for each kind."""
    lines = ["| held-out prompts | right | of | share | goal |", "|---|---:|---:|---:|---:|"]
    for score in results:
        goal = _GOALS.get(score.kind.split(",")[0])
        wanted = "" if goal is None else f"{goal} %"
        lines.append(f"| {score.kind} | {score.right_count} | {score.count} | {score.percent:.1f} % | {wanted} |")
    return "\n".join(lines)
