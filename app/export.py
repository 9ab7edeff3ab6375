"""What is in the index, to take away: every decision whole, a table, a document to read, or a bibliography."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from app.cited import PLAIN
from app.references import reference
from corpus.cues import label
from corpus.decision import Decision, Issue, Reason, to_json
from corpus.sentences import squeeze
from index.catalog import Catalog
from index.errors import UsageError


def write(catalog: Catalog, format_: str, out: BinaryIO) -> None:
    if format_ == "docx":
        _docx(catalog, out)
    elif format_ in _TEXTS:
        for piece in _TEXTS[format_](catalog):
            out.write(piece.encode("utf-8"))
    else:
        raise UsageError(f"--format {format_} is not known; choose jsonl, csv, docx or bibtex")


def _decisions(catalog: Catalog) -> Iterator[Decision]:
    return map(catalog.decision, catalog.decision_ids())


def _jsonl(catalog: Catalog) -> Iterator[str]:
    for decision in _decisions(catalog):
        yield json.dumps(to_json(decision), ensure_ascii=False) + "\n"


_COLUMNS = (
    "decision",
    "case_number",
    "source",
    "decided",
    "issue",
    "service",
    "outcome",
    "treatments",
    "regions",
    "reasons",
)


def _csv(catalog: Catalog) -> Iterator[str]:
    yield csv_line(_COLUMNS)
    for row in catalog.issues():
        decision, issue = catalog.decision(row.decision), catalog.issue(row)
        reasons = "; ".join(f"{r.criterion}:{r.status}" for r in issue.reasons)
        cells = (
            decision.id,
            decision.case_number,
            decision.source,
            decision.dates.get("decision"),
            issue.number + 1,
            issue.service,
            issue.outcome,
            "; ".join(issue.treatments),
            "; ".join(issue.regions),
            reasons,
        )
        yield csv_line([harmless(str(cell or "")) for cell in cells])


def csv_line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


# Full-width signs are read as the plain ones where Chinese or Japanese is typed.
_OPENS_FORMULA = (*"=+-@＝＋－＠", "\t", "\r", "\0")


def harmless(cell: str) -> str:
    """A cell that a spreadsheet will not take for a formula."""
    return f"'{cell}" if cell.lstrip(" \n\"'")[:1] in _OPENS_FORMULA else cell


def _docx(catalog: Catalog, out: BinaryIO) -> None:
    """A heading a decision, then its issues with their outcomes, and the reasons of each in the reviewer's words."""
    if out.isatty():
        raise UsageError("docx is not for a terminal; write it to a file: precedent export --format docx > all.docx")
    from docx import Document

    document = Document()
    for decision in _decisions(catalog):
        document.add_heading(printable(decision.case_number or decision.source), 1)
        for issue in decision.issues:
            title = f"Issue {issue.number + 1}: {issue.service} — {PLAIN[issue.outcome]}"
            document.add_paragraph(printable(title), "List Bullet")
            for reason in issue.reasons:
                document.add_paragraph(printable(_reason(decision, issue, reason)), "List Bullet 2")
    document.save(out)


def _reason(decision: Decision, issue: Issue, reason: Reason) -> str:
    section = decision.section_at(reason.start)
    where = reference(decision, issue.number, section.kind if section else "body", reason.start)
    quote = squeeze(decision.quote(reason.start, reason.end))
    return f"{label(reason.criterion)}, {reason.status}: “{quote}” ({where})"


def printable(text: str) -> str:
    """Without the control characters that no word file may hold."""
    return "".join(c for c in text if c.isprintable())


_TEX = str.maketrans(
    {c: f"\\{c}" for c in "&%$#_"}
    | {"{": "\\textbraceleft{}", "}": "\\textbraceright{}", "\\": "\\textbackslash{}"}
    | {"~": "\\textasciitilde{}", "^": "\\textasciicircum{}"}
)


def _bibtex(catalog: Catalog) -> Iterator[str]:
    for decision in _decisions(catalog):
        # The reference to the whole decision: without the part and the page.
        title = reference(decision, None, "outcome", 0).rsplit(", ", 2)[0]
        lines = [f"@misc{{{decision.kind}-{decision.id}", f"  title = {{{{{tex(title)}}}}}"]
        if decided := decision.dates.get("decision"):
            lines.append(f"  year = {{{decided[:4]}}}")
        lines.append(f"  note = {{{tex(decision.source)}}}")
        yield ",\n".join(lines) + "\n}\n\n"


def tex(text: str) -> str:
    return printable(text).translate(_TEX)


_TEXTS = {"jsonl": _jsonl, "csv": _csv, "bibtex": _bibtex}
