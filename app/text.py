"""Answers, decisions and statistics as a person reads them in a terminal."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import Any

from app.answer import PLAIN, Answer
from corpus.cues import label as criterion_label
from corpus.decision import Decision, Outcome
from corpus.sentences import squeeze
from corpus.terms import label
from index.catalog import Catalog

_WIDTH = 100
_SHOWN = 12  # near misses printed; the rest is in --json


def as_text(answer: Answer) -> str:
    lines: list[str] = []
    if answer.interpretation:
        read = ", ".join(f"{p['field']} = {p['value']} (“{p['from']}”)" for p in answer.interpretation)
        lines += _wrap(f"Understood as {answer.intent}: {read}"), ""
    if answer.abstained:
        lines += [_wrap(f"No answer ({answer.abstained}). {answer.because}")]
    for sentence in answer.answer:
        marks = "".join(f"[{n}]" for n in sentence.citations[:12])
        lines += [_wrap(f"{sentence.text} {marks}")]
    for c in answer.citations:
        lines += ["", f"[{c.n}] {c.reference} — {c.voice}", _wrap(f"“{squeeze(c.quote)}”", "    ")]
    if answer.excluded:
        told = [
            f"{e['case_number'] or e['source']} issue {e['issue'] + 1} ({e['why']})" for e in answer.excluded[:_SHOWN]
        ]
        more = f" and {len(answer.excluded) - _SHOWN} more" if len(answer.excluded) > _SHOWN else ""
        lines += ["", _wrap(f"Left out: {'; '.join(told)}{more}")]
    return "\n".join(lines)


def _wrap(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=indent or "  ")


def decision_as_text(decision: Decision) -> str:
    """The record: the letter's facts, then each issue with its outcome and ledger."""
    known = [
        ("decided", decision.dates.get("decision")),
        ("injury", decision.dates.get("injury")),
        ("specialty", ", ".join(decision.reviewer.get("specialties", [])) or None),
    ]
    facts = ", ".join(f"{name} {value or 'redacted in source'}" for name, value in known)
    case = decision.case_number or "case no. redacted in source"
    place = decision.jurisdiction or "jurisdiction unknown"
    lines = [f"{case} ({decision.source}), {place}: {facts}"]
    for issue in decision.issues:
        tags = ", ".join(
            [
                *(label("treatment", t) for t in issue.treatments),
                *issue.regions,
                *issue.levels,
                *([issue.side] if issue.side else []),
            ]
        )
        lines += ["", f"Issue {issue.number + 1}: {issue.service} — {PLAIN[issue.outcome]}", f"  {tags}"]
        for r in issue.reasons:
            lines.append(f"  {criterion_label(r.criterion)}: {r.status}")
            lines.append(_wrap(f"“{squeeze(decision.quote(r.start, r.end))}”", "      "))
    lines += [f"\nnote: {w}" for w in decision.warnings]
    return "\n".join(lines)


def stats_of(catalog: Catalog) -> dict[str, Any]:
    outcomes: Counter[str] = Counter()
    ledger: Counter[tuple[str, str, str]] = Counter()
    for row in catalog.issues():
        issue = catalog.issue(row)
        outcomes[issue.outcome] += 1
        ledger.update((r.criterion, r.status, str(issue.outcome)) for r in issue.reasons)
    rows = [{"criterion": c, "status": s, "outcome": o, "issues": n} for (c, s, o), n in sorted(ledger.items())]
    return {**catalog.counts(), "outcomes": dict(outcomes), "ledger": rows}


def ledger_table(found: dict[str, Any]) -> str:
    counts = ", ".join(f"{found[name]} {name}" for name in ("decisions", "issues", "reasons", "passages"))
    outcomes = ", ".join(f"{n} {PLAIN[Outcome(o)]}" for o, n in found["outcomes"].items())
    head = f"{'criterion':<24}{'status':<10}{'outcome':<12}issues"
    return "\n".join(
        [counts, outcomes, "", head]
        + [f"{r['criterion']:<24}{r['status']:<10}{r['outcome']:<12}{r['issues']}" for r in found["ledger"]]
    )
