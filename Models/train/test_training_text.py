"""What the training text must and must not have. `python -m unittest` in this directory; takes a few seconds."""

from __future__ import annotations

import re
import unittest
from collections.abc import Iterable
from pathlib import Path

from evaluation.heldout_frames import HELD_OUT_FRAMES
from evaluation.heldout_names import HELD_OUT_NAMES
from evaluation.rag_walkthrough import CASES
from generator.examples import ExampleSource
from generator.forbidden import normalized
from generator.frames import Frame, all_frames
from generator.names import TRAINING_NAMES, NameLists
from generator.story_parser import faults
from generator.stories import story
from generator.values import is_reserved_number

_GENERATOR = Path(__file__).resolve().parent / "generator"
_SAMPLE_COUNT = 12_000


def _sample() -> str:
    source = ExampleSource(seed=77)
    return "\n".join("".join(s.text for s in source.example()) for _ in range(_SAMPLE_COUNT))


def _alternatives(lists: NameLists) -> set[str]:
    return {*lists.female, *lists.male, *lists.last, *lists.places, *lists.company_stems, *lists.product_stems}


def _patterns(frames: Iterable[Frame]) -> set[str]:
    return {line for f in frames for line in (*f.sentences, *(t for q in f.questions for t in q.templates))}


class WalkthroughTexts(unittest.TestCase):
    """Neither a document nor a question of the RAG walk-through stands in the generator or in what it writes."""

    def setUp(self) -> None:
        self.texts = [normalized(case.question) for case in CASES]
        self.texts += [normalized(text) for case in CASES for text in re.split(r"(?<=\.) ", case.document)]

    def test_generator_sources(self) -> None:
        for path in sorted(_GENERATOR.glob("*.py")):
            written = normalized(path.read_text())
            for text in self.texts:
                self.assertNotIn(text, written, path.name)

    def test_sample_of_training_text(self) -> None:
        written = normalized(_sample())
        for text in self.texts:
            self.assertNotIn(text, written)


class HeldOut(unittest.TestCase):
    """What the evaluation uses is not trained on."""

    def test_names(self) -> None:
        self.assertEqual(_alternatives(HELD_OUT_NAMES) & _alternatives(TRAINING_NAMES), set())

    def test_sentence_patterns(self) -> None:
        self.assertEqual(_patterns(all_frames()) & _patterns(HELD_OUT_FRAMES), set())

    def test_sample_has_neither_held_out_names_nor_reserved_numbers(self) -> None:
        source = ExampleSource(seed=78)
        makers = (source.plain_context, source.json, source.plain_story)
        text = "\n".join("".join(s.text for s in make()) for make in makers for _ in range(_SAMPLE_COUNT // 4))
        words = set(re.findall(r"[A-Za-z]+", text))
        self.assertEqual(words & {*HELD_OUT_NAMES.last, *HELD_OUT_NAMES.female, *HELD_OUT_NAMES.places}, set())
        numbers = {int(number) for number in re.findall(r"(?<![\d.,-])[1-9]\d+(?![\d.,-])", text)}
        self.assertEqual({number for number in numbers if is_reserved_number(number)}, set())


class Stories(unittest.TestCase):
    """The parser finds no fault with the generator's own stories, and does with broken ones."""

    def test_own_stories(self) -> None:
        source = ExampleSource(seed=79)
        for _ in range(500):
            made = story(source.rng, source.names)
            self.assertEqual(faults("", made.text, frozenset({made.hero})), [], made.text)

    def test_broken_stories(self) -> None:
        names = frozenset({"Zelda"})
        good = "Zelda met a fox named Rusk."
        self.assertEqual(faults("a girl named Zelda", good, names), [])
        self.assertNotEqual(faults("a girl named Zelda", "Zelda met a fux named Rusk.", names), [])
        self.assertNotEqual(faults("a girl named Zelda", "Zelda met a fox. Ruskin laughed at Zelda.", names), [])
        self.assertNotEqual(faults("a girl named Zelda", "Anna met a fox named Rusk.", names), [])


if __name__ == "__main__":
    unittest.main()
