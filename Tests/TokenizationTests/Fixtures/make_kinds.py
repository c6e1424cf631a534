"""Makes the fixtures of the kinds of tokenizer beside byte-level and byte-fallback BPE, with Hugging Face tokenizers:
a tiny tokenizer of each kind, what they make of texts (kinds.json), components (kind-components.json), and digests of
what becomes of every character and of generated texts (digests.json).

    /opt/venv-skein/bin/python Tests/TokenizationTests/Fixtures/make_kinds.py
"""

import base64
import hashlib
import json
import random
import struct

import tokenizers
from make_fixtures import CORPUS, HERE, PIECE_TEXT, SHARED, TEXTS, decode_case, digest_ids, encode_case, write
from make_generated import generated_bytes, generated_text, without_spaces
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

MORE_TEXTS = TEXTS + [
    "Don't stop, geese! They're fly-ing (12). x" + "y" * 120 + " end",
    "雁ガ鳴ク Привет 각 ÀÉÎ ﬁ ½ ① e\u0323\u0301 \u1100\u1161\u11a8 \u00ad \u0007\u007f\u0085\u180e",
    "[UNK] [CLS] the [SEP] <unk> <pad> x</w> y</w>",
    "a\u0300\u0301\u0302\u0303 \U0001f1e9\U0001f1ea \u0600a \r\n\r \u200d\ufe0f\u0e33",
]
# BLOOM's pattern, classes inside classes, and an interval that repeats again.
PATTERNS = [r" ?[^(\s|[.,!?…。，、।۔،])]+", r"[a[bc]d]+", r"[^\w[.,]]+|[[:digit:][a-f]]", r"\p{N}{1,3}+", r"\d{1,}+|[e{1}+]"]
FORM_TEXTS = [
    "\U00020072\u0323 r\u0323 \U0001d157\u0323\U0001d165 \u1113\u1174 \u1112\u1174\u11c2 \uac00\u11a8\u11a8 \u0cca\u0cd5 \u0cc6\u0cc2\u0cd5",
    "a\u0301\u0323\u0f81\u0307\u0f73 \u0307\u0f81 \ufcf3\u05bc \u1fcf\u05ae \u09c7\u09be \u09c7\u0323\u09be \U00011131\U00011127 \u1025\u102e",
    "\U0001e2ee\u05a3\u0323 \ufb2c\u0301 \u0344\u0345 \u1e9b\u0323 \u0ddc\u0dca \uf900 \U0002f800\u0301 \u2126\u0301 \ufdfa",
]
RULES = {
    "\u00c0": "A", "\u00c9": "E", "e\u0301": "\u00e9", "\ufb01": "fi", "\u00bd": "1/2", "\t": " ", "\n": " ", "\u3000": " ",
    "\u00ad": "", "\u30ac": "\u304c", "\u2460": "1", "E\u0301\u0302": "X", "\u180e": "",
}


