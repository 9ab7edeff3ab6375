"""What a list answer may have missed: a seeded sample of what it left out, judged by hand, gives an interval."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.answer import Answer
from eval.chance import share
from eval.questions import Member
from eval.said import name_of
from index.search import Index

# Of the sample, the share drawn from the near misses: that is where a missed issue most likely is.
_NEAR = 0.5


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of what was left out, and the issues drawn from it to be judged."""

    name: str
    size: int
    drawn: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many relevant issues were missed, and so the recall, each with the range that the sample leaves."""

    found: int
    missed: float
    missed_low: float
    missed_high: float
    recall: float
    low: float
    high: float

    def __str__(self) -> str:
        return (
            f"recall about {self.recall:.2f} (95 % between {self.low:.2f} and {self.high:.2f}): {self.found} right "
            f"issues in the answer, {self.missed:.1f} missed ({self.missed_low:.1f} to {self.missed_high:.1f})"
        )


def sample(index: Index, answer: Answer, size: int, seed: int = 0) -> list[Stratum]:
    """Up to `size` issues that are not in the answer: half of the near misses it names, the rest from all others."""
    given = {(result.decision, result.issue) for result in answer.results}
    near = [key for e in answer.excluded if (key := (e["decision"], e["issue"])) not in given]
    near = list(dict.fromkeys(near))
    rest = [
        key
        for row in index.catalog.issues()
        if (key := (row.decision, row.number)) not in given and key not in set(near)
    ]
    chance = random.Random(seed)
    many = min(len(near), max(round(size * _NEAR), size - len(rest)))
    parts = {"near misses": (near, many), "all others": (rest, min(len(rest), size - many))}
    return [
        Stratum(name, len(keys), tuple(_member(index, *key) for key in chance.sample(keys, n)))
        for name, (keys, n) in parts.items()
    ]


def _member(index: Index, decision: str, issue: int) -> Member:
    letter = index.catalog.decision(decision)
    return name_of(letter.case_number, letter.source, issue)


def estimate(found: int, strata: Sequence[Stratum], relevant: Mapping[Member, bool]) -> Estimate:
    """The recall of an answer with `found` right issues, by the judgements of the issues that were drawn.

    Each stratum's share has its exact interval, wide enough that all of them hold together in 95 of 100 samples; a
    stratum that was drawn whole is known.
    """
    missed = low = high = 0.0
    unknown = sum(len(stratum.drawn) < stratum.size for stratum in strata)
    for stratum in strata:
        hits, n = sum(relevant[member] for member in stratum.drawn), len(stratum.drawn)
        least, most = (hits / n if n else 0.0,) * 2
        if n < stratum.size:
            least, most = share(hits, n, 1 - 0.05 / unknown)
        missed += stratum.size * (hits / n if n else 0.0)
        # What was seen is there, and what was seen not to be is not.
        low += max(hits, stratum.size * least)
        high += min(stratum.size - (n - hits), stratum.size * most)
    return Estimate(found, missed, low, high, *(_recall(found, lost) for lost in (missed, high, low)))


def _recall(found: int, missed: float) -> float:
    return found / (found + missed) if found + missed else 1.0
