"""Facts: frames with values, said in one sentence, and questions about them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
import re

from . import words
from .frames import Frame, Question
from .grammar import expanded
from .phrasing import put, put_question
from .values import ValueSource

_SLOT = re.compile(r"{(\w+)}")
_CONTENT_WORD = re.compile(r"\b([a-z]{2,}?)(ed|ing|s|ly|)(?![\w'])")
_FUNCTION_WORDS = frozenset("""
    about after again also and are been before being between but can could does during each every for from had has
    have her here his how into its just may more most must not now off one our out over should since some still such
    than that the their them then there these they this those through too under until was were what when where which
    while who will with would you your an as at be by do he if in is it me my no of on or so to up us we
""".split())
_PERIODS = (
    "the last year", "the past year", "the first quarter", "the last month", "the second quarter", "March", "June",
    "May", "the last half-year", "this year", "last year", "last month", "the third quarter", "the past month",
    "the summer", "the winter", "this quarter", "the previous quarter", "October", "January",
)


@dataclass(frozen=True)
class Fact:
    """A frame's values and a sentence that states some of them."""

    frame: Frame
    values: Mapping[str, str]
    sentence: str
    stated: tuple[str, ...]


class _Recording(dict[str, str]):
    """Values that remember which were asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.used: dict[str, None] = {}

    def __getitem__(self, slot: str) -> str:
        self.used[slot] = None
        return super().__getitem__(slot)


def fact(frame: Frame, source: ValueSource, taken: set[str], fixed: Mapping[str, str] | None = None) -> Fact:
    """A fact of the frame with values that are not taken yet, but for the fixed ones; takes them."""
    values: dict[str, str] = dict(fixed or {})
    for slot, kind in frame.slots.items():
        if slot not in values:
            values[slot] = fresh(kind, source, taken)
        taken.add(values[slot])
    recording = _Recording(values)
    sentence = put(natural(expanded(source.rng.choice(frame.sentences), source.rng, recording)), source.rng)
    if source.rng.random() < source.unknown_word_share and len(set(frame.slots.values())) == len(frame.slots):
        sentence = _with_unknown_word(sentence, values, source)
    return Fact(frame, values, sentence, tuple(recording.used))


def _with_unknown_word(sentence: str, values: Mapping[str, str], source: ValueSource) -> str:
    """The sentence with a verb, noun or adjective of its pattern replaced by a word that nobody knows.

    As a reader of all but one word of a sentence can still tell who does what, the model is to look at the sentence's
    build rather than to know it by heart. What stands in a slot stays.
    """
    of_slots = set(re.findall(r"\w+", " ".join(values.values())))
    found = [m for m in _CONTENT_WORD.finditer(sentence) if m[1] + m[2] not in of_slots | _FUNCTION_WORDS]
    if not found:
        return sentence
    chosen = source.rng.choice(found)
    return sentence[: chosen.start()] + source.names.unknown_word() + chosen[2] + sentence[chosen.end() :]


def fresh(kind: str, source: ValueSource, taken: set[str]) -> str:
    """A value of the kind that does not stand among the taken ones, if there is one."""
    for _ in range(20):
        value = source.rng.choice(_PERIODS) if kind == "period" else source.draw(kind)
        if value not in taken:
            break
    return value


def natural(sentence: str) -> str:
    """Prepositions before days as English has them: `on next Monday` is `next Monday`."""
    sentence = re.sub(r"\b[Oo]n (?=(next|this|last|tomorrow)\b)", "", sentence)
    sentence = sentence.replace("On the end of", "At the end of").replace("on the end of", "at the end of")
    return sentence[:1].upper() + sentence[1:]


@lru_cache(maxsize=None)
def slots_of(template: str) -> frozenset[str]:
    """The slots a question's template names."""
    return frozenset(_SLOT.findall(template))


def askable(fact: Fact, stated: Sequence[str]) -> list[tuple[Question, str]]:
    """Questions on the fact whose answer is among the stated slots, with a template that names stated slots only."""
    known = set(fact.stated)
    return [
        (question, template)
        for question in fact.frame.questions
        if question.answer in stated
        for template in question.templates
        if slots_of(template) <= known
    ]


def asked(template: str, values: Mapping[str, str], rng: random.Random) -> str:
    """The question's text."""
    return put_question(natural(expanded(template, rng, values)), rng)


def changed_phrase(phrase: str, rng: random.Random) -> str:
    """A noun phrase with one of its words replaced by another topic."""
    parts = phrase.split(" ")
    at = rng.randrange(max(1, len(parts) - 1))
    return " ".join(parts[:at] + [rng.choice(words.TOPICS)] + parts[at + 1 :])
