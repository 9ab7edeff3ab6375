"""The learned reader of reasons: a sentence in its place -> how likely it gives each criterion as a reason.

Two halves share the score. Linear weights over words, word pairs, the cues of `cues.toml` and the place in the
rationale (`eval/train.py`; features are hashed, so that the stored model holds numbers and no text) see every sentence;
a small transformer (`careful.py`) is asked about those the linear half cannot rule out.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Container, Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise

import numpy as np

from corpus.careful import scores as careful_scores
from corpus.cues import heard, mentions
from corpus.decision import Outcome

SLOTS = 1 << 17
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?|[%#]")
_ENDINGS = ("ations", "ation", "ments", "ment", "ings", "ing", "ied", "ies", "ed", "es", "s", "ly")
_SHORTEST_STEM = 4
_ROLES = ("case", "recital", "review", "provider", "fact", "conclusion", "concession", "contrast")


# What the linear half has to say in the common score, and the likelihood below which the careful half is not asked.
# Both from letters left out: shares of 0.3 to 0.5 are alike; asking about two sentences in five loses nothing.
_SHARE, _RULED_OUT = 0.4, 0.05


def likelihoods(
    sentences: list[str], roles: list[str], outcome: Outcome, treatments: tuple[str, ...], skipped: Container[str] = ()
) -> list[dict[str, float]]:
    """For each sentence of a rationale, criterion -> probability that it is a reason there; none where ruled out."""
    quick = {
        place: linear_scores(sentences, roles, place, outcome, treatments)
        for place in range(len(sentences))
        if roles[place] not in skipped
    }
    doubtful = [place for place, row in quick.items() if _probability(row.max()) > _RULED_OUT]
    careful = careful_scores([sentences[place] for place in doubtful], outcome, treatments) if doubtful else ()
    found: list[dict[str, float]] = [{} for _ in sentences]
    for place, row in zip(doubtful, careful, strict=True):
        likely = _probability(_SHARE * quick[place] + (1 - _SHARE) * row)
        found[place] = dict(zip(_model()[0], map(float, likely), strict=True))
    return found


def _probability(score: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-score))


@cache
def _model() -> tuple[list[str], np.ndarray, np.ndarray]:
    """Criteria, the row of each used slot, and the weights; slot 0 of the table means unused."""
    with files("corpus").joinpath("reader.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:
        table = np.zeros(SLOTS, np.int32)
        table[stored["slots"]] = np.arange(1, len(stored["slots"]) + 1)
        weights = np.vstack([np.zeros(stored["weights"].shape[1]), stored["weights"].astype(np.float32)])
        return [str(c) for c in stored["criteria"]], table, weights


def linear_scores(
    sentences: list[str], roles: list[str], place: int, outcome: Outcome, treatments: tuple[str, ...]
) -> np.ndarray:
    """The linear half's score of one sentence for each criterion."""
    _, table, weights = _model()
    named = features(sentences, roles, place, outcome, treatments)
    return weights[table[np.fromiter((slot(name) for name in named), np.int64)]].sum(axis=0)


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
    yield from (f"speaks {name}" for name in _ROLES if heard(name, sentence))


def _position(roles: list[str], place: int) -> Iterator[str]:
    count = len(roles)
    if count == 1:
        return
    yield f"after {roles[place - 1] if place else 'none'}"
    yield f"place {5 * place // count}"
    if place in (0, count - 1):
        yield "first" if place == 0 else "last"
