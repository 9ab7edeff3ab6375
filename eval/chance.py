"""How sure a number is: bootstrap intervals, paired randomisation tests, exact intervals of a share, agreement."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np
from scipy.stats import binomtest, permutation_test

_RESAMPLES = 4000
# What a reader takes for chance; with Holm's correction where several numbers are compared at once.
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference over the same questions, its 95 % interval, and how often chance alone gives as much."""

    mean: float
    low: float
    high: float
    p: float
    n: int


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """A 95 % bootstrap interval of the mean, the same for the same values."""
    drawn = np.random.default_rng(seed).choice(np.asarray(values, float), (_RESAMPLES, len(values)))
    low, high = np.percentile(drawn.mean(axis=1), (2.5, 97.5))
    return min(float(low), mean(values)), max(float(high), mean(values))


def paired(ours: Sequence[float], theirs: Sequence[float]) -> Difference:
    """Ours less theirs on the same questions, by a paired randomisation test: exact where the questions are few."""
    gaps = [a - b for a, b in zip(ours, theirs, strict=True)]
    if not any(gaps):
        return Difference(0.0, 0.0, 0.0, 1.0, len(gaps))
    tested = (
        permutation_test(
            (np.asarray(ours, float), np.asarray(theirs, float)),
            lambda a, b, axis: np.mean(a - b, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=_RESAMPLES,
            rng=np.random.default_rng(0),
        )
        if len(gaps) > 1
        else None
    )
    return Difference(mean(gaps), *interval(gaps), float(tested.pvalue) if tested else 1.0, len(gaps))


def holm(ps: Sequence[float]) -> list[float]:
    """The same p values, corrected for having looked at all of them."""
    order = sorted(range(len(ps)), key=lambda n: ps[n])
    corrected, worst = [0.0] * len(ps), 0.0
    for rank, n in enumerate(order):
        worst = max(worst, min(1.0, (len(ps) - rank) * ps[n]))
        corrected[n] = worst
    return corrected


def share(hits: int, of: int, sure: float = 0.95) -> tuple[float, float]:
    """The exact (Clopper-Pearson) interval of a share; everything is possible where nothing was seen."""
    if not of:
        return 0.0, 1.0
    found = binomtest(hits, of).proportion_ci(sure, "exact")
    return float(found.low), float(found.high)


def kappa(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """Cohen's kappa of two judges on the same items; 1 where both gave one and the same label throughout."""
    agreed = mean(a == b for a, b in zip(one, other, strict=True))
    labels = {*one, *other}
    by_chance = sum(one.count(label) * other.count(label) for label in labels) / len(one) ** 2
    return 1.0 if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)
