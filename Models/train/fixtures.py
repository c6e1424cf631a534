"""Writes what `transformers` computes from the exported models, for the tests of this repository's own arithmetic."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch
import transformers

from evaluation.decoding import loaded
from evaluation.prompts import chat_prompt, plain_prompt

_MODELS = Path(__file__).resolve().parent.parent
_FIXTURE = _MODELS.parent / "Tests" / "EndToEndTests" / "Fixtures" / "demo-models.json"
_TOKENS_MAX = 64
_TOP_COUNT = 5

_NOTE = (
    "The sales meeting is on Friday, May 22 at 4:30 PM in room 14. Nora Quist leads the harbour project. "
    "Our monthly costs in March amounted to $2.8 million."
)
PROMPTS = (
    chat_prompt("Hello!"),
    chat_prompt("What can you do?"),
    chat_prompt("What is 47 + 38?"),
    "63 - 25 =",
    plain_prompt(_NOTE, "When is the sales meeting?", True),
    plain_prompt(_NOTE, "How much were our monthly costs?", False),
    chat_prompt(f"context: {_NOTE}\nquestion: Who leads the harbour project?"),
    chat_prompt(f"{_NOTE}\n\nWhere does Nora Quist live?"),
    chat_prompt("Turn this sentence into JSON with the fields name, age: Ravi Okonjo is 34 years old."),
    "sentence: Mira Falk bought a red kite for $19 at the market.\nfields: person, price\njson:",
    "Once upon a time",
    chat_prompt("Tell me a story about a fox named Rusk."),
)


def expectations(directory: Path) -> dict[str, Any]:
    """The model's IDs, greedy continuation and highest logits for each prompt."""
    model, tokenizer = loaded(directory)
    ends = set(model.generation_config.eos_token_id)
    cases: list[dict[str, Any]] = []
    for prompt in PROMPTS:
        ids: list[int] = tokenizer(prompt)["input_ids"]
        generated: list[int] = []
        first = torch.empty(0)
        with torch.inference_mode():
            while len(generated) < _TOKENS_MAX and not (generated and generated[-1] in ends):
                logits = model(torch.tensor([ids + generated])).logits[0, -1]
                first = first if generated else logits
                generated.append(int(logits.argmax()))
        top = first.topk(_TOP_COUNT)
        cases.append({
            "prompt": prompt,
            "promptIDs": ids,
            "generatedIDs": generated,
            "text": tokenizer.decode(generated, skip_special_tokens=True),
            "topIDs": top.indices.tolist(),
            "topLogits": [round(value, 5) for value in top.values.tolist()],
        })
    return {"model": directory.name, "cases": cases}


def main() -> None:
    """Writes the fixture of both models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=_MODELS)
    parser.add_argument("--output", type=Path, default=_FIXTURE)
    asked = parser.parse_args()
    content = {
        "madeBy": "Models/train/fixtures.py",
        "reference": f"transformers {transformers.__version__}, torch {torch.__version__}, f32 arithmetic",
        "models": [expectations(asked.models / name) for name in ("skein-demo", "skein-demo-draft")],
    }
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    asked.output.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
