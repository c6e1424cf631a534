"""Trains a model from nothing for a given time of work, or goes on from its last checkpoint.

Every core has a process of its own with a copy of the model; they add up their gradients once a step, so that a core
which somebody else uses for a moment delays a step by that moment only.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from batches import ROW_LENGTHS, BatchSource
from model import Llama, Shape
from optimizer import Optimizer

_CHECKPOINT_SECONDS = 120.0
_WARMUP_STEPS = 100
_DECAY_START = 0.35

# From inputs [rows, length] and, of the positions in them that count, their indices, targets and weights.
Loss = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Plan:
    """What a run trains: for how long, on batches of how many tokens a process, and where its checkpoint is."""

    seed: int
    work_seconds: float
    batch_token_count: int
    checkpoint: Path


class Trainer:
    """One process's model with the state of its training."""

    def __init__(self, shape: Shape, tokenizer: Tokenizer, plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.rank, self.process_count = dist.get_rank(), dist.get_world_size()
        self.model = Llama(shape)
        self.optimizer = Optimizer(self.model)
        self.batches = BatchSource(tokenizer, plan.seed * 1000 + self.rank, plan.batch_token_count)
        self.step_count = 0
        self.token_count = 0
        self.worked_seconds = 0.0
        self._last_seconds = 0.0

    def run(self, loss: Loss, at_checkpoint: Callable[[Llama], None]) -> None:
        """Steps until the time of work is over; writes a checkpoint every two minutes, and shows it the model."""
        if self.plan.checkpoint.exists():
            self._restore(torch.load(self.plan.checkpoint, weights_only=False))
        saved_at = reported_at = self.worked_seconds
        while self.worked_seconds < self.plan.work_seconds:
            value = self._step(loss)
            if self.worked_seconds - reported_at >= 15:
                reported_at = self.worked_seconds
                self._report(value)
            if self.worked_seconds - saved_at >= _CHECKPOINT_SECONDS:
                saved_at = self.worked_seconds
                self._save(at_checkpoint)
        self._save(at_checkpoint)

    def _step(self, loss: Loss) -> float:
        """One step of all processes; returns their mean loss.

        Work is counted in processor time, so that waiting for a core that others use is none. All processes count the
        same: the mean of what they took for the step before.
        """
        began = time.process_time()
        inputs, targets, weights = self.batches.batch()
        positions = weights.flatten().nonzero().squeeze(1)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            value = loss(inputs, positions, targets.flatten()[positions], weights.flatten()[positions])
        value.backward()
        shared = self._shared(float(value.detach()), float(inputs.numel()), self._last_seconds)
        torch.nn.utils.clip_grad_norm_(self.optimizer.others, 1.0)
        self.optimizer.step(self._rate_factor())
        self.step_count += 1
        self.token_count += round(shared[1] * self.process_count)
        self.worked_seconds += shared[2]
        self._last_seconds = time.process_time() - began
        return shared[0]

    def _shared(self, *values: float) -> list[float]:
        """Makes every gradient the mean of all processes' gradients, and returns the means of the values."""
        parameters = [p for p in self.model.parameters() if p.grad is not None]
        flat = torch.cat([p.grad.flatten() for p in parameters] + [torch.tensor(values)])
        dist.all_reduce(flat)
        flat /= self.process_count
        at = 0
        for parameter in parameters:
            parameter.grad.copy_(flat[at : at + parameter.numel()].view_as(parameter))
            at += parameter.numel()
        return flat[at:].tolist()

    def _rate_factor(self) -> float:
        """Rises over the first steps, stays at one, and falls in a straight line to zero at the end."""
        progress = min(1.0, self.worked_seconds / self.plan.work_seconds)
        falling = (1 - progress) / (1 - _DECAY_START)
        return min(1.0, (self.step_count + 1) / _WARMUP_STEPS, falling)

    def _report(self, loss: float) -> None:
        if self.rank == 0:
            minutes, speed = self.worked_seconds / 60, self.token_count / self.worked_seconds
            print(f"{minutes:5.1f} min  step {self.step_count:5d}  loss {loss:.3f}  {speed:.0f} tokens/s", flush=True)

    def _save(self, at_checkpoint: Callable[[Llama], None]) -> None:
        sources: list[Any] = [None] * self.process_count
        dist.all_gather_object(sources, self.batches.state())
        if self.rank != 0:
            return
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state(),
            "sources": sources,
            "step_count": self.step_count,
            "token_count": self.token_count,
            "worked_seconds": self.worked_seconds,
        }
        partial = self.plan.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, self.plan.checkpoint)
        at_checkpoint(self.model)

    def _restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.restore(state["optimizer"])
        self.batches.restore(state["sources"][self.rank])
        self.step_count = state["step_count"]
        self.token_count = state["token_count"]
        self.worked_seconds = state["worked_seconds"]


def text_loss(model: Llama) -> Loss:
    """Cross entropy of the targets, weighted."""

    def head(hidden: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        logits = model.logits(hidden).float()
        return (F.cross_entropy(logits, targets, reduction="none") * weights).sum() / weights.sum()

    hidden_states, weighted_loss = compiled(model), torch.compile(head, dynamic=True)

    def loss(inputs: Tensor, positions: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        return weighted_loss(hidden_states(inputs).flatten(0, 1)[positions], targets, weights)

    return loss


def compiled(model: Llama) -> Callable[[Tensor], Tensor]:
    """The model's hidden states, compiled for each length of rows apart: that is a fifth faster than once for all."""
    torch._dynamo.config.recompile_limit = 2 * len(ROW_LENGTHS)
    return torch.compile(model, dynamic=False)


def join_processes(rank: int, process_count: int, meeting_point: Path) -> None:
    """Makes this process one of those that train together, on one core."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{meeting_point}", rank=rank, world_size=process_count)
