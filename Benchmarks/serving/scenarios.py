"""What is compared with what."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import wrk
from models import converted, gguf_file, served_folder
from servers import Running, Server

HERE = Path(__file__).resolve().parent
PROMPT = "Hello World, what is your name dog?"
# Bodies; the load generator fills in prompt and count.
TAKEOFF = '{"text": {{prompt}}, "max_new_tokens": {{new_tokens}}, "ignore_eos": true}'
PLAIN = '{"text": {{prompt}}, "max_new_tokens": {{new_tokens}}}'
# Both servers keep prompts that they have computed, as they do unless told otherwise.
LLAMA = (
    '{"prompt": {{prompt}}, "n_predict": {{new_tokens}}, "temperature": 0, "ignore_eos": true, "cache_prompt": true}')


@dataclass(frozen=True)
class Tools:
    """Programs and folders."""

    skein: Path
    llama_server: Path
    python: str
    shapes: Path
    tokenizers: Path


@dataclass(frozen=True)
class Cell:
    """One load on one server of a scenario."""

    name: str
    server: str
    load: list[str]
    path: str = ""
    seconds: float = 4
    warm_up: float = 1
    requests: int = 0
    """A number of requests instead of seconds."""
    once: bool = False
    """In the first round only."""
    wrk_body: str = ""
    """By wrk, with this body, in place of `load`."""


@dataclass(frozen=True)
class Ratio:
    """A cell's figure over another's, round by round."""

    title: str
    over: str
    under: str
    figure: str = "requests_per_second"
    goal: float | None = None
    """At least so much, or, where `lower_is_better`, at most."""
    lower_is_better: bool = False


@dataclass(frozen=True)
class Scenario:
    """Servers, the loads on them, and what is compared."""

    name: str
    title: str
    servers: dict[str, Server]
    cells: list[Cell]
    ratios: list[Ratio]
    missing: str = ""
    """Why it cannot run here; empty if it can."""
    check: Callable[[dict[str, Running]], list[str]] | None = None
    """Finds out whether the servers do the same; gives notes for the report."""
    figures: list[str] = field(default_factory=lambda: ["requests_per_second", "latency", "processor"])


def scenarios(tools: Tools) -> list[Scenario]:
    """All of them, in the order in which they run."""
    return [no_operation(tools), opt(tools), stories(tools), streams(tools), memory(tools)]


def _takeoff(count: int, connections: int = 40, *more: str) -> list[str]:
    words = ["--api", "generate", "--template", TAKEOFF, "--count-tokens", "requested", "--prompt", PROMPT]
    return [*words, "--new-tokens", str(count), "--connections", str(connections), *more]


def _post(template: str, connections: int = 40, *more: str) -> list[str]:
    words = ["--api", "post", "--template", template, "--count-tokens", "requested", "--prompt", PROMPT]
    return [*words, "--new-tokens", "10", "--connections", str(connections), *more]


def _by_wrk(name: str, server: str, template: str, count: int) -> Cell:
    body = template.replace("{{prompt}}", json.dumps(PROMPT)).replace("{{new_tokens}}", str(count))
    return Cell(f"{name}, by wrk", server, [], "/generate", wrk_body=body)


def _wrk_cells() -> list[Cell]:
    if not wrk.is_there():
        return []
    return [
        _by_wrk("skein, 1 new token", "skein", TAKEOFF, 1), _by_wrk("skein, 10 new tokens", "skein", TAKEOFF, 10),
        _by_wrk("FastAPI, 1 worker", "fastapi", PLAIN, 10), _by_wrk("FastAPI, queue of 50, 100 ms", "queue", PLAIN, 10),
        _by_wrk("NIO, echo", "nio", PLAIN, 10), _by_wrk("Hummingbird, echo", "hummingbird", PLAIN, 10),
    ]


def _wrk_ratios() -> list[Ratio]:
    one, ten = "skein, 1 new token, by wrk", "skein, 10 new tokens, by wrk"
    queue, plain = "FastAPI, queue of 50, 100 ms, by wrk", "FastAPI, 1 worker, by wrk"
    processor = "server_processor_seconds_per_request"
    return [
        Ratio("by wrk: requests/s, 1 new token, to FastAPI with the queue", one, queue, goal=10),
        Ratio("by wrk: requests/s, 10 new tokens, to FastAPI with the queue", ten, queue, goal=10),
        Ratio("by wrk: requests/s, 1 new token, to plain FastAPI", one, plain, goal=4),
        Ratio("by wrk: requests/s, 10 new tokens, to plain FastAPI", ten, plain),
        Ratio("by wrk: processor time a request, 1 new token, to plain FastAPI", one, plain, processor, 1 / 6, True),
    ]


def _skein(tools: Tools, model: Path, *more: str, command: tuple[str, ...] = ("serve",)) -> Server:
    ports = ["--port", "0", "--management-port", "0", "--openai-port", "0", "--log-level", "error"]
    return Server([str(tools.skein), *command, "--model", str(model), *ports, *more])


def _fastapi(tools: Tools, *more: str) -> Server:
    words = [tools.python, str(HERE / "fastapi_server.py"), "--port", "{port}", *more]
    return Server(words, health="/openapi.json")


def no_operation(tools: Tools) -> Scenario:
    """HTTP alone: no server has a model behind it, though Skein's takes all steps but the arithmetic."""
    folder = served_folder(tools.skein, tools.shapes, "opt-125m", tools.tokenizers / "gpt2.json")
    floor = ("bench", "serving-floor")
    steady = ["--rate", "1000"]
    return Scenario(
        "no-op", "No model: requests a second over 40 connections, and processor time a request",
        {
            "skein": _skein(tools, folder, "--max-batch-size", "64", command=floor),
            "fastapi": _fastapi(tools), "queue": _fastapi(tools, "--queue"),
            "nio": Server([str(tools.skein), "bench", "http-floor", "--stack", "nio"]),
            "hummingbird": Server([str(tools.skein), "bench", "http-floor", "--stack", "hummingbird"]),
        },
        [
            Cell("skein, 1 new token", "skein", _takeoff(1)),
            Cell("skein, 10 new tokens", "skein", _takeoff(10)),
            Cell("FastAPI, 1 worker", "fastapi", _post(PLAIN), "/generate"),
            Cell("FastAPI, queue of 50, 100 ms", "queue", _post(PLAIN), "/generate"),
            Cell("NIO, echo", "nio", _post(PLAIN), "/generate", seconds=3),
            Cell("Hummingbird, echo", "hummingbird", _post(PLAIN), "/generate", seconds=3),
            *_wrk_cells(),
            Cell("FastAPI, queue, 200 users", "queue", _post(PLAIN, 200), "/generate", seconds=3),
            Cell("skein, 1,000 a second (open loop)", "skein", _takeoff(1, 256, *steady), seconds=3),
            Cell("FastAPI, 1,000 a second (open loop)", "fastapi", _post(PLAIN, 256, *steady), "/generate", seconds=3),
        ],
        [
            Ratio("requests/s, 1 new token, to FastAPI with the queue", "skein, 1 new token",
                  "FastAPI, queue of 50, 100 ms", goal=10),
            Ratio("requests/s, 1 new token, to plain FastAPI", "skein, 1 new token", "FastAPI, 1 worker", goal=4),
            Ratio("processor time a request, 1 new token, to plain FastAPI", "skein, 1 new token",
                  "FastAPI, 1 worker", "server_processor_seconds_per_request", 1 / 6, True),
            Ratio("requests/s, 10 new tokens, to FastAPI with the queue", "skein, 10 new tokens",
                  "FastAPI, queue of 50, 100 ms", goal=10),
            Ratio("requests/s, 10 new tokens, to plain FastAPI", "skein, 10 new tokens", "FastAPI, 1 worker"),
            Ratio("processor time a request, 10 new tokens, to plain FastAPI", "skein, 10 new tokens",
                  "FastAPI, 1 worker", "server_processor_seconds_per_request", lower_is_better=True),
            Ratio("requests/s, 1 new token, to a NIO echo", "skein, 1 new token", "NIO, echo"),
            Ratio("requests/s, 1 new token, to a Hummingbird echo", "skein, 1 new token", "Hummingbird, echo"),
            Ratio("processor time a request, 1 new token, to a NIO echo", "skein, 1 new token", "NIO, echo",
                  "server_processor_seconds_per_request", lower_is_better=True),
            *_wrk_ratios(),
        ],
        check=lambda _: [] if wrk.is_there() else ["wrk is not installed: what it would measure is left out"])


