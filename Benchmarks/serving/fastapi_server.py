"""The peer most people would write: FastAPI and uvicorn, with or without a batching queue, with or without a model.

`--queue` is the idea of the published API test: requests wait in an asyncio queue, a batch is closed when it has
`--batch` requests or when `--window` milliseconds have passed since its first one, and is then answered in a thread.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

Answers = Callable[[list[str], int], list[str]]


class Call(BaseModel):
    """What a client posts; the published test's clients sent as much."""

    text: str
    max_new_tokens: int = 10


def no_operation(prompts: list[str], _: int) -> list[str]:
    return ["an answer of ten tokens"] * len(prompts)


def ctranslate2_answers(model: Path, tokenizer_file: Path, threads: int) -> Answers:
    """Greedy answers of exactly the wanted length by CTranslate2 in int8."""
    import ctranslate2
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    generator = ctranslate2.Generator(str(model), compute_type="int8", inter_threads=1, intra_threads=threads)
    words = json.loads((model / "vocabulary.json").read_text())
    ids = {word: index for index, word in enumerate(words)}

    def answers(prompts: list[str], count: int) -> list[str]:
        encoded = tokenizer.encode_batch(prompts)
        results = generator.generate_batch(
            [[words[index] for index in one.ids] for one in encoded], max_length=count, min_length=count,
            sampling_topk=1, include_prompt_in_result=False, end_token=[])
        return tokenizer.decode_batch([[ids[word] for word in one.sequences[0]] for one in results])

    return answers


class Batches:
    """The batching queue."""

    def __init__(self, answers: Answers, size: int, window_seconds: float) -> None:
        self._answers, self._size, self._window = answers, size, window_seconds
        self._waiting: asyncio.Queue[tuple[Call, asyncio.Future[str]]] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(1)

    async def answer(self, call: Call) -> str:
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        await self._waiting.put((call, future))
        return await future

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self._waiting.get()]
            deadline = loop.time() + self._window
            while len(batch) < self._size and (left := deadline - loop.time()) > 0:
                try:
                    batch.append(await asyncio.wait_for(self._waiting.get(), left))
                except TimeoutError:
                    break
            prompts = [call.text for call, _ in batch]
            count = max(call.max_new_tokens for call, _ in batch)
            texts = await loop.run_in_executor(self._thread, self._answers, prompts, count)
            for (_, future), text in zip(batch, texts):
                if not future.cancelled():
                    future.set_result(text)


def application(answers: Answers, batches: Batches | None) -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(batches.run()) if batches else None
        yield
        if task:
            task.cancel()

    app = FastAPI(lifespan=lifespan)

    @app.post("/generate")
    async def generate(call: Call) -> dict[str, str]:
        if batches:
            return {"text": await batches.answer(call)}
        return {"text": answers([call.text], call.max_new_tokens)[0]}

    return app


def main() -> None:
    """Serves until told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--queue", action="store_true", help="answer in batches")
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--window", type=float, default=100, help="milliseconds")
    parser.add_argument("--model", type=Path, help="a CTranslate2 model; without it answers are constant")
    parser.add_argument("--tokenizer", type=Path, help="its tokenizer.json")
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    answers = ctranslate2_answers(asked.model, asked.tokenizer, asked.threads) if asked.model else no_operation
    batches = Batches(answers, asked.batch, asked.window / 1000) if asked.queue else None
    uvicorn.run(
        application(answers, batches), host="127.0.0.1", port=asked.port, loop="uvloop", http="httptools",
        access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
