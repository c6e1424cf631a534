"""The draft's loss: to expect what the big model expects after the same text."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from model import Llama
from train import Loss, compiled


def imitation_loss(draft: Llama, teacher: Llama) -> Loss:
    """Cross entropy of the draft's distribution against the teacher's, weighted as the text's is."""
    teacher.eval().requires_grad_(False)

    def head(hidden: Tensor, teachers: Tensor, weights: Tensor) -> Tensor:
        wanted = F.softmax(teacher.logits(teachers).float(), dim=-1)
        expected = F.log_softmax(draft.logits(hidden).float(), dim=-1)
        return -((wanted * expected).sum(-1) * weights).sum() / weights.sum()

    of_draft, of_teacher, weighted_loss = compiled(draft), compiled(teacher), torch.compile(head, dynamic=True)

    def loss(inputs: Tensor, positions: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        with torch.no_grad():
            teachers = of_teacher(inputs).flatten(0, 1)[positions]
        return weighted_loss(of_draft(inputs).flatten(0, 1)[positions], teachers, weights)

    return loss
