"""Sentences turned into small JSON objects by named fields."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass

from .facts import Fact

_BARE_NUMBER = re.compile(r"[1-9][0-9]*")


@dataclass(frozen=True)
class Record:
    """A sentence, the fields to find in it, and the object that holds them."""

    sentence: str
    fields: tuple[str, ...]
    json: str


def record(fact: Fact, rng: random.Random) -> Record | None:
    """The fact with some of the slots it states as an object; nil where it states fewer than two that have names."""
    slots = [slot for slot in fact.stated if slot in fact.frame.fields]
    if len(slots) < 2:
        return None
    rng.shuffle(slots)
    if len(slots) > 2 and rng.random() < 0.3:
        slots.pop()
    fields: dict[str, str] = {}
    for slot in slots:
        names = [name for name in fact.frame.fields[slot] if name not in fields]
        if names:
            fields[rng.choice(names)] = fact.values[slot]
    return Record(fact.sentence, tuple(fields), object_text(fields))


def object_text(fields: dict[str, str]) -> str:
    """The one way objects are written: numbers bare, all else as strings, in the order of the fields asked for."""
    values = {name: int(value) if _BARE_NUMBER.fullmatch(value) else value for name, value in fields.items()}
    return json.dumps(values, ensure_ascii=False)
