"""Labelled questions: read, checked line by line, each fault named with its cure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from index.errors import UsageError

KINDS = ("list", "facet", "count", "why", "precedent", "unanswerable")
ABSTENTIONS = ("no-match", "empty-intersection", "false-premise", "out-of-scope")
Member = tuple[str, int]  # a case number or file name, and the issue in it
_FIELDS = ("id", "kind", "question", "relevant", "borderline", "count", "of", "expected", "note")
_OF_A_JUDGEMENT = ("case", "issue", "grade", "quote", "quotes")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question with its gold: graded issues, those that count neither way, and what an unanswerable one deserves.

    `quotes` are the words that prove an issue relevant; `line` is where the question stands in its file.
    """

    id: str
    kind: str
    question: str
    relevant: dict[Member, int]
    borderline: frozenset[Member]
    count: int | None = None
    of: int | None = None
    expected: str | None = None
    quotes: dict[Member, tuple[str, ...]] = field(default_factory=dict, compare=False)
    line: int | None = field(default=None, compare=False)


def read_questions(path: Path) -> list[Labelled]:
    """Every question of a JSON Lines file, or an error that names the line; nothing is half read."""
    if not path.is_file():
        raise UsageError(f"{path} does not exist; name a JSON Lines file of labelled questions")
    found: dict[str, Labelled] = {}
    for number, data in json_lines(path):
        with fault_in(path, number):
            question = labelled(data, number)
            if question.id in found:
                raise ValueError(f"the id {question.id!r} is used twice; give each question its own")
        found[question.id] = question
    if not found:
        raise UsageError(f"{path}, line 1: there is no question in the file; write one JSON object a line")
    return list(found.values())


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of every line of a JSON Lines file that is not blank."""
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if line.strip():
            with fault_in(path, number):
                data = _object(line)
            yield number, data


@contextmanager
def fault_in(path: Path, line: int) -> Iterator[None]:
    """What is wrong with a line, as a sentence that names the file and the line."""
    try:
        yield
    except (ValueError, KeyError) as error:
        raise UsageError(f"{path}, line {line}: {_cure(error)}") from error


def _cure(error: Exception) -> str:
    return f"the field {error} is missing; add it" if isinstance(error, KeyError) else str(error)


def _object(line: bytes) -> dict[str, Any]:
    try:
        data = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8; save the file as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON ({error}); write one JSON object a line") from error
    if not isinstance(data, dict):
        raise ValueError(f'{_shown(data)} is no question; write an object: {{"id": …, "kind": …, "question": …, …}}')
    return data


def labelled(data: dict[str, Any], line: int | None = None) -> Labelled:
    """The question of an object of a questions file; KeyError or ValueError says what is wrong with it."""
    _known_fields(data, _FIELDS)
    kind = data["kind"]
    if kind not in KINDS:
        raise ValueError(f"the kind {kind!r} is not one of {', '.join(KINDS)}; choose one")
    rows = _rows(data, "relevant")
    relevant = {_member(r): _number(r, "grade", 1, 3) if "grade" in r else 2 for r in rows}
    borderline = [_member(r) for r in _rows(data, "borderline")] if data.get("borderline") is not None else []
    if len({*relevant, *borderline}) != len(rows) + len(borderline):
        raise ValueError("an issue is judged twice; keep one judgement")
    if kind == "unanswerable":
        if data.get("expected") not in ABSTENTIONS:
            raise ValueError(f"an unanswerable question needs 'expected', one of {', '.join(ABSTENTIONS)}")
    elif not relevant:
        raise ValueError("no relevant issue; name one, or make the question unanswerable with 'expected'")
    if kind == "count" and data.get("count") is None:
        raise ValueError("a count question needs 'count', the right number; add it")
    return Labelled(
        str(_number(data, "id")) if isinstance(data["id"], int) else _words(data, "id"),
        kind,
        _words(data, "question"),
        relevant,
        frozenset(borderline),
        _number(data, "count") if data.get("count") is not None else None,
        _number(data, "of") if data.get("of") is not None else None,
        data.get("expected"),
        {_member(r): _quotes(r) for r in rows},
        line,
    )


def as_object(question: Labelled) -> dict[str, Any]:
    """The object of a questions file that `labelled` reads back."""
    judged = [
        {"case": case, "issue": number, "grade": grade, "quotes": list(question.quotes.get((case, number), ()))}
        for (case, number), grade in question.relevant.items()
    ]
    borderline = [{"case": case, "issue": number} for case, number in sorted(question.borderline)]
    data = {"id": question.id, "kind": question.kind, "question": question.question}
    told = {name: getattr(question, name) for name in ("count", "of", "expected")}
    return data | {"relevant": judged, "borderline": borderline} | {k: v for k, v in told.items() if v is not None}


def _known_fields(row: dict[str, Any], known: tuple[str, ...]) -> None:
    """A field of one's own is welcome; one that looks like a slip of a known name is not."""
    for name in row:
        meant = get_close_matches(name, [k for k in known if k not in row], 1, 0.8) if name not in known else []
        if meant:
            raise ValueError(f"the field {name!r} is not known; write {meant[0]!r} if that is meant")


def _member(row: dict[str, Any]) -> Member:
    _known_fields(row, _OF_A_JUDGEMENT)
    return _words(row, "case"), _number(row, "issue")


def _quotes(row: dict[str, Any]) -> tuple[str, ...]:
    """The proving quotes of a judgement: several, or one."""
    many = row.get("quotes") or ([row["quote"]] if row.get("quote") else [])
    if not isinstance(many, list) or not all(isinstance(quote, str) and quote.strip() for quote in many):
        raise ValueError(f"the proving quotes are {_shown(many)}; write a list of texts in quotes")
    return tuple(many)


def _words(row: dict[str, Any], name: str) -> str:
    if not isinstance(row[name], str) or not row[name].strip():
        raise ValueError(f"the field {name!r} is {_shown(row[name])}; write a text in quotes that is not empty")
    return row[name]


def _number(row: dict[str, Any], name: str, least: int = 0, most: int | None = None) -> int:
    value = row[name]
    if type(value) is not int or value < least or (most is not None and value > most):
        meant = f"from {least} to {most}" if most is not None else f"from {least} on"
        raise ValueError(f"the field {name!r} is {_shown(value)}; write a whole number {meant}, without quotes")
    return value


def _rows(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = data[name]
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError(
            f'the field {name!r} is {_shown(value)}; write a list of issues: [{{"case": "CM15-9000102", "issue": 0}}]'
        )
    return value


def _shown(value: Any) -> str:
    """A value as the file writes it, its beginning if it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"
