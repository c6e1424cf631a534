"""Makes the fixtures of TokenizationTests with Hugging Face tokenizers (the version is written into cases.json).

    /opt/venv-skein/bin/python Tests/TokenizationTests/Fixtures/make_fixtures.py

byte-level.json and byte-fallback.json are tiny tokenizers trained on the text below; cases.json holds what they make
of some texts and ids; shared.json holds digests of what every tokenizer of ../shared/data makes of every text there.
"""

import gzip
import hashlib
import json
import pathlib
import random
import struct

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).resolve().parent
SHARED = HERE.parents[3] / "shared" / "data"

CORPUS = """
A skein is a flock of geese in flight, each bird taking part of the load. The geese fly in a line, and the line
turns when the wind turns. In winter they're gone; in spring they'll return, and we've counted 12, 120 and 1204 of them.
Eine Schar Gänse fliegt über die Wälder. Les oies s'en vont, où vont-elles? Гуси летят над рекой. 雁が飛ぶ。雁が鳴く。
The flock, the flocks, the flocking; to fly, flying, flew, flown. x = {"birds": [1, 2, 3]}; y = x + 1
""" * 4

TEXTS = [
    "",
    " ",
    "The geese fly",
    " The geese  fly   in a line.\n\n\tThey're gone, they'LL return. ",
    "Gänse über 1204 Wälder, où?",
    "Гуси летят 雁が飛ぶ 鳥🪿🪿 👩‍👩‍👧‍👦",
    "e\u0301 \u0301 \u0000 \ufeff \u200b \u2028 \u00a0 \u3000x\r\n",
    "\u1680a\u180eb\u0085c \u017f's \u212a",
    "<s>The<s> geese</s>",
    "a <trim> b  <left>  c  <right>  d flock flocks unflock flock.",
    "<Norm> <norm> Norm x<Norm>y",
    "<|end|><|end|> text<|end|>\n",
    "<0x41> \u2581\u2581 \u2581a",
    "🪿" * 9 + "\u20ac" * 3 + "q" * 70,
    "the line turns when the wind turns " * 6,
]


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator([CORPUS], trainers.BpeTrainer(
        vocab_size=420, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.add_special_tokens([AddedToken("<|begin|>", special=True), AddedToken("<|end|>", special=True)])
    tokenizer.add_tokens([AddedToken("<trim>", lstrip=True, rstrip=True, normalized=False)])
    begin = tokenizer.token_to_id("<|begin|>")
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(single="<|begin|> $A", special_tokens=[("<|begin|>", begin)]),
    ])
    return tokenizer


def byte_fallback():
    specials = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.train_from_iterator([CORPUS.replace("雁", "").replace("Г", "")], trainers.BpeTrainer(
        vocab_size=480, show_progress=False, special_tokens=specials, max_token_length=7))
    file = json.loads(tokenizer.to_str())
    file["added_tokens"] = file["added_tokens"][:3]
    tokenizer = Tokenizer.from_str(json.dumps(file))
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.add_tokens([
        AddedToken("<left>", lstrip=True, normalized=False), AddedToken("<right>", rstrip=True, normalized=False),
        AddedToken("<trim>", lstrip=True, rstrip=True, normalized=False),
        AddedToken("flock", single_word=True, normalized=False), AddedToken("<Norm>", normalized=True),
    ])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    return tokenizer


def encode_case(tokenizer, text):
    ids = tokenizer.encode(text).ids
    return {
        "text": text, "ids": ids, "plain": tokenizer.encode(text, add_special_tokens=False).ids,
        "skipped": tokenizer.decode(ids, skip_special_tokens=True),
        "whole": tokenizer.decode(ids, skip_special_tokens=False),
    }


def decode_case(tokenizer, ids):
    return {
        "ids": ids, "skipped": tokenizer.decode(ids, skip_special_tokens=True),
        "whole": tokenizer.decode(ids, skip_special_tokens=False),
    }


