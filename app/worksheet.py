"""Precedents and answers to take away: criterion by criterion or issue by issue, each quotation with its pinpoint."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from app.answer import Writer
from app.cited import PLAIN, Answer, Citation, Result
from app.export import csv_line, harmless, printable, tex
from app.find import reason_proof
from app.labels import condition_label, fact_words, field_label, value_label
from app.precedents import Precedents, Rate, facts_on
from app.references import reference
from corpus.cues import has_polarity, label
from corpus.decision import Outcome
from corpus.sentences import squeeze
from index.errors import UsageError
from index.search import Index

FORMATS = ("docx", "csv", "bibtex", "jsonl")
_SIDES = (Outcome.OVERTURNED, Outcome.UPHELD)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one letter decided on a criterion."""

    status: str
    result: Result
    citation: Citation


@dataclass(frozen=True, slots=True)
class Line:
    """A criterion: what the case says of it, and the nearest letters that were won and lost on it."""

    criterion: str
    label: str
    case: str
    raised: bool
    rulings: tuple[Ruling, ...]

    def of(self, outcome: Outcome) -> tuple[Ruling, ...]:
        return tuple(r for r in self.rulings if r.result.outcome is outcome)


def worksheet(index: Index, found: Precedents) -> tuple[Line, ...]:
    """Every criterion on which the shown precedents were decided, those the denial raises first, then the most used."""
    writer = Writer(index)
    rulings: dict[str, list[Ruling]] = {}
    for result in _precedents(found):
        decision = index.catalog.decision(result.decision)
        for reason in decision.issues[result.issue].reasons:
            n = writer.cite(decision.id, result.issue, reason_proof(decision, reason))
            ruling = Ruling(reason.status, result, writer.citations[n - 1])
            rulings.setdefault(reason.criterion, []).append(ruling)
    raised = {f.value.partition(":")[0] for f in found.facts if f.field == "ground"}
    used = sorted(rulings, key=lambda c: (c not in raised, not has_polarity(c), -len(rulings[c]), c))
    return tuple(Line(c, label(c), _case_says(found, c), c in raised, tuple(rulings[c])) for c in used)


def _precedents(found: Precedents) -> list[Result]:
    """The shown precedents but for the case's own letter, and the nearest won and lost if they stand further down."""
    results = [m.result for m in found.matches if m.result.found_by != "twin"]
    sides = (found.contrast.overturned, found.contrast.upheld) if found.contrast else ()
    shown = {(r.decision, r.issue) for r in results}
    return results + [s.result for s in sides if (s.result.decision, s.result.issue) not in shown]


def _case_says(found: Precedents, criterion: str) -> str:
    told = "; ".join(map(fact_words, facts_on(criterion, found.facts)))
    return told or ("not addressed" if has_polarity(criterion) else "")


# ---- writing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What the formats have in common: rows of plain values, the citations behind them, and where they come from."""

    rows: list[dict[str, Any]]
    citations: list[Citation]
    document: Callable[[Any], None]  # fills a word document
    searched: str
    fingerprint: str


def write_worksheet(index: Index, found: Precedents, format_: str, out: BinaryIO, today: date | None = None) -> None:
    """The worksheet of a pasted case in one of the formats."""
    lines = worksheet(index, found)
    rulings = [(line, ruling) for line in lines for ruling in line.rulings]
    rows = [
        {"criterion": x.criterion, "label": x.label, "case": x.case, "raised_by_denial": x.raised, **_ruling_row(r)}
        for x, r in rulings
    ]
    cited = [r.citation for _, r in rulings] + list(found.answer.citations)
    _write(index, rows, cited, lambda document: _worksheet_docx(document, found, lines), format_, out, today)


def _ruling_row(ruling: Ruling) -> dict[str, Any]:
    return {"status": ruling.status, **_result_row(ruling.result), **_citation_row(ruling.citation)}


def write_answer(index: Index, answer: Answer, format_: str, out: BinaryIO, today: date | None = None) -> None:
    """Any answer in one of the formats: a row for each citation of each result."""
    by_number = {c.n: c for c in answer.citations}
    rows = [
        {**_result_row(result), "found_by": result.found_by, **_citation_row(by_number[n])}
        for result in answer.results
        for n in result.citations
    ]
    _write(index, rows, answer.citations, lambda document: _answer_docx(document, answer), format_, out, today)


def _result_row(result: Result) -> dict[str, Any]:
    return {
        "decision": result.decision,
        "case_number": result.case_number or "",
        "source": result.source,
        "issue": result.issue + 1,
        "service": result.service,
        "outcome": str(result.outcome),
    }


def _citation_row(citation: Citation) -> dict[str, Any]:
    return {
        "voice": str(citation.voice),
        "page": citation.page,
        "quote": squeeze(citation.quote),
        "reference": citation.reference,
    }


def _write(
    index: Index,
    rows: list[dict[str, Any]],
    citations: Iterable[Citation],
    document: Callable[[Any], None],
    format_: str,
    out: BinaryIO,
    today: date | None,
) -> None:
    fingerprint = f"{index.catalog.fingerprint}, generation {index.catalog.generation}"
    distinct = {(c.decision, c.issue, c.start, c.end): c for c in citations}
    sheet = _Sheet(rows, list(distinct.values()), document, (today or date.today()).isoformat(), fingerprint)
    if format_ == "docx":
        _docx(sheet, out)
    elif format_ == "csv":
        out.write("".join(_csv(sheet)).encode())
    elif format_ == "jsonl":
        out.write("".join(_jsonl(sheet)).encode())
    elif format_ == "bibtex":
        out.write("".join(_bibtex(index, sheet)).encode())
    else:
        raise UsageError(f"--format {format_} is not known; choose among: {', '.join(FORMATS)}")


