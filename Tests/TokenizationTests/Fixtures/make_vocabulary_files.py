"""Makes vocabulary-files/: a tokenizer as OPT's checkpoints have it, in vocab.json and merges.txt with special tokens
in tokenizer_config.json, and the ids that transformers gets from them.

    python Tests/TokenizationTests/Fixtures/make_vocabulary_files.py
"""

import json

import transformers
from make_fixtures import CORPUS, HERE, TEXTS
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

FOLDER = HERE / "vocabulary-files"


def main():
    FOLDER.mkdir(exist_ok=True)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator([CORPUS], trainers.BpeTrainer(
        vocab_size=400, show_progress=False, special_tokens=["<pad>", "</s>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    tokenizer.model.save(str(FOLDER))
    token = {"__type": "AddedToken", "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
    end = {**token, "content": "</s>"}
    configuration = {
        "errors": "replace", "unk_token": end, "bos_token": end, "eos_token": end,
        "pad_token": {**token, "content": "<pad>"}, "add_prefix_space": False, "add_bos_token": True,
        "tokenizer_class": "GPT2Tokenizer",
    }
    (FOLDER / "tokenizer_config.json").write_text(json.dumps(configuration, indent=1) + "\n")
    reference = transformers.AutoTokenizer.from_pretrained(FOLDER)
    texts = TEXTS + ["</s>The geese</s> fly<pad>"]
    cases = [{"text": text, "ids": reference(text)["input_ids"]} for text in texts]
    made_with = f"transformers {transformers.__version__}, {type(reference).__name__}"
    (FOLDER / "expected.json").write_text(json.dumps({"made_with": made_with, "cases": cases}) + "\n")


main()
