"""What the clip search of quantization gains: perplexity with it and with the plain scale of the largest weight.

numpy quantizes the matrices of the layers both ways (the search by the code of the kernel tests' fixture) and writes
what the codes mean as f32 checkpoints; `skein perplexity` then measures them in f32, so that nothing else differs.
Last, what `skein perplexity --quant-type` itself says, activations and output head quantized, too. Run by
`Benchmarks/quantization/run`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import ml_dtypes  # noqa: F401  (teaches numpy bfloat16)
import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file
from tokenizers import Tokenizer

_ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(_ROOT / "Tests/TensorsTests/Fixtures"))
from make_quantized import quantized_group  # noqa: E402

f32 = np.float32


def main() -> None:
    """Prints a table of each model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skein", type=Path, default=_ROOT / ".build/release/skein")
    parser.add_argument("--data", type=Path, default=_ROOT.parent / "shared/data/models", help="models of others")
    parser.add_argument("--context", type=int, default=256)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        for name in ("TinyStories-656K", "stories260K"):
            folder, text = asked.data / name, Path(work) / f"{name}.txt"
            text.write_text(own_text(folder))

            def measured(model: Path, form: str, text: Path = text) -> tuple[float, int]:
                return perplexity(asked, model, text, form)

            table(name, folder, Path(work) / name, measured)


def own_text(folder: Path) -> str:
    """Prompts and transformers' greedy answers, by the model's own tokenizer."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    cases = json.loads((folder / "reference.json").read_text())["cases"]
    return "\n".join(tokenizer.decode(case["prompt_ids"] + case["generated_ids"]) for case in cases)


def table(
    name: str, folder: Path, work: Path, measured: Callable[[Path, str], tuple[float, int]]
) -> None:
    """One model's rows."""
    exact, tokens = measured(folder, "f32")
    print(f"\n{name}, {tokens} tokens, f32 {exact:.4f}\n")
    print("| format | error, largest | error, searched | loss, largest | loss, searched | skein's loss |")
    print("|---|---:|---:|---:|---:|---:|")
    for form in ("int8", "int8-g128", "int4-g32", "int4-g64", "int4-g128", "int4-g32-asym", "int4-g64-asym",
                 "int4-g128-asym"):
        cells = []
        for searches in (False, True):
            error = write(folder, work, form, searches)
            cells.append((error, measured(work, "f32")[0] / exact - 1))
        own = measured(folder, form)[0] / exact - 1
        (plain_error, plain), (error, loss) = cells
        print(f"| {form} | {plain_error:.3%} | {error:.3%} | {plain:.2%} | {loss:.2%} | {own:.2%} |", flush=True)


def write(folder: Path, target: Path, form: str, searches: bool) -> float:
    """Writes the model, every matrix of its layers quantized and widened; gives the error's share of the squares."""
    target.mkdir(exist_ok=True)
    for file in folder.iterdir():
        if file.suffix == ".json" and not (target / file.name).exists():
            (target / file.name).symlink_to(file.resolve())
    tensors, error, total = {}, 0.0, 0.0
    with safe_open(folder / "model.safetensors", "numpy") as stored:
        for name in stored.keys():
            weights = stored.get_tensor(name).astype(f32)
            if weights.ndim == 2 and ".layers." in name:
                widened = quantized(weights, form, searches)
                error += float(((weights - widened).astype(np.float64) ** 2).sum())
                total += float((weights.astype(np.float64) ** 2).sum())
                weights = widened
            tensors[name] = np.ascontiguousarray(weights)
    save_file(tensors, target / "model.safetensors")
    return error / total


def quantized(weights: np.ndarray, form: str, searches: bool) -> np.ndarray:
    """What the codes of an [outputs, inputs] matrix mean. `int8` is groups of 32, as for hidden sizes below 512."""
    bits = 8 if form.startswith("int8") else 4
    group = next((size for size in (128, 64, 32) if f"g{size}" in form), 32)
    columns = weights.T
    parts = []
    for start in range(0, len(columns), group):
        codes, scales, zeros = quantized_group(
            columns[start : start + group], bits, form.endswith("asym"), searches)
        parts.append(((codes - zeros) * scales).astype(f32))
    return np.concatenate(parts).T


def perplexity(asked: argparse.Namespace, folder: Path, text: Path, form: str) -> tuple[float, int]:
    """Skein's perplexity of a text, and the number of its tokens."""
    command = [asked.skein, "perplexity", "--model", folder, "--text", text, "--quant-type", form, "--json"]
    command += ["--context", asked.context]
    answer = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
    report = json.loads(answer.stdout)
    return report["perplexity"], report["tokens"]


if __name__ == "__main__":
    main()
