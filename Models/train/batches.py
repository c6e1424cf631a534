"""Batches of token IDs: examples gathered by length, each row one or more whole examples."""

from __future__ import annotations

from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor

from generator.examples import ExampleSource
from tokenizer import name_pieces

# Rows of a batch are as long as one of these; an example longer than the last is left out.
ROW_LENGTHS = (144, 224, 352)
_PADDING_ID = 0
# Of the rows begun for a length, how many of the last ones are looked at for room.
_OPEN_ROW_COUNT = 30

# Prompts count a little in the loss as long as there is a language to learn from them, and then not at all, as their
# names and numbers cannot be foretold.
_EARLY_PROMPT_WEIGHT = 0.08
_LATER_PROMPT_WEIGHT = 0.0


class BatchSource:
    """Makes batches of about `token_count` tokens: inputs and targets [rows, length], and weights of the targets."""

    def __init__(self, tokenizer: Tokenizer, seed: int, token_count: int) -> None:
        self.tokenizer = tokenizer
        self.examples = ExampleSource(seed, name_pieces(tokenizer))
        self.token_count = token_count
        self.waiting: dict[int, list[tuple[list[int], list[float]]]] = {length: [] for length in ROW_LENGTHS}

    def batch(self) -> tuple[Tensor, Tensor, Tensor]:
        """The next batch of whichever length has its rows together first."""
        while True:
            ids, weights = self._example()
            length = next((length for length in ROW_LENGTHS if len(ids) <= length + 1), None)
            if length is None:
                continue
            rows = self.waiting[length]
            room = self._room(len(ids))
            if room is not None:
                room[0].extend(ids)
                room[1].extend(weights)
                continue
            if len(rows) == self.token_count // length:
                self.waiting[length] = [(ids, weights)]
                return _tensors(rows, length)
            rows.append((ids, weights))

    def _room(self, count: int) -> tuple[list[int], list[float]] | None:
        """A begun row of any length with room for that many tokens more."""
        for length, rows in self.waiting.items():
            for row in rows[-_OPEN_ROW_COUNT:]:
                if len(row[0]) + count <= length + 1:
                    return row
        return None

    def _example(self) -> tuple[list[int], list[float]]:
        segments = self.examples.example()
        prompt_weight = _EARLY_PROMPT_WEIGHT if self.examples.is_early else _LATER_PROMPT_WEIGHT
        ids: list[int] = []
        weights: list[float] = []
        for segment, encoding in zip(segments, self.tokenizer.encode_batch_fast([s.text for s in segments])):
            ids += encoding.ids
            weights += [segment.weight or prompt_weight] * len(encoding.ids)
        return ids, weights

    def state(self) -> dict[str, Any]:
        """All that the following batches depend on."""
        return {"random": self.examples.rng.getstate(), "count": self.examples.count, "waiting": self.waiting}

    def restore(self, state: dict[str, Any]) -> None:
        self.examples.rng.setstate(state["random"])
        self.examples.count = state["count"]
        self.waiting = state["waiting"]


def _tensors(rows: list[tuple[list[int], list[float]]], length: int) -> tuple[Tensor, Tensor, Tensor]:
    ids = torch.full((len(rows), length + 1), _PADDING_ID)
    weights = torch.zeros(len(rows), length + 1)
    for index, (row, row_weights) in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row)
        weights[index, : len(row)] = torch.tensor(row_weights)
    return ids[:, :-1].contiguous(), ids[:, 1:].contiguous(), weights[:, 1:].contiguous()
