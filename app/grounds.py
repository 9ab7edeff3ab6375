"""Words of an asked reason -> criteria: the cues of `cues.toml`, weighed with a classifier over sentence vectors."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from corpus.cues import Mention, mentions, negated

Encode = Callable[[str], np.ndarray]

# The classifier's vectors are stretched so that its penalty bites evenly; trained and used alike (eval/train.py).
STRETCH = 4.0
_ENOUGH = 0.4  # a criterion is asked for from this score on
_LEAST = 0.15  # below this even the best one is no guess worth making
_BESIDE = 0.75  # and beside the best one from this share of its score
# A cue's own weight: a long wording names its criterion, a short word only hints at it.
_CUE, _CUE_LENGTH = 0.6, 12
# Everything that is lacking is lacking from the records: likeness alone asks for this criterion only faintly.
_GENERAL, _FAINTLY = "missing-records", 0.4


@dataclass(frozen=True, slots=True)
class Asked:
    """A criterion asked for, with the words that named it and whether they deny it."""

    criterion: str
    words: str
    negated: bool


@cache
def _classifier() -> tuple[list[str], np.ndarray]:
    with files("app").joinpath("grounds.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return [str(c) for c in stored["criteria"]], stored["weights"]


def likeness(ground: str, encode: Encode) -> dict[str, float]:
    """How much the ground reads like findings of each criterion, 0 to 1; nothing if another encoder was trained on."""
    criteria, weights = _classifier()
    vector = np.append(encode(ground) * STRETCH, 1.0)
    if len(vector) != len(weights):
        return {}
    scores = vector @ weights
    return {c: float(p) for c, p in zip(criteria, 1 / (1 + np.exp(-scores)), strict=True)}


def asked_criteria(ground: str, encode: Encode | None) -> list[Asked]:
    """The criteria a ground asks for, best first; none if nothing is clear enough."""
    named = {m.criterion: m for m in mentions(ground, asked=True)}
    scores = weights(ground, encode)
    best = max(scores.values(), default=0.0)
    bar = max(_ENOUGH, _BESIDE * best) if best >= _ENOUGH else max(_LEAST, best)
    chosen = sorted((c for c, s in scores.items() if s >= bar), key=lambda c: -scores[c])
    return [_asked(ground, c, named.get(c)) for c in chosen[:2]]


def weights(ground: str, encode: Encode | None) -> dict[str, float]:
    """How strongly a ground asks for each criterion: its cues and its likeness together."""
    named = {m.criterion: m for m in mentions(ground, asked=True)}
    like = likeness(ground, encode) if encode else {}
    return {c: _score(c, named.get(c), like.get(c, 0.0)) for c in {*named, *like}}


def _score(criterion: str, mention: Mention | None, like: float) -> float:
    cue = _CUE * min(1.0, (mention.end - mention.start) / _CUE_LENGTH) if mention else 0.0
    if criterion == "other":
        return 0.0
    return cue + like * (_FAINTLY if criterion == _GENERAL else 1.0)


def _asked(ground: str, criterion: str, mention: Mention | None) -> Asked:
    if mention:
        return Asked(criterion, ground[mention.start : mention.end], mention.negated)
    clause = _FIRST_CLAUSE.match(ground)
    told = clause.group(0) if clause else ground
    return Asked(criterion, ground, any(negated(told, *word.span()) for word in re.finditer(r"\w+", told)))


_FIRST_CLAUSE = re.compile(r".{12,}?(?=,\s|\s+(?:and|but)\s)")
