"""Perplexity of the demo model in every weight format, on stories of its generator that it was not trained on.

Stories, because it has learned to write them from the first word to the last; the questions and contexts of its other
texts are given to it, and it was never asked to foretell them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Models/train"))

from generator.examples import ExampleSource  # noqa: E402

# Training begins with other seeds.
_SEED = 1_000_003
_STORIES = 160
_FORMATS = (
    "f32", "bf16", "int8", "int8-g128", "int4-g32", "int4-g64", "int4-g128", "int4-g32-asym", "int4-g64-asym",
    "int4-g128-asym",
)


def written_text() -> str:
    """Stories that are asked for, one after the other."""
    source = ExampleSource(seed=_SEED)
    return "".join("".join(part.text for part in source.chat_story()) for _ in range(_STORIES))


def perplexity(skein: Path, text: Path, quant_type: str) -> dict[str, float]:
    """What `skein perplexity` says of a format."""
    words = [skein, "perplexity", "--model", ROOT / "Models/skein-demo", "--text", text]
    words += ["--quant-type", quant_type, "--kv-cache-type", "f32", "--context", "256", "--json"]
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def report(skein: Path) -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text.txt"
        text.write_text(written_text())
        exact = perplexity(skein, text, _FORMATS[0])
        print(f"{exact['tokens']} tokens in windows of {exact['context']}\n\n| format | skein-demo | loss |\n|---|---:|---:|")
        for quant_type in _FORMATS:
            value = perplexity(skein, text, quant_type)["perplexity"]
            loss = 100 * (value / exact["perplexity"] - 1)
            print(f"| {quant_type} | {value:.4f} | {loss:.2f} % |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skein", type=Path, default=ROOT / ".build/release/skein", help="the program")
    report(parser.parse_args().skein)
