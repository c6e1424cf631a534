"""Names of people, firms and places: lists, and made-up names so that copying cannot be remembering."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from .forbidden import is_forbidden_name
from .words import ALL_WORDS

_FIRST_FEMALE = """
    Anna Maria Clara Emma Lucy Alice Nora Rosa Helen Ruth Ida Greta Laura Julia Sara Eva Martha Olivia Grace Ella
    Lena Mia
    Sofia Vera Irene Paula Diana Fiona Hanna Judith Karin Lydia Monica Nadia Olga Petra Sandra Tina Ursula Wanda Agnes
    Bella Carmen Doris Edith Flora Gloria Hazel Iris Jane Kate Linda Mary Nancy Pam Rita Susan Tracy Violet Zoe
    Amina Fatima Leila Mei Yuki Priya Anita Indira Aisha Sakura
""".split()
_FIRST_MALE = """
    Adam Ben Carl David Erik Frank George Henry Ivan Jack Karl Leo Martin Noah Oscar Paul Peter Robert Simon
    Thomas Victor
    Walter Albert Bruno Daniel Edgar Felix Gustav Hugo Igor James Kevin Louis Max Nils Otto Philip Ralph Samuel
    Tim Tom
    Anton Boris Chris Dennis Emil Fred Greg Harry Jonas Kurt Luke Mark Nick Owen Ray Steve Ted Will Zack
    Ahmed Omar Hassan Ravi Arjun Kenji Wei Jin Pedro Diego Carlos Marco
""".split()
_LAST = """
    Smith Brown Miller Taylor Wilson Moore Clark Lewis Hall Young King Wright Hill Green Baker Adams Nelson Carter
    Mitchell Roberts Turner Phillips Parker Evans Edwards Collins Stewart Morris Rogers Reed Cook Morgan Bell Murphy
    Bailey Cooper Richardson Cox Howard Ward Peterson Gray James Watson Brooks Kelly Sanders Price Bennett Wood Barnes
    Ross Henderson Coleman Jenkins Perry Powell Long Hughes Flores Butler Simmons Foster Bryant Russell Griffin Hayes
    Weber Schmidt Fischer Meyer Wagner Becker Hoffmann Koch Richter Klein Wolf Neumann Schwarz Braun Vogel Berger
    Rossi Russo Ferrari Bianchi Ricci Costa Silva Santos Garcia Lopez Martinez Sanchez Novak Horvat Kowalski Nowak
    Ivanov Petrov Larsen Hansen Olsen Berg Lund Dahl Tanaka Suzuki Sato Yamada Chen Wang Li Zhang Kim Park Singh Patel
    Khan Ali Haddad Mensah Okafor Diallo
""".split()
_PLACES = """
    London Paris Berlin Rome Madrid Vienna Oslo Dublin Lisbon Prague Athens Warsaw Zurich Geneva Milan Venice Naples
    Munich Hamburg Cologne Lyon Nice Porto Seville Valencia Boston Chicago Denver Dallas Austin Seattle Toronto
    Montreal
    Vancouver Sydney Melbourne Auckland Tokyo Osaka Kyoto Seoul Beijing Shanghai Mumbai Delhi Cairo Tunis Lagos
    Nairobi
    Lima Bogota Santiago Havana Quito Antwerp Ghent Bruges Bergen Malta Krakow Salzburg Graz Basel Bern Leeds York
    Bath
    Oxford Cambridge Bristol Glasgow Cardiff Exeter Dover Lincoln Norwich Perth Darwin Hobart Phoenix Houston Miami
""".split()
_COMPANY_STEMS = """
    Delta Orion Apex Nova Summit Pioneer Vertex Atlas Falcon Zenith Horizon Titan Phoenix Omega Alpha Sigma Vega
    Polaris
    Stellar Crystal Golden Silver Northern Southern Eastern Western Pacific Baltic Alpine Coastal Granite Maple
    Cedar Oak
    Willow River Harbor Bridge Castle Tower Anchor Compass Lantern Beacon Eagle Raven Swan Tiger Lion Bear
""".split()
_COMPANY_ENDINGS = """
    Corporation Corporation Group Limited Holdings Industries Partners Systems Foods Motors Energy Bank Insurance
    Logistics Textiles Media Steel Labs Brothers Company Trading Consulting Software Shipping Electronics
    Solutions Inc Ltd
""".split()
_PRODUCT_STEMS = """
    Comet Breeze Spark Echo Prism Lotus Pixel Rocket Meadow Ember Quartz Lumen Tempo Orbit Zephyr Cobalt Saffron
    Ripple
