"""How a letter is laid out: its headings, the sections between them, labelled values and dates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from corpus.decision import Section, Span, Voice
from corpus.sentences import trim


@dataclass(frozen=True, slots=True)
class Heading:
    """One kind of heading a dialect knows: what it opens, whose voice follows, and how it is worded."""

    kind: str
    voice: Voice
    pattern: re.Pattern[str]


def heading(kind: str, voice: Voice, wording: str) -> Heading:
    """A heading's wording, where a space stands for any space and line breaks, matched at the start of a line."""
    flexible = wording.replace(" ", r"\s+")
    return Heading(kind, voice, re.compile(rf"(?m)^[^\S\n]*(?:\d{{1,2}}[.)]\s*)?(?:{flexible})", re.IGNORECASE))


def split_sections(text: str, headings: Iterable[Heading]) -> list[Section]:
    """The whole text as sections: what stands before the first heading is the header."""
    found: list[tuple[int, int, Heading]] = []
    for kind in headings:
        found += [(m.start(), m.end(), kind) for m in kind.pattern.finditer(text)]
    found.sort(key=lambda f: (f[0], -f[1]))
    kept: list[tuple[int, int, Heading]] = []
    for start, end, kind in found:
        if not kept or start >= kept[-1][1]:
            kept.append((start, end, kind))
    bounds = [start for start, _, _ in kept] + [len(text)]
    sections = []
    if bounds[0] > 0:
        sections.append(Section("header", "", 0, bounds[0], Voice.BOILERPLATE))
    for (start, end, kind), close in zip(kept, bounds[1:], strict=True):
        a, b = trim(text, start, end)
        sections.append(Section(kind.kind, " ".join(text[a:b].split()), start, close, kind.voice))
    return sections


def body_start(text: str, section: Section) -> int:
    """Where a section's text begins, after its heading."""
    if not section.heading:
        return section.start
    wording = r"\s+".join(re.escape(word) for word in section.heading.split())
    match = re.compile(r"\s*" + wording + r"\s*:?").match(text, section.start)
    return match.end() if match else section.start


_BULLET = re.compile(r"(?m)(?:^|(?<=\n))[^\S\n]*[•●▪☐☒*-][^\S\n]+(?=\S)")
_NUMBER = re.compile(
    r"(?:(?:^|\n)[^\S\n]*(?:Issue|Item|Request)?\s*#?|(?<=[\s;:,])(?=\())\(?(?P<mark>\d{1,2}|[a-h])[).:](?=\s)", re.IGNORECASE
)


def list_items(text: str, start: int, end: int) -> list[Span]:
    """The entries of a list, without their marks: counted 1, 2, 3 or a, b, c, or bulleted; else the whole."""
    body = text[start:end]
    marks: list[Span] = []
    for match in _NUMBER.finditer(body):
        mark = match.group("mark").lower()
        place = int(mark) if mark.isdigit() else ord(mark) - ord("a") + 1
        if place == len(marks) + 1:
            marks.append(match.span())
    if len(marks) < 2:
        marks = [m.span() for m in _BULLET.finditer(body)]
    if not marks:
        return [trim(text, start, end)]
    bounds = [(close, opening) for (_, close), (opening, _) in pairwise([*marks, (len(body), len(body))])]
    return [trim(text, start + a, start + b) for a, b in bounds]


_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NUMERIC = re.compile(r"\b(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})\b")
_WORDED = re.compile(r"\b([A-Za-z]{3,9})\.?[ /]+(\d{1,2})(?:st|nd|rd|th)?,?[ /]+(\d{4})\b")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")


def parse_date(text: str) -> str | None:
    """The first date in the text as YYYY-MM-DD; None where it is missing or masked."""
    for pattern, order in ((_ISO, "ymd"), (_NUMERIC, "mdy"), (_WORDED, "mdy")):
        match = pattern.search(text)
        if match:
            found = dict(zip(order, match.groups(), strict=True))
            if parsed := _date(found["y"], found["m"], found["d"]):
                return parsed
    return None


def _date(year: str, month: str, day: str) -> str | None:
    number = int(month) if month.isdigit() else next(
        (n for n, name in enumerate(_MONTHS, 1) if month.lower().startswith(name)), 0
    )
    full = int(year) + (2000 if int(year) < 60 else 1900) if len(year) == 2 else int(year)
    try:
        return date(full, number, int(day)).isoformat()
    except ValueError:
        return None


def labelled(text: str, label: str, limit: int = 40) -> str | None:
    """What follows a label such as 'Date Assigned:' on the same or the next line."""
    match = re.search(rf"{label}\s*:[ \t]*\n?[ \t]*([^\n]{{1,{limit}}})", text, re.IGNORECASE)
    return match.group(1).strip() or None if match else None


def find_span(pattern: re.Pattern[str], text: str, start: int, end: int) -> Span | None:
    match = pattern.search(text, start, end)
    return match.span() if match else None


_AGE = re.compile(r"\b(\d{1,3})[\s-]*(?:years?|yrs?|y)[\s./-]*(?:old|o\b)|\bage[d]?\s+(?:of\s+)?(\d{1,3})\b", re.IGNORECASE)
_SEX = re.compile(r"\b(female|male|woman|man|gentleman|lady)\b", re.IGNORECASE)
_SHE = re.compile(r"\b(she|her)\b", re.IGNORECASE)
_HE = re.compile(r"\b(he|his|him)\b", re.IGNORECASE)


def patient(text: str) -> dict[str, int | str | None]:
    """Age and sex where the summary gives them; null where it does not."""
    age = _AGE.search(text[:3000])
    years = int(next(g for g in age.groups() if g)) if age else None
    sex = _SEX.search(text[:3000])
    if sex:
        word = "female" if sex.group(1).lower() in ("female", "woman", "lady") else "male"
    else:
        she, he = len(_SHE.findall(text)), len(_HE.findall(text))
        word = None if she == he else "female" if she > he else "male"
        if min(she, he):
            word = None
    return {"age": years if years is None or years < 111 else None, "sex": word}
