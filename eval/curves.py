"""What the plots show: precision over recall of lists, refusals over a bar, and seconds over the size of the index."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median

from eval.metrics import sets
from eval.questions import Member
from eval.run import Answered
from eval.systems import opened
from index.catalog import Catalog, text_hash
from index.search import Index

Point = tuple[float, float]
# Questions timed on each part of the index, and the most letters worth copying for it.
_TIMED, _COPIED = 20, 400
_LEVELS = [n / 10 for n in range(11)]


def precision_recall(answered: Sequence[Answered]) -> list[Point]:
    """Mean precision at eleven levels of recall over the list questions, as TREC interpolates it."""
    curves = [_interpolated(a) for a in answered if a.question.kind == "list"]
    return [(level, mean(curve[n] for curve in curves)) for n, level in enumerate(_LEVELS)] if curves else []


def _interpolated(one: Answered) -> list[float]:
    ranking: list[Member] = [m for m in dict.fromkeys(one.said.ranking) if m not in one.question.borderline]
    found = [sets(one.question, ranking[: n + 1]) for n in range(len(ranking))]
    return [max((f["p"] for f in found if f["r"] >= level - 1e-9), default=0.0) for level in _LEVELS]


def set_point(answered: Sequence[Answered]) -> Point | None:
    """Recall and precision of the sets that were given as the answer."""
    lists = [a.scores for a in answered if a.question.kind == "list"]
    return (mean(s["r"] for s in lists), mean(s["p"] for s in lists)) if lists else None


def refusals(answered: Sequence[Answered]) -> list[Point]:
    """False refusals and right ones, were the system to refuse whatever scores below a bar, for every bar there is."""
    due, not_due = _scores(answered, due=True), _scores(answered, due=False)
    if not due or not not_due:
        return []
    bars = [*sorted({*due, *not_due}), float("inf")]
    return [(mean(s < bar for s in not_due), mean(s < bar for s in due)) for bar in bars]


def _scores(answered: Sequence[Answered], *, due: bool) -> list[float]:
    """How sure the answers are; a refusal is as unsure as can be."""
    found = [a for a in answered if (a.question.kind == "unanswerable") is due]
    return [float("-inf") if a.said.abstained else a.said.score for a in found]


def refused(answered: Sequence[Answered]) -> Point | None:
    """False refusals and right ones as the system gave them."""
    due = [a.scores["abstained"] for a in answered if a.question.kind == "unanswerable"]
    not_due = [a.scores["false_abstain"] for a in answered if a.question.kind != "unanswerable"]
    return (mean(not_due), mean(due)) if due and not_due else None


# ---- speed ----------------------------------------------------------------------------------------------------------


def speed(index: Index, questions: Sequence[str]) -> list[Point]:
    """Letters, and the median milliseconds of our answers, on a quarter, on half and on all of the index."""
    ids = index.catalog.decision_ids()
    points = []
    with tempfile.TemporaryDirectory() as aside:
        for share in (4, 2):
            some = ids[::share]
            if 0 < len(some) <= _COPIED:
                points.append((float(len(some)), _median(part_of(index, some, Path(aside) / str(share)), questions)))
    return [*points, (float(len(ids)), _median(index, questions))]


def _median(index: Index, questions: Sequence[str]) -> float:
    answer = opened(index, ["ours"])[0]["ours"]
    answer(questions[0])
    return 1000 * median(_seconds(answer, question) for question in questions[:_TIMED])


def _seconds(answer, question: str) -> float:
    started = time.perf_counter()
    answer(question)
    return time.perf_counter() - started


def part_of(index: Index, decisions: Sequence[str], folder: Path) -> Index:
    """An index of some of the letters, its vectors taken over."""
    ids, matrix = index.catalog.vectors(index.encoder.dimension)
    vector = dict(zip(ids.tolist(), matrix, strict=True))
    passages: dict[str, list] = {id_: [] for id_ in decisions}
    vectors: dict[str, dict] = {id_: {} for id_ in decisions}
    for id_, _, passage in index.catalog.passages():
        if passage.decision in passages:
            passages[passage.decision].append(passage)
            vectors[passage.decision][text_hash(passage.text)] = vector[id_]
    catalog = Catalog(folder, create=True)
    catalog.set_fingerprint(index.catalog.fingerprint or "")
    for letter in map(index.catalog.decision, decisions):
        catalog.put(letter, letter.id, passages[letter.id], vectors[letter.id])
    catalog.close()
    part = Index(folder, say=lambda line: None)
    part.__dict__["encoder"] = index.encoder
    return part
