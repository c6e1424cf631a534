"""Other ways to put a sentence or a question, whatever it is about: words before, within and after it."""

from __future__ import annotations

import random
import re
import zlib

_BEFORE = (
    "I heard that", "We know that", "It is said that", "I can tell you that", "Everyone knows that", "I think that",
    "Please note that", "It seems that", "As far as I know,", "By the way,", "In short,", "They say that",
    "To be clear,", "I read that", "It is true that", "We were told that", "As you know,",
    "For your information,", "Good news:",
    "One more thing:", "To all of you:", "Dear all,", "It turned out that", "I am happy that", "As I said,", "You see,",
)
_AFTER = (
    "as you know", "it seems", "I think", "by the way", "as they told us", "so they say", "as planned", "at last",
    "as far as I know", "I am told", "as always", "which is good", "to our surprise", "as I said", "after all",
)
_WITHIN = (
    "now", "still", "just", "already", "also", "really", "indeed", "again", "finally", "probably", "surely", "then",
)
_VERB = re.compile(r"\b(is|are|was|were|has|have|will) (?!(?:been|be|not)\b)")
_LOWERED = frozenset({"The", "Our", "On", "In", "A", "An", "We", "Please", "There", "At", "It", "For", "This", "From"})

_QUESTION_BEFORE = (
    "Tell me,", "Quick question:", "I would like to know:", "Please tell me:", "Do you know:", "One question:", "And",
    "So", "Now,", "Well,", "I wonder:", "Please,", "Say,",
)
_QUESTION_AFTER = ("now", "then", "today", "exactly", "again", "at the moment", "please", "by the way", "in the text")
_FORMS = (
    "What is the {n} of {o}?", "What is {o}'s {n}?", "Tell me the {n} of {o}.", "Do you know the {n} of {o}?",
    "Which {n} does {o} have?", "Please give me the {n} of {o}.", "The {n} of {o}?", "{o}'s {n}?",
    "Can you find the {n} of {o}?", "I need the {n} of {o}.", "What {n} does {o} have?", "Please find the {n} of {o}.",
)


def put(sentence: str, rng: random.Random) -> str:
    """The sentence, in about one of three cases with other words around or in it."""
    draw = rng.random()
    if draw < 0.13:
        return f"{rng.choice(_BEFORE)} {lowered(sentence)}"
    if draw < 0.19:
        return f"{sentence.rstrip('.')}, {rng.choice(_AFTER)}."
    if draw < 0.34:
        return _VERB.sub(lambda found: f"{found[1]} {rng.choice(_WITHIN)} ", sentence, count=1)
    return sentence


def put_question(question: str, rng: random.Random) -> str:
    """The question, in about one of six cases with other words around it."""
    draw = rng.random()
    if draw < 0.08:
        first = question[0] if question.startswith("I ") else question[0].lower()
        return f"{rng.choice(_QUESTION_BEFORE)} {first}{question[1:]}"
    if draw < 0.16 and question.endswith("?"):
        return f"{question[:-1]}{rng.choice((' ', ' ', ', '))}{rng.choice(_QUESTION_AFTER)}?"
    return question


def lowered(sentence: str) -> str:
    """The sentence as it stands after other words."""
    return sentence[0].lower() + sentence[1:] if sentence.split(" ", 1)[0] in _LOWERED else sentence


def is_reserved_form(noun: str, form: str) -> bool:
    """Whether the evaluation keeps this way to ask for this noun: one in five."""
    return zlib.crc32(f"{noun}|{form}".encode()) % 5 == 0


def questions_for(noun: str, owner: str, reserved: bool = False) -> list[str]:
    """Templates that ask for a noun of an owner, in the forms of the training or of the evaluation."""
    return [form.format(n=noun, o=owner) for form in _FORMS if is_reserved_form(noun, form) == reserved]
