"""Loads a server with wrk, which takes a tenth of the processor time that a client with task and statistics takes.

wrk sends one body over and over and looks at the status of the answers only; that they are right is what the other
loads of the same servers find out. Debian's package `wrk`.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
from pathlib import Path

from servers import Running

_HERE = Path(__file__).resolve().parent
_TICKS = os.sysconf("SC_CLK_TCK")


def is_there() -> bool:
    """Whether the program can be run."""
    return shutil.which("wrk") is not None


def measure(server: Running, path: str, body: str, *, connections: int, seconds: float) -> dict[str, object]:
    """What one closed loop measured, with the names that `skein bench serving` gives."""
    server_before, own_before = _server_seconds(server.pid), _own_seconds()
    measured = _run(server.url + path, body, connections, seconds)
    count = measured["requests"]
    return {
        "answers": count,
        "failures": {"wrk": measured["failures"]} if measured["failures"] else {},
        "requests_per_second": count / measured["seconds"],
        "latency": {name: measured[name] for name in ("p50", "p99", "p999")},
        "server_processor_seconds_per_request": (_server_seconds(server.pid) - server_before) / max(count, 1),
        "generator_processor_seconds_per_request": (_own_seconds() - own_before) / max(count, 1),
    }


def _run(url: str, body: str, connections: int, seconds: float) -> dict[str, float]:
    words = ["wrk", "-t1", f"-c{connections}", f"-d{round(max(seconds, 1))}s", "-s", str(_HERE / "wrk.lua"), url]
    ended = subprocess.run(words, env={**os.environ, "WRK_BODY": body}, capture_output=True, text=True, check=True)
    return json.loads(ended.stdout.strip().splitlines()[-1])


def _own_seconds() -> float:
    """Processor time of the programs that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _server_seconds(pid: int) -> float:
    """Processor time of a process, of all that descend from it, and of those among them that have ended."""
    parents, ticks = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name, which is in parentheses, may have spaces.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
        ticks[int(folder.name)] = sum(map(int, fields[11:15]))
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(ticks.get(member, 0) for member in family) / _TICKS
