"""One rank with two threads beside two ranks, and four, with one thread each; every round runs all of them in turn.

    Benchmarks/split/threads.py --shape gpt2-124m --quant-type int8,int4 --rounds 5

What counts is the ratio within a round. Keeps the result: results/SHAPE-threads.txt and .json beside this script. Needs a
built Skein and Python alone.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parents[1]
_TASKS = {
    "decode": ["decode", "--new-tokens", "64"],
    "batch 8": ["batch", "--concurrency", "8", "--new-tokens", "32"],
    "prefill 512": ["prefill", "--prompt-tokens", "512"],
}
# Ranks and the threads of each.
_LAYOUTS = {"1 x 2": (1, 2), "2 x 1": (2, 1), "4 x 1": (4, 1)}
_RATIOS = (("2 x 1", "1 x 2"), ("4 x 1", "2 x 1"))


def main() -> None:
    """Measures, prints a table of medians and spreads, and keeps it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skein", type=Path, default=_ROOT / ".build/release/skein", help="the program")
    parser.add_argument("--shape", default="gpt2-124m")
    parser.add_argument("--shapes-folder", type=Path, default=Path(tempfile.gettempdir()) / "skein-shapes")
    parser.add_argument("--quant-type", default="int8,int4")
    parser.add_argument("--tasks", default=",".join(_TASKS))
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    tasks = asked.tasks.split(",")
    if unknown := [task for task in tasks if task not in _TASKS]:
        parser.error(f"--tasks {','.join(unknown)}: allowed are {', '.join(_TASKS)}")
    rates: dict[tuple[str, str], dict[str, list[float]]] = {}
    for _ in range(asked.rounds):
        for task in tasks:
            for name, (ranks, threads) in _LAYOUTS.items():
                for quant, rate in measured(asked, task, ranks, threads).items():
                    rates.setdefault((task, quant), {}).setdefault(name, []).append(rate)
    words = {"--shape": asked.shape, "--quant-type": asked.quant_type, "--tasks": asked.tasks, "--rounds": asked.rounds}
    command = shlex.join(str(word) for pair in words.items() for word in pair)
    text = report(command, rates)
    print(text)
    kept = _HERE / "results" / f"{asked.shape}-threads.txt"
    kept.write_text(text)
    cells = [{"task": task, "quant_type": quant, "tokens_per_second": cell} for (task, quant), cell in rates.items()]
    kept.with_suffix(".json").write_text(json.dumps({"command": command, "cells": cells}, indent=1) + "\n")


def measured(asked: argparse.Namespace, task: str, ranks: int, threads: int) -> dict[str, float]:
    """Tokens a second by format."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        words = [asked.skein, "bench", *_TASKS[task], "--shape", asked.shape, "--shapes-folder", asked.shapes_folder]
        words += ["--quant-type", asked.quant_type, "--pack-cache", asked.shapes_folder / "packs", "--rounds", 1]
        words += ["--tensor-parallel", ranks, "--threads", threads, "--json", file.name]
        print(f"{task}, {ranks} x {threads}", file=sys.stderr, flush=True)
        subprocess.run([str(word) for word in words], check=True, capture_output=True)
        entries = json.loads(Path(file.name).read_text())["entries"]
    return {entry["quant_type"]: entry["tokens_per_second"]["median"] for entry in entries}


def report(command: str, rates: dict[tuple[str, str], dict[str, list[float]]]) -> str:
    """The table."""
    commit = subprocess.run(
        ["git", "-C", str(_ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    names = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    lines = [f"{len(names)} x {names[0]}, {commit}: Benchmarks/split/threads.py {command}", ""]
    lines += ["ranks x threads: tokens/s, median (minimum-maximum); ratios within a round", ""]
    heads = [*_LAYOUTS, *(f"{over} to {under}" for over, under in _RATIOS)]
    lines.append("".join([f"{'':18}", *(f"{head:24}" for head in heads)]).rstrip())
    for (task, quant), cell in rates.items():
        values = [spread(cell[name], 1) for name in _LAYOUTS]
        values += [spread([a / b for a, b in zip(cell[over], cell[under])], 2) for over, under in _RATIOS]
        lines.append("".join([f"{task + ' ' + quant:18}", *(f"{value:24}" for value in values)]).rstrip())
    return "\n".join(lines) + "\n"


def spread(values: list[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


if __name__ == "__main__":
    main()
