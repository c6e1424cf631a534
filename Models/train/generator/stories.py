"""Short stories: a hero with a name, a wish or a trouble, a helper, and an end that follows from both."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .grammar import expanded
from .plots import ENDINGS, OPENINGS, PLOTS
from .names import NameSource

ANIMALS = ("fox", "rabbit", "bear", "mouse", "duck", "cat", "dog", "frog", "owl", "hedgehog", "squirrel", "horse",
           "goat", "turtle", "badger", "otter")
TRAITS = ("small", "brave", "shy", "clever", "curious", "kind", "lazy", "cheerful", "quiet", "hungry", "young", "proud",
          "friendly", "careful", "gentle", "merry")
HOMES = ("in a small village", "near the sea", "at the edge of a forest", "on a green hill", "by a wide river",
         "in a big town", "in a little house", "behind an old mill", "beside a lake", "on a farm", "in a deep valley")
TREASURES = ("key", "ball", "kite", "drum", "hat", "lamp", "book", "bell", "scarf", "boat", "ring", "flute", "map",
             "basket", "clock", "doll")
COLORS = ("red", "blue", "green", "yellow", "golden", "white", "silver", "brown", "black", "purple")
FOODS = ("bread", "soup", "apples", "cake", "honey", "cheese", "pancakes", "berries", "nuts", "pears", "cookies",
         "plums")
SPOTS = ("under a bush", "behind a stone", "in the tall grass", "under a bridge", "in a hollow tree", "beside the well",
         "behind the barn", "under the old oak", "next to the gate", "in the mud", "on a low branch")
PLACES = ("the forest", "the market", "the river", "the hill", "the beach", "the garden", "the mill", "the lake",
          "the meadow", "the old bridge")
WEATHER = ("sunny", "windy", "rainy", "cold", "warm", "bright", "foggy", "snowy")
_PRONOUNS = {
    True: {"he": "she", "his": "her", "him": "her"},
    False: {"he": "he", "his": "his", "him": "him"},
}


@dataclass(frozen=True)
class Story:
    """A story with what a request for it may name."""

    text: str
    opening: str
    hero: str
    friend: str
    kind: str
    treasure: str
    subject: str


def story(rng: random.Random, names: NameSource) -> Story:
    """One story; hero and helper have pronouns of their own, which all sentences keep."""
    values, hero, kind = _cast(rng, names)
    plot = rng.choice(PLOTS)
    opening = expanded(rng.choice(OPENINGS), rng, values)
    sentences = [opening]
    sentences += [expanded(sentence, rng, values) for sentence in plot.sentences if sentence]
    sentences.append(expanded(rng.choice(ENDINGS), rng, values))
    subject = expanded(rng.choice(plot.subjects), rng, values)
    subject = subject[0].lower() + subject[1:]
    return Story(" ".join(sentences), opening, hero, values["friend"], kind, values["treasure"], subject)


def _cast(rng: random.Random, names: NameSource) -> tuple[dict[str, str], str, str]:
    hero_female, friend_female = rng.random() < 0.5, rng.random() < 0.5
    hero = _name(names, hero_female)
    friend = _name(names, friend_female)
    while friend == hero:
        friend = _name(names, friend_female)
    kinds = ("girl", "woman") if hero_female else ("boy", "man")
    hero_kind = rng.choice(ANIMALS) if rng.random() < 0.5 else kinds[rng.random() < 0.15]
    friend_kind = rng.choice(ANIMALS) if rng.random() < 0.6 else ("girl" if friend_female else "boy")
    treasures = rng.sample(TREASURES, 2)
    values = {
        "hero": hero, "friend": friend, "kind": hero_kind, "friend_kind": friend_kind,
        "trait": rng.choice(TRAITS), "friend_trait": rng.choice(TRAITS), "home": rng.choice(HOMES),
        "treasure": treasures[0], "gift": treasures[1], "color": rng.choice(COLORS), "food": rng.choice(FOODS),
        "spot": rng.choice(SPOTS), "place": rng.choice(PLACES), "weather": rng.choice(WEATHER),
    }
    values |= _PRONOUNS[hero_female]
    values |= {f"f_{word}": pronoun for word, pronoun in _PRONOUNS[friend_female].items()}
    return values, hero, hero_kind


def _name(names: NameSource, is_female: bool) -> str:
    return names.invented() if names.rng.random() < 0.4 else names.first(is_female)
