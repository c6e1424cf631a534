"""Templates of sentences: `(this|that)`, `[perhaps]`, `{slot}`, `<word list>`, and `a~` for a or an."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from functools import lru_cache

from . import words

# A piece of a compiled template: literal text, ("slot", name), ("list", name), or ("any", alternatives).
Piece = str | tuple[str, str] | tuple[str, tuple["Template", ...]]
Template = tuple[Piece, ...]

_SPECIAL = re.compile(r"[()\[\]|{}<>]")
_ARTICLE = re.compile(r"\b([Aa])~ (?=([aeiouAEIOU])?)")


def lines(text: str) -> tuple[str, ...]:
    """Templates written one a line."""
    return tuple(line.strip() for line in text.strip().splitlines())


@lru_cache(maxsize=None)
def compiled(text: str) -> Template:
    """The pieces of a template's text."""
    template, end = _sequence(text, 0)
    if end != len(text):
        raise ValueError(f"unbalanced template at {end}: {text!r}")
    return template


def _sequence(text: str, at: int) -> tuple[Template, int]:
    """Pieces up to the bracket or bar that ends this level, and where that is."""
    pieces: list[Piece] = []
    while at < len(text):
        found = _SPECIAL.search(text, at)
        if found is None:
            pieces.append(text[at:])
            return tuple(pieces), len(text)
        if found.start() > at:
            pieces.append(text[at : found.start()])
        mark, at = found.group(), found.start()
        if mark in "|)]":
            return tuple(pieces), at
        if mark in "{<":
            end = text.index("}" if mark == "{" else ">", at)
            pieces.append(("slot" if mark == "{" else "list", text[at + 1 : end]))
            at = end + 1
        else:
            alternatives, at = _alternatives(text, at + 1, ")" if mark == "(" else "]")
            pieces.append(("any", alternatives + ((),) if mark == "[" else alternatives))
    return tuple(pieces), at


def _alternatives(text: str, at: int, closing: str) -> tuple[tuple[Template, ...], int]:
    alternatives: list[Template] = []
    while True:
        template, at = _sequence(text, at)
        alternatives.append(template)
        if at >= len(text):
            raise ValueError(f"unclosed bracket: {text!r}")
        at += 1
        if text[at - 1] == closing:
            return tuple(alternatives), at


def expanded(text: str, rng: random.Random, values: Mapping[str, str]) -> str:
    """One sentence of the template, its slots filled, its first letter a capital."""
    parts: list[str] = []
    _expand(compiled(text), rng, values, parts)
    result = "".join(parts).strip()
    while "  " in result:
        result = result.replace("  ", " ")
    if "~" in result:
        result = with_articles(result)
    return result[:1].upper() + result[1:]


def with_articles(text: str) -> str:
    """Every `a~` written as the next word wants it."""
    return _ARTICLE.sub(lambda found: found[1] + ("n " if found[2] else " "), text)


def _expand(template: Template, rng: random.Random, values: Mapping[str, str], parts: list[str]) -> None:
    for piece in template:
        if isinstance(piece, str):
            parts.append(piece)
            continue
        kind, content = piece
        if kind == "slot":
            parts.append(values[content])
        elif kind == "list":
            parts.append(rng.choice(words.LISTS[content]))
        else:
            _expand(content[int(rng.random() * len(content))], rng, values, parts)
