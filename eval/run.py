"""Labelled questions through every system: what each said, how it scores, and how sure the differences are."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from app.model import Model
from eval.chance import LEVEL, Difference, holm, paired
from eval.gold import Letters
from eval.learned import honesty, in_words
from eval.metrics import HEADLINE, citing, score, summary
from eval.questions import Labelled
from eval.said import Said, System
from eval.systems import opened
from index.errors import UsageError
from index.search import Index


@dataclass(frozen=True, slots=True)
class Answered:
    """One question through one system."""

    question: Labelled
    said: Said
    scores: dict[str, float]
    seconds: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every system on every question, and what it was measured on."""

    name: str
    facts: dict[str, Any]
    systems: dict[str, list[Answered]]
    left_out: list[str] = field(default_factory=list)

    @property
    def questions(self) -> list[Labelled]:
        return [answered.question for answered in next(iter(self.systems.values()))]

    def metrics(self, system: str) -> dict[str, dict[str, dict[str, float]]]:
        """kind -> metric -> mean, interval and number; the seconds of the questions are among them."""
        return summary([(a.question.kind, a.scores | {"seconds": a.seconds}) for a in self.systems[system]])

    def to_json(self) -> dict[str, Any]:
        """Numbers and ids, no word of a letter: what is kept from commit to commit."""
        return {
            "set": self.name,
            "questions": len(self.questions),
            **self.facts,
            "systems": {
                name: {
                    "metrics": self.metrics(name),
                    "median_ms": round(1000 * median(a.seconds for a in answered), 2),
                    "seconds": round(sum(a.seconds for a in answered), 3),
                    "each": [{"id": a.question.id, "kind": a.question.kind, **a.scores} for a in answered],
                }
                for name, answered in self.systems.items()
            },
            "left_out": self.left_out,
        }


def evaluate(
    index: Index,
    questions: Sequence[Labelled],
    systems: Iterable[str],
    runs: Mapping[str, Mapping[str, Said]] = {},
    name: str = "questions",
    model: Model | None = None,
    tell: Callable[[str], None] = lambda line: None,
    tick: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Every system on every question; whatever is wrong with the questions or names is said before any runs.

    `runs` are further systems whose answers were written before: name -> question id -> what it said. `tick` hears of
    every question that a system has answered.
    """
    if not questions:
        raise UsageError("there is no question to measure with; give at least one")
    letters = Letters(index)
    letters.check(questions)
    facts = _facts(index, model)
    ready, left_out = opened(index, systems, model)
    for run, said in runs.items():
        if missing := [q.id for q in questions if q.id not in said]:
            raise UsageError(
                f"the run {run} has no answer to question {missing[0]}; run all {len(questions)} questions"
            )
    answered: dict[str, list[Answered]] = {}
    for system, answer in ready.items():
        tell(f"{system}: {len(questions)} questions")
        answer(questions[0].question)  # what is only loaded once is no part of a question's time
        answered[system] = []
        for question in questions:
            answered[system].append(_ask(letters, question, answer))
            tick()
    for run, said in runs.items():
        answered[run] = [_ask(letters, question, partial(_remembered, said[question.id])) for question in questions]
    return Evaluation(name, facts, answered, left_out)


def _remembered(said: Said, question: str) -> Said:
    return said


def _ask(letters: Letters, question: Labelled, answer: System) -> Answered:
    started = time.perf_counter()
    said = answer(question.question)
    seconds = time.perf_counter() - started
    voices = {cited: letters.voice(cited) for claim in said.claims for cited in claim.citations}
    scores = score(question, said) | citing(question, said, letters.proofs(question), voices)
    return Answered(question, said, scores, seconds)


def _facts(index: Index, model: Model | None) -> dict[str, Any]:
    counts = index.catalog.counts()
    held = {name: counts[name] for name in ("decisions", "issues", "reasons", "passages")}
    return {
        "commit": commit(),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "index": {"fingerprint": index.catalog.fingerprint, **held},
        "model": model.name if model else None,
        "told": in_words(honesty(index)),
    }


def commit() -> str:
    """The commit of the program that is measured, "+" where files were changed since; "unknown" outside a checkout."""
    here = Path(__file__).parent

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    try:
        found = git("rev-parse", "--short=9", "HEAD")
        return found + ("+" if git("status", "--porcelain", "--", "..") else "") if found else "unknown"
    except FileNotFoundError:  # no git on this machine
        return "unknown"


# ---- how sure -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compared:
    """Ours against another on one kind of question, by its first number; `corrected` is p for having looked at all."""

    other: str
    kind: str
    metric: str
    difference: Difference
    corrected: float

    @property
    def apart(self) -> bool:
        """Does the interval exclude zero."""
        return not self.difference.low <= 0 <= self.difference.high

    @property
    def certain(self) -> bool:
        """Do the interval and the test both leave no room for chance."""
        return self.apart and self.difference.p < LEVEL


def compared(ours: Mapping[str, Any], theirs: Mapping[str, Any], other: str = "the other") -> list[Compared]:
    """Two systems of `to_json` on the questions both have: each kind by its first number, then all kinds together."""
    mine, rest = {row["id"]: row for row in ours["each"]}, {row["id"]: row for row in theirs["each"]}
    pairs = [(mine[id_], rest[id_]) for id_ in mine if id_ in rest and mine[id_]["kind"] == rest[id_]["kind"]]
    kinds = [kind for kind in HEADLINE if any(a["kind"] == kind for a, _ in pairs)]
    found = [(kind, HEADLINE[kind], _difference([pair for pair in pairs if pair[0]["kind"] == kind])) for kind in kinds]
    if len(kinds) > 1:
        found.append(("all", "first number", _difference(pairs)))
    corrected = holm([difference.p for _, _, difference in found])
    return [Compared(other, *row, p) for row, p in zip(found, corrected, strict=True)]


def _difference(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> Difference:
    return paired(*([row[HEADLINE[row["kind"]]] for row in side] for side in zip(*pairs, strict=True)))


def verdict(one: Compared, ours: str = "ours") -> str:
    """What the difference means, in a sentence."""
    d = one.difference
    what = f"these {d.n} questions" if d.n > 1 else "this question"
    if not one.certain:
        return f"not distinguishable on {what}"
    return f"{ours if d.mean > 0 else one.other} is better on {what}"
