"""Ranked passages for a text, each with its place and its reference."""

from __future__ import annotations

from typing import Any

from app.references import reference
from index.errors import UsageError
from index.search import Index

_SEARCHED = 2000  # characters; a longer text is a case, for `similar`


def found(index: Index, text: str, k: int) -> list[dict[str, Any]]:
    if not text.strip():
        raise UsageError("the text to search for is empty")
    results = []
    for hit in index.search(text[:_SEARCHED], k):
        p, decision = hit.passage, index.catalog.decision(hit.passage.decision)
        results.append(
            {
                "decision": p.decision,
                "case_number": decision.case_number,
                "source": decision.source,
                "issue": p.issue,
                "section": p.section,
                "voice": p.voice,
                "start": p.start,
                "end": p.end,
                "score": round(hit.score, 6),
                "quote": decision.quote(p.start, p.end),
                "reference": reference(decision, p.issue, p.section, p.start),
            }
        )
    return results
