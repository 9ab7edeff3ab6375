"""How a letter is laid out: its headings, the sections between them, labelled values and dates."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from corpus.decision import Section, Span, Voice
from corpus.sentences import squeeze, trim


@dataclass(frozen=True, slots=True)
class Heading:
    """One kind of heading a dialect knows: what it opens, whose voice follows, and how it is worded."""

    kind: str
    voice: Voice
    pattern: re.Pattern[str]
    wording: str


def heading(kind: str, voice: Voice, wording: str) -> Heading:
    """A heading's wording, where a space stands for any space and line breaks; it begins a line, with a capital."""
    flexible = wording.replace(" ", r"\s+")
    opening = r"(?m)^[^\S\n]*\[?(?:\d{1,2}[.)]\s*)?(?-i:(?![a-z]))"
    return Heading(kind, voice, re.compile(rf"{opening}(?:{flexible})", re.IGNORECASE), flexible)


def split_sections(text: str, headings: Iterable[Heading]) -> list[Section]:
    """The whole text as sections: what stands before the first heading is the header.

    A heading of the form that is repeated word for word is a running title and opens nothing.
    """
    found: list[tuple[int, int, Heading]] = []
    for kind in headings:
        found += [(m.start(), m.end(), kind) for m in kind.pattern.finditer(text)]
    found.sort(key=lambda f: (f[0], -f[1]))
    kept: list[tuple[int, int, Heading]] = []
    printed: set[str] = set()
    for start, end, kind in found:
        wording = squeeze(text[start:end]).lower()
        repeated = kind.voice is Voice.BOILERPLATE and wording in printed
        if not repeated and (not kept or start >= kept[-1][1]):
            kept.append((start, end, kind))
            printed.add(wording)
    bounds = [start for start, _, _ in kept] + [len(text)]
    sections = []
    if bounds[0] > 0:
        sections.append(Section("header", "", 0, bounds[0], Voice.BOILERPLATE))
    for (start, end, kind), close in zip(kept, bounds[1:], strict=True):
        a, b = trim(text, start, end)
        sections.append(Section(kind.kind, squeeze(text[a:b]), start, close, kind.voice))
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
    r"(?:(?:^|\n)[^\S\n]*(?:(?:Issue|Item|Request)[^\S\n]*)?#?|(?<=[\s;:,])(?=\()"
    r"|(?<=[.;:,]\s)(?=(?-i:[A-H])\.\s(?-i:[A-Z])))\(?(?P<mark>\d{1,2}|[a-h])[).:](?=\s)",
    re.IGNORECASE,
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
        marks = [m.span() for m in _BULLET.finditer(body)] or [m for m in marks if not body[: m[0]].strip()]
    if not marks:
        return [trim(text, start, end)]
    bounds = [(close, opening) for (_, close), (opening, _) in pairwise([*marks, (len(body), len(body))])]
    return [trim(text, start + a, start + b) for a, b in bounds]


_ASKED = re.compile(
    r"^(?:(?:The\s+)?(?:services?|items?)\s+in\s+dispute\s+(?:is|are)\s+)?(?:Regarding|As\s+to|With\s+regard\s+to"
    r"|Decision\s+for|In\s+regard\s+to|Whether|Is|Are)?\s*(?:the\s+)?"
    r"(?:(?:prospective|retrospective|concurrent)?\s*medical\s+necessity\s+of\s+(?:an?\s+|the\s+)?"
    r"|request(?:ed|s)?\s+(?:for\s+(?:an?\s+|the\s+)?)?)?",
    re.IGNORECASE,
)
_ANSWERED = re.compile(
    r",?\s+(?:(?:is|are|was|were)\s+(?:not\s+)?(?:found\s+|deemed\s+)?(?:to\s+be\s+)?)?medically\s+necessary\b.*$",
    re.IGNORECASE | re.DOTALL,
)


def service_name(words: str) -> str:
    """A disputed service on one line, without the question it was put in: 'Is the MRI medically necessary?'."""
    return _ANSWERED.sub("", _ASKED.sub("", squeeze(words), count=1)).strip(" :;,.?")


