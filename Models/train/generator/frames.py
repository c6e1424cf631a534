"""What a frame of facts is, and the list of all frames."""

from __future__ import annotations

from dataclasses import dataclass, field

from .grammar import lines
from .phrasing import questions_for


@dataclass(frozen=True)
class Question:
    """Ways to ask for one slot of a frame; the slots its templates name are what the question goes by."""

    answer: str
    templates: tuple[str, ...]


@dataclass(frozen=True)
class Frame:
    """One kind of fact: its slots with the kind of their values, sentences that state it, questions about it.

    `fields` names the slots in JSON objects, one or more names each; a slot without a name is not asked for there.
    """

    name: str
    slots: dict[str, str]
    sentences: tuple[str, ...]
    questions: tuple[Question, ...]
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)


def frame(
    name: str, slots: str, sentences: str, questions: dict[str, str], fields: str = "", reserved: bool = False
) -> Frame:
    """A frame from its text: slots as `name:kind` words, a sentence or question a line, fields as `slot=name|name`.

    Where it is reserved, a line `= noun: owner` of a question stands for the ways to ask that the evaluation keeps.
    """
    pairs = (word.partition(":") for word in slots.split())
    named = (word.partition("=") for word in fields.split())
    return Frame(
        name=name,
        slots={slot: kind or slot for slot, _, kind in pairs},
        sentences=lines(sentences),
        questions=tuple(Question(slot, _question_templates(text, reserved)) for slot, text in questions.items()),
        fields={slot: tuple(names.split("|")) for slot, _, names in named},
    )


def _question_templates(text: str, reserved: bool) -> tuple[str, ...]:
    """The lines' templates; a line `= noun: owner` stands for all ways to ask for that noun of that owner."""
    templates: list[str] = []
    for line in lines(text):
        if line.startswith("= "):
            noun, _, owner = line[2:].partition(": ")
            templates += questions_for(noun, owner, reserved)
        else:
            templates.append(line)
    return tuple(templates)


def all_frames() -> tuple[Frame, ...]:
    """Every frame of the training text."""
    from . import frames_business, frames_people, frames_trade, frames_world

    return frames_business.FRAMES + frames_trade.FRAMES + frames_people.FRAMES + frames_world.FRAMES