def character_map(rules):
    """A precompiled_charsmap of the rules: a double array as darts-clone lays it out, then the replacements."""
    replacements, places = b"", {}
    tree = {}
    for key, content in rules.items():
        places[key] = len(replacements)
        replacements += content.encode() + b"\0"
        node = tree
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[-1] = places[key]
    units = {0: 0}
    used = {0}

    def place(node, index):
        # The children of `index` are at index ^ offset ^ label, its value at index ^ offset.
        offset = 1
        while any((index ^ offset ^ (label if label > 0 else 0)) in used for label in node):
            offset += 1
        for label in node:
            used.add(index ^ offset ^ (label if label > 0 else 0))
        units[index] |= offset << 10 | (256 if -1 in node else 0)
        for label, child in node.items():
            at = index ^ offset ^ (label if label > 0 else 0)
            units[at] = 0x80000000 | child if label < 0 else label
        for label, child in node.items():
            if label >= 0:
                place(child, index ^ offset ^ label)

    place(tree, 0)
    count = (max(units) // 256 + 1) * 256
    array = [units.get(index, 0) for index in range(count)]
    blob = struct.pack("<I", 4 * count) + struct.pack(f"<{count}I", *array) + replacements
    return base64.b64encode(blob).decode()


def precompiled():
    return normalizers.Precompiled(base64.b64decode(character_map(RULES)))


def wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=30))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator([CORPUS], trainers.WordPieceTrainer(
        vocab_size=260, show_progress=False, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def train_unigram(byte_tokens):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator([CORPUS], trainers.UnigramTrainer(
        vocab_size=260, show_progress=False, unk_token="<unk>", special_tokens=["<pad>", "</s>", "<unk>"] + byte_tokens))
    return tokenizer


def unigram():
    """As T5 and XLM-RoBERTa have it: a character map, unknown pieces."""
    tokenizer = train_unigram([])
    tokenizer.normalizer = normalizers.Sequence([precompiled(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return tokenizer


def unigram_bytes():
    """With byte fallback; scores are whole numbers, so that many cuts are equally good."""
    file = json.loads(train_unigram([f"<0x{byte:02X}>" for byte in range(256)]).to_str())
    file["model"]["byte_fallback"] = True
    file["model"]["vocab"] = [[token, round(score)] for token, score in file["model"]["vocab"]]
    file["added_tokens"] = file["added_tokens"][:3]
    tokenizer = Tokenizer.from_str(json.dumps(file))
    tokenizer.normalizer = normalizers.Nmt()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    return tokenizer


def word_level():
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.UnicodeScripts(), pre_tokenizers.Whitespace()])
    tokenizer.train_from_iterator([CORPUS], trainers.WordLevelTrainer(
        vocab_size=120, show_progress=False, special_tokens=["<unk>", "<pad>"]))
    return tokenizer


def word_suffix():
    """As CLIP has it: words end with a mark."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(
        Regex(r"<\|end\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), "removed", invert=True)
    tokenizer.train_from_iterator([CORPUS], trainers.BpeTrainer(
        vocab_size=320, show_progress=False, special_tokens=["<unk>", "<|end|>"], end_of_word_suffix="</w>"))
    tokenizer.decoder = decoders.BPEDecoder()
    tokenizer.post_processor = processors.RobertaProcessing(("<|end|>", 1), ("<unk>", 0))
    return tokenizer


def word_continuation():
    """BPE whose tokens inside a word have a prefix."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", continuing_subword_prefix="##", fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.CharDelimiterSplit(" "), pre_tokenizers.Punctuation()])
    tokenizer.train_from_iterator([CORPUS.replace("雁", "")], trainers.BpeTrainer(
        vocab_size=320, show_progress=False, special_tokens=["<unk>"], continuing_subword_prefix="##"))
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    return tokenizer


KINDS = {
    "wordpiece": wordpiece, "unigram": unigram, "unigram-bytes": unigram_bytes, "word-level": word_level,
    "word-suffix": word_suffix, "word-continuation": word_continuation,
}


def make_kind(name, generator):
    path = HERE / f"{name}.json"
    tokenizer = KINDS[name]()
    tokenizer.add_tokens([AddedToken("<trim>", lstrip=True, rstrip=True, normalized=False),
                          AddedToken("flock", single_word=True, normalized=True)])
    path.write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=True, indent=0) + "\n")
    tokenizer = Tokenizer.from_file(str(path))
    size = tokenizer.get_vocab_size()
    ids = [[generator.randrange(size + 3) for _ in range(30)] for _ in range(12)] + [[], [size + 100]]
    return {"encode": [encode_case(tokenizer, text) for text in MORE_TEXTS],
            "decode": [decode_case(tokenizer, one) for one in ids], "stream": []}


def component(one):
    return json.loads(one.__getstate__())


