"""Starts servers, waits until they answer, and ends them."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

# Loading, on a crowded machine.
_READY_SECONDS = 180
_END_SECONDS = 20


@dataclass(frozen=True)
class Server:
    """A program that serves on this machine."""

    command: list[str]
    """Its words; `{port}` becomes a free port. A Skein server chooses one itself and says so."""
    health: str = ""
    """A path that answers 200 once it serves; empty: it serves once it says so (Skein)."""


@dataclass(frozen=True)
class Running:
    """A server that serves."""

    url: str
    pid: int


@contextlib.contextmanager
def running(server: Server) -> Iterator[Running]:
    """Runs a server for the length of a block."""
    with tempfile.TemporaryFile("w+") as errors:
        port = _free_port()
        command = [word.replace("{port}", str(port)) for word in server.command]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            url = _wait_healthy(process, port, server.health) if server.health else _wait_ready(process)
            if url is None:
                errors.seek(0)
                raise RuntimeError(f"{' '.join(command)} did not start:\n{errors.read()[-2000:]}")
            yield Running(url, process.pid)
        finally:
            _end(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_ready(process: subprocess.Popen[str]) -> str | None:
    assert process.stdout
    match = re.match(r"ready (http://\S+)", process.stdout.readline())
    return match[1] if match else None


def _wait_healthy(process: subprocess.Popen[str], port: int, path: str) -> str | None:
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url + path, timeout=5) as answer:
                if answer.status == 200:
                    return url
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return None


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