def stream_case(tokenizer, text):
    """What each id adds as tokenizers' own stream shows it; only texts without characters that never complete."""
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    stream = decoders.DecodeStream(skip_special_tokens=True)
    return {"ids": ids, "texts": [stream.step(tokenizer, id) or "" for id in ids]}


def make_small(name, tokenizer, generator):
    path = HERE / f"{name}.json"
    tokenizer.save(str(path))
    tokenizer = Tokenizer.from_file(str(path))
    size = tokenizer.get_vocab_size()
    random_ids = [[generator.randrange(size + 3) for _ in range(40)] for _ in range(12)]
    streams = ["The geese fly, Gänse über 雁が飛ぶ 🪿!", "Гуси летят 鳥"] if name == "byte-level" else ["The geese fly in a line"]
    return {
        "encode": [encode_case(tokenizer, text) for text in TEXTS],
        "decode": [decode_case(tokenizer, ids) for ids in random_ids + [[], [size + 100, -1 % (1 << 31)]]],
        "stream": [stream_case(tokenizer, text) for text in streams],
    }


PIECE_TEXT = (
    "  Don't they'LL\tthe 12345 geese,\r\n\n fly?!  \u2581x\u2581\u2581y 雁が Ⅷ½² e\u0301E\u0300 _a_ fooBarBaz\u3000\u180e\u0085 '\u017f\n\u212a  ")

O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def pre_tokenizer_cases():
    split = pre_tokenizers.Split
    made = [
        pre_tokenizers.ByteLevel(add_prefix_space=False), pre_tokenizers.ByteLevel(add_prefix_space=True),
        pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=False), pre_tokenizers.Metaspace(),
        pre_tokenizers.Metaspace(prepend_scheme="first"), pre_tokenizers.Metaspace(prepend_scheme="never"),
        pre_tokenizers.Metaspace(split=False), pre_tokenizers.Digits(True), pre_tokenizers.Digits(False),
        pre_tokenizers.Punctuation(), pre_tokenizers.Whitespace(), pre_tokenizers.WhitespaceSplit(),
        split(Regex(O200K), "isolated"),
    ]
    for behavior in ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]:
        for invert in [False, True]:
            made += [split(Regex(r"\s|\d"), behavior, invert), split(" ", behavior, invert)]
    patterns = [
        r"\w+", r"[\w']+", r"\W", r"\b", r"\B", r"\h+", r"^.", r".$", r"(?m)t.+?e", r"\p{Han}+|\p{Latin}+", r"\p{^L}+",
        r"\P{Lu}+", r"(?<=[a-z])(?=[A-Z])", r"\u0065|\x{301}", r"(?i:'s|k)", r"\S++\s?+", r"[[:punct:]]+", r"x*", r"[^\S\r\n]+",
    ]
    made += [split(Regex(pattern), "isolated") for pattern in patterns]
    made.append(pre_tokenizers.Sequence([pre_tokenizers.Digits(True), split(Regex("[a-e]"), "merged_with_next")]))
    return [{
        "component": json.loads(made_one.__getstate__()), "text": PIECE_TEXT,
        "pieces": [piece for piece, _ in made_one.pre_tokenize_str(PIECE_TEXT)],
    } for made_one in made]


def normalizer_cases():
    texts = [
        "  Ångström ΑΣ ﬁ½ ㎏ e\u0323\u0307 \u1100\u1161\u11a8 가 \u0344 \u32ff\U00011938 \u1e9e\u0130 \u2126\u212b\u00c5 ab  ab ",
        "", "\u3000 ", "\uac00\u11a8 \uac01\u11a8 x\u0300\u09fe\u0320 \U0001f16c \u1112\u1175\u11c2", "a\u0327\u0301\U0001e030\u0300 שּׁ が",
    ]
    made = [
        normalizers.NFC(), normalizers.NFD(), normalizers.NFKC(), normalizers.NFKD(), normalizers.Lowercase(),
        normalizers.Prepend("▁"), normalizers.Replace(" ", "▁"), normalizers.Replace(Regex(r"\s+"), " "),
        normalizers.Replace("ab", "b"), normalizers.Strip(), normalizers.Strip(left=False, right=True),
        normalizers.Strip(left=True, right=False), normalizers.ByteLevel(),
        normalizers.Sequence([normalizers.NFKD(), normalizers.Lowercase(), normalizers.Strip()]),
    ]
    return [{
        "component": json.loads(made_one.__getstate__()), "text": text, "pieces": [made_one.normalize_str(text)],
    } for made_one in made for text in texts]