""".split()
_ONSETS = "b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sh sk st t th tr v w y z".split()
_VOWELS = "a e i o u a e i o ai ea ee ie oo ou".split()
_CODAS = "b ck d g k l ll m n nd ng nt p r rd rk rn s sk ss st t th v x z".split()
_ENDINGS = "a o i an en in on el er or us is ia ius ton ford berg sen ski ley by holm wick stad ville".split()


_FRAGMENT_WORDS = tuple(
    word.lower()
    for word in (
        *_FIRST_FEMALE, *_FIRST_MALE, *_LAST, *_PLACES, *_COMPANY_STEMS, *_PRODUCT_STEMS, *ALL_WORDS,
    )
)


@dataclass(frozen=True)
class NameLists:
    """What names are drawn from; the held-out lists of the evaluation are a second value of this type."""

    female: tuple[str, ...]
    male: tuple[str, ...]
    last: tuple[str, ...]
    places: tuple[str, ...]
    company_stems: tuple[str, ...]
    company_endings: tuple[str, ...]
    product_stems: tuple[str, ...]
    is_held_out: bool


TRAINING_NAMES = NameLists(
    female=tuple(_FIRST_FEMALE),
    male=tuple(_FIRST_MALE),
    last=tuple(_LAST),
    places=tuple(_PLACES),
    company_stems=tuple(_COMPANY_STEMS),
    company_endings=tuple(_COMPANY_ENDINGS),
    product_stems=tuple(_PRODUCT_STEMS),
    is_held_out=False,
)


def is_reserved_name(name: str) -> bool:
    """Whether a made-up name belongs to the evaluation: one in ten does."""
    return zlib.crc32(name.encode()) % 10 == 0


class NameSource:
    """Draws names from lists, from syllables, and from a tokenizer's pieces if it is given them."""

    def __init__(self, lists: NameLists, rng: random.Random, pieces: Sequence[str] = ()) -> None:
        self.lists = lists
        self.rng = rng
        self.first_pieces = [piece for piece in pieces if piece[0].isupper()]
        self.other_pieces = [piece for piece in pieces if piece.islower()]

    def invented(self) -> str:
        """A name of syllables, of the training's or of the evaluation's share."""
        while True:
            draw = self.rng.random()
            if self.first_pieces and draw < 0.4:
                name = self._pieces()
            else:
                name = self._syllables() if draw < 0.7 else self._fragments()
            if len(name) > 2 and not is_forbidden_name(name) and is_reserved_name(name) == self.lists.is_held_out:
                return name

    def _fragments(self) -> str:
        """Two or three pieces of words: letters in orders that the syllables do not have."""
        rng, name = self.rng, ""
        for _ in range(rng.choice((2, 2, 2, 3))):
            word = rng.choice(_FRAGMENT_WORDS)
            length = rng.choice((2, 3, 3, 4))
            start = rng.choice((0, max(0, len(word) - length), rng.randrange(len(word))))
            name += word[start : start + length]
        return name[:10].capitalize()

    def _pieces(self) -> str:
        """Two or three of a tokenizer's pieces, each as likely as the next: rare ones are to be copied too."""
        count = self.rng.choice((1, 1, 2))
        return self.rng.choice(self.first_pieces) + "".join(self.rng.choices(self.other_pieces, k=count))

    def unknown_word(self) -> str:
        """A word in lower case that no list has."""
        return self._syllables().lower()

    def _syllables(self) -> str:
        choice = self.rng.choice
        parts = [choice(_ONSETS), choice(_VOWELS)]
        if self.rng.random() < 0.3:
            parts += [choice(_CODAS), choice(_ONSETS), choice(_VOWELS)]
        parts.append(choice(_CODAS))
        if self.rng.random() < 0.7:
            parts.append(choice(_ENDINGS))
        return "".join(parts).capitalize()

    def acronym(self) -> str:
        """Two to four capitals."""
        while True:
            name = "".join(self.rng.choices("ABCDEFGHIJKLMNOPRSTUVWXZ", k=self.rng.choice((2, 3, 3, 3, 4))))
            if name != "ABC" and is_reserved_name(name) == self.lists.is_held_out:
                return name

    def first(self, female: bool | None = None) -> str:
        if self.rng.random() < 0.3:
            return self.invented()
        if female is None:
            female = self.rng.random() < 0.5
        return self.rng.choice(self.lists.female if female else self.lists.male)

    def last(self) -> str:
        return self.invented() if self.rng.random() < 0.35 else self.rng.choice(self.lists.last)

    def person(self) -> str:
        """A first name, or first and last names, or a title and a last name."""
        draw = self.rng.random()
        if draw < 0.4:
            return self.first()
        if draw < 0.92:
            return f"{self.first()} {self.last()}"
        return f"{self.rng.choice(('Mr', 'Ms', 'Dr'))} {self.last()}"

    def place(self) -> str:
        draw = self.rng.random()
        if draw < 0.6:
            return self.rng.choice(self.lists.places)
        if draw < 0.95:
            return self.invented()
        return f"{self.rng.choice(('Port', 'New', 'San', 'Lake', 'Mount', 'Saint'))} {self.invented()}"

    def company(self) -> str:
        draw = self.rng.random()
        if draw < 0.35:
            stem = self.rng.choice(self.lists.company_stems)
        elif draw < 0.6:
            stem = self.invented()
        elif draw < 0.85:
            stem = self.acronym()
        else:
            stem = self.last()
        if self.rng.random() < 0.12:
            return stem
        return f"{stem} {self.rng.choice(self.lists.company_endings)}"

    def product(self) -> str:
        draw = self.rng.random()
        stem = self.rng.choice(self.lists.product_stems) if draw < 0.5 else self.invented()
        return stem if draw % 0.5 < 0.35 else f"{stem} {self.rng.randint(2, 9)}"
