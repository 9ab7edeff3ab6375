"""The labelled set through every system -> metrics beside each other; `precedent eval`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer

from app.answer import ask
from app.settings import load
from eval.baselines import SYSTEMS
from eval.metrics import score, summary
from eval.questions import Labelled, Member, read_questions
from eval.report import as_table
from index.catalog import Row
from index.errors import UsageError
from index.search import Index

Outcome = tuple[list[Member], str | None, int | None, int | None]


def command(
    questions: Annotated[Path, typer.Argument(help="Labelled questions, JSON Lines.")],
    index: Annotated[Path | None, typer.Option("--index", help="Folder of the index.")] = None,
    systems: Annotated[
        str, typer.Option(help="Comma-separated: ours, bm25, dense, hybrid.")
    ] = "ours,bm25,dense,hybrid",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Each question's scores too.")] = False,
) -> None:
    """Measure answers on labelled questions, beside the baselines, with intervals."""
    settings = load(index=index)
    found = evaluate(Index(settings.index, settings.encoder), read_questions(questions), systems.split(","))
    print(json.dumps(found) if as_json else as_table(found, verbose))


def evaluate(index: Index, questions: list[Labelled], systems: list[str]) -> dict[str, Any]:
    """Every system on every question; questions about issues the index does not hold are refused before any runs."""
    if not questions:
        raise UsageError("there is no question to measure with; give at least one")
    _known(index, questions)
    answerers = {name: _answerer(index, name) for name in systems}
    counts = index.catalog.counts()
    state = {"fingerprint": index.catalog.fingerprint, "decisions": counts["decisions"], "issues": counts["issues"]}
    return {
        "questions": len(questions),
        "index": state,
        "systems": {name: _run(answer, questions) for name, answer in answerers.items()},
    }


def _answerer(index: Index, name: str) -> Callable[[str], Outcome]:
    if name == "ours":
        return lambda text: _ours(index, text)
    if name not in SYSTEMS:
        raise UsageError(f"the system {name!r} is not known; choose among: ours, {', '.join(SYSTEMS)}")
    system = SYSTEMS[name]
    return lambda text: _baseline(index, system(index, text))


def _ours(index: Index, text: str) -> Outcome:
    answer = ask(index, text)
    members = [(r.case_number or Path(r.source).stem, r.issue) for r in answer.results]
    return members, answer.abstained, answer.count, answer.of


def _baseline(index: Index, rows: list[Row]) -> Outcome:
    decisions = [(index.catalog.decision(row.decision), row.number) for row in rows]
    return [(d.case_number or Path(d.source).stem, n) for d, n in decisions], None, len(rows), None


def _run(answer: Callable[[str], Outcome], questions: list[Labelled]) -> dict[str, Any]:
    rows, seconds = [], []
    for question in questions:
        started = time.perf_counter()
        members, abstained, count, of = answer(question.question)
        seconds.append(time.perf_counter() - started)
        rows.append((question, score(question, members, abstained, count, of)))
    return {
        "metrics": summary([(question.kind, scores) for question, scores in rows]),
        "median_ms": round(1000 * median(seconds), 2),
        "each": [{"id": question.id, "kind": question.kind, **scores} for question, scores in rows],
    }


def _known(index: Index, questions: list[Labelled]) -> None:
    """Every issue that is judged is in the index, or a sentence says which is not."""
    have = _issues(index)
    for question in questions:
        place = f"question {question.id}" + (f" (line {question.line})" if question.line else "")
        for case, number in [*question.relevant, *sorted(question.borderline)]:
            if case not in have:
                raise UsageError(f"{place} is about {case}, which is not in {index.folder}; ingest it first")
            if number not in have[case]:
                numbers = ", ".join(map(str, sorted(have[case]))) or "none at all"
                raise UsageError(
                    f"{place} judges issue {number} of {case}, whose issues are {numbers}; correct the number"
                )


def _issues(index: Index) -> dict[str, set[int]]:
    """Case number or file name -> the numbers of the letter's issues."""
    have: dict[str, set[int]] = {}
    for id_ in index.catalog.decision_ids():
        letter = index.catalog.decision(id_)
        for name in filter(None, (letter.case_number, Path(letter.source).stem)):
            have.setdefault(name, set()).update(issue.number for issue in letter.issues)
    return have