def opt(tools: Tools) -> Scenario:
    """The published API test."""
    folder = served_folder(tools.skein, tools.shapes, "opt-125m", tools.tokenizers / "gpt2.json")
    model = converted(tools.skein, tools.shapes, "opt-125m")
    peer = ["--queue", "--model", str(model), "--tokenizer", str(folder / "tokenizer.json")]
    return Scenario(
        "opt-125m", "The published test: 40 users, 10 new tokens, OPT-125m shape in int8",
        {
            "skein": _skein(tools, folder, "--quant-type", "int8", "--max-batch-size", "64"),
            "100 ms": _fastapi(tools, *peer), "5 ms": _fastapi(tools, *peer, "--window", "5"),
        },
        [
            Cell("skein", "skein", _takeoff(10), seconds=6, warm_up=2),
            Cell("FastAPI + CTranslate2, 100 ms", "100 ms", _post(PLAIN), "/generate", seconds=10, warm_up=2),
            Cell("FastAPI + CTranslate2, 5 ms", "5 ms", _post(PLAIN), "/generate", seconds=8, warm_up=2),
        ],
        [
            Ratio("requests/s to FastAPI + CTranslate2, 100 ms", "skein", "FastAPI + CTranslate2, 100 ms", goal=2),
            Ratio("requests/s to FastAPI + CTranslate2, 5 ms", "skein", "FastAPI + CTranslate2, 5 ms"),
        ])


