"""Prints the held-out scores of both models and writes them into their READMEs."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from evaluation.scores import acceptance, greedy_answers, held_out_cases, scores, table

_MODELS = Path(__file__).resolve().parent.parent
_CASES_OF_A_KIND = 200
_MARKED = re.compile(r"(<!-- scores -->\n).*?(<!-- end of scores -->)", re.DOTALL)


def report(demo: Path, draft: Path) -> None:
    """Measures the exported weights, prints, and writes the READMEs."""
    cases = held_out_cases(_CASES_OF_A_KIND)
    answers = greedy_answers(demo, cases)
    demo_text = table(scores(demo, cases, answers))
    share = acceptance(draft, cases, answers)
    draft_text = (
        f"The draft's first choice is the big model's greedy token for {share:.1f} % of the tokens of its answers\n"
        "to the same held-out prompts (goal: 60 %)."
    )
    for directory, text in ((demo, demo_text), (draft, draft_text)):
        print(text, flush=True)
        _write_between_marks(directory / "README.md", text)


def _write_between_marks(path: Path, text: str) -> None:
    if not path.exists():
        return
    old = path.read_text()
    path.write_text(_MARKED.sub(lambda found: f"{found[1]}{text}\n{found[2]}", old))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", type=Path, default=_MODELS / "skein-demo")
    parser.add_argument("--draft", type=Path, default=_MODELS / "skein-demo-draft")
    asked = parser.parse_args()
    report(asked.demo, asked.draft)