_MONTHS = [name.lower() for name in calendar.month_name[1:]]
_MONTH = r"(?P<m>[A-Za-z]{3,9})\.?"
_DATES = (
    re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b"),
    re.compile(r"\b(?P<m>\d{1,2})[/-](?P<d>\d{1,2})[/-](?P<y>\d{4}|\d{2})\b"),
    re.compile(rf"\b{_MONTH}[ /-]+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?[ /-]+(?P<y>\d{{4}})\b"),
    re.compile(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[ /-]+{_MONTH},?[ /-]+(?P<y>\d{{4}})\b"),
)


def parse_date(text: str) -> str | None:
    """The first date in the text as YYYY-MM-DD; None where it is missing, masked or impossible."""
    found = [(m.start(), day) for pattern in _DATES for m in pattern.finditer(text) if (day := _date(**m.groupdict()))]
    return min(found)[1] if found else None


def _date(y: str, m: str, d: str) -> str | None:
    month = int(m) if m.isdigit() else _month(m.lower())
    year = int(y) + (2000 if int(y) < 60 else 1900) if len(y) == 2 else int(y)
    try:
        return date(year, month, int(d)).isoformat()
    except ValueError:
        return None


def _month(word: str) -> int:
    """The month a word names, whole or cut short; 0 for any other word."""
    return next((n for n, name in enumerate(_MONTHS, 1) if name.startswith(word)), 0)


# What letters call the facts of their header; a space stands for any space.
_WORDINGS = {
    "decision": r"(?:\bDecision Date|\bDate of (?:the |this )?(?:Report|Decision|Determination|Review|Notice|Letter)"
    r"|\b(?:Report|Review|Determination) Date|\bDate Notice Sent to All Parties"
    r"|(?:^|[/|;.,])[^\S\n]*(?:Dated?|Decided|Decision of|Issued|Report date|(?:Review )?closed)\b)",
    "injury": r"\b(?:Date of Injury|Injury Date|DOI|Injur(?:y|ed)(?=[^\w\n]{1,3}\d))",
    "assigned": r"\bDate Assigned",
    "received": r"\b(?:(?:IMR )?Application )?Received",
    "ur_denial": r"\b(?:UR Denial Date|Date of (?:UR|Utilization Review) (?:Decision|Denial|Determination)"
    r"|(?:UR|Utilization Review) (?:Decision )?Date|Denied(?=[^\w\n]{1,3}\d)|UR of(?=\s+\d))",
    "case": r"\b(?:(?:IRO|IMR|MAXIMUS) )?(?:Case|Reference|File)(?:\s*(?:#|No\.?|Number)|(?=:))",
}
HEADER_LABELS = {
    name: re.compile(wording.replace(" ", r"[^\S\n]+"), re.I | re.M) for name, wording in _WORDINGS.items()
}
_VALUE = re.compile(r"[A-Z]{0,4}\d[\w/.-]*\d|[xX]{2}[\w/]*")


def dates_in(text: str) -> dict[str, str | None]:
    """The dates of a letter's header: behind their labels, under them in columns, and its own on a line by itself."""
    columns = _columns(text)
    dates: dict[str, str | None] = {}
    for name in ("decision", "injury", "assigned", "received", "ur_denial"):
        places = (m.end() for m in HEADER_LABELS[name].finditer(text))
        said = (columns.get(place, text[place : place + 40]) for place in places)
        dates[name] = next((day for words in said if (day := _leading_date(words))), None)
    return dates | {"decision": dates["decision"] or letter_date(text)}


def _leading_date(words: str) -> str | None:
    """The date words begin with, but for a colon, a bracket or a line end."""
    found = _AT_ONCE.match(words)
    return parse_date(words[: found.end() + 22]) if found else None


_AT_ONCE = re.compile(r"(?:\s|[:\]]|\bon\b|\bof\b)*(?=\d|[A-Z][a-z]{2,8}[ /.-])")


def _columns(text: str) -> dict[int, str]:
    """Values under a row of labels: the place behind each label -> its value on the next line."""
    found: dict[int, str] = {}
    lines = [(m.start(), m.group(0)) for m in re.finditer(r"[^\n]*\S[^\n]*", text[:4000])]
    for (start, line), (_, below) in pairwise(lines):
        if any(mark.isdigit() for mark in line):
            continue
        labels = sorted({m.span() for pattern in HEADER_LABELS.values() for m in pattern.finditer(line)})
        rest = line
        for a, b in labels:
            rest = rest[:a] + " " * (b - a) + rest[b:]
        values = _VALUE.findall(below)
        if len(labels) > 1 and len(labels) == len(values) and not rest.strip(" :\t|/"):
            found |= {start + b: value for (_, b), value in zip(labels, values, strict=True)}
    return found


_DATED = re.compile(
    r"(?im)(?<!:\n)^[^\S\n]*(?:Dated?(?: of (?:notice|decision|letter|report|review))?\s*:)?[^\S\n]*"
    r"([\w.,/ -]{6,24}?)[^\S\n]*$"
)


def letter_date(text: str) -> str | None:
    """The date a letter bears at its head: on a line of its own, or behind 'Date:'."""
    lines = (line.group(1) for line in _DATED.finditer(text[:1500]))
    return next((day for line in lines if (day := parse_date(line))), None)


def labelled(text: str, label: str, limit: int = 40) -> str | None:
    """What follows a label such as 'Date Assigned:' on its line or, where that is blank, on the next one."""
    match = re.search(rf"{label}\s*:[^\S\n]*(?:\n(?![^\n]*:)\s*)?(\S[^\n]{{0,{limit - 1}}})", text, re.IGNORECASE)
    return match.group(1).strip() if match else None


_AGE = re.compile(
    r"\b(\d{1,3})[\s-]*(?:years?|yrs?|y)[\s./-]*(?:old|o\b)|\bage[d]?\s+(?:of\s+)?(\d{1,3})\b", re.IGNORECASE
)
_SEX = re.compile(r"\b(female|male|woman|man|gentleman|lady)\b", re.IGNORECASE)
_SHE = re.compile(r"\b(she|her)\b", re.IGNORECASE)
_HE = re.compile(r"\b(he|his|him)\b", re.IGNORECASE)


def patient(text: str) -> dict[str, int | str | None]:
    """Age and sex where the summary gives them; null where it does not."""
    age = _AGE.search(text[:3000])
    years = int(next(g for g in age.groups() if g)) if age else None
    return {"age": years if years is None or years < 111 else None, "sex": _sex(text)}


def _sex(text: str) -> str | None:
    """The sex the summary names, else that of its pronouns if they agree."""
    if named := _SEX.search(text[:3000]):
        return "female" if named.group(1).lower() in ("female", "woman", "lady") else "male"
    she, he = bool(_SHE.search(text)), bool(_HE.search(text))
    return None if she == he else "female" if she else "male"
