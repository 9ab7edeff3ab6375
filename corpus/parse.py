"""A file -> the Decision it holds, ledger and all: read, recognised, parsed by its dialect, reasoned over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from corpus import california, plain, texas
from corpus.addendum import amended
from corpus.decision import Decision
from corpus.legible import has_lost_its_lines, legible
from corpus.mistakes import flags_of
from corpus.read import Document, Tick, read
from corpus.reasons import doubts_of, reasons_of
from corpus.redaction import redacted_in
from corpus.sources import sources_of

_LOST = "its line ends are lost, so that titles and boxes may be misread; check it against the original"


def decision_from(path: Path, tick: Tick = lambda: None) -> Decision:
    """The decision in a file."""
    return decide(read(path, tick))


def decide(document: Document) -> Decision:
    """The decision in a text, with all that is read from its parts: read in a legible copy, quoted from the text."""
    warnings = document.warnings + ((_LOST,) if has_lost_its_lines(document.text) else ())
    copy = replace(document, text=legible(document.text, document.pages), warnings=warnings)
    return replace(completed(parse(copy)), text=document.text)


def completed(decision: Decision) -> Decision:
    """The decision with the ledger and the sources of each issue, its flags, and what its source redacts."""
    issues = tuple(
        replace(issue, sources=sources_of(decision, issue), reasons=reasons_of(decision, issue))
        for issue in decision.issues
    )
    warnings = decision.warnings + doubts_of(decision)
    return replace(decision, issues=issues, flags=flags_of(decision), redacted=redacted_in(decision), warnings=warnings)


def parse(document: Document) -> Decision:
    """The decision without its ledger: the first dialect that recognises it reads it."""
    parsed = next((d.parse(document) for d in (texas, california) if d.recognises(document)), None)
    return amended(parsed if parsed and parsed.issues else plain.parse(document))
