"""What a letter adds under its own name: an addendum that changes the decision is the decision."""

from __future__ import annotations

import re
from dataclasses import replace

from corpus.decision import Decision, Issue, Outcome
from corpus.services import Verdict, said_of
from corpus.verdict import verdict_in_prose

_HEADING = re.compile(
    r"(?m)^[^\S\n]*(?:ADDENDUM|AMENDMENT|AMENDED (?:DECISION|DETERMINATION|FINDINGS?|REVIEW)|ERRATUM"
    r"|CORRECTED (?:DECISION|DETERMINATION)|CORRECTION)\b[^\n]{0,60}$"
)


def amended(decision: Decision) -> Decision:
    """The decision with the outcomes that an addendum at its end gives instead of its own."""
    first = max((issue.end for issue in decision.issues), default=0)
    heading = next(_HEADING.finditer(decision.text, first), None)
    if not heading:
        return decision
    span = (heading.end(), len(decision.text))
    if len(decision.issues) == 1:
        said: dict[int, Verdict] = {0: verdict_in_prose(decision.text, *span)}
    else:
        said = said_of(decision.text, span, [issue.service for issue in decision.issues])
    issues = tuple(_amended(issue, said.get(issue.number)) for issue in decision.issues)
    changed = [str(a.number + 1) for a, b in zip(decision.issues, issues, strict=True) if a.outcome != b.outcome]
    notes = (f"an addendum changes the outcome of issue {', '.join(changed)}",) if changed else ()
    return replace(decision, issues=issues, warnings=decision.warnings + notes)


def _amended(issue: Issue, said: Verdict | None) -> Issue:
    if not said or said[0] in (Outcome.UNCLEAR, issue.outcome):
        return issue
    return replace(issue, outcome=said[0], outcome_span=said[1])
