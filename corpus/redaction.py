"""What a letter has a place for and does not show: 'Date of Injury: xx/xx/xxxx', 'IRO Case #:' and a blank."""

from __future__ import annotations

import re

from corpus.decision import Decision
from corpus.layout import HEADER_LABELS

# What stands in a value's place: nothing, crosses, bars, or a word that says it was taken out.
_MASK = (
    r"(?:[\[(<]?\s*(?:redacted|removed|withheld|deleted|omitted|confidential)\b|[xX]{2,}|[xX](?:\W[xX])+"
    r"|[█▇■▮*#_]{2,}|\[\s*\]|\(\s*\)|-{3,})"
)
_NEXT_LABEL = r"(?<=:)[^\S\n]*(?=[A-Z][A-Za-z]+(?:[ ][A-Za-z]+){0,4}:)"
_NOTHING = rf"\]?[^\S\n]*:?[^\S\n]*(?:{_MASK}|$|{_NEXT_LABEL})"
_BLANK = {name: re.compile(rf"{label.pattern}{_NOTHING}", re.I | re.M) for name, label in HEADER_LABELS.items()}
# The same inside a sentence: "injured on xx/xx/xx", "an XX-year-old man".
_BLANK_IN_PROSE = {
    "dates.injury": re.compile(rf"\b(?:injur|accident|hurt)\w*\b[^.;]{{0,80}}?\b(?:on|of|in|dated)\s+{_MASK}", re.I),
    "patient.age": re.compile(rf"{_MASK}[\])>]?[\s-]*(?:years?|yrs?|y)[\s./-]*(?:old|o\b)", re.IGNORECASE),
}


def redacted_in(decision: Decision) -> tuple[str, ...]:
    """The facts that are null because the source leaves their place empty or masks it, by their names in the record."""
    missing = {"case_number": decision.case_number, "patient.age": decision.patient.get("age")}
    missing |= {f"dates.{name}": value for name, value in decision.dates.items()}
    return tuple(name for name, value in missing.items() if value is None and _is_blank(name, decision.text))


def _is_blank(name: str, text: str) -> bool:
    label = _BLANK.get("case" if name == "case_number" else name.removeprefix("dates."))
    told = _BLANK_IN_PROSE.get(name)
    return bool((label and label.search(text)) or (told and told.search(text)))
