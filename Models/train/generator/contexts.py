"""Contexts of one to five documents and questions about them, answerable or not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from .facts import Fact, asked, askable, changed_phrase, fact, fresh, slots_of
from .fillers import filler
from .frames import Frame
from .phrasing import lowered
from .values import ValueSource

UNKNOWN = "I don't know."

# Frames that may speak of the same person in one context, as no question of one has an answer in another.
_OF_ONE_PERSON = frozenset({"home", "age", "pet", "phone", "likes", "thing", "job"})
# Of the questions tried; some of these turn out to have an answer, or to make no sense, and are dropped.
_UNANSWERABLE_SHARE = 0.22
_PHRASE_SLOTS = frozenset({"event", "metric", "assessment", "team", "document"})


@dataclass(frozen=True)
class Context:
    """The documents' facts and texts, in order."""

    facts: tuple[Fact, ...]
    documents: tuple[str, ...]

    def text(self, rng: random.Random) -> str:
        """The documents one after the other, in one of the ways people paste them."""
        draw = rng.random()
        if draw < 0.45:
            return "\n".join(self.documents)
        if draw < 0.75:
            return " ".join(self.documents)
        if draw < 0.85:
            return "\n".join(f"- {document}" for document in self.documents)
        if draw < 0.95:
            return "\n\n".join(self.documents)
        return "\n".join(f"{number}. {document}" for number, document in enumerate(self.documents[:8], start=1))


def context(frames: Sequence[Frame], source: ValueSource, document_count: int | None = None) -> Context:
    """Documents of one to three facts each, often several of one frame so that a question must tell them apart."""
    rng = source.rng
    count = document_count or rng.choice((1, 1, 1, 2, 2, 3, 3))
    taken: set[str] = set()
    facts: list[Fact] = []
    documents: list[str] = []
    for _ in range(count):
        sentences: list[str] = []
        for _ in range(rng.choice((1, 1, 1, 2, 2, 3)) if count == 1 else rng.choice((1, 1, 1, 1, 2))):
            new = _another_fact(frames, source, facts, taken)
            facts.append(new)
            sentences.append(new.sentence)
        if rng.random() < 0.4:
            sentences.append(filler(source))
        if rng.random() < 0.08:
            sentences.insert(0, filler(source))
        documents.append(_joined(sentences, rng))
    return Context(tuple(facts), tuple(documents))


def _joined(sentences: list[str], rng: random.Random) -> str:
    """The sentences as one text; now and then two of them become one."""
    if len(sentences) > 1 and rng.random() < 0.15:
        first, second = sentences[0], lowered(sentences[1])
        sentences = [f"{first.rstrip('.')}, {rng.choice(('and', 'and', 'but', 'while'))} {second}", *sentences[2:]]
    return " ".join(sentences)


def _another_fact(frames: Sequence[Frame], source: ValueSource, facts: list[Fact], taken: set[str]) -> Fact:
    rng = source.rng
    if facts and rng.random() < 0.2:
        return fact(rng.choice(facts).frame, source, taken)
    if facts and rng.random() < 0.4:
        last = facts[-1]
        if last.frame.name in _OF_ONE_PERSON:
            about = [f for f in frames if f.name in _OF_ONE_PERSON and not _speaks_of(facts, f, last.values["person"])]
            if about:
                return fact(rng.choice(about), source, taken, {"person": last.values["person"]})
    return fact(rng.choice(frames), source, taken)


def _speaks_of(facts: Sequence[Fact], frame: Frame, person: str) -> bool:
    return any(f.frame.name == frame.name and f.values.get("person") == person for f in facts)


def questions(context: Context, frames: Sequence[Frame], source: ValueSource, count: int) -> list[tuple[str, str]]:
    """That many questions with their answers, about one in five of them without an answer in the context."""
    rng = source.rng
    result: list[tuple[str, str]] = []
    for _ in range(count * 4):
        if len(result) == count:
            break
        pair = unanswerable(context, frames, source) if rng.random() < _UNANSWERABLE_SHARE else answerable(context, rng)
        if pair is not None and pair not in result:
            result.append(pair)
    return result


def answerable(context: Context, rng: random.Random) -> tuple[str, str] | None:
    """A question whose answer a fact of the context states."""
    chosen = rng.choice(context.facts)
    candidates = askable(chosen, chosen.stated)
    if not candidates:
        return None
    slot = rng.choice(sorted({question.answer for question, _ in candidates}))
    question, template = rng.choice([c for c in candidates if c[0].answer == slot])
    return asked(template, chosen.values, rng), chosen.values[question.answer]


def unanswerable(context: Context, frames: Sequence[Frame], source: ValueSource) -> tuple[str, str] | None:
    """A question near to the context whose answer is not there."""
    rng = source.rng
    draw = rng.random()
    if draw < 0.58:
        text = _about_another(context, source)
    elif draw < 0.7:
        text = _not_stated(context, rng)
    elif draw < 0.84:
        text = _another_attribute(context, frames, source)
    else:
        text = _unrelated(context, frames, source)
    return None if text is None else (text, UNKNOWN)


def _about_another(context: Context, source: ValueSource) -> str | None:
    """A question on a fact with one of the names it goes by replaced by one that the context does not have."""
    rng = source.rng
    chosen = rng.choice(context.facts)
    candidates = [c for c in askable(chosen, chosen.stated) if slots_of(c[1])]
    if not candidates:
        return None
    _, template = rng.choice(candidates)
    slot = rng.choice(sorted(slots_of(template)))
    kind = chosen.frame.slots[slot]
    taken = {value for f in context.facts for value in f.values.values()}
    if slot in _PHRASE_SLOTS and rng.random() < 0.3:
        value = changed_phrase(chosen.values[slot], rng)
    else:
        value = fresh(kind, source, taken)
    if value in taken:
        return None
    return asked(template, {**chosen.values, slot: value}, rng)


def _not_stated(context: Context, rng: random.Random) -> str | None:
    """A question on a fact's frame for a slot that its sentence leaves open."""
    chosen = rng.choice(context.facts)
    missing = [slot for slot in chosen.values if slot not in chosen.stated]
    candidates = [template for _, template in askable(chosen, missing)]
    return asked(rng.choice(candidates), chosen.values, rng) if candidates else None


def _another_attribute(context: Context, frames: Sequence[Frame], source: ValueSource) -> str | None:
    """A question on something else about a person of the context."""
    rng = source.rng
    about_people = [f for f in context.facts if "person" in f.stated and f.frame.name in _OF_ONE_PERSON]
    people = sorted({f.values["person"] for f in about_people})
    if not people:
        return None
    person = rng.choice(people)
    others = [f for f in frames if f.name in _OF_ONE_PERSON and not _speaks_of(context.facts, f, person)]
    templates = [
        template
        for frame in others
        for question in frame.questions
        for template in question.templates
        if slots_of(template) == {"person"}
    ]
    return asked(rng.choice(templates), {"person": person}, rng) if templates else None


def _unrelated(context: Context, frames: Sequence[Frame], source: ValueSource) -> str | None:
    """A question on a fact that has nothing to do with the context."""
    rng = source.rng
    names = {f.frame.name for f in context.facts}
    other = fact(rng.choice(frames), source, {value for f in context.facts for value in f.values.values()})
    candidates = [c for c in askable(other, other.stated) if slots_of(c[1])]
    if other.frame.name in names or not candidates:
        return None
    return asked(rng.choice(candidates)[1], other.values, rng)
