"""A decision: its text in sections with the passage marked, its issues with their ledgers, the page of its PDF."""

from __future__ import annotations

from collections.abc import Iterator

from app.address import Address
from app.letter import blocks, ledger, span_of
from app.library import Library
from app.references import reference
from app.ui.place import Place
from app.ui.render import render
from corpus.decision import Decision


def view(library: Library, here: Address, given: str) -> Iterator[str]:
    catalog = library.index().catalog
    decision = catalog.decision(catalog.the_one(here.name))
    mark = span_of(here.one("mark"), len(decision.text))
    file = catalog.file_of(decision.id)
    page = decision.page_of(mark[0]) if mark else 1
    yield render(
        "decision.html",
        here=here,
        decision=decision,
        mark=mark,
        page=page,
        blocks=blocks(decision, mark),
        pictured=file.suffix.lower() == ".pdf" and file.is_file(),
        cite=lambda issue, section, at: reference(decision, issue, section, at),
        section_of=lambda at: (decision.section_at(at) or _Body).kind,
        facts=_facts(decision),
        ledger=ledger,
    )


class _Body:
    kind = "body"


def _facts(decision: Decision) -> list[tuple[str, str]]:
    """What the letter says of itself; what the source redacts or lacks is said so."""
    dates, patient = decision.dates, decision.patient
    person = " ".join(
        str(part) for part in (patient.get("age") and f"{patient['age']}-year-old", patient.get("sex")) if part
    )
    return [
        ("Decided", dates.get("decision") or "redacted in source"),
        ("Injury", dates.get("injury") or "redacted in source"),
        ("Utilization review", dates.get("ur_denial") or "not stated"),
        ("Reviewer", ", ".join(decision.reviewer.get("specialties", [])) or "not stated"),
        ("Patient", person or "not stated"),
        ("File", decision.source),
    ]


PLACE = Place("decision", "Decision", view, in_menu=False)