def kind_components():
    text = PIECE_TEXT + "雁ガ鳴ク、カナーx Привет\u0589\u061c 각 (a)+b $5 \u0953\u0964"
    split = [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.CharDelimiterSplit("e"), pre_tokenizers.UnicodeScripts(),
             pre_tokenizers.FixedLength(length=5),
             *[pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in PATTERNS],
             pre_tokenizers.Sequence([pre_tokenizers.UnicodeScripts(), pre_tokenizers.FixedLength(length=3)])]
    flags = [(True, True, None, True), (False, True, False, True), (True, False, True, False), (False, False, None, False)]
    changed = [normalizers.BertNormalizer(*one) for one in flags] + [
        normalizers.StripAccents(), normalizers.Nmt(), precompiled(),
        normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), precompiled()])]
    forms = [normalizers.NFC(), normalizers.NFD(), normalizers.NFKC(), normalizers.NFKD(), normalizers.BertNormalizer()]
    tokens = ["the", "##re", "##", "is", " n't", "'s", ".", "a</w>b", "</w>", "c</w></w>", "<pad>", "|", "é", " do not", "x ", ","]
    joined = [decoders.WordPiece(), decoders.WordPiece("a", False), decoders.BPEDecoder(), decoders.BPEDecoder("e"),
              decoders.CTC(), decoders.CTC("<pad>", "|", False), decoders.CTC(word_delimiter_token="e"),
              decoders.Sequence([decoders.Fuse(), decoders.BPEDecoder()]),
              decoders.Sequence([decoders.Replace("é", "e"), decoders.WordPiece(), decoders.Fuse(), decoders.Strip(" ", 0, 1)]),
              decoders.Sequence([decoders.CTC(), decoders.Fuse(), decoders.WordPiece()])]
    generator = random.Random(5)
    sequences = [list(range(len(tokens)))] + [[generator.randrange(len(tokens)) for _ in range(12)] for _ in range(8)]
    sequences.append([8, 8, 10, 10, 11, 11, 9])
    decode = []
    for one in joined:
        tokenizer = Tokenizer(models.BPE(vocab={token: id for id, token in enumerate(tokens)}, merges=[]))
        tokenizer.decoder = one
        decode += [{"component": component(one), "tokens": tokens, "ids": ids, "text": tokenizer.decode(ids)}
                   for ids in sequences]
    return {
        "pre_tokenizers": [{"component": component(one), "text": text, "pieces": [p for p, _ in one.pre_tokenize_str(text)]}
                           for one in split],
        "normalizers": [{"component": component(one), "text": text, "pieces": [one.normalize_str(text)]}
                        for one in changed for text in MORE_TEXTS[1:]] + [
            {"component": component(one), "text": text, "pieces": [one.normalize_str(text)]}
            for one in forms for text in FORM_TEXTS],
        "decoders": decode,
    }


def every_character():
    """Each character up to U+31FFF and the tags, a line each."""
    values = [*range(0xD800), *range(0xE000, 0x32000), *range(0xE0000, 0xE0200)]
    return "".join(chr(value) + "\n" for value in values)


def character_digests():
    text = every_character()
    mark = b"</w>"
    changed = [normalizers.BertNormalizer(True, True, True, True), normalizers.BertNormalizer(False, False, True, False),
               normalizers.StripAccents(), normalizers.Nmt(), normalizers.Lowercase(), normalizers.NFC(), normalizers.NFD(),
               normalizers.NFKC(), normalizers.NFKD(), precompiled()]
    split = [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Punctuation(), pre_tokenizers.UnicodeScripts(),
             pre_tokenizers.Digits(True), pre_tokenizers.Whitespace(), pre_tokenizers.WhitespaceSplit()]
    digest = lambda content: hashlib.sha256(content).hexdigest()
    return {
        "normalizers": [{"component": component(one), "digest": digest(one.normalize_str(text).encode())} for one in changed],
        "pre_tokenizers": [{"component": component(one), "digest": digest(
            b"".join(piece.encode() + mark for piece, _ in one.pre_tokenize_str(text)))} for one in split],
    }


def generated_digests():
    texts = [generated_text(seed) for seed in range(300)] + [generated_bytes(seed) for seed in range(100)]
    shared = ["tokenizers/gpt2.json", "tokenizers/llama2.json", "tokenizers/llama3.json", "tokenizers/qwen2.json",
              "tokenizers/bert-minilm.json", "models/TinyStories-656K/tokenizer.json", "models/stories260K/tokenizer.json"]
    small = ["byte-level", "byte-fallback", *KINDS]
    paths = {f"{name}.json": HERE / f"{name}.json" for name in small}
    paths.update({name: SHARED / name for name in shared})
    cases = []
    for name, path in paths.items():
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        encoded = [tokenizer.encode(text).ids for text in texts]
        decoded = "".join(tokenizer.decode(ids, skip_special_tokens=False) for ids in encoded)
        # Reference encoders of a kind that take hours for a million letters without a space get fewer.
        long = without_spaces(1 << 20 if name in shared else 1 << 16)
        cases.append({
            "tokenizer": name, "ids": digest_ids([id for ids in encoded for id in ids]),
            "decoded": hashlib.sha256(decoded.encode()).hexdigest(), "long_count": len(long),
            "long": digest_ids(tokenizer.encode(long).ids)})
    return cases


def main():
    generator = random.Random(11)
    made_with = f"tokenizers {tokenizers.__version__}"
    write("kinds.json", {"made_with": made_with, **{name: make_kind(name, generator) for name in KINDS}})
    write("kind-components.json", {"made_with": made_with, **kind_components()})
    write("digests.json", {"made_with": made_with, "characters": character_digests(), "generated": generated_digests()})


if __name__ == "__main__":
    main()
