"""Makes perplexity.json: what transformers says of short texts, in windows that do not overlap. Run with torch,
transformers and tokenizers in a virtual environment: `python make_perplexity.py`. The trained models are read from
../shared/data beside the repository; only numbers about them are kept.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TINY = ROOT / "Tests" / "ModelsTests" / "Fixtures"
SHARED = ROOT.parent / "shared" / "data" / "models"
TINY_TEXT = "one two three four five six seven eight nine ten, and then again: one two three! " * 4


def perplexity(directory: Path, text: str, context: int) -> tuple[float, int]:
    """exp of the mean negative log-probability of every token but the first of a window, and their number."""
    ids = Tokenizer.from_file(str(directory / "tokenizer.json")).encode(text).ids
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
    total, count = 0.0, 0
    for start in range(0, len(ids), context):
        window = ids[start : start + context]
        if len(window) < 2:
            continue
        with torch.inference_mode():
            logits = model(torch.tensor([window])).logits[0].double()
        chosen = torch.log_softmax(logits, -1)[torch.arange(len(window) - 1), torch.tensor(window[1:])]
        total += float(chosen.sum())
        count += len(window) - 1
    return float(torch.exp(torch.tensor(-total / count, dtype=torch.float64))), count


def main() -> None:
    cases = []
    for name in ("tiny-llama", "tiny-gpt2"):
        value, count = perplexity(TINY / name, TINY_TEXT, 48)
        cases.append({"model": name, "context": 48, "tokens": count, "perplexity": value})
    for name in ("TinyStories-656K", "stories260K"):
        texts = [case["text"] for case in json.loads((SHARED / name / "reference.json").read_text())["cases"]]
        value, count = perplexity(SHARED / name, "\n".join(texts), 256)
        cases.append({"model": name, "context": 256, "tokens": count, "perplexity": value})
    made = {"tiny_text": TINY_TEXT, "cases": cases}
    (HERE / "perplexity.json").write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()
