"""Sentences that the training text must not have, known here by their hashes only."""

from __future__ import annotations

import hashlib
import re

_NOT_LETTERS = re.compile(r"[^a-z0-9$%]+")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+|\n")

# The first eight hexadecimal digits of the SHA-256 of each normalized sentence of `evaluation/rag_walkthrough.py`.
_HASHES = frozenset({
    "bdc38ed5", "d9f0a375", "d96351e4", "a81e5d9b", "171e5968", "23f17b74",
    "474cc8aa", "5f415b25", "4963f1d9", "dfa442fe", "a78a00da",
})


def normalized(text: str) -> str:
    """Lower-case words and numbers with single spaces between them."""
    return _NOT_LETTERS.sub(" ", text.lower()).strip()


def digest(sentence: str) -> str:
    """What stands for a sentence in the list."""
    return hashlib.sha256(normalized(sentence).encode()).hexdigest()[:8]


def has_forbidden_sentence(text: str) -> bool:
    """Whether one of the text's sentences is in the list."""
    return any(digest(sentence) in _HASHES for sentence in _SENTENCE_END.split(text))
