"""Prints the held-out scores of the demo model as a running server answers: what formats of weights and cache change."""

from __future__ import annotations

import argparse
import json
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from evaluation.prompts import Case
from evaluation.scores import Score, held_out_cases, table

_ANSWER_TOKENS_MAX = 96
_STORY_TOKENS_MAX = 150
_CALLS_AT_ONCE = 16


def answer(url: str, case: Case) -> str:
    """The server's greedy answer to a case."""
    limit = _STORY_TOKENS_MAX if case.kind == "story" else _ANSWER_TOKENS_MAX
    body = json.dumps({"text": case.prompt, "max_new_tokens": limit, "sampling_topk": 1}).encode()
    request = urllib.request.Request(url + "/generate", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as reply:
        return json.load(reply)["text"]


def report(url: str, count: int) -> None:
    """Asks for all answers and prints the table."""
    cases = held_out_cases(count)
    with ThreadPoolExecutor(_CALLS_AT_ONCE) as pool:
        answers = list(pool.map(lambda case: answer(url, case), cases))
    right: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    for case, text in zip(cases, answers):
        total[case.kind] += 1
        right[case.kind] += case.is_right(text)
    print(table([Score(kind, right[kind], total[kind], ()) for kind in total]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:3000")
    parser.add_argument("--count", type=int, default=200, help="cases of a kind")
    asked = parser.parse_args()
    report(asked.url, asked.count)
