"""The tokenizer both models share: byte-level BPE, trained on generated text."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from generator.examples import END_OF_TEXT, TURN_END, TURN_START, ExampleSource

VOCABULARY_COUNT = 3072
SPECIAL_TOKENS = (END_OF_TEXT, TURN_START, TURN_END)
CONTEXT_TOKENS = 1024
_NAME_PIECE = re.compile(r"[A-Z]?[a-z]{1,5}")

# A word with a capital, every digit and every space before them stand alone, so that a name or a number has the same
# tokens wherever it stands and can be copied token by token; a lower-case word takes the space before it along.
_PIECES = r"\p{Lu}\p{Ll}*|\p{N}| ?\p{Ll}+| ?[^\s\p{L}\p{N}$€£]+|\s|[^\s]"

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def trained(seed: int, example_count: int = 30_000) -> Tokenizer:
    """A tokenizer trained on that many examples."""
    source = ExampleSource(seed)
    texts = ("".join(segment.text for segment in source.example()) for _ in range(example_count))
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(_PIECES), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_COUNT,
        special_tokens=[AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((without_specials(text) for text in texts), trainer)
    if tokenizer.get_vocab_size() != VOCABULARY_COUNT:
        raise ValueError(f"the vocabulary has {tokenizer.get_vocab_size()} tokens, not {VOCABULARY_COUNT}")
    return tokenizer


def without_specials(text: str) -> str:
    """The text with special tokens replaced by line breaks, so that no merge reaches across them."""
    for token in SPECIAL_TOKENS:
        text = text.replace(token, "\n")
    return text


def name_pieces(tokenizer: Tokenizer) -> list[str]:
    """The tokens that names can be made of: letters, at most the first of them a capital."""
    return sorted(token for token in tokenizer.get_vocab() if _NAME_PIECE.fullmatch(token))


def save(tokenizer: Tokenizer, directory: Path) -> None:
    """Writes tokenizer.json and tokenizer_config.json."""
    tokenizer.save(str(directory / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": END_OF_TEXT,
        "eos_token": TURN_END,
        "pad_token": END_OF_TEXT,
        "add_bos_token": False,
        "add_eos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": CONTEXT_TOKENS,
        "chat_template": CHAT_TEMPLATE,
    }
    (directory / "tokenizer_config.json").write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n")
