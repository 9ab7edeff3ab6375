"""The vocabulary every room speaks: frozen values whose spans point into `Decision.text`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

Span = tuple[int, int]


class Outcome(StrEnum):
    """How the independent reviewer decided; UNCLEAR is an answer, never a guess."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"
    MIXED = "mixed"
    UNCLEAR = "unclear"


class Voice(StrEnum):
    """Who is speaking: only the reviewer decides, everyone else is quoted or retold."""

    REVIEWER = "reviewer"
    UTILIZATION_REVIEW = "utilization-review"
    PROVIDER = "provider"
    GUIDELINE = "guideline"
    HISTORY = "history"
    BOILERPLATE = "boilerplate"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of the letter; `issue` is set where it belongs to one disputed service."""

    kind: str
    heading: str
    start: int
    end: int
    voice: Voice
    issue: int | None = None


BUILT_IN = "built-in"  # the reader of `corpus.reasons`; any other is named by whoever hands it in


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the ledger: why a service was decided as it was, in whose voice, where it says so, and who read it."""

    criterion: str
    status: str
    voice: Voice
    start: int
    end: int
    reader: str = BUILT_IN


@dataclass(frozen=True, slots=True)
class Source:
    """A guideline one side cites, with chapter and pages where the letter names them, and the place that does."""

    by: str
    guideline: str
    chapter: str | None
    pages: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Flag:
    """A possible mistake of fact: two places of the letter that do not agree, in the words of `said`."""

    kind: str
    issue: int | None
    said: str
    spans: tuple[Span, Span]


@dataclass(frozen=True, slots=True)
class Issue:
    """One disputed service with its outcome and the reviewer's reasons."""

    number: int
    service: str
    start: int
    end: int
    outcome: Outcome
    outcome_span: Span | None
    rationale: Span | None = None
    treatments: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    side: str | None = None
    codes: tuple[str, ...] = ()
    guidelines: dict[str, list[str]] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """One letter as stored: its text, its parts, and what was decided."""

    id: str
    source: str
    sha256: str
    text: str
    pages: tuple[Span, ...]
    jurisdiction: str | None
    kind: str
    case_number: str | None = None
    dates: dict[str, str | None] = field(default_factory=dict)
    reviewer: dict[str, list[str]] = field(default_factory=dict)
    patient: dict[str, Any] = field(default_factory=dict)
    sections: tuple[Section, ...] = ()
    issues: tuple[Issue, ...] = ()
    flags: tuple[Flag, ...] = ()
    redacted: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def quote(self, start: int, end: int) -> str:
        return self.text[start:end]

    def page_of(self, position: int) -> int:
        """The page, counted from 1, on which a position stands."""
        return next((n for n, (_, end) in enumerate(self.pages, 1) if position < end), len(self.pages))

    def section_at(self, position: int) -> Section | None:
        return next((s for s in self.sections if s.start <= position < s.end), None)


@dataclass(frozen=True, slots=True)
class Passage:
    """What is indexed: a run of one voice inside one section."""

    decision: str
    issue: int | None
    section: str
    voice: Voice
    start: int
    end: int
    text: str


def to_json(decision: Decision) -> dict[str, Any]:
    """The contract's JSON: the same fields, each reason with its verbatim quote."""
    data = asdict(decision)
    for issue in data["issues"]:
        for reason in issue["reasons"]:
            reason["quote"] = decision.quote(reason["start"], reason["end"])
    for flag in data["flags"]:
        flag["quotes"] = [decision.quote(*span) for span in flag["spans"]]
    return data


def from_json(data: dict[str, Any]) -> Decision:
    """The value again from what `to_json` wrote."""
    sections = tuple(Section(**s | {"voice": Voice(s["voice"])}) for s in data["sections"])
    return Decision(
        **data
        | {
            "pages": tuple((a, b) for a, b in data["pages"]),
            "sections": sections,
            "issues": tuple(_issue(i) for i in data["issues"]),
            "flags": tuple(_flag(f) for f in data.get("flags", ())),
            "redacted": tuple(data.get("redacted", ())),
            "warnings": tuple(data["warnings"]),
        }
    )


def _flag(data: dict[str, Any]) -> Flag:
    (a, b), (c, d) = data["spans"]
    return Flag(data["kind"], data["issue"], data["said"], ((a, b), (c, d)))


def _issue(data: dict[str, Any]) -> Issue:
    lists = ("treatments", "regions", "drugs", "levels", "codes")
    reasons = tuple(
        Reason(r["criterion"], r["status"], Voice(r["voice"]), r["start"], r["end"], r.get("reader", BUILT_IN))
        for r in data["reasons"]
    )
    sources = tuple(Source(**s | {"pages": tuple(s["pages"])}) for s in data.get("sources", ()))
    spans = {name: tuple(data[name]) if data[name] else None for name in ("outcome_span", "rationale")}
    return Issue(
        **data
        | {name: tuple(data[name]) for name in lists}
        | spans
        | {"outcome": Outcome(data["outcome"]), "sources": sources, "reasons": reasons}
    )
