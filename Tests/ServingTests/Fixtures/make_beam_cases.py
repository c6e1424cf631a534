"""Writes beams.json: what transformers' beam search finds, and the continuations it chose from at every step.

    python make_beam_cases.py           (torch, transformers and tokenizers; run in this folder)

Models are the tiny random checkpoints of ModelsTests and skein-demo. Where a case names `end_at`, the texts end at the
ids that an endless search's best hypothesis has at those places, so that random models end texts, too. A case's
`steps` hold, per step and open hypothesis, the best continuations as [id, log-probability after processors].
"""

import json
import pathlib

import tokenizers
import torch
import transformers

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
TINY = "Tests/ModelsTests/Fixtures/"
DEMO = "Models/skein-demo"
STORY = "Once upon a time there was a little"
NONE = dict(
    length_penalty=1.0, early_stopping=False, max_new_tokens=12, repetition_penalty=1.0, no_repeat_ngram_size=0,
    min_new_tokens=0, bad_words=[], end_at=[], answers=1)
CASES = [
    dict(model=TINY + "tiny-llama", prompt="Why", beams=2),
    dict(model=TINY + "tiny-llama", prompt="A skein of geese", beams=4, end_at=[3], answers=4),
    dict(model=TINY + "tiny-llama", prompt="A skein of geese", beams=4, end_at=[3], early_stopping=True,
         length_penalty=-0.5, answers=4),
    dict(model=TINY + "tiny-llama", prompt="A skein of geese", beams=4, end_at=[3, 6], early_stopping="never", answers=2),
    dict(model=TINY + "tiny-llama", prompt="wolves were heard", beams=3, end_at=[2], length_penalty=2.0,
         early_stopping="never", answers=3),
    dict(model=TINY + "tiny-llama", prompt="wolves were heard", beams=3, end_at=[2], length_penalty=0.0, answers=3),
    dict(model=TINY + "tiny-llama", prompt="wolves were heard", beams=3, end_at=[2], length_penalty=-1.0, answers=2),
    dict(model=TINY + "tiny-gpt2", prompt="Winter arrived", beams=5, end_at=[4], repetition_penalty=1.3, answers=5),
    dict(model=TINY + "tiny-gpt2", prompt="Winter arrived", beams=3, no_repeat_ngram_size=2, max_new_tokens=20),
    dict(model=TINY + "tiny-qwen2", prompt="Numbers he liked", beams=3, end_at=[1], min_new_tokens=6, answers=3),
    dict(model=TINY + "tiny-qwen2", prompt="Numbers he liked", beams=4, bad_words=[[0, 1], [5]], max_new_tokens=16),
    dict(model=TINY + "tiny-gemma2", prompt="the mill that ground salt", beams=8, end_at=[0, 1, 2], answers=8),
    dict(model=DEMO, prompt=STORY, beams=4, max_new_tokens=24, answers=2),
    dict(model=DEMO, prompt=STORY, beams=3, max_new_tokens=24, length_penalty=0.6, early_stopping=True),
    dict(model=DEMO, prompt="What is 12 + 30?", beams=4, max_new_tokens=30, early_stopping="never", answers=4),
]


def generate(model, ids, case, ends):
    config = transformers.GenerationConfig(
        num_beams=case["beams"], num_return_sequences=case["answers"], do_sample=False,
        length_penalty=case["length_penalty"], early_stopping=case["early_stopping"],
        max_new_tokens=case["max_new_tokens"], repetition_penalty=case["repetition_penalty"],
        no_repeat_ngram_size=case["no_repeat_ngram_size"], eos_token_id=ends or None,
        min_new_tokens=case["min_new_tokens"] or None, bad_words_ids=case["bad_words"] or None,
        pad_token_id=ends[0] if ends else 0, return_dict_in_generate=True, output_scores=True)
    with torch.no_grad():
        inputs = torch.tensor([ids])
        return model.generate(inputs, attention_mask=torch.ones_like(inputs), generation_config=config)


def answers(output, ids, ends):
    found = []
    for row, score in zip(output.sequences.tolist(), output.sequences_scores.tolist()):
        tokens = row[len(ids):]
        end = next((i + 1 for i, token in enumerate(tokens) if token in ends), len(tokens))
        found.append({"tokens": tokens[:end], "score": score})
    return found


def main():
    models = {}
    cases = []
    for changes in CASES:
        case = {**NONE, **changes}
        folder = ROOT / case["model"]
        if folder not in models:
            model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
            # What a case does not name must not come from the model's own file.
            model.generation_config = transformers.GenerationConfig()
            models[folder] = model, tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        model, tokenizer = models[folder]
        ids = tokenizer.encode(case["prompt"]).ids
        if case["model"] == DEMO:
            ends = model.config.eos_token_id
            ends = ends if isinstance(ends, list) else [ends]
        else:
            ends = []
        if case["end_at"]:
            endless = generate(model, ids, {**case, "min_new_tokens": 0, "answers": 1}, [])
            ends = sorted({endless.sequences[0, len(ids) + place].item() for place in case["end_at"]})
        if case["bad_words"]:
            # The best hypothesis's own beginnings: a pair of ids, and one id.
            free = generate(model, ids, {**case, "bad_words": [], "answers": 1}, ends).sequences[0, len(ids):].tolist()
            case["bad_words"] = [[free[place] for place in word] for word in case["bad_words"]]
        output = generate(model, ids, case, ends)
        count = max(2, 1 + len(ends)) * case["beams"]
        steps = []
        for step, scores in enumerate(output.scores):
            rows = []
            for row in scores[:1] if step == 0 else scores:
                order = sorted(range(len(row)), key=lambda i: (-row[i].item(), i))[:count]
                rows.append([[i, row[i].item()] for i in order if row[i].item() > -1e9])
            steps.append(rows)
        cases.append({
            **case, "early_stopping": str(case["early_stopping"]).lower(), "prompt_ids": ids, "ends": ends,
            "expected": answers(output, ids, ends), "steps": steps})
        print(case["model"], case["beams"], len(steps), [len(a["tokens"]) for a in cases[-1]["expected"]])
    made_with = f"transformers {transformers.__version__}, torch {torch.__version__}"
    (HERE / "beams.json").write_text(json.dumps({"made_with": made_with, "cases": cases}, separators=(",", ":")))


main()
