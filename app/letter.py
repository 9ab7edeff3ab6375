"""A decision laid out to be read: its text in blocks by section, cut where a page begins and where the mark stands."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace

from corpus.decision import Decision, Reason, Section, Span

_RUN = re.compile(r"[ \t]*\n\s*")
# A line this long beside the longest ones was broken by the width of the paper, not by its writer.
_FULL = 0.72
_SHORTEST = 45  # characters of the longest lines: below it nothing is broken by width


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text as it is shown; `page` is set where that page begins with it."""

    text: str
    marked: bool
    heading: bool
    page: int | None


@dataclass(frozen=True, slots=True)
class Block:
    """A section of the letter, or what stands between two."""

    section: Section | None
    pieces: tuple[Piece, ...]


def blocks(decision: Decision, mark: Span | None) -> list[Block]:
    """The whole letter in order, word for word; only its line ends are laid out anew."""
    end = len(decision.text)
    starts = {start: n for n, (start, _) in enumerate(decision.pages, 1)}
    inside = [s for s in decision.sections if s.start < s.end]
    edges = sorted({0, end, *(s.start for s in inside), *(s.end for s in inside)})
    headings = {s.start: _end_of_heading(decision.text, s) for s in inside}
    cuts = sorted({*edges, *starts, *headings.values(), *(mark or ())})
    shown = _Shown(decision.text)
    found: list[Block] = []
    for a, b in itertools.pairwise(edges):
        if not decision.text[a:b].strip():
            continue
        section = min((s for s in inside if s.start <= a < s.end), key=lambda s: s.end - s.start, default=None)
        here = [a, *(c for c in cuts if a < c < b), b]
        pieces = [
            Piece(
                shown.between(x, y), mark is not None and mark[0] <= x < mark[1], x < headings.get(a, a), starts.get(x)
            )
            for x, y in itertools.pairwise(here)
        ]
        pieces[0] = replace(pieces[0], text=pieces[0].text.lstrip())
        pieces[-1] = replace(pieces[-1], text=pieces[-1].text.rstrip())
        found.append(Block(section, tuple(pieces)))
    return found


def _end_of_heading(text: str, section: Section) -> int:
    """Where a section's heading ends, its words standing at the section's start in whatever lines."""
    words = r"\s+".join(map(re.escape, section.heading.split()))
    found = re.compile(words + r"[:.]?", re.IGNORECASE).match(text, section.start, section.end) if words else None
    return found.end() if found else section.start


class _Shown:
    """The text with its lines joined to paragraphs where only the paper's width had broken them."""

    def __init__(self, text: str):
        self._text = text
        self._runs = [(m.start(), m.end()) for m in _RUN.finditer(text)]
        lines = [len(line.strip()) for line in text.split("\n") if line.strip()]
        self._width = sorted(lines)[int(len(lines) * 0.9)] if lines else 0
        blank = sum("\n" in text[a:b].strip(" \t").replace("\n", "", 1) for a, b in self._runs)
        self._double_spaced = blank > len(self._runs) / 2

    def between(self, start: int, end: int) -> str:
        """The stretch as shown; a run of line ends that is cut is shown with its first part."""
        parts, at = [], start
        for a, b in self._runs:
            if b <= start or a >= end:
                continue
            parts.append(self._text[at : max(a, at)])
            if a >= start:
                parts.append(self._end_of_line(a, b))
            at = min(b, end)
        return "".join(parts) + self._text[at:end]

    def _end_of_line(self, a: int, b: int) -> str:
        line = self._text[self._text.rfind("\n", 0, a) + 1 : a].strip()
        blank = self._text.count("\n", a, b) > 1
        goes_on = not line.endswith(":") or self._text[b : b + 1].islower()
        full = self._width >= _SHORTEST and len(line) >= _FULL * self._width and goes_on
        if full and (self._double_spaced or not blank):
            return "" if line.endswith("-") else " "
        return "\n" if not blank or (self._double_spaced and line) else "\n\n"


def ledger(reasons: tuple[Reason, ...]) -> list[tuple[Span, tuple[Reason, ...]]]:
    """The rows of an issue by the passage they are read from, in the order of the letter."""
    rows: dict[Span, tuple[Reason, ...]] = {}
    for reason in sorted(reasons, key=lambda r: r.start):
        span = reason.start, reason.end
        rows[span] = (*rows.get(span, ()), reason)
    return list(rows.items())


def span_of(text: str, length: int) -> Span | None:
    """'5120-5183' as a span of a text of this length, if it is one."""
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and len(text) < 20):
        return None
    start, end = int(first), int(last)
    return (start, end) if start < end <= length else None
