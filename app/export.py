"""What is in the index, to take away: every decision whole, or an issue a line for a spreadsheet."""

from __future__ import annotations

import csv
import json
from typing import TextIO

from corpus.decision import to_json
from index.catalog import Catalog
from index.errors import UsageError


def write(catalog: Catalog, format_: str, out: TextIO) -> None:
    if format_ == "jsonl":
        for id_ in catalog.decision_ids():
            out.write(json.dumps(to_json(catalog.decision(id_)), ensure_ascii=False) + "\n")
    elif format_ == "csv":
        _csv(catalog, out)
    else:
        raise UsageError(f"--format {format_} is not known; choose jsonl or csv")


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


def _csv(catalog: Catalog, out: TextIO) -> None:
    table = csv.writer(out)
    table.writerow(_COLUMNS)
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
        table.writerow([harmless(str(cell or "")) for cell in cells])


def harmless(cell: str) -> str:
    """A cell that a spreadsheet will not take for a formula."""
    return f"'{cell}" if cell.lstrip(" \"'")[:1] in ("=", "+", "-", "@", "\t", "\r", "\0") else cell