def stories(tools: Tools) -> Scenario:
    """llama.cpp's server on the same weights and the same tokens."""
    folder = served_folder(tools.skein, tools.shapes, "stories15m", tools.tokenizers / "llama2.json")
    missing = ""
    if not tools.llama_server.is_file():
        missing = f"no {tools.llama_server}: run Benchmarks/build-llama (half an hour)"
    elif not (tools.tokenizers / "llama2.json").is_file():
        missing = f"no {tools.tokenizers / 'llama2.json'}: both servers need the same vocabulary"
    servers = {
        "skein f32": _skein(tools, folder, "--quant-type", "f32", "--max-batch-size", "64"),
        "skein int8": _skein(tools, folder, "--quant-type", "int8", "--max-batch-size", "64"),
    }
    if not missing:
        for quant in ("f32", "q8_0"):
            words = [str(tools.llama_server), "-m", str(gguf_file(folder, quant)), "--port", "{port}", "-t", "2"]
            servers[f"llama.cpp {quant}"] = Server([*words, "-tb", "2", "-np", "40", "-c", "5120"], health="/health")
    cells = [
        Cell(name, name, _takeoff(10) if name.startswith("skein") else _post(LLAMA),
             "" if name.startswith("skein") else "/completion", seconds=7, warm_up=2)
        for name in ("skein f32", "llama.cpp f32", "skein int8", "llama.cpp q8_0")
    ]
    return Scenario(
        "stories15m", "llama.cpp's server: 40 users, 10 new tokens, stories15m shape", servers, cells,
        [
            Ratio("requests/s in f32", "skein f32", "llama.cpp f32", goal=3),
            Ratio("requests/s, int8 to q8_0", "skein int8", "llama.cpp q8_0", goal=3),
        ], missing, _same_answers)


def _same_answers(servers: dict[str, Running]) -> list[str]:
    """Asks both for the same greedy answer in f32, so that what is compared is the same work."""
    def answer(url: str, body: dict[str, object]) -> dict[str, object]:
        request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read())

    ours = answer(servers["skein f32"].url + "/generate", {"text": PROMPT, "max_new_tokens": 10, "ignore_eos": True})
    theirs = answer(servers["llama.cpp f32"].url + "/completion", {
        "prompt": PROMPT, "n_predict": 10, "temperature": 0, "ignore_eos": True, "cache_prompt": False})
    is_same = str(ours["text"]).strip() == str(theirs["content"]).strip()
    return [f"greedy answers in f32 {'are equal' if is_same else f'differ: {ours} and {theirs}'}"]


def streams(tools: Tools) -> Scenario:
    """What batching gives: many streams beside one."""
    folder = served_folder(tools.skein, tools.shapes, "opt-125m", tools.tokenizers / "gpt2.json")
    words = ["--api", "generate-stream", "--prompt", PROMPT, "--new-tokens", "32"]
    return Scenario(
        "streams", "Server-sent events: 32 streams beside one, 32 new tokens, OPT-125m shape in int8",
        {"skein": _skein(tools, folder, "--quant-type", "int8", "--max-batch-size", "64")},
        [
            Cell("1 stream", "skein", [*words, "--connections", "1"], seconds=4),
            Cell("32 streams", "skein", [*words, "--connections", "32"], seconds=10, warm_up=2),
        ],
        [Ratio("tokens/s of 32 streams to one", "32 streams", "1 stream", "tokens_per_second", 8)],
        figures=["tokens_per_second", "time_to_first_token", "inter_token_time"])


def memory(tools: Tools) -> Scenario:
    """Whether anything grows with the number of requests."""
    folder = served_folder(tools.skein, tools.shapes, "stories15m", tools.tokenizers / "llama2.json")
    opt_folder = served_folder(tools.skein, tools.shapes, "opt-125m", tools.tokenizers / "gpt2.json")
    flags = ["--sample-memory", "--count-tokens", "requested", "--api", "generate", "--template", TAKEOFF]
    words = [*flags, "--prompt-words", "12", "--new-tokens", "4", "--connections", "40"]
    return Scenario(
        "memory", "Memory over 20,000 requests: proportional set size of all processes, MiB",
        {
            "model": _skein(tools, folder, "--quant-type", "int8", "--max-batch-size", "64"),
            "no model": _skein(tools, opt_folder, "--max-batch-size", "64", command=("bench", "serving-floor")),
        },
        [
            Cell("stories15m shape, 4 new tokens", "model", words, requests=20_000, warm_up=2, once=True),
            Cell("no model, 4 new tokens", "no model", words, requests=20_000, warm_up=2, once=True),
        ],
        [], figures=["memory"])
