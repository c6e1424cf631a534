"""Sentences and names that the training text must not have, known here by their hashes only."""

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

# The first seven digits of the names of `evaluation/heldout_names.py`, which made-up names must not hit by chance.
_NAME_HASHES = frozenset("""
    032bd2b 05899cf 05ef130 06ddd2e 07356e8 07f15cd 0f27d53 1407eeb 1784032 1bfd044 1c3067d 1ccc521 20943f5 21abb4b
    2223724 223bbec 23262d8 26c98ec 2af17d7 2d140b3 2d8c482 2f58328 31bba0b 33c594e 3467934 3721e1a 3b331be 3b475d7
    3beb460 3d5c95a 3e4e823 3e6958a 401cb0a 402eed1 4281263 46d37c0 4762caa 49b191c 4adff94 4cc7a4b 4ceab46 4d27a43
    4d78e62 4dd68e2 4e2295d 4f6d354 4f763f5 509b5e5 51844b4 532f011 53350e5 547da97 56fae12 575644b 5b4a93c 5db6c57
    61e0625 61f1049 6519e44 65aa4cb 65ba393 65c3f75 66698ac 6996738 6a0cfb2 6c7ce5d 6d1ec73 6ea1f9b 74b0c52 7b59e13
    7c59f71 7d13e30 7dc917b 7dce0d8 7ee29bc 7f5741f 81534ea 834986f 8422833 842de7b 8628fd4 879d13f 8d01416 8e195c4
    8e4b7a0 8e74897 8ec71d0 910aff6 9149a4a 918dbfb 98c14af 9dc5bad 9f45aa9 a2141ac a5c032f a744d93 a832e6b a8c33e6
    a95dc4e a9dd98f ac7c6c9 ac818c8 acf9e97 aec0e78 aedb714 b370de1 b3e0420 b6c4ac4 b769a69 b78f003 b988b58 ba9f6e2
    baec4a1 bc5fb9a c0a0d1c c108f9a c24a898 cd02998 ce979b5 ce99cde cffdd87 d087ee8 d16aed0 d2e191d d3ecc5b d43b291
    d54a84d d85135e d93acc6 da8575a dae16a8 dc12c6b e00b3c7 e5a726a e7ddef2 e7eaf6b e9f2a01 eca1dbf ed10840 f0a9f72
    f1746db f1c0724 f392c6a f552c72 f5a38e4 f7252b3 f89c2aa f902def fbd785f fd782ad
""".split())


def normalized(text: str) -> str:
    """Lower-case words and numbers with single spaces between them."""
    return _NOT_LETTERS.sub(" ", text.lower()).strip()


def digest(sentence: str) -> str:
    """What stands for a sentence in the list."""
    return hashlib.sha256(normalized(sentence).encode()).hexdigest()[:8]


def has_forbidden_sentence(text: str) -> bool:
    """Whether one of the text's sentences is in the list."""
    return any(digest(sentence) in _HASHES for sentence in _SENTENCE_END.split(text))


def is_forbidden_name(name: str) -> bool:
    """Whether the name is one of the evaluation's."""
    return hashlib.sha256(name.lower().encode()).hexdigest()[:7] in _NAME_HASHES