def _csv(sheet: _Sheet) -> Iterator[str]:
    columns = [*(sheet.rows[0] if sheet.rows else ()), "searched", "index"]
    yield csv_line(columns)
    for row in sheet.rows:
        yield csv_line(harmless(str(cell)) for cell in (*row.values(), sheet.searched, sheet.fingerprint))


def _jsonl(sheet: _Sheet) -> Iterator[str]:
    for row in sheet.rows:
        yield json.dumps(row | {"searched": sheet.searched, "index": sheet.fingerprint}, ensure_ascii=False) + "\n"


def _bibtex(index: Index, sheet: _Sheet) -> Iterator[str]:
    """An entry a decision, its pinpoints in the note."""
    for id_ in dict.fromkeys(c.decision for c in sheet.citations):
        decision = index.catalog.decision(id_)
        pinpoints = [c for c in sheet.citations if c.decision == id_]
        notes = [f"{_pinpoint(c)}: “{squeeze(c.quote)}”" for c in pinpoints]
        fields = {"title": f"{{{tex(reference(decision, None, 'outcome', 0).rsplit(', ', 2)[0])}}}"}
        if decided := decision.dates.get("decision"):
            fields["year"] = decided[:4]
        fields |= {
            "note": tex("; ".join(notes)),
            "urldate": sheet.searched,
            "annote": tex(f"index {sheet.fingerprint}"),
        }
        inner = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        yield f"@misc{{{decision.kind}-{decision.id},\n{inner}\n}}\n\n"


def _pinpoint(citation: Citation) -> str:
    issue = "" if citation.issue is None else f"Issue {citation.issue + 1}, "
    return f"{issue}p. {citation.page}"


# ---- the word document ----------------------------------------------------------------------------------------------


def _docx(sheet: _Sheet, out: BinaryIO) -> None:
    if out.isatty():
        raise UsageError("docx is not for a terminal; write it to a file: … --format docx > worksheet.docx")
    from docx import Document

    document = Document()
    sheet.document(document)
    document.add_paragraph(
        f"Searched on {sheet.searched}. Index {sheet.fingerprint}. Every quotation is a span of the stored letter."
    )
    document.save(out)


def _worksheet_docx(document: Any, found: Precedents, lines: tuple[Line, ...]) -> None:
    document.add_heading("Precedents, criterion by criterion", 0)
    document.add_heading("The case as read", 1)
    facts = [(field_label(f.field), value_label(f.field, f.value), squeeze(f.words)) for f in found.facts]
    _table(document, ("Fact", "Value", "Words of the case"), facts)
    for twin in found.twins:
        told = f"{_where(twin)} appears to be this case itself; it is left out of everything below."
        document.add_paragraph(printable(told))
    document.add_heading("What winners documented and losers lacked", 1)
    for line in lines:
        _criterion_docx(document, line)
    if found.gaps:
        document.add_heading("What the case does not speak of", 1)
        for gap in found.gaps:
            raised = "; the denial raises it" if gap.raised else ""
            told = f"{gap.label}: a reason in {gap.decided} of {gap.of} issues of this treatment{raised}"
            document.add_paragraph(told, "List Bullet")
    if found.rates:
        document.add_heading("How often overturned", 1)
        _table(
            document,
            ("Of the issues with", "Overturned", "Share, 95 % interval"),
            [_rate_cells(r) for r in found.rates],
        )
    document.add_paragraph(found.sample)


def _criterion_docx(document: Any, line: Line) -> None:
    counted = Counter(r.result.outcome for r in line.rulings)
    told = ", ".join(f"{n} {PLAIN[o]}" for o, n in counted.items())
    document.add_heading(f"{line.label[:1].upper()}{line.label[1:]} ({told})", 2)
    raised = " The denial raises it." if line.raised else ""
    if line.case:
        document.add_paragraph(printable(f"Your case: {line.case}.{raised}"))
    for side in (*_SIDES, *(o for o in counted if o not in _SIDES)):
        for r in line.of(side):
            quote = printable(squeeze(r.citation.quote))
            document.add_paragraph(
                f"{PLAIN[side].capitalize()}, {r.status}: “{quote}” {printable(r.citation.reference)}", "List Bullet"
            )


def _rate_cells(rate: Rate) -> tuple[str, str, str]:
    what = " × ".join(condition_label(field, value) for field, value in rate.conditions)
    mixed = f" and {rate.mixed} in part" if rate.mixed else ""
    share = "too few for a share" if rate.share is None else f"{rate.share:.0%} ({rate.low:.0%} to {rate.high:.0%})"
    return what, f"{rate.overturned} of {rate.of}{mixed}, in {rate.letters} letters", share


def _answer_docx(document: Any, answer: Answer) -> None:
    document.add_heading(printable(answer.question), 1)
    read = "; ".join(f"{field_label(p['field'])}: {value_label(p['field'], p['value'])}" for p in answer.interpretation)
    document.add_paragraph(printable(f"Understood as {read}." if read else ""))
    if answer.abstained:
        document.add_paragraph(printable(f"No answer ({answer.abstained}). {answer.because}"))
    for sentence in answer.answer:
        document.add_paragraph(printable(sentence.text + " " + "".join(f"[{n}]" for n in sentence.citations)))
    for c in answer.citations:
        document.add_paragraph(printable(f"[{c.n}] {c.reference} ({c.voice}): “{squeeze(c.quote)}”"))


def _table(document: Any, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    table = document.add_table(1, len(heads), "Table Grid")
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        cell.paragraphs[0].add_run(head).bold = True
    for row in rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = printable(value)


def _where(result: Result) -> str:
    return f"{result.case_number or result.source}, issue {result.issue + 1}"
