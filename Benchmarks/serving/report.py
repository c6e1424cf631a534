"""Collects what was measured; prints tables and writes JSON, Markdown and a chart."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from xml.sax.saxutils import escape

from scenarios import Cell, Ratio, Scenario

Measured = dict[str, object]

# What a scenario's tables show: heading, and the number in a measurement.
_FIGURES = {
    "requests_per_second": [("requests/s", lambda m: m["requests_per_second"], 1)],
    "tokens_per_second": [("tokens/s", lambda m: m["tokens_per_second"], 1)],
    "latency": [
        (f"{name} ms", lambda m, key=key: m["latency"][key], 2)
        for name, key in (("p50", "p50"), ("p99", "p99"), ("p99.9", "p999"))
    ],
    "time_to_first_token": [
        (f"first token {key} ms", lambda m, key=key: m["time_to_first_token"][key], 2) for key in ("p50", "p99")
    ],
    "inter_token_time": [
        (f"between tokens {key} ms", lambda m, key=key: m["inter_token_time"][key], 2) for key in ("p50", "p99")
    ],
    "processor": [
        ("server us/request", lambda m: m["server_processor_seconds_per_request"] * 1e6, 1),
        ("generator us/request", lambda m: m["generator_processor_seconds_per_request"] * 1e6, 1),
    ],
    "memory": [
        ("answers", lambda m: m["answers"], 0),
        ("MiB at the start", lambda m: m["server_byte_counts"][0] / 2**20, 1),
        ("after a quarter", lambda m: _at(m["server_byte_counts"], 0.25) / 2**20, 1),
        ("after a half", lambda m: _at(m["server_byte_counts"], 0.5) / 2**20, 1),
        ("at the end", lambda m: m["server_byte_counts"][-1] / 2**20, 1),
        ("most", lambda m: max(m["server_byte_counts"]) / 2**20, 1),
    ],
}


def _at(values: list[float], share: float) -> float:
    return values[round(share * (len(values) - 1))]


def spread(values: list[float], digits: int) -> str:
    """Median, and minimum and maximum where there is more than one; a dash where there is none."""
    if not values:
        return "-"
    middle = f"{statistics.median(values):,.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"


class Report:
    """Measurements by scenario and cell."""

    def __init__(self, folder: Path, *, quick: bool, rounds: int) -> None:
        self.rounds = rounds
        self._measured: dict[str, dict[str, list[Measured]]] = {}
        self._notes: dict[str, list[str]] = {}
        self._scenarios: list[Scenario] = []
        self._origin = _origin(folder, quick)

    def add(self, scenario: Scenario, cell: Cell, measured: Measured) -> None:
        """Adds one load."""
        self._enter(scenario)
        self._measured[scenario.name].setdefault(cell.name, []).append(measured)

    def note(self, scenario: Scenario, text: str) -> None:
        """Adds a sentence to a scenario."""
        self._enter(scenario)
        self._notes[scenario.name].append(text)

    def skip(self, scenario: Scenario) -> None:
        """Says why a scenario is left out."""
        print(f"LEFT OUT: {scenario.name}: {scenario.missing}", file=sys.stderr)
        self.note(scenario, f"left out: {scenario.missing}")

    def _enter(self, scenario: Scenario) -> None:
        if scenario.name not in self._measured:
            self._measured[scenario.name], self._notes[scenario.name] = {}, []
            self._scenarios.append(scenario)

    def _ratio(self, scenario: Scenario, ratio: Ratio) -> list[float]:
        cells = self._measured[scenario.name]
        over, under = ([m[ratio.figure] for m in cells.get(name, [])] for name in (ratio.over, ratio.under))
        return [a / b for a, b in zip(over, under) if a and b]

    def section(self, scenario: Scenario) -> str:
        """A scenario's tables in Markdown."""
        lines = [f"## {scenario.title}", ""]
        cells = self._measured[scenario.name]
        if cells:
            figures = [figure for name in scenario.figures for figure in _FIGURES[name]]
            lines += _table(
                ["", *(heading for heading, _, _ in figures)],
                [[name, *(
                    spread([number(m) for m in all_measured if m["answers"]], digits) for _, number, digits in figures
                )]
                 for name, all_measured in cells.items()])
            if failed := {name: m["failures"] for name, all_m in cells.items() for m in all_m if m["failures"]}:
                lines += [f"Failures: {failed}", ""]
        rows = []
        for ratio in scenario.ratios:
            if values := self._ratio(scenario, ratio):
                rows.append([ratio.title, spread(values, 3 if ratio.lower_is_better else 2), _goal(ratio, values)])
        if rows:
            lines += _table(["ratio, round by round", "median (spread)", "goal"], rows)
        for note in self._notes[scenario.name]:
            lines += [f"Note: {note}.", ""]
        return "\n".join(lines)

    def write(self, folder: Path) -> None:
        """Keeps the results."""
        folder.mkdir(exist_ok=True)
        origin = [f"* {key}: {value}" for key, value in self._origin.items()]
        origin.append(f"* load averages at the end: {_load()}")
        sections = [self.section(scenario) for scenario in self._scenarios]
        head = "Medians of all rounds, in parentheses the spread. Ratios are taken round by round."
        text = "\n".join(["# Serving, side by side", "", *origin, "", head, "", *sections])
        (folder / "serving.md").write_text(text)
        kept = {
            "origin": self._origin,
            "scenarios": {s.name: {"title": s.title, "notes": self._notes[s.name], "cells": self._measured[s.name]}
                          for s in self._scenarios},
        }
        (folder / "serving.json").write_text(json.dumps(kept, indent=1) + "\n")
        (folder / "serving.svg").write_text(self._chart())
        print(f"kept: {folder}/serving.md, .json, .svg")

    def _chart(self) -> str:
        rows: list[tuple[str, list[float], float | None]] = []
        for scenario in self._scenarios:
            for ratio in scenario.ratios:
                if values := self._ratio(scenario, ratio):
                    # Longer is better in every row.
                    inverted = [1 / value for value in values] if ratio.lower_is_better else values
                    goal = 1 / ratio.goal if ratio.goal and ratio.lower_is_better else ratio.goal
                    word = " (how many times less)" if ratio.lower_is_better else ""
                    rows.append((f"{scenario.name}: {ratio.title}{word}", inverted, goal))
        left, width, height = 470, 380, 26
        longest = max((max(max(values), goal or 0) for _, values, goal in rows), default=1)
        parts = []
        for index, (label, values, goal) in enumerate(rows):
            y, x = 56 + index * height, lambda value: left + value / longest * width
            middle = statistics.median(values)
            parts += [
                f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{escape(label)}</text>',
                f'<rect x="{left}" y="{y}" width="{x(middle) - left:.1f}" height="18" fill="steelblue"/>',
                f'<path d="M{x(min(values)):.1f} {y + 9}H{x(max(values)):.1f}" stroke="black" stroke-width="2"/>',
                f'<text x="{x(max(values)) + 8:.1f}" y="{y + 14}">{middle:.1f}x</text>',
            ]
            if goal:
                parts.append(f'<path d="M{x(goal):.1f} {y - 3}v24" stroke="darkred" stroke-width="2"/>')
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 90}" height="{72 + len(rows) * height}"'
            ' font-family="sans-serif" font-size="13">',
            '<rect width="100%" height="100%" fill="white"/>',
            '<text x="16" y="24" font-size="16" font-weight="bold">Skein over its peers, same run</text>',
            '<text x="16" y="44" fill="dimgray">bars: median ratio, lines: spread, red: goal</text>', *parts, "</svg>",
        ]) + "\n"


def _goal(ratio: Ratio, values: list[float]) -> str:
    if ratio.goal is None:
        return ""
    middle = statistics.median(values)
    is_met = middle <= ratio.goal if ratio.lower_is_better else middle >= ratio.goal
    sign = "at most" if ratio.lower_is_better else "at least"
    return f"{sign} {ratio.goal:.3g}: {'met' if is_met else 'MISSED'}"


def _table(heads: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def _load() -> str:
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def _origin(folder: Path, quick: bool) -> dict[str, str]:
    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True).stdout.strip()

    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = names[0].split(": ", 1)[1] if names else platform.processor()
    changed = " with changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    return {
        "machine": f"{platform.system()} {platform.release()}, {processor}, {os.cpu_count()} CPUs",
        "commit": (git("rev-parse", "--short", "HEAD") or "unknown") + changed,
        "command": "Benchmarks/serving/run" + (" --quick" if quick else ""),
        "time": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "load averages at the start": _load(),
    }
