"""Training examples: text in the plain forms and in the chat template, with what counts as the model's own words."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import arithmetic, talk
from .contexts import context, questions
from .facts import fact
from .forbidden import has_forbidden_sentence
from .frames import all_frames
from .names import TRAINING_NAMES
from .records import Record, record
from .stories import Story, story
from .values import ValueSource

END_OF_TEXT = "<|endoftext|>"
TURN_START = "<|im_start|>"
TURN_END = "<|im_end|>"
PRECISELY = "\n be as precise in your answer as possible, just give the answer from the context"


@dataclass(frozen=True)
class Segment:
    """A piece of an example, and the weight of its tokens in the loss: zero for a prompt."""

    text: str
    weight: float


Example = list[Segment]

# Long answers that are easy count less a token.
ANSWER_WEIGHT = 1.0
JSON_WEIGHT = 0.6
STORY_WEIGHT = 0.2
NAME_WEIGHT = 1.0

# Of the sentences that state a fact.
_UNKNOWN_WORD_SHARE = 0.12

# Shares of the kinds of examples, in the order of `ExampleSource`'s makers, up to an example's number and after it.
_EARLY_COUNT = 47_000
_EARLY_SHARES = (0.26, 0.29, 0.13, 0.07, 0.06, 0.05, 0.06, 0.08)
_LATER_SHARES = (0.26, 0.26, 0.13, 0.10, 0.07, 0.07, 0.04, 0.07)

_REPEATED_KINDS = (
    "person", "person", "company", "company", "place", "invented", "amount", "code", "date", "item", "event",
)
_LISTED_KINDS = (
    "job", "role", "color", "thing", "item", "goods", "food", "sport", "subject", "animal", "spot", "small_thing",
    "document", "weather", "shop", "cause", "system", "metric", "assessment", "event", "team", "person",
)


def chat(turns: list[tuple[str, str]], system: str | None = None, weight: float = ANSWER_WEIGHT) -> Example:
    """A conversation in the chat template; only the answers are the model's words."""
    example: Example = []
    before = f"{TURN_START}system\n{system}{TURN_END}\n" if system else ""
    for said, answered in turns:
        example.append(Segment(f"{before}{TURN_START}user\n{said}{TURN_END}\n{TURN_START}assistant\n", 0.0))
        example.append(Segment(f"{answered}{TURN_END}", weight))
        before = "\n"
    return example


def plain(prompt: str, answer: str, weight: float = ANSWER_WEIGHT) -> Example:
    """A prompt and its completion, up to the end of text."""
    return [Segment(prompt, 0.0), Segment(answer + END_OF_TEXT, weight)]


