"""The closed lists in plain words, for whoever shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cited import PLAIN
from corpus.cues import criteria, has_polarity
from corpus.cues import label as criterion_label
from corpus.decision import Outcome, Voice
from corpus.sentences import squeeze
from corpus.terms import label, tables

if TYPE_CHECKING:  # a plain question has no case
    from app.case import Fact

OUTCOMES = {outcome: words[0].upper() + words[1:] for outcome, words in PLAIN.items()}
VOICES = {
    Voice.REVIEWER: "Reviewer’s finding",
    Voice.UTILIZATION_REVIEW: "Utilization review, retold",
    Voice.PROVIDER: "Provider, retold",
    Voice.GUIDELINE: "Guideline, recited",
    Voice.HISTORY: "Clinical history",
    Voice.BOILERPLATE: "Form text",
    Voice.UNKNOWN: "Voice not determined",
}
JURISDICTIONS = {"CA": "California", "TX": "Texas"}
SECTIONS = {"rationale": "Rationale", "history": "History", "outcome": "Outcome", "service": "Service in dispute"}
FIELDS = {
    "named": "Service",
    "since-injury": "Since injury",
    "ground": "Denied for",
    "intent": "Asked as",
}
_LISTED = ("treatment", "tried", "region", "drug", "diagnosis")
INTENTS = {
    "list": "Every issue that…",
    "facet": "Every issue of…",
    "count": "How many",
    "why": "Why, in one case",
    "precedent": "Precedents for a case",
    "other": "Search",
}


def field_label(field: str) -> str:
    return FIELDS.get(field, field.capitalize())


def value_label(field: str, value: str) -> str:
    """A value of a facet in words: 'reason', 'radiculopathy:absent' -> 'radiculopathy: absent'."""
    if field in ("reason", "finding", "ground"):
        criterion, _, status = value.partition(":")
        name = criterion_label(criterion) if criterion in criteria() else criterion
        return f"{name}: {status}" if status not in ("", "n/a") else name
    if field == "outcome" and value in list(Outcome):
        return PLAIN[Outcome(value)]
    if field == "decided" and ".." in value:
        return _period(*value.split("..", 1))
    if field == "age" and ".." in value:
        low, high = value.split("..", 1)
        return f"under {high}" if low == "0" else f"{low} or older"
    known = {"jurisdiction": JURISDICTIONS, "intent": INTENTS}.get(field, {})
    return known.get(value) or (label("treatment" if field == "tried" else field, value) if field in _LISTED else value)


def condition_label(field: str, value: str) -> str:
    """A condition of a rate in words."""
    return value_label("reason" if field == "criterion" else field, value)


def fact_words(fact: Fact) -> str:
    """A fact on a criterion: which way it goes, or what it is, and the words of the case."""
    status = fact.value.partition(":")[2] or value_label(fact.field, fact.value)
    return f"{status} (“{squeeze(fact.words)}”)"


def _period(start: str, end: str) -> str:
    if start.startswith("0001"):
        return f"before {end}"
    if end.startswith("9999"):
        return f"since {start}"
    if start.endswith("-01-01") and end.endswith("-01-01") and int(end[:4]) == int(start[:4]) + 1:
        return start[:4]
    return f"{start} to {end}"


def choices(field: str) -> tuple[str, ...]:
    """The values a reading of this field can be changed to; none where the list is open."""
    if field == "outcome":
        return tuple(str(o) for o in Outcome if o is not Outcome.UNCLEAR)
    if field == "reason":
        return tuple(f"{c}:{s}" for c in criteria() for s in _statuses(c))
    if field in ("treatment", "region"):
        return tuple(tables()[field])
    return {"jurisdiction": tuple(JURISDICTIONS), "intent": ("list", "count", "why")}.get(field, ())


def _statuses(criterion: str) -> tuple[str, ...]:
    if criterion == "quantity":
        return "exceeds", "within"
    return ("absent", "present") if has_polarity(criterion) else ("n/a",)


def duration(seconds: float) -> str:
    """Seconds as people say them: 40 s, 3 min, 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
