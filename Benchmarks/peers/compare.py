"""Compares Skein with CTranslate2 on one shape with random weights: decode, batches and a prompt, interleaved.

Every round runs both, one after the other, so that a drift of the machine hits both; what counts is the ratio within
a round. Run by `Benchmarks/peers/run`, which makes the virtual environment.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import ctranslate2
from tokenizers import Tokenizer, models
from transformers import AutoConfig

# What each measurement of Skein is asked for, and its field in the report.
_SKEIN = {
    "decode": (["decode", "--new-tokens", "48"], "tokens_per_second"),
    "batch 8": (["batch", "--concurrency", "8", "--new-tokens", "32"], "tokens_per_second"),
    "batch 16": (["batch", "--concurrency", "16", "--new-tokens", "24"], "tokens_per_second"),
    "prefill 512": (["prefill", "--prompt-tokens", "512"], "prompt_tokens_per_second"),
}


def main() -> None:
    """Measures and prints a table with medians and spreads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skein", type=Path, required=True, help="the program")
    parser.add_argument("--shapes", type=Path, default=Path(tempfile.gettempdir()) / "skein-shapes")
    parser.add_argument("--shape", default="tinyllama-1.1b")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--formats", default="int8,int4", help="of Skein; CTranslate2 runs int8 and float32")
    parser.add_argument("--tasks", default=",".join(_SKEIN))
    asked = parser.parse_args()
    peer_model = converted(asked.skein, asked.shapes, asked.shape)
    formats, tasks = asked.formats.split(","), asked.tasks.split(",")
    rates: dict[tuple[str, str], list[float]] = {}
    fractions: dict[tuple[str, str], list[float]] = {}
    for round_number in range(1, asked.rounds + 1):
        for task in tasks:
            print(f"round {round_number} of {asked.rounds}: {task}", flush=True)
            for entry in skein(asked, task, formats):
                key = (f"skein {entry['quant_type']}", task)
                rates.setdefault(key, []).append(entry[_SKEIN[task][1]]["median"])
                share = "peak_fraction" if task.startswith("prefill") else "bandwidth_fraction"
                fractions.setdefault(key, []).append(entry[share]["median"])
            for kind in ("int8", "float32") if "f32" in formats else ("int8",):
                rate = peer(peer_model, kind, asked.threads, task)
                rates.setdefault((f"ctranslate2 {kind}", task), []).append(rate)
    print(f"\n{asked.shape}, {asked.threads} threads, {asked.rounds} rounds, tokens/s: median (minimum-maximum);"
          " ratio to ctranslate2 int8 round by round; share of bandwidth (decode) or peak (prompt)\n")
    for task in tasks:
        base = rates[("ctranslate2 int8", task)]
        for (name, of), values in rates.items():
            if of != task:
                continue
            ratio = spread([a / b for a, b in zip(values, base)], 2)
            share = fractions.get((name, of))
            shown = f"{statistics.median(share) * 100:5.0f} %" if share and not task.startswith("batch") else ""
            print(f"{task:12} {name:22} {spread(values, 1):26} {ratio:22} {shown}")


def spread(values: list[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def skein(asked: argparse.Namespace, task: str, formats: list[str]) -> list[dict[str, object]]:
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [asked.skein, "bench", *_SKEIN[task][0], "--shape", asked.shape, "--rounds", "1"]
        command += ["--shapes-folder", asked.shapes, "--quant-type", ",".join(formats)]
        command += ["--threads", str(asked.threads), "--json", report.name]
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
        return json.loads(Path(report.name).read_text())["entries"]


def converted(skein_program: Path, shapes: Path, shape: str) -> Path:
    """The same random weights as a CTranslate2 model; made on first use."""
    target = shapes / f"{shape}-ctranslate2"
    if (target / "model.bin").exists():
        return target
    source = shapes / shape
    if not (source / "complete").exists():
        command = [skein_program, "bench", "decode", "--shape", shape, "--rounds", "1", "--new-tokens", "2"]
        command += ["--quant-type", "int8", "--shapes-folder", shapes]
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as folder:
        # The converter wants a word for every id; the benchmark sends ids.
        for name in ("config.json", "model.safetensors"):
            (Path(folder) / name).symlink_to((source / name).resolve())
        words = {f"w{index}": index for index in range(AutoConfig.from_pretrained(source).vocab_size)}
        Tokenizer(models.WordLevel(words, unk_token="w0")).save(f"{folder}/tokenizer.json")
        (Path(folder) / "tokenizer_config.json").write_text(json.dumps({
            "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "w1", "eos_token": "w2", "unk_token": "w0",
        }))
        ctranslate2.converters.TransformersConverter(folder, low_cpu_mem_usage=True).convert(str(target))
    return target


def peer(model: Path, kind: str, threads: int, task: str) -> float:
    """CTranslate2's tokens per second; it loads the model anew, which is not measured."""
    generator = ctranslate2.Generator(str(model), compute_type=kind, inter_threads=1, intra_threads=threads)
    words = json.loads((model / "vocabulary.json").read_text())

    def seconds(count: int, prompt_length: int, new_count: int) -> float:
        prompts = [[words[(n * 7919 + i * 104_729 + 1) % len(words)] for i in range(prompt_length)]
                   for n in range(count)]
        began = time.monotonic()
        generator.generate_batch(
            prompts, max_length=new_count, min_length=new_count, sampling_topk=1, include_prompt_in_result=False,
            end_token=[])
        return time.monotonic() - began

    seconds(1, 16, 2)
    if task.startswith("prefill"):
        length = int(task.split()[1])
        return length / seconds(1, length, 1)
    count = int(task.split()[1]) if task.startswith("batch") else 1
    first, last = seconds(count, 16, 1), seconds(count, 16, 33)
    return count * 32 / (last - first)


if __name__ == "__main__":
    main()