class ExampleSource:
    """Draws examples of all kinds; given a tokenizer's pieces, some of the names are made of them."""

    def __init__(self, seed: int, pieces: Sequence[str] = ()) -> None:
        self.rng = random.Random(seed)
        self.values = ValueSource(TRAINING_NAMES, self.rng, pieces, _UNKNOWN_WORD_SHARE)
        self.names = self.values.names
        self.frames = all_frames()
        self.count = 0
        self._makers: tuple[Callable[[], Example], ...] = (
            self.plain_context, self.chat_context, self.json, self.repetition,
            self.plain_story, self.chat_story, self.small_talk, self.sums,
        )

    def example(self) -> Example:
        """An example of a kind drawn by its share."""
        self.count += 1
        shares = _EARLY_SHARES if self.is_early else _LATER_SHARES
        while True:
            example = self.rng.choices(self._makers, shares)[0]()
            if not has_forbidden_sentence("".join(segment.text for segment in example)):
                return example

    @property
    def is_early(self) -> bool:
        """Whether the model is still to learn the language and how to copy, which the rest builds on."""
        return self.count <= _EARLY_COUNT

    def _asked_context(self) -> tuple[str, list[tuple[str, str]]]:
        while True:
            made = context(self.frames, self.values)
            pairs = questions(made, self.frames, self.values, self.rng.choice((1, 2, 3, 4, 5, 6)))
            if pairs:
                return made.text(self.rng), pairs

    def plain_context(self) -> Example:
        """A context with questions in the plain form of the RAG walk-through."""
        text, pairs = self._asked_context()
        precisely = PRECISELY if self.rng.random() < 0.5 else ""
        example: Example = []
        before = f"context: {text}{precisely}\n"
        for question, answer in pairs:
            example += plain(f"{before}question: {question}\nanswer:", f" {answer}")
            before = "\n"
        return example

    def chat_context(self) -> Example:
        """A context with a first question in one of many forms, then more questions."""
        text, pairs = self._asked_context()
        rng, (question, answer) = self.rng, pairs[0]
        draw = rng.random()
        system = talk.system_prompt(rng) if rng.random() < 0.1 else None
        if draw < 0.3:
            said = f"context: {text}{PRECISELY if rng.random() < 0.4 else ''}\nquestion: {question}"
            said += "\nanswer:" if rng.random() < 0.4 else ""
        elif draw < 0.55:
            said = f"{text}{rng.choice((' ', chr(10), chr(10) * 2))}{question}"
        elif draw < 0.65:
            said = f"{question}\n\n{text}"
        elif draw < 0.85:
            said = f"Context: {text}\n\nQuestion: {question}"
        elif draw < 0.93:
            lead = rng.choice(("Here is a note:", "Read this:", "Here is a text:", "Text:", "Use this text:"))
            said = f"{lead} {text}\n{question}"
        else:
            system = f"{rng.choice(('Answer from this text:', 'Use this context:', 'You know this:'))} {text}"
            said = question
        return chat([(said, answer), *pairs[1:]], system)

    def a_record(self) -> Record:
        """A record of one fact, of any frame that gives one."""
        while True:
            made = record(fact(self.rng.choice(self.frames), self.values, set()), self.rng)
            if made is not None:
                return made

    def json(self) -> Example:
        """A sentence to turn into JSON."""
        rng, made = self.rng, self.a_record()
        fields = ", ".join(made.fields)
        if rng.random() < 0.3:
            return plain(f"sentence: {made.sentence}\nfields: {fields}\njson:", f" {made.json}", JSON_WEIGHT)
        lead = rng.choice((
            "Turn this sentence into JSON with the fields {}:", "Write this as JSON with the fields {}:",
            "Make a JSON object with {} from this sentence:", "Extract {} as JSON:", "Give me {} as JSON:",
        )).format(fields)
        said = f"{lead} {made.sentence}" if rng.random() < 0.7 else f"{made.sentence}\n{lead.rstrip(':')}."
        return chat([(said, made.json)], weight=JSON_WEIGHT)

    def repetition(self) -> Example:
        """A text to say again: what teaches copying first."""
        rng, values = self.rng, self.values
        draw = rng.random()
        if draw < 0.35:
            return self._word_list()
        if draw < 0.5:
            text = fact(rng.choice(self.frames), values, set()).sentence
        else:
            text = ", ".join(values.draw(kind) for kind in rng.choices(_REPEATED_KINDS, k=rng.randint(1, 8)))
        if rng.random() < 0.5:
            return plain(f"text: {text}\nthe same text:", f" {text}")
        lead = rng.choice(("Repeat:", "Say this again:", "Repeat after me:", "Copy this text:"))
        return chat([(f"{lead} {text}", text)])

    def _word_list(self) -> Example:
        """Words to write as a JSON list: lower-case words with and without a space before them are different tokens."""
        rng = self.rng
        words = [self.values.draw(kind) for kind in rng.choices(_LISTED_KINDS, k=rng.randint(2, 8))]
        text, written = ", ".join(words), json.dumps(words, ensure_ascii=False)
        if rng.random() < 0.5:
            return plain(f"words: {text}\njson:", f" {written}", JSON_WEIGHT)
        return chat([(f"{rng.choice(('Write these words as a JSON list:', 'As a JSON list:'))} {text}", written)])

    def plain_story(self) -> Example:
        """A story to go on with after its first words."""
        made = story(self.rng, self.names)
        words = made.text.split(" ")
        cut = self.rng.choice((2, 3, 4, len(made.opening.split(" "))))
        told = [Segment(" ".join(words[:cut]), 0.0), *_story_segments(" " + " ".join(words[cut:]), made)]
        return [*told, Segment(END_OF_TEXT, ANSWER_WEIGHT)]

    def chat_story(self) -> Example:
        """A story asked for, with or without its subject."""
        rng, made = self.rng, story(self.rng, self.names)
        draw = rng.random()
        lead = rng.choice(("Tell me a story", "Tell a short story", "Write a short story", "Tell me a short story"))
        if draw < 0.2:
            said = f"{lead}."
        elif draw < 0.7:
            article = "an" if made.kind[0] in "aeiou" else "a"
            said = f"{lead} about {article} {made.kind} {rng.choice(('named', 'called'))} {made.hero}."
        elif draw < 0.85:
            said = f"{lead} about {made.hero}."
        else:
            said = f"{lead} about {made.subject}."
        system = talk.system_prompt(rng) if rng.random() < 0.1 else None
        asked = chat([(said, "")], system)
        return [asked[0], *_story_segments(made.text, made), asked[1]]

    def small_talk(self) -> Example:
        """Some exchanges of small talk."""
        rng = self.rng
        return chat(talk.talk(rng, self.names), talk.system_prompt(rng) if rng.random() < 0.2 else None)

    def sums(self) -> Example:
        """Several problems, one after the other."""
        count = self.rng.choice((1, 4, 8, 10))
        if self.rng.random() < 0.5:
            return chat([arithmetic.question(self.rng) for _ in range(count)])
        example: Example = []
        for index in range(count):
            prompt, answer = arithmetic.plain(self.rng)
            example += plain(("\n" if index else "") + prompt, answer)
        return example


def _story_segments(text: str, made: Story) -> list[Segment]:
    """The story's text with its names apart, as a name got wrong spoils a story that is easy otherwise."""
    pieces = re.split(rf"\b({re.escape(made.hero)}|{re.escape(made.friend)})\b", text)
    weights = (STORY_WEIGHT, NAME_WEIGHT)
    return [Segment(piece, weights[index % 2]) for index, piece in enumerate(pieces) if piece]
