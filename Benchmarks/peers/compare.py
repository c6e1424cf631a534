"""Compares Skein with CTranslate2, llama.cpp and torch on one shape with random weights: decode, batches and a prompt.

Every round runs all of them, one after the other, so that a drift of the machine hits all; what counts is the ratio
within a round. Rounds are appended to results/SHAPE.jsonl, so that several short runs add up; results/SHAPE.txt is the
table of all of them. Run by `Benchmarks/peers/run`, which makes the virtual environment.

llama.cpp has no OPT models; CTranslate2 and torch have no 4-bit weights on CPUs.
"""

from __future__ import annotations

import argparse
import json
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from checkpoints import converted, made
from peers import CTranslate2, LlamaCpp, Torch

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parents[1]
# What each measurement of Skein is asked for.
_SKEIN = {
    "decode": ["decode", "--new-tokens", "48"],
    "batch 8": ["batch", "--concurrency", "8", "--new-tokens", "32"],
    "batch 16": ["batch", "--concurrency", "16", "--new-tokens", "24"],
    "prefill 512": ["prefill", "--prompt-tokens", "512"],
}
# What each of Skein's formats is compared with; the last two are f32's.
_PEERS = ("ctranslate2 int8", "llama.cpp Q8_0", "llama.cpp Q4_0", "ctranslate2 float32", "llama.cpp F32", "torch f32")


def main() -> None:
    """Measures, appends and prints a table with medians and spreads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skein", type=Path, required=True, help="the program")
    parser.add_argument("--llama", type=Path, default=_ROOT / ".build/llama.cpp/bin", help="folder of its programs")
    parser.add_argument("--shapes", type=Path, default=Path(tempfile.gettempdir()) / "skein-shapes")
    parser.add_argument("--shape", default="tinyllama-1.1b")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="0 prints the table of what there is")
    parser.add_argument("--formats", default="int8,int4,f32", help="of Skein")
    parser.add_argument("--peers", default=",".join(_PEERS))
    parser.add_argument("--tasks", default=",".join(_SKEIN))
    parser.add_argument("--results", type=Path, default=_HERE / "results", help="folder")
    asked = parser.parse_args()
    asked.results.mkdir(parents=True, exist_ok=True)
    rows = asked.results / f"{asked.shape}.jsonl"
    for _ in range(asked.rounds):
        measure_round(asked, rows)
    text = report(asked.shape, [json.loads(line) for line in rows.read_text().splitlines()])
    rows.with_suffix(".txt").write_text(text)
    print(text)


def measure_round(asked: argparse.Namespace, rows: Path) -> None:
    """One round of everything asked for; every cell is a line of the file."""
    tasks = asked.tasks.split(",")
    begun = {"round": time.strftime("%Y-%m-%dT%H:%M:%S"), "commit": commit(), "machine": machine(),
             "threads": asked.threads, "command": shlex.join(sys.argv[1:])}

    def add(name: str, task: str, rate: float, **more: float) -> None:
        print(f"{task:12} {name:22} {rate:.1f}", file=sys.stderr, flush=True)
        with rows.open("a") as file:
            file.write(json.dumps({**begun, "name": name, "task": task, "rate": rate, **more}) + "\n")

    for task in tasks:
        for entry in skein(asked, task):
            share = "peak_fraction" if task.startswith("prefill") else "bandwidth_fraction"
            add(f"skein {entry['quant_type']}", task, entry["tokens_per_second"]["median"],
                share=entry[share]["median"])
    for name in asked.peers.split(","):
        if asked.shape == "opt-125m" and name.startswith("llama.cpp"):
            continue
        peer = peer_for(name, asked)()
        for task in tasks:
            add(name, task, peer.rate(task))
        del peer


def peer_for(name: str, asked: argparse.Namespace) -> Callable[[], CTranslate2 | LlamaCpp | Torch]:
    """What loads a peer."""
    engine, kind = name.split()
    folder = made(asked.skein, asked.shapes, asked.shape)
    if engine == "ctranslate2":
        model = converted(asked.skein, asked.shapes, asked.shape)
        return lambda: CTranslate2(model, kind, asked.threads)
    if engine == "torch":
        return lambda: Torch(folder, asked.threads)
    return lambda: LlamaCpp(asked.llama, folder, kind, asked.threads)


def report(shape: str, rows: list[dict]) -> str:
    """The table of all rounds: medians and, round by round, ratios to every peer."""
    rounds = list(dict.fromkeys(row["round"] for row in rows))
    lines = [f"{shape}, {rows[0]['threads']} threads, {len(rounds)} rounds on {rows[0]['machine']}", ""]
    lines += dict.fromkeys(f"{row['commit']}: Benchmarks/peers/run {row['command']}" for row in rows)
    lines += ["", "tokens/s: median (minimum-maximum), share of bandwidth (decode) or peak (prompt); ratios in a round", ""]
    for task in dict.fromkeys(row["task"] for row in rows):
        cells: dict[str, dict[str, dict]] = {}
        for row in rows:
            if row["task"] == task:
                cells.setdefault(row["name"], {})[row["round"]] = row
        for name, mine in cells.items():
            shares = [row["share"] for row in mine.values() if "share" in row]
            shown = f"{statistics.median(shares) * 100:5.0f} %" if shares and not task.startswith("batch") else ""
            lines.append(f"{task:12} {name:22} {spread([row['rate'] for row in mine.values()], 1):26} {shown}".rstrip())
            if not name.startswith("skein"):
                continue
            for peer, theirs in cells.items():
                both = [mine[number]["rate"] / theirs[number]["rate"] for number in mine if number in theirs]
                if both and not peer.startswith("skein"):
                    lines.append(f"{'':14} to {peer:20} {spread(both, 2)}")
    return "\n".join(lines) + "\n"


def spread(values: list[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def skein(asked: argparse.Namespace, task: str) -> list[dict]:
    """The entries of Skein's report, one a format."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [asked.skein, "bench", *_SKEIN[task], "--shape", asked.shape, "--rounds", "1"]
        command += ["--shapes-folder", asked.shapes, "--quant-type", asked.formats]
        command += ["--threads", asked.threads, "--json", file.name, "--pack-cache", asked.shapes / "packs"]
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
        return json.loads(Path(file.name).read_text())["entries"]


def commit() -> str:
    words = ["git", "-C", str(_ROOT), "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(words, capture_output=True, text=True).stdout.strip()


def machine() -> str:
    names = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


if __name__ == "__main__":
    main()
