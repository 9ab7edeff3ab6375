"""A letter's text as the dialects read it: printing and scanning undone, no character moved, so that spans hold."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from corpus import california, texas
from corpus.decision import Span
from corpus.verdict import VERDICT


def legible(text: str, pages: Sequence[Span]) -> str:
    """The same number of characters: margins and running lines blank, confused letters and lost line ends restored."""
    return _relined(_unconfused(_without_running_lines(_without_margin(text), pages)))


_MARGIN = re.compile(r"(?m)^(?:>[>\s]*?(?=[^\s>]|$)|[^\S\n]*(?P<number>\d{1,4})(?=[^\S\n]{2,}|[^\S\n]*$))")
# So large a share of the lines has the mark where it is a margin.
_MOST = 0.8


def _without_margin(text: str) -> str:
    """Blank for the marks of a quoted message, and for numbers that count the lines."""
    marks = list(_MARGIN.finditer(text))
    lines = sum(1 for line in text.split("\n") if line.strip())
    if not marks or len(marks) < max(6, _MOST * lines):
        return text
    numbers = [int(mark["number"]) for mark in marks if mark["number"]]
    steps = sum(b in (a + 1, 1) for a, b in pairwise(numbers))
    if numbers and steps < _MOST * (len(numbers) - 1):
        return text
    return _blanked(text, [mark.span() for mark in marks])


def _blanked(text: str, spans: list[Span]) -> str:
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], re.sub(r"[^\n]", " ", text[start:end])]
        at = end
    return "".join([*pieces, text[at:]])


_PAGE_NUMBER = re.compile(r"(?:page|pg\.?|-)?\s*\d{1,3}\s*(?:of\s+\d{1,3}|-)?", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")


def _without_running_lines(text: str, pages: Sequence[Span]) -> str:
    """Blank for the lines at the edges of pages that count them: 'Page 2', 'Case CM16-0000000, page 2'."""
    edges: dict[str, list[tuple[Span, int]]] = defaultdict(list)
    for number, (start, end) in enumerate(pages, 1):
        lines = [m.span() for m in re.compile(r"[^\n]*\S[^\n]*").finditer(text, start, end)]
        for line in {*lines[:2], *lines[-2:]}:
            edges[_NUMBER.sub("#", text[slice(*line)]).strip()].append((line, number))
    spans = []
    for wording, found in edges.items():
        counts = all(str(number) in _NUMBER.findall(text[slice(*line)]) for line, number in found)
        if counts and (len(found) > 1 or _PAGE_NUMBER.fullmatch(text[slice(*found[0][0])].strip())) and "#" in wording:
            spans += [line for line, _ in found]
    return _blanked(text, sorted(spans)) if spans else text


# Digits and letters a scanner takes for each other.
_TO_DIGITS = str.maketrans("OolI", "0011")
_TO_LETTERS = str.maketrans("01", "ol")
# Always safe: a date or a case number with a letter in it.
_DATE = re.compile(
    r"(?<![\w/-])(?=[\dOolI/-]*\d)(?=[\d/-]*[OolI])[\dOolI]{1,2}[/-][\dOolI]{1,2}[/-][\dOolI]{2,4}(?![\w/-])"
)
_CASE = re.compile(r"\bCM[\dOolI]{2}-[\dOolI]{7}\b")
# Only in a letter that was scanned: words with a digit inside, capitals with a small l, numbers with a letter.
_WORD = re.compile(
    r"\b(?=\w{5})(?:0(?=[a-z]{3})[a-z]+|[A-Za-z][a-z]*[01]{1,2}[a-z]+)(?:[01]{1,2}[a-z]+)*\b|\b[A-Z]+0[A-Z]+\b"
)
_CAPITALS = re.compile(r"\b(?=[A-Z]*l)[A-Zl]*[A-Z][A-Zl]+s?\b|\bl(?=[mnst][a-z]{2})")
_MIXED = re.compile(r"\b(?=[\dOolI]*\d)(?=\d*[OolI])[\dOolI]{2,}\b")
_SIGNS = 3


def _unconfused(text: str) -> str:
    """Digits in numbers and letters in words, as a scanned page confuses them."""
    text = _CASE.sub(lambda m: "CM" + m[0][2:].translate(_TO_DIGITS), text)
    text = _DATE.sub(lambda m: m[0].translate(_TO_DIGITS), text)
    if len(_WORD.findall(text)) + len(_CAPITALS.findall(text)) < _SIGNS:
        return text
    text = _WORD.sub(lambda m: m[0].replace("0", "O") if m[0].isupper() else m[0].translate(_TO_LETTERS), text)
    text = _CAPITALS.sub(lambda m: m[0].replace("l", "I"), text)
    return _MIXED.sub(lambda m: m[0].translate(_TO_DIGITS), text)


# A title with its verdict that stands behind a sentence on the same line, as where two pages were joined.
_TITLE = re.compile(rf"(?<=[.!?]) (?=[A-Z0-9](?:[^.:\n]|\.(?=\d)){{3,160}}:\s+(?:{VERDICT})\b(?!\s+by))", re.IGNORECASE)
# The headings of the known forms, in capitals, behind other words.
_KNOWN = "|".join(h.wording for h in (*california.HEADINGS, *texas.HEADINGS))
_HEADING = re.compile(rf"(?<=[^A-Z\s]) (?=\[?(?:{_KNOWN}))")
# What else begins a line, where a text has lost them all: statements, labels, boxes, numbers of a list.
_LOST = re.compile(
    r" (?=The (?:Claims Administrator|(?:Expert|Physician) Reviewer)(?:['’]s)? (?:based|did not|decision)"
    r"|(?:Claims Administrator|MAXIMUS|Expert Reviewer) guideline:|Decision rationale:|Date Assigned:|Decision Date:"
    r"|Priority:|State\(s\)|Certification\(s\)|Section of the (?:MTUS|Medical)|Upon independent review"
    r"|[\[(] {0,3}[xX]? {0,3}[\])]|[☒☐☑•●▪]|\d{1,2}[.)] [A-Z])"
    r"|(?<=[A-Z]{4}\]) (?=[A-Z][a-z])|(?<=[A-Z]{4}:) |(?<=[A-Z]{4}) (?=[A-Z][a-z]|[\d(])"
)
# A text has lost its lines if they are this long on average, and it is longer than a note without any.
_LINE_OF_PROSE, _SHORT = 400, 600


def has_lost_its_lines(text: str) -> bool:
    """Whether a text longer than a note runs on without line ends."""
    lines = sum(1 for line in text.split("\n") if line.strip())
    return len(text) > max(_SHORT, _LINE_OF_PROSE * lines)


def _relined(text: str) -> str:
    """A line end in place of the space before a title or heading that lost it."""
    lost = has_lost_its_lines(text)
    text = _HEADING.sub("\n", _TITLE.sub("\n", text))
    return _LOST.sub("\n", text) if lost else text
