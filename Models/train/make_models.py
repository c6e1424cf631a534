"""Makes both models from nothing: tokenizer, training, draft, export, scores."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.multiprocessing as processes
from tokenizers import Tokenizer

import shapes
import tokenizer as tokenizers_of_both
from distillation import imitation_loss
from export import export
from model import Llama
from report import report
from train import Plan, Trainer, join_processes, text_loss

_MODELS = Path(__file__).resolve().parent.parent
_BATCH_TOKENS = 4096


@dataclass(frozen=True)
class Settings:
    """What a run is asked for; the minutes are of work on every process's core."""

    seed: int
    minutes: float
    draft_minutes: float
    process_count: int
    work: Path
    models: Path

    @property
    def demo(self) -> Path:
        return self.models / "skein-demo"

    @property
    def draft(self) -> Path:
        return self.models / "skein-demo-draft"


def main() -> None:
    """Trains what is not trained yet; a second run goes on from the checkpoints in the work directory."""
    settings = _settings()
    settings.work.mkdir(parents=True, exist_ok=True)
    path = settings.work / "tokenizer.json"
    if not path.exists():
        tokenizers_of_both.trained(settings.seed).save(str(path))
    for train in (_train_demo, _train_draft):
        meeting_point = settings.work / "meeting-point"
        meeting_point.unlink(missing_ok=True)
        processes.spawn(train, (settings, meeting_point), nprocs=settings.process_count)
    torch.set_num_threads(settings.process_count)
    report(settings.demo, settings.draft)


def _settings() -> Settings:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=78, help="work on the big model (78)")
    parser.add_argument("--draft-minutes", type=float, default=8, help="work on the draft (8)")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1), help="one a core (2)")
    parser.add_argument("--work", type=Path, default=_MODELS.parent / ".build" / "demo-models", help="checkpoints")
    parser.add_argument("--models", type=Path, default=_MODELS, help="where both models' directories are written")
    asked = parser.parse_args()
    return Settings(asked.seed, asked.minutes, asked.draft_minutes, asked.processes, asked.work, asked.models)


def _train_demo(rank: int, settings: Settings, meeting_point: Path) -> None:
    join_processes(rank, settings.process_count, meeting_point)
    tokenizer = _tokenizer(settings)
    plan = Plan(settings.seed, settings.minutes * 60, _BATCH_TOKENS, settings.work / "demo.checkpoint")
    trainer = Trainer(shapes.DEMO, tokenizer, plan)
    trainer.run(text_loss(trainer.model), lambda model: export(model, tokenizer, settings.demo))


def _train_draft(rank: int, settings: Settings, meeting_point: Path) -> None:
    join_processes(rank, settings.process_count, meeting_point)
    tokenizer = _tokenizer(settings)
    teacher = Llama(shapes.DEMO)
    teacher.load_state_dict(torch.load(settings.work / "demo.checkpoint", weights_only=False)["model"])
    plan = Plan(settings.seed + 1, settings.draft_minutes * 60, _BATCH_TOKENS, settings.work / "draft.checkpoint")
    trainer = Trainer(shapes.DRAFT, tokenizer, plan)
    trainer.run(imitation_loss(trainer.model, teacher), lambda model: export(model, tokenizer, settings.draft))


def _tokenizer(settings: Settings) -> Tokenizer:
    return Tokenizer.from_file(str(settings.work / "tokenizer.json"))


if __name__ == "__main__":
    main()
