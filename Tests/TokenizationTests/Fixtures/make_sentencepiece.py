"""Makes the fixtures of tokenizer.model files with the sentencepiece package (PyPI, with protobuf): tiny models of each
kind, and the ids and texts that it makes of texts and ids.

    python Tests/TokenizationTests/Fixtures/make_sentencepiece.py
"""

import hashlib
import json
import pathlib
import random
import struct
import tempfile

import sentencepiece
from make_generated import generated_bytes, generated_text, without_spaces

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE / "sentencepiece"

CORPUS = """
A skein is a flock of geese in flight, each bird taking part of the load. The geese fly in a line, and the line
turns when the wind turns. In winter they're gone; in spring they'll return, and we've counted 12, 120 and 1204 of them.
Eine Schar Gänse fliegt über die Wälder. Les oies s'en vont, où vont-elles? Гуси летят над рекой. 雁が飛ぶ。雁が鳴く。
The flock, the flocks, the flocking; to fly, flying, flew, flown. x = {"birds": [1, 2, 3]}; y = x + 1
"""

TEXTS = [
    "", " ", "   ", "The geese fly", " The geese  fly   in a line.\n\n\tThey're gone, they'LL return. ",
    "Gänse über 1204 Wälder, où?", "Гуси летят 雁が飛ぶ 鳥🪿🪿 👩‍👩‍👧‍👦", "e\u0301 \u0301 \ufeff \u200b \u2028 \u00a0 \u3000x\r\n",
    "\u1680a\u180eb\u0085c", "a\u2581b \u2581\u2581 \u2581", "<0x41> <sep><sep> the<sep> geese \u2581sep\u2581",
    "À É ﬁ ½ ガ ① \u00ad x" + "y" * 80 + " end", "the line turns when the wind turns " * 6, "日本日本 q日q", "\u0000a\u0001",
    "[user][user] geese[user]x [use]r]",
]
RULES = {"À": "A", "É": "E", "e\u0301": "é", "ﬁ": "fi", "½": "1/2", "\t": " ", "\n": " ", "\u3000": " ", "\u00ad": "",
         "ガ": "が", "①": "1", "\r\n": " ", "A\u0301\u0302": "X"}
MODELS = {
    "bpe-bytes": dict(model_type="bpe", vocab_size=420, byte_fallback=True, normalization_rule_name="identity",
                      remove_extra_whitespaces=False, character_coverage=0.98),
    "bpe-unknown": dict(model_type="bpe", vocab_size=230, rules=True, character_coverage=0.98,
                        user_defined_symbols=["<sep>", "▁▁", "[user]", "ee"]),
    "unigram": dict(model_type="unigram", vocab_size=200, rules=True, character_coverage=0.98,
                    user_defined_symbols=["<sep>", "[user]", "ee"]),
    "unigram-bytes": dict(model_type="unigram", vocab_size=420, byte_fallback=True, normalization_rule_name="identity",
                          add_dummy_prefix=False, remove_extra_whitespaces=False, character_coverage=0.98),
}


def train(name, folder):
    options = dict(MODELS[name])
    if options.pop("rules", False):
        rules = folder / "rules.tsv"
        lines = ["%s\t%s" % tuple(" ".join(f"{ord(character):X}" for character in part) for part in rule)
                 for rule in RULES.items()]
        rules.write_text("\n".join(lines) + "\n")
        options["normalization_rule_tsv"] = str(rules)
    text = folder / "corpus.txt"
    text.write_text(CORPUS * 4)
    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(folder / name), minloglevel=2, hard_vocab_limit=False, num_threads=1,
        max_sentencepiece_length=12, **options)
    return (folder / f"{name}.model").read_bytes()


def main():
    FOLDER.mkdir(exist_ok=True)
    generator = random.Random(13)
    result = {"made_with": f"sentencepiece {sentencepiece.__version__}"}
    with tempfile.TemporaryDirectory() as folder:
        for name in MODELS:
            content = train(name, pathlib.Path(folder))
            (FOLDER / f"{name}.model").write_bytes(content)
            processor = sentencepiece.SentencePieceProcessor(model_proto=content)
            size = processor.vocab_size()
            lists = [[generator.randrange(size) for _ in range(30)] for _ in range(12)] + [[]]
            long = processor.encode(without_spaces(1 << 16))
            texts = [generated_text(seed) for seed in range(300)] + [generated_bytes(seed) for seed in range(100)]
            ids = [id for text in texts for id in processor.encode(text)]
            pack = lambda ids: hashlib.sha256(struct.pack(f"<{len(ids)}i", *ids)).hexdigest()
            result[name] = {
                "encode": [{"text": text, "ids": processor.encode(text), "decoded": processor.decode(processor.encode(text))}
                           for text in TEXTS],
                "decode": [{"ids": ids, "text": processor.decode(ids)} for ids in lists],
                "generated": pack(ids), "long": pack(long),
            }
    (FOLDER / "expected.json").write_text(json.dumps(result, ensure_ascii=True, indent=0) + "\n")


if __name__ == "__main__":
    main()
