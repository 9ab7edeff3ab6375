"""Numbers for one answer: set precision and recall, exact counts, hit@k, nDCG, right refusals."""

from __future__ import annotations

import random
from statistics import mean

import ir_measures
from ir_measures import RR, R, nDCG

from eval.questions import Labelled, Member

_RESAMPLES = 2000


def score(
    question: Labelled, members: list[Member], abstained: str | None, count: int | None, of: int | None
) -> dict[str, float]:
    """The metrics that belong to the question's kind; borderline issues count neither way."""
    got = [m for m in dict.fromkeys(members) if m not in question.borderline]
    if question.kind == "unanswerable":
        return {"abstained": float(abstained is not None), "kind_right": float(abstained == question.expected)}
    common = {"false_abstain": float(abstained is not None)}
    if question.kind in ("list", "facet", "count"):
        found = common | _sets(question, got)
        if question.kind == "count":
            found["exact"] = float(count == question.count and (question.of is None or of == question.of))
        return found
    if question.kind == "why":
        return common | {f"hit{k}": float(any(m in question.relevant for m in got[:k])) for k in (1, 3)}
    return common | _ranking(question, got)


def _sets(question: Labelled, got: list[Member]) -> dict[str, float]:
    hits = sum(m in question.relevant for m in got)
    p, r = hits / len(got) if got else 0.0, hits / len(question.relevant)
    return {"p": p, "r": r, "f1": 2 * p * r / (p + r) if p + r else 0.0}


def _ranking(question: Labelled, got: list[Member]) -> dict[str, float]:
    """nDCG with gains 2^grade - 1, recall of what ten places can hold, and the first hit's rank, by ir_measures."""
    names = {m: f"{m[0]}#{m[1]}" for m in [*got, *question.relevant]}
    qrels = [ir_measures.Qrel("q", names[m], 2**grade - 1) for m, grade in question.relevant.items()]
    run = [ir_measures.ScoredDoc("q", names[m], -float(place)) for place, m in enumerate(got)]
    values = ir_measures.calc_aggregate([nDCG @ 10, R @ 10, RR], qrels, run) if run else {}
    most = min(10, len(question.relevant)) / len(question.relevant)
    return {"ndcg10": values.get(nDCG @ 10, 0.0), "r10": values.get(R @ 10, 0.0) / most, "rr": values.get(RR, 0.0)}


def interval(values: list[float], seed: int = 0) -> tuple[float, float]:
    """A 95 % bootstrap interval of the mean, the same for the same values."""
    chance = random.Random(seed)
    means = sorted(mean(chance.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    return means[int(0.025 * _RESAMPLES)], means[int(0.975 * _RESAMPLES) - 1]


def summary(rows: list[tuple[str, dict[str, float]]]) -> dict[str, dict[str, dict[str, float]]]:
    """kind -> metric -> mean with its interval and the number of questions."""
    kinds = dict.fromkeys(kind for kind, _ in rows)
    return {kind: _of_kind([scores for k, scores in rows if k == kind]) for kind in kinds}


def _of_kind(rows: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    found = {}
    for metric in rows[0]:
        values = [row[metric] for row in rows]
        low, high = interval(values)
        found[metric] = {"mean": mean(values), "low": low, "high": high, "n": len(values)}
    return found