def decoder_cases():
    tokens = ["▁The", "▁▁ge", "ese", "<0xC3>", "<0xA4>", "<0xe9>", "<0x+9>", "▁", "Ġa", "Ã¤", "åħ", "ĥ", "日", "the", "ee", " ", "  "]
    made = [
        None, decoders.ByteLevel(), decoders.ByteFallback(), decoders.Fuse(), decoders.Metaspace(),
        decoders.Metaspace(prepend_scheme="never"), decoders.Strip("e", 1, 1), decoders.Replace(Regex("[a-e]+"), "_"),
        decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]),
        decoders.Sequence([decoders.Fuse(), decoders.Strip(" ", 0, 3)]),
        decoders.Sequence([decoders.Fuse(), decoders.Replace("ee", "E"), decoders.Replace("e", "i")]),
        decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()]),
        decoders.Sequence([decoders.Fuse(), decoders.ByteLevel()]),
    ]
    generator = random.Random(3)
    sequences = [list(range(len(tokens)))] + [[generator.randrange(len(tokens)) for _ in range(9)] for _ in range(6)]
    cases = []
    for made_one in made:
        tokenizer = Tokenizer(models.BPE(vocab={token: id for id, token in enumerate(tokens)}, merges=[]))
        component = None
        if made_one is not None:
            tokenizer.decoder = made_one
            component = json.loads(made_one.__getstate__())
        for ids in sequences:
            cases.append({"component": component, "tokens": tokens, "ids": ids, "text": tokenizer.decode(ids)})
    return cases


def digest_ids(ids):
    return hashlib.sha256(struct.pack(f"<{len(ids)}i", *ids)).hexdigest()


def make_shared():
    texts = {}
    for path in sorted((SHARED / "text").iterdir()) + sorted((SHARED / "tokenizers/vectors").glob("*.inp")):
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        texts[str(path.relative_to(SHARED))] = content.decode()
    cases = []
    for name in ["tokenizers/gpt2.json", "tokenizers/llama2.json", "tokenizers/llama3.json", "tokenizers/qwen2.json", "tokenizers/bert-minilm.json",
                 "models/TinyStories-656K/tokenizer.json", "models/stories260K/tokenizer.json"]:
        tokenizer = Tokenizer.from_file(str(SHARED / name))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        for file, text in texts.items():
            parts = text.split("\n__ggml_vocab_test__\n") if file.endswith(".inp") else [text]
            # Each part by itself; the digest covers all of them one after the other.
            encoded = [tokenizer.encode(part).ids for part in parts]
            ids = [id for part in encoded for id in part]
            decoded = "".join(tokenizer.decode(part, skip_special_tokens=True) for part in encoded)
            cases.append({
                "tokenizer": name, "text": file, "count": len(ids), "first": ids[:12], "ids": digest_ids(ids),
                "decoded": hashlib.sha256(decoded.encode()).hexdigest(),
            })
    return cases


def write(name, value):
    (HERE / name).write_text(json.dumps(value, ensure_ascii=True, indent=0) + "\n")


def main():
    generator = random.Random(7)
    made_with = f"tokenizers {tokenizers.__version__}"
    small = {"byte-level": byte_level(), "byte-fallback": byte_fallback()}
    cases = {name: make_small(name, tokenizer, generator) for name, tokenizer in small.items()}
    write("cases.json", {"made_with": made_with, **cases})
    write("components.json", {
        "made_with": made_with, "pre_tokenizers": pre_tokenizer_cases(), "normalizers": normalizer_cases(),
        "decoders": decoder_cases(),
    })
    if SHARED.exists():
        write("shared.json", {"made_with": made_with, "cases": make_shared()})


if __name__ == "__main__":
    main()
