"""A file -> the Decision it holds, ledger and all: read, recognised, parsed by its dialect, reasoned over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from corpus import california, plain, texas
from corpus.decision import Decision
from corpus.read import Document, Tick, read
from corpus.reasons import reasons_of


def decision_from(path: Path, tick: Tick = lambda: None) -> Decision:
    """The decision in a file."""
    return decide(read(path, tick))


def decide(document: Document) -> Decision:
    """The decision in a text, its ledger read."""
    return with_reasons(parse(document))


def with_reasons(decision: Decision) -> Decision:
    """The decision with the ledger of each issue."""
    issues = tuple(replace(issue, reasons=reasons_of(decision, issue)) for issue in decision.issues)
    return replace(decision, issues=issues)


def parse(document: Document) -> Decision:
    """The decision without its ledger: the first dialect that recognises it reads it."""
    parsed = next((d.parse(document) for d in (texas, california) if d.recognises(document)), None)
    return parsed if parsed and parsed.issues else plain.parse(document)
