"""The learned half of the reason reader: a sentence in its place -> how likely it gives each criterion as a reason.

Linear weights over words, word pairs and the cues of `cues.toml`, trained by `eval/train.py`; features are hashed, so
that the stored model holds numbers and no text.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Container, Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise

import numpy as np

from corpus.cues import mentions, role_cues
from corpus.decision import Outcome

SLOTS = 1 << 17
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?|[%#]")
_ENDINGS = ("ations", "ation", "ments", "ment", "ings", "ing", "ied", "ies", "ed", "es", "s", "ly")
_SHORTEST_STEM = 4
_ROLES = ("case", "recital", "review", "provider", "fact", "conclusion", "concession", "contrast")


@cache
def _model() -> tuple[list[str], np.ndarray, np.ndarray]:
    """Criteria, the row of each used slot, and the weights; slot 0 of the table means unused."""
    with files("corpus").joinpath("reader.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:
        table = np.zeros(SLOTS, np.int32)
        table[stored["slots"]] = np.arange(1, len(stored["slots"]) + 1)
        weights = np.vstack([np.zeros(stored["weights"].shape[1]), stored["weights"].astype(np.float32)])
        return [str(c) for c in stored["criteria"]], table, weights


def likelihoods(
    sentences: list[str], roles: list[str], outcome: Outcome, treatments: tuple[str, ...], skipped: Container[str] = ()
) -> list[dict[str, float]]:
    """For each sentence of a rationale, criterion -> probability that it is a reason there; none for skipped roles."""
    criteria, table, weights = _model()
    found: list[dict[str, float]] = []
    for place in range(len(sentences)):
        if roles[place] in skipped:
            found.append({})
            continue
        named = features(sentences, roles, place, outcome, treatments)
        rows = table[np.fromiter((slot(name) for name in named), np.int64)]
        scores = weights[rows].sum(axis=0)
        found.append(dict(zip(criteria, 1 / (1 + np.exp(-scores)), strict=True)))
    return found


def slot(feature: str) -> int:
    """Where a feature's weight lives."""
    return zlib.crc32(feature.encode()) % SLOTS


def features(
    sentences: list[str], roles: list[str], place: int, outcome: Outcome | str, treatments: tuple[str, ...]
) -> list[str]:
    """What the model sees of a sentence: its words, cues, role, and where it stands in the rationale."""
    sentence, role = sentences[place], str(roles[place])
    named = {
        "bias",
        f"outcome {outcome}",
        f"role {role}",
        f"role {role} {outcome}",
        *(f"treatment {t}" for t in treatments),
    }
    named.update(_grams(sentence))
    named.update(_cue_features(sentence, role, str(outcome)))
    named.update(_position(roles, place))
    return sorted(named)


def _grams(sentence: str) -> Iterator[str]:
    words = [
        "<s>",
        *(_stem(w) for w in _WORD.findall(sentence.lower().replace("’", "'").replace("x-ray", "xray"))),
        "</s>",
    ]
    yield from words
    yield from (f"{a} {b}" for a, b in pairwise(words))


def _stem(word: str) -> str:
    if word[0].isdigit():
        return "0"
    return next((word[: -len(e)] for e in _ENDINGS if word.endswith(e) and len(word) - len(e) >= _SHORTEST_STEM), word)


def _cue_features(sentence: str, role: str, outcome: str) -> Iterator[str]:
    for mention in mentions(sentence):
        said = "denied" if mention.negated else "affirmed"
        yield from (
            f"cue {mention.criterion}",
            f"cue {mention.criterion} {said} {outcome}",
            f"cue {mention.criterion} {role}",
            f"cue {mention.criterion} {role} {said} {outcome}",
        )
    yield from (f"speaks {name}" for name in _ROLES if role_cues(name).search(sentence))


def _position(roles: list[str], place: int) -> Iterator[str]:
    count = len(roles)
    if count == 1:
        return
    yield f"after {roles[place - 1] if place else 'none'}"
    yield f"place {5 * place // count}"
    if place in (0, count - 1):
        yield "first" if place == 0 else "last"
