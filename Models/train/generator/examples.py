"""Training examples: text in the plain forms and in the chat template, with what counts as the model's own words."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from . import arithmetic, talk
from .contexts import context, questions
from .facts import fact
from .forbidden import has_forbidden_sentence
from .frames import Frame, all_frames
from .names import NameLists, TRAINING_NAMES
from .records import Record, record
from .stories import story
from .values import ValueSource

END_OF_TEXT = "<|endoftext|>"
TURN_START = "<|im_start|>"
TURN_END = "<|im_end|>"
PRECISELY = "\n be as precise in your answer as possible, just give the answer from the context"


@dataclass(frozen=True)
class Segment:
    """A piece of an example, and the weight of its tokens in the loss."""

    text: str
    weight: float


Example = list[Segment]

# What the model is to write counts most; long answers that are easy count less a token.
PROMPT_WEIGHT = 0.08
ANSWER_WEIGHT = 1.0
JSON_WEIGHT = 0.6
STORY_WEIGHT = 0.25


def chat(turns: list[tuple[str, str]], system: str | None = None, weight: float = ANSWER_WEIGHT) -> Example:
    """A conversation in the chat template; only the answers are the model's words."""
    example: Example = []
    before = f"{TURN_START}system\n{system}{TURN_END}\n" if system else ""
    for said, answered in turns:
        example.append(Segment(f"{before}{TURN_START}user\n{said}{TURN_END}\n{TURN_START}assistant\n", PROMPT_WEIGHT))
        example.append(Segment(f"{answered}{TURN_END}", weight))
        before = "\n"
    return example


def plain(prompt: str, answer: str, weight: float = ANSWER_WEIGHT) -> Example:
    """A prompt and its completion, up to the end of text."""
    return [Segment(prompt, PROMPT_WEIGHT), Segment(answer + END_OF_TEXT, weight)]


class ExampleSource:
    """Draws examples of all kinds."""

    def __init__(self, seed: int, lists: NameLists = TRAINING_NAMES, frames: tuple[Frame, ...] | None = None) -> None:
        self.rng = random.Random(seed)
        self.values = ValueSource(lists, self.rng)
        self.names = self.values.names
        self.frames = frames or all_frames()
        self._kinds: tuple[tuple[Callable[[], Example], float], ...] = (
            (self.plain_context, 0.26),
            (self.chat_context, 0.29),
            (self.json, 0.13),
            (self.repetition, 0.07),
            (self.plain_story, 0.06),
            (self.chat_story, 0.05),
            (self.small_talk, 0.06),
            (self.sums, 0.08),
        )

    def example(self) -> Example:
        """An example of a kind drawn by its share."""
        makers, shares = zip(*self._kinds)
        while True:
            example = self.rng.choices(makers, shares)[0]()
            if not has_forbidden_sentence("".join(segment.text for segment in example)):
                return example

    def _asked_context(self) -> tuple[str, list[tuple[str, str]]]:
        while True:
            made = context(self.frames, self.values)
            pairs = questions(made, self.frames, self.values, self.rng.choice((1, 1, 2, 3, 4)))
            if pairs:
                return made.text(self.rng), pairs

    def plain_context(self) -> Example:
        text, pairs = self._asked_context()
        precisely = PRECISELY if self.rng.random() < 0.5 else ""
        example: Example = []
        before = f"context: {text}{precisely}\n"
        for question, answer in pairs:
            example += plain(f"{before}question: {question}\nanswer:", f" {answer}")
            before = "\n"
        return example

    def chat_context(self) -> Example:
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
        if rng.random() < 0.4:
            text = fact(rng.choice(self.frames), values, set()).sentence
        else:
            kinds = rng.choices(("person", "company", "place", "amount", "code", "date", "item", "event"), k=rng.randint(1, 6))
            text = ", ".join(values.draw(kind) for kind in kinds)
        if rng.random() < 0.5:
            return plain(f"text: {text}\nthe same text:", f" {text}")
        return chat([(f"{rng.choice(('Repeat:', 'Say this again:', 'Repeat after me:', 'Copy this text:'))} {text}", text)])

    def plain_story(self) -> Example:
        made = story(self.rng, self.names)
        words = made.text.split(" ")
        cut = self.rng.choice((2, 3, 4, len(made.opening.split(" "))))
        return plain(" ".join(words[:cut]), " " + " ".join(words[cut:]), STORY_WEIGHT)

    def chat_story(self) -> Example:
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
        return chat([(said, made.text)], system, STORY_WEIGHT)

    def small_talk(self) -> Example:
        rng = self.rng
        return chat(talk.talk(rng, self.names), talk.system_prompt(rng) if rng.random() < 0.2 else None)

    def sums(self) -> Example:
        """Several problems, one after the other."""
        count = self.rng.choice((1, 2, 3, 4))
        if self.rng.random() < 0.5:
            return chat([arithmetic.question(self.rng) for _ in range(count)])
        example: Example = []
        for index in range(count):
            prompt, answer = arithmetic.plain(self.rng)
            example += plain(("\n" if index else "") + prompt, answer)
        return example
