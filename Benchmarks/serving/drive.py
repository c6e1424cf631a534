"""Skein's server beside FastAPI servers and llama.cpp's, on the same machine in the same run.

Each scenario starts its servers once. Every round then loads each of them in turn with `skein bench serving`, so that a
drift of the machine hits all; what counts is the ratio within a round. Load generator and server share the machine.
Run by `Benchmarks/serving/run`, which makes the virtual environment.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import wrk
from report import Report
from scenarios import Cell, Scenario, Tools, scenarios
from servers import Running, running

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Runs the scenarios, prints their tables and writes results/serving.{json,md,svg}."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skein", type=Path, required=True, help="the program")
    parser.add_argument("--quick", action="store_true", help="one short round: whether it runs, not how fast it is")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="scenarios, with commas")
    parser.add_argument("--shapes", type=Path, default=Path(tempfile.gettempdir()) / "skein-shapes")
    parser.add_argument("--tokenizers", type=Path, default=HERE.parents[2] / "shared/data/tokenizers")
    parser.add_argument(
        "--llama-server", type=Path, default=HERE.parents[1] / ".build/llama.cpp/bin/llama-server",
        help="llama.cpp's server; Benchmarks/build-llama makes it")
    parser.add_argument("--results", type=Path, default=HERE / "results", help="where results are kept")
    asked = parser.parse_args()
    tools = Tools(asked.skein, asked.llama_server, sys.executable, asked.shapes, asked.tokenizers)
    chosen = scenarios(tools)
    names = [scenario.name for scenario in chosen]
    if asked.only:
        wanted = asked.only.split(",")
        if unknown := [name for name in wanted if name not in names]:
            parser.error(f"--only {','.join(unknown)}: the scenarios are {', '.join(names)}")
        chosen = [scenario for scenario in chosen if scenario.name in wanted]
    report = Report(HERE, quick=asked.quick, rounds=1 if asked.quick else asked.rounds)
    began = time.monotonic()
    for scenario in chosen:
        if scenario.missing:
            report.skip(scenario)
            continue
        run(scenario, tools, report, quick=asked.quick)
        print(report.section(scenario), flush=True)
    print(f"{time.monotonic() - began:.0f} s in all")
    # A part or a glance is no result to keep.
    if not asked.only and not asked.quick:
        report.write(asked.results)


def run(scenario: Scenario, tools: Tools, report: Report, *, quick: bool) -> None:
    """All rounds of a scenario."""
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(running(server)) for name, server in scenario.servers.items()}
        for note in scenario.check(servers) if scenario.check else []:
            report.note(scenario, note)
        for number in range(1, report.rounds + 1):
            for cell in scenario.cells:
                if cell.once and number > 1:
                    continue
                print(f"{scenario.name}: round {number} of {report.rounds}: {cell.name}", flush=True)
                report.add(scenario, cell, measure(tools.skein, cell, servers[cell.server], quick=quick))


def measure(skein: Path, cell: Cell, server: Running, *, quick: bool) -> dict[str, object]:
    """What one load measured."""
    if quick:
        requests = min(cell.requests, 2000)
        cell = dataclasses.replace(cell, seconds=cell.seconds / 2, warm_up=cell.warm_up / 2, requests=requests)
    measured = by_wrk(cell, server) if cell.wrk_body else by_skein(skein, cell, server)
    # A server that answered nothing in time is a result, too.
    if measured["failures"] or not measured["answers"]:
        print(f"  {measured['answers']} answers; failed: {measured['failures']}", flush=True)
    return measured


def by_wrk(cell: Cell, server: Running) -> dict[str, object]:
    """A closed loop of wrk's, after another to warm up."""
    wrk.measure(server, cell.path, cell.wrk_body, connections=40, seconds=cell.warm_up)
    return wrk.measure(server, cell.path, cell.wrk_body, connections=40, seconds=cell.seconds)


def by_skein(skein: Path, cell: Cell, server: Running) -> dict[str, object]:
    """A load of `skein bench serving`."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [str(skein), "bench", "serving", "--url", server.url + cell.path, "--pid", str(server.pid)]
        command += ["--json", report.name, "--warm-up", str(cell.warm_up), *cell.load]
        command += ["--requests", str(cell.requests)] if cell.requests else ["--duration", str(cell.seconds)]
        ended = subprocess.run(command, stdout=subprocess.DEVNULL)
        text = Path(report.name).read_text()
    if not text:
        raise SystemExit(f"{' '.join(command)} ended with {ended.returncode}")
    return json.loads(text)


if __name__ == "__main__":
    main()
