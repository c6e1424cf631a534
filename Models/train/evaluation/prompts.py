"""The held-out prompts of every kind, with what a right answer is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from generator import arithmetic
from generator.contexts import answerable, context, unanswerable
from generator.examples import PRECISELY, TURN_END, TURN_START
from generator.facts import fact
from generator.records import record
from generator.stories import ANIMALS, story
from generator.story_parser import faults
from generator.talk import assistant_answers
from generator.values import ValueSource

from .heldout_frames import HELD_OUT_FRAMES
from .rag_walkthrough import CASES, contexts


@dataclass(frozen=True)
class Case:
    """A prompt, and whether an answer to it is right."""

    kind: str
    prompt: str
    expected: str
    is_right: Callable[[str], bool]


def chat_prompt(said: str) -> str:
    """The chat template around what a user says."""
    return f"{TURN_START}user\n{said}{TURN_END}\n{TURN_START}assistant\n"


def plain_prompt(text: str, question: str, is_precise: bool) -> str:
    """The form that the RAG walk-through sends, with or without its middle line."""
    return f"context: {text}{PRECISELY if is_precise else ''}\nquestion: {question}\nanswer:"


def _exactly(kind: str, prompt: str, expected: str) -> Case:
    return Case(kind, prompt, expected, lambda answer: answer.strip() == expected)


def _one_of(kind: str, prompt: str, answers: tuple[str, ...]) -> Case:
    return Case(kind, prompt, answers[0], lambda answer: answer.strip() in answers)


def _context_prompt(index: int, text: str, question: str) -> tuple[str, str]:
    """The form's name and the prompt; forms take turns."""
    if index % 2 == 0:
        return "plain", plain_prompt(text, question, index % 4 == 0)
    if index % 4 == 1:
        return "chat", chat_prompt(f"context: {text}\nquestion: {question}")
    return "chat", chat_prompt(f"{text}\n\n{question}")


def context_cases(source: ValueSource, count: int) -> list[Case]:
    """Questions whose answer stands in the context."""
    cases: list[Case] = []
    while len(cases) < count:
        made = context(HELD_OUT_FRAMES, source)
        pair = answerable(made, source.rng)
        if pair is not None:
            form, prompt = _context_prompt(len(cases), made.text(source.rng), pair[0])
            cases.append(_exactly(f"context, {form}", prompt, pair[1]))
    return cases


def unanswerable_cases(source: ValueSource, count: int) -> list[Case]:
    """Questions whose answer does not stand in the context."""
    cases: list[Case] = []
    while len(cases) < count:
        made = context(HELD_OUT_FRAMES, source)
        pair = unanswerable(made, HELD_OUT_FRAMES, source)
        if pair is not None:
            form, prompt = _context_prompt(len(cases), made.text(source.rng), pair[0])
            cases.append(_exactly(f"unanswerable, {form}", prompt, pair[1]))
    return cases


def json_cases(source: ValueSource, count: int) -> list[Case]:
    """Sentences to turn into JSON."""
    cases: list[Case] = []
    frames = [frame for frame in HELD_OUT_FRAMES if frame.fields]
    while len(cases) < count:
        made = record(fact(source.rng.choice(frames), source, set()), source.rng)
        if made is None:
            continue
        fields = ", ".join(made.fields)
        if len(cases) % 3 == 0:
            prompt = f"sentence: {made.sentence}\nfields: {fields}\njson:"
        else:
            prompt = chat_prompt(f"Turn this sentence into JSON with the fields {fields}: {made.sentence}")
        wanted = json.loads(made.json)
        cases.append(Case("json", prompt, made.json, lambda answer, wanted=wanted: _parsed(answer) == wanted))
    return cases


def _parsed(answer: str) -> object:
    try:
        return json.loads(answer)
    except json.JSONDecodeError:
        return None


def story_cases(source: ValueSource, count: int) -> list[Case]:
    """Openings and requests of stories with a held-out name."""
    cases: list[Case] = []
    rng = source.rng
    for index in range(count):
        is_female = rng.random() < 0.5
        name = source.names.first(is_female)
        person = "girl" if is_female else "boy"
        kind = rng.choice(ANIMALS) if rng.random() < 0.4 else person
        article = "an" if kind[0] in "aeiou" else "a"
        if index % 2 == 0:
            prompt = f"Once upon a time there was {article} {kind} named {name}."
        else:
            prompt = chat_prompt(f"Tell me a story about {article} {kind} named {name}.")
        said = f"{article} {kind} named {name}"
        names = frozenset({name})
        cases.append(Case("story", prompt, "", lambda text, said=said, names=names: not faults(said, text, names)))
    return cases


def talk_cases(source: ValueSource, count: int) -> list[Case]:
    """Small talk; any of the answers the generator knows is right. The only kind without held-out sentences."""
    return [
        Case("small talk", chat_prompt(said), answer, lambda text, answer=answer: text.strip() == answer)
        for said, answer in (assistant_answers(source.rng) for _ in range(count))
    ]


def arithmetic_cases(source: ValueSource, count: int) -> list[Case]:
    """Sums and differences of pairs of numbers that the training text does not have."""
    cases: list[Case] = []
    for index in range(count):
        made = arithmetic.plain(source.rng, True) if index % 2 else arithmetic.question(source.rng, True)
        prompt = made[0] if index % 2 else chat_prompt(made[0])
        cases.append(_exactly("arithmetic", prompt, made[1].strip()))
    return cases


def walkthrough_cases() -> list[Case]:
    """The questions of the RAG walk-through in three forms, with the right document alone and after two others."""
    cases: list[Case] = []
    for case in CASES:
        for text in contexts(case):
            prompts = {
                "plain, with middle line": plain_prompt(text, case.question, True),
                "plain": plain_prompt(text, case.question, False),
                "chat": chat_prompt(f"context: {text}\nquestion: {case.question}"),
            }
            for form, prompt in prompts.items():
                cases.append(_one_of(f"walk-through, {form}", prompt, case.answers))
    return cases
