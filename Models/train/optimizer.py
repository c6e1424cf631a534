"""Muon for the matrices of the layers (Jordan et al. 2024: momentum, made orthogonal), AdamW for the rest."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import torch
from torch import Tensor, nn

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ROUNDS = 5


def orthogonalized(g: Tensor) -> Tensor:
    """Matrices [count, rows, columns] with their singular values brought near to one, by Newton-Schulz rounds."""
    a, b, c = _COEFFICIENTS
    is_tall = g.shape[1] > g.shape[2]
    x = (g.mT if is_tall else g).bfloat16()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(_ROUNDS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return (x.mT if is_tall else x).float()


class Optimizer:
    """Both optimizers with one schedule; the learning rate of a step is the top one times its factor."""

    def __init__(self, model: nn.Module, matrix_rate: float = 0.02, other_rate: float = 3e-3) -> None:
        matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
        self.others = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
        self.by_shape: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
        for matrix in matrices:
            self.by_shape[matrix.shape].append(matrix)
        self.momentum = {shape: torch.zeros(len(group), *shape) for shape, group in self.by_shape.items()}
        self.matrix_rate, self.other_rate = matrix_rate, other_rate
        self.matrix_decay = 0.02
        self.adam = torch.optim.AdamW(self.others, lr=other_rate, betas=(0.9, 0.95), weight_decay=0.01, fused=True)

    @torch.no_grad()
    def step(self, factor: float) -> None:
        """Applies the gradients and clears them."""
        rate = self.matrix_rate * factor
        for shape, group in self.by_shape.items():
            gradient = torch.stack([p.grad for p in group if p.grad is not None])
            momentum = self.momentum[shape].lerp_(gradient, 0.05)
            update = orthogonalized(gradient.lerp(momentum, 0.95))
            scale = max(1.0, shape[0] / shape[1]) ** 0.5
            for parameter, change in zip(group, update):
                parameter.mul_(1 - rate * self.matrix_decay).add_(change, alpha=-rate * scale)
                parameter.grad = None
        for settings in self.adam.param_groups:
            settings["lr"] = self.other_rate * factor
        self.adam.step()
        self.adam.zero_grad()

    def state(self) -> dict[str, Any]:
        return {"momentum": self.momentum, "adam": self.adam.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        self.momentum = state["momentum"]
        self.adam.load_state_dict(state["adam"])
