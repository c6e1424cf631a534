"""Checks a story: only known words, and only names that were introduced, with pronouns that fit."""

from __future__ import annotations

import re
from functools import lru_cache

from . import plots, stories

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_INTRODUCED = re.compile(r"\b(?:named|called|friend) ([A-Z][a-z]+)")
_OPENING_NAME = re.compile(r"^([A-Z][a-z]+) was an? ")
_TEMPLATE_PARTS = re.compile(r"{(\w+)}|([A-Za-z]+(?:'[a-z]+)?)")
_FEMALE = frozenset({"girl", "woman"})
_MALE = frozenset({"boy", "man"})


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Every word the stories can have but names, in lower case."""
    texts = [*plots.OPENINGS, *plots.ENDINGS, *(s for plot in plots.PLOTS for s in plot.sentences)]
    texts += [*stories.ANIMALS, *stories.TRAITS, *stories.HOMES, *stories.TREASURES, *stories.COLORS, *stories.FOODS]
    texts += [*stories.SPOTS, *stories.PLACES, *stories.WEATHER, "girl boy woman man a an he she his her him"]
    found = (part.group(2) for text in texts for part in _TEMPLATE_PARTS.finditer(text))
    return frozenset(word.lower() for word in found if word)


def faults(prompt: str, story: str, names_of_prompt: frozenset[str]) -> list[str]:
    """What is wrong with a story that was asked for with the prompt; empty if nothing is.

    The story may end in the middle of a word, as its tokens are limited: its last word is not looked at.
    """
    words = list(_WORD.finditer(story))
    if story and story[-1].isalnum():
        words = words[:-1]
    if not words:
        return ["the story is empty"]
    introduced = set(names_of_prompt) | set(_INTRODUCED.findall(story))
    opening = _OPENING_NAME.match(story)
    if opening is not None:
        introduced.add(opening.group(1))
    result: list[str] = []
    for found in words:
        word = found.group().removesuffix("'s") if found.group()[0].isupper() else found.group()
        is_name = word[0].isupper() and word in introduced
        if not is_name and word.lower() not in known_words():
            result.append(f"unknown word {word!r}")
    if names_of_prompt and not any(name in story for name in names_of_prompt):
        result.append("the name asked for does not occur")
    if len(introduced) > 2:
        result.append(f"more than two names: {', '.join(sorted(introduced))}")
    return result + _pronoun_faults(prompt + " " + story)


def _pronoun_faults(text: str) -> list[str]:
    """Pronouns of one sex only, where all who have a part are of the other; animals may be of either."""
    words = {word.lower() for word in _WORD.findall(text)}
    if words & set(stories.ANIMALS):
        return []
    if words & _FEMALE and not words & _MALE and words & {"he", "him", "his"}:
        return ["a girl is called he"]
    if words & _MALE and not words & _FEMALE and words & {"she", "her"}:
        return ["a boy is called she"]
    return []
