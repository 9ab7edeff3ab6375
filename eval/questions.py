"""Labelled questions: read, checked line by line, each fault named with its cure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import UsageError

KINDS = ("list", "facet", "count", "why", "precedent", "unanswerable")
ABSTENTIONS = ("no-match", "empty-intersection", "false-premise", "out-of-scope")
Member = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question with its gold: graded issues, those that count neither way, and what an unanswerable one deserves."""

    id: str
    kind: str
    question: str
    relevant: dict[Member, int]
    borderline: frozenset[Member]
    count: int | None = None
    of: int | None = None
    expected: str | None = None


def read_questions(path: Path) -> list[Labelled]:
    """Every question of a JSON Lines file, or an error that names the line; nothing is half read."""
    if not path.is_file():
        raise UsageError(f"{path} does not exist; name a JSON Lines file of labelled questions")
    found: dict[str, Labelled] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            question = _one(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path}, line {number}: {_cure(error)}") from error
        if question.id in found:
            raise UsageError(f"{path}, line {number}: the id {question.id!r} is used twice; give each question its own")
        found[question.id] = question
    return list(found.values())


def _cure(error: Exception) -> str:
    return f"the field {error} is missing; add it" if isinstance(error, KeyError) else str(error)


def _one(data: dict[str, Any]) -> Labelled:
    if data["kind"] not in KINDS:
        raise ValueError(f"the kind {data['kind']!r} is not one of {', '.join(KINDS)}")
    relevant = {(r["case"], r["issue"]): r.get("grade", 2) for r in data["relevant"]}
    if len(relevant) != len(data["relevant"]):
        raise ValueError("an issue is judged twice; keep one judgement")
    if data["kind"] == "unanswerable":
        if data.get("expected") not in ABSTENTIONS:
            raise ValueError(f"an unanswerable question needs 'expected', one of {', '.join(ABSTENTIONS)}")
    elif not relevant:
        raise ValueError("no relevant issue; name one, or make the question unanswerable with 'expected'")
    border = frozenset((r["case"], r["issue"]) for r in data.get("borderline", []))
    return Labelled(
        str(data["id"]),
        data["kind"],
        data["question"],
        relevant,
        border,
        data.get("count"),
        data.get("of"),
        data.get("expected"),
    )
