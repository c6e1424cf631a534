"""Sums and differences of numbers up to two digits."""

from __future__ import annotations

import random


def is_reserved_problem(first: int, second: int) -> bool:
    """Whether the pair is kept for the evaluation: one in thirteen is."""
    return (first * 101 + second) % 13 == 5


def problem(rng: random.Random, wants_reserved: bool = False) -> tuple[int, str, int, int]:
    """First number, sign, second number and the result, which is not negative."""
    while True:
        first, second = rng.randint(0, 99), rng.randint(0, 99)
        if is_reserved_problem(first, second) != wants_reserved:
            continue
        if rng.random() < 0.5:
            return first, "+", second, first + second
        if first >= second:
            return first, "-", second, first - second


def plain(rng: random.Random, wants_reserved: bool = False) -> tuple[str, str]:
    """`12 + 35 =` and the result with its space."""
    first, sign, second, result = problem(rng, wants_reserved)
    return f"{first} {sign} {second} =", f" {result}"


def question(rng: random.Random, wants_reserved: bool = False) -> tuple[str, str]:
    """A question in words or signs, and the result."""
    first, sign, second, result = problem(rng, wants_reserved)
    draw = rng.random()
    if draw < 0.5:
        text = f"{rng.choice(('What is', 'How much is', 'Calculate', 'What is', 'Compute'))} {first} {sign} {second}"
        text += "?" if text[0] in "WH" else "."
    elif draw < 0.8:
        text = f"{first} {sign} {second}{rng.choice(('', ' =', '?', ' = ?'))}"
    else:
        word = "plus" if sign == "+" else "minus"
        text = f"What is {first} {word} {second}?"
    return text, str(result)
