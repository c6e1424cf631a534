"""Other engines on a shape's random weights. Each gives tokens per second, its loading not counted."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import torch
import transformers

from checkpoints import gguf_file

_NEW_TOKENS = 32
_PROMPT_TOKENS = 16


def batch_of(task: str) -> int:
    """Sequences of a task such as `batch 8`."""
    return int(task.split()[1]) if task.startswith("batch") else 1


class _InProcess:
    """An engine that runs in this process: what a task takes is timed here."""

    def rate(self, task: str) -> float:
        if task.startswith("prefill"):
            length = int(task.split()[1])
            return length / self._seconds(1, length, 1)
        count = batch_of(task)
        first = self._seconds(count, _PROMPT_TOKENS, 1)
        return count * _NEW_TOKENS / (self._seconds(count, _PROMPT_TOKENS, _NEW_TOKENS + 1) - first)

    def _seconds(self, count: int, prompt_length: int, new_count: int) -> float:
        raise NotImplementedError


def _prompts(count: int, length: int, vocabulary: int) -> list[list[int]]:
    """Ids of so many different prompts."""
    return [[(n * 7919 + i * 104_729 + 1) % vocabulary for i in range(length)] for n in range(count)]


class CTranslate2(_InProcess):
    """int8 is int8 weights with f32 activations outside of products."""

    def __init__(self, model: Path, kind: str, threads: int) -> None:
        import ctranslate2

        self.generator = ctranslate2.Generator(
            str(model), compute_type=kind, inter_threads=1, intra_threads=threads)
        self.words = json.loads((model / "vocabulary.json").read_text())
        self._seconds(1, _PROMPT_TOKENS, 2)

    def _seconds(self, count: int, prompt_length: int, new_count: int) -> float:
        prompts = [[self.words[index] for index in prompt]
                   for prompt in _prompts(count, prompt_length, len(self.words))]
        began = time.monotonic()
        self.generator.generate_batch(
            prompts, max_length=new_count, min_length=new_count, sampling_topk=1, include_prompt_in_result=False,
            end_token=[])
        return time.monotonic() - began


class Torch(_InProcess):
    """transformers on torch, f32, greedy, with its cache of keys and values."""

    def __init__(self, folder: Path, threads: int) -> None:
        torch.set_num_threads(threads)
        self.model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self._seconds(1, _PROMPT_TOKENS, 2)

    @torch.inference_mode()
    def _seconds(self, count: int, prompt_length: int, new_count: int) -> float:
        ids = torch.tensor(_prompts(count, prompt_length, self.model.config.vocab_size))
        began = time.monotonic()
        cache = None
        for _ in range(new_count):
            answer = self.model(ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
            cache, ids = answer.past_key_values, answer.logits[:, -1:].argmax(-1)
        return time.monotonic() - began


class LlamaCpp:
    """llama-bench for one sequence, llama-batched-bench for several."""

    def __init__(self, programs: Path, folder: Path, kind: str, threads: int) -> None:
        self.programs, self.threads = programs, str(threads)
        self.model = gguf_file(folder, "f32")
        if kind != "F32":
            exact, self.model = self.model, folder.parent / f"{folder.name}-{kind.lower()}-llama.gguf"
            if not self.model.exists():
                self._output("llama-quantize", "--pure", str(exact), str(self.model), kind)

    def rate(self, task: str) -> float:
        if task.startswith("batch"):
            count = batch_of(task)
            text = self._output(
                "llama-batched-bench", "-m", str(self.model), "-t", self.threads, "-tb", self.threads, "-c", "2048",
                "-b", "2048", "-ub", "512", "-npp", str(_PROMPT_TOKENS), "-ntg", str(_NEW_TOKENS), "-npl", str(count),
                "--output-format", "jsonl")
            return next(json.loads(line)["speed_tg"] for line in text.splitlines() if line.startswith("{"))
        prompt, new = (task.split()[1], "0") if task.startswith("prefill") else ("0", str(_NEW_TOKENS))
        text = self._output(
            "llama-bench", "-m", str(self.model), "-t", self.threads, "-p", prompt, "-n", new, "-r", "1", "-o", "json")
        return json.loads(text)[0]["avg_ts"]

    def _output(self, program: str, *words: str) -> str:
        command = [str(self.programs / program), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
