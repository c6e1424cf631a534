"""Numbers, amounts, dates and times, and the noun phrases that sentences are about."""

from __future__ import annotations

import random
from collections.abc import Sequence

from . import words
from .grammar import with_articles
from .names import NameLists, NameSource

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")
_NUMBER_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine")


def is_reserved_number(number: int) -> bool:
    """Whether a whole number is kept for the evaluation: one in seven of those with two digits or more."""
    return number >= 10 and number % 7 == 3


class ValueSource:
    """Draws the value of a slot by its kind; the evaluation's source draws its numbers from the reserved ones."""

    def __init__(
        self, lists: NameLists, rng: random.Random, pieces: Sequence[str] = (), unknown_word_share: float = 0.0
    ) -> None:
        self.rng = rng
        self.names = NameSource(lists, rng, pieces)
        self.unknown_word_share = unknown_word_share
        self.wants_reserved = lists.is_held_out

    def draw(self, kind: str) -> str:
        """A value of the kind: the name of one of the methods below or of a word list."""
        return getattr(self, kind)() if hasattr(self, kind) else self.rng.choice(WORD_KINDS[kind])

    def number(self, low: int, high: int) -> int:
        """A whole number; the reserved ones are drawn in the evaluation only, and only they where the range has one."""
        for _ in range(60):
            number = self.rng.randint(low, high)
            if number < 10 and (not self.wants_reserved or high < 12):
                return number
            if is_reserved_number(number) == self.wants_reserved:
                return number
        return number

    def person(self) -> str:
        return self.names.person()

    def company(self) -> str:
        return self.names.company()

    def place(self) -> str:
        return self.names.place()

    def product(self) -> str:
        return self.names.product()

    def project(self) -> str:
        return self.names.product() if self.rng.random() < 0.5 else self.names.invented()

    def invented(self) -> str:
        return self.names.invented()

    def pet_name(self) -> str:
        return self.names.first()

    def street(self) -> str:
        stem = self.names.invented() if self.rng.random() < 0.6 else self.rng.choice(self.names.lists.last)
        return f"{self.number(2, 180)} {stem} {self.rng.choice(('Street', 'Road', 'Lane', 'Avenue', 'Square'))}"

    def age(self) -> str:
        return str(self.number(5, 95))

    def year(self) -> str:
        return str(self.number(1890, 2024))

    def count(self) -> str:
        draw = self.rng.random()
        if draw < 0.5:
            return str(self.number(4, 99))
        if draw < 0.9:
            return str(self.number(100, 999))
        return f"{self.number(1, 30)},{self.number(100, 999)}"

    def small_count(self) -> str:
        return str(self.number(2, 60))

    def years(self) -> str:
        return f"{self.rng.choice(_NUMBER_WORDS)} years" if self.rng.random() < 0.5 else f"{self.number(2, 30)} years"

    def duration(self) -> str:
        unit = self.rng.choice(("minutes", "hours", "days", "weeks"))
        amount = self.rng.choice(_NUMBER_WORDS) if self.rng.random() < 0.4 else str(self.number(2, 48))
        return f"{amount} {unit}"

    def percent(self) -> str:
        draw = self.rng.random()
        number = str(self.number(2, 95))
        if draw < 0.25:
            return f"{number}.{self.rng.randint(1, 9)}%"
        return f"{number}%" if draw < 0.85 else f"{number} percent"

    def amount(self) -> str:
        """An amount of money as a business writes it."""
        draw = self.rng.random()
        sign = "$" if self.rng.random() < 0.75 else self.rng.choice("€£")
        if draw < 0.5:
            scale = self.rng.choice(("million", "million", "million", "billion"))
            whole = self.number(1, 9) if self.rng.random() < 0.5 else self.number(10, 400)
            part = f".{self.rng.randint(1, 9)}" if self.rng.random() < 0.7 else ""
            return f"{sign}{whole}{part} {scale}"
        if draw < 0.75:
            return f"{sign}{self.number(2, 950)},{self.rng.choice(('000', '500', str(self.number(100, 999))))}"
        return f"{sign}{self.number(12, 999)}"

    def price(self) -> str:
        sign = "$" if self.rng.random() < 0.75 else self.rng.choice("€£")
        cents = f".{self.rng.choice(('50', '99', '95', '20'))}" if self.rng.random() < 0.3 else ""
        return f"{sign}{self.number(3, 980)}{cents}"

    def time(self) -> str:
        minute = self.rng.choice(("00", "00", "30", "15", "45" if self.wants_reserved else "40", "05", "20"))
        if self.rng.random() < 0.7:
            return f"{self.number(1, 12)}:{minute} {self.rng.choice(('AM', 'PM'))}"
        return f"{self.number(7, 23)}:{minute}"

    def day(self) -> str:
        """A day: of the week, or of a month, or relative to today."""
        draw = self.rng.random()
        if draw < 0.35:
            return f"{self.rng.choice(('next ', 'this ', 'next ', ''))}{self.rng.choice(words.WEEKDAYS)}"
        if draw < 0.85:
            return self.date()
        return self.rng.choice(("tomorrow", "next week", "next month", "the end of the month", "the end of next week"))

    def date(self) -> str:
        month, number = self.rng.choice(MONTHS), self.number(1, 28)
        draw = self.rng.random()
        if draw < 0.6:
            return f"{month} {number}"
        return f"{number} {month}" if draw < 0.8 else f"{month} {number}, {self.number(2019, 2031)}"

    def when(self) -> str:
        """A day, mostly with an hour."""
        draw = self.rng.random()
        if draw < 0.6:
            if draw < 0.4:
                day = f"{self.rng.choice(('next ', 'this ', ''))}{self.rng.choice(words.WEEKDAYS)}"
            else:
                day = self.date()
            return f"{day} at {self.time()}"
        return self.day_with_number() if draw < 0.8 else self.date()

    def day_with_number(self) -> str:
        return f"{self.rng.choice(words.WEEKDAYS)}, {self.rng.choice(MONTHS)} {self.number(1, 28)}"

    def code(self) -> str:
        draw = self.rng.random()
        if draw < 0.5:
            return f"{self.names.acronym()}-{self.number(100, 9999)}"
        return str(self.number(1000, 99999)) if draw < 0.8 else f"{self.names.acronym()}{self.number(10, 99)}"

    def phone(self) -> str:
        area = "555-" if self.rng.random() < 0.6 else f"{self.number(200, 999)} "
        return f"{area}{self.number(1000, 9999)}"

    def room(self) -> str:
        kind = self.rng.choice(words.ROOM_KINDS)
        draw = self.rng.random()
        if draw < 0.6:
            return f"{kind} {self.number(1, 480)}"
        if draw < 0.8:
            return f"{kind} {self.rng.choice('ABCDEFGH')}{self.number(1, 40)}"
        return f"the {self.names.invented()} {kind}"

    def event(self) -> str:
        topic, head = self.rng.choice(words.EVENT_TOPICS), self.rng.choice(words.EVENT_HEADS)
        if self.rng.random() < 0.15:
            topic = self.rng.choice((self.names.invented(), self.names.acronym()))
        elif self.rng.random() < 0.15:
            topic = f"{topic} {self.rng.choice(words.TEAM_TOPICS)}"
        return f"{topic} {head}"

    def team(self) -> str:
        topics = [self.rng.choice(words.TEAM_TOPICS)]
        if self.rng.random() < 0.2:
            topics.insert(0, self.rng.choice(words.SUBJECT_ADJECTIVES + words.TEAM_TOPICS))
        return " ".join(dict.fromkeys(topics))

    def metric(self) -> str:
        topic = self.rng.choice(words.PERIOD_WORDS if self.rng.random() < 0.7 else words.TOPICS)
        head = self.rng.choice(words.METRICS)
        if self.rng.random() < 0.15:
            return f"quarterly {self.rng.choice(('sales', 'costs', 'losses', 'savings', 'exports', 'wages'))}"
        return f"{topic} {head}"

    def assessment(self) -> str:
        topics = [self.rng.choice(words.ASSESSMENT_TOPICS)]
        if self.rng.random() < 0.45:
            topics.append(self.rng.choice(words.ASSESSMENT_TOPICS + ("risk",)))
        head = self.rng.choice(words.ASSESSMENT_HEADS)
        if topics[-1] == "risk" and head == "assessment":
            head = "review"
        return " ".join(dict.fromkeys([*topics, head]))

    def work(self) -> str:
        """What somebody works on: a phrase of five to nine words."""
        choice = self.rng.choice
        adjective = f"{choice(words.STUDY_ADJECTIVES)} " if self.rng.random() < 0.8 else ""
        article = "a~ " if self.rng.random() < 0.85 else "the "
        subject = choice(words.SUBJECT_HEADS)
        if self.rng.random() < 0.6:
            subject = f"{choice(words.SUBJECT_ADJECTIVES)} {subject}"
        if self.rng.random() < 0.5:
            subject = f"the {subject}"
        if self.rng.random() < 0.15:
            subject = f"{subject} in {self.place()}"
        head = f"{choice(words.STUDY_HEADS)} {choice(('of', 'of', 'on', 'about'))}"
        return with_articles(f"{article}{adjective}{head} {subject}")



WORD_KINDS: dict[str, tuple[str, ...]] = {
    "job": words.JOBS,
    "role": words.ROLES,
    "color": words.COLORS,
    "thing": words.THINGS,
    "item": words.ITEMS,
    "goods": words.GOODS,
    "food": words.FOODS,
    "sport": words.SPORTS,
    "subject": words.SUBJECTS,
    "animal": words.ANIMALS,
    "spot": words.PLACES_INSIDE,
    "small_thing": words.SMALL_THINGS,
    "document": words.DOCUMENTS,
    "weather": words.WEATHERS,
    "shop": words.SHOPS,
    "cause": words.CAUSES,
    "system": words.SYSTEMS,
    "weekday": words.WEEKDAYS,
    "deed": words.DEEDS,
    "vehicle": words.VEHICLES,
}
