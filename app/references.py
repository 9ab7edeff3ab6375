"""How a passage is cited: the form attorneys use, with what the source redacts named as such."""

from __future__ import annotations

from datetime import date

from corpus.decision import Decision

_SECTION = {"rationale": "Analysis", "history": "History", "outcome": "Outcome", "dispute": "Services in dispute"}
_MONTHS = ("Jan.", "Feb.", "Mar.", "Apr.", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.")


def reference(decision: Decision, issue: int | None, section: str, position: int) -> str:
    """'Cal. IMR Case No. CM16-0247274, Final Determination (Jan. 5, 2017), Issue 3, p. 2'."""
    page = f"p. {decision.page_of(position)}"
    number = decision.case_number or "[redacted in source]"
    if decision.jurisdiction == "CA":
        where = (
            f"Issue {issue + 1}" if issue is not None else _SECTION.get(section, section.replace("-", " ").capitalize())
        )
        return f"Cal. IMR Case No. {number}, Final Determination ({_day(decision)}), {where}, {page}"
    part = _SECTION.get(section, section.replace("-", " ").capitalize())
    if decision.jurisdiction == "TX":
        service = f", Issue {issue + 1}" if issue is not None and len(decision.issues) > 1 else ""
        return f"Tex. IRO Case No. {number}, Review Dec. ({_day(decision)}){service}, {part}, {page}"
    return f"Letter {decision.source}, Decision ({_day(decision)}), {part}, {page}"


def _day(decision: Decision) -> str:
    decided = decision.dates.get("decision")
    if not decided:
        return "date redacted in source"
    day = date.fromisoformat(decided)
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"
