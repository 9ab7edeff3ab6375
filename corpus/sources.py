"""Which guideline each side cited, by chapter and page: 'MTUS Low Back Complaints, page 303' -> Source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from corpus.decision import Decision, Issue, Source, Span
from corpus.roles import role_cues
from corpus.sentences import sentences
from corpus.terms import Term, label, lexicon, named_guidelines

_PAGES = re.compile(
    r"\b(?:pages?|pgs?\.?|pp?\.)\s*(?:\(s\))?[\s:#]*(\d{1,4}(?:\s*(?:[-–,&/]|and|to|through)+\s*\d{1,4})*)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\bchapter\s+(\d{1,2})\b", re.IGNORECASE)
_YEAR = re.compile(r"[\s(,]*(?:19|20)\d\d\b")
# Between two chapters of one citation, or a book and its chapter, stand only these.
_BETWEEN = re.compile(r"(?:[\s,;:&/()-]|\band\b|\bchapters?\b|\bguidelines?\b|\bcomplaints\b|\b(?:19|20)\d\d\b)*", re.I)
# A chapter is called so, or follows its book at once, or bears the year of its edition.
_CALLED = re.compile(r"[\s(),]*(?:chapter|section|guidelines?)\b", re.IGNORECASE)
_TITLE = re.compile(r"\b(?:complaints|disorders|treatment|conditions)$", re.IGNORECASE)
_SIDES = {"administrator-guideline": "administrator", "reviewer-guideline": "reviewer", "guidelines": "reviewer"}


def sources_of(decision: Decision, issue: Issue) -> tuple[Source, ...]:
    """What the statements of both sides cite for an issue, and what its rationale cites by chapter or page."""
    text, found = decision.text, []
    for section in decision.sections:
        if section.kind in _SIDES and section.issue in (issue.number, None):
            found += _cited(text, (section.start, section.end), _SIDES[section.kind])
    if issue.rationale:
        argued = (source for source in _argued(text, issue.rationale) if source.chapter or source.pages)
        known = {(source.guideline, source.chapter, source.pages) for source in found}
        found += (source for source in argued if (source.guideline, source.chapter, source.pages) not in known)
    return tuple(dict.fromkeys(found))


def _argued(text: str, rationale: Span) -> Iterator[Source]:
    """What the reviewer's own sentences cite; a retold denial cites for the other side."""
    for start, end in sentences(text, *rationale):
        by = "administrator" if role_cues("review").search(text, start, end) else "reviewer"
        yield from _cited(text, (start, end), by)


def _cited(text: str, span: Span, by: str) -> list[Source]:
    """The guidelines of a passage in order, each with the chapters and pages that belong to it."""
    words = text[slice(*span)]
    books = named_guidelines(words)
    if not books:
        return []
    chapters = [(t.start, t.end, label("chapter", t.value)) for t in lexicon("chapter").find(words)]
    beside = [end for _, end, _ in chapters] + [start for start, _, _ in chapters]
    chapters += [(*m.span(), f"Chapter {m[1]}") for m in _NUMBERED.finditer(words) if not _adjoins(words, m, beside)]
    found: list[Source] = []
    for start, end, name in sorted(chapters):
        if book := _book_of(words, books, start, end):
            before = next((s for s in reversed(found) if s.guideline == book.value.upper()), None)
            if name.startswith("Chapter ") and before:
                continue  # "Chapter 12, Low Back": the same chapter by its number
            close = end + (m.end() if (m := _CALLED.match(words[end:])) else 0)
            opening = book.start if _BETWEEN.fullmatch(words[book.end : start]) else start
            found.append(Source(by, book.value.upper(), name, (), span[0] + opening, span[0] + close))
    for book in books:
        if all(source.guideline != book.value.upper() for source in found):
            found.append(Source(by, book.value.upper(), None, (), span[0] + book.start, span[0] + book.end))
    found.sort(key=lambda source: source.end)
    return _with_pages(words, span[0], found)


def _adjoins(words: str, number: re.Match[str], places: list[int]) -> bool:
    """Whether a numbered chapter stands beside its own name."""
    gaps = (
        words[number.end() : place] if place > number.start() else words[place : number.start()] for place in places
    )
    return any(_BETWEEN.fullmatch(gap) for gap in gaps)


def _book_of(words: str, books: list[Term], start: int, end: int) -> Term | None:
    """The book a chapter belongs to, if the words are a chapter at all and not a part of the body."""
    before = [book for book in books if book.start <= start]
    book = before[-1] if before else books[0]
    if book.start <= start < book.end or book.start < end <= book.end:
        return book
    named = _CALLED.match(words[end:]) or _YEAR.match(words[end:]) or _TITLE.search(words[start:end])
    at_once = before and _BETWEEN.fullmatch(words[book.end : start])
    return book if at_once or (named and words[start].isupper()) else None


def _with_pages(words: str, offset: int, found: list[Source]) -> list[Source]:
    """Each mention of pages goes to the citation that ends last before it, which then reaches to them."""
    for pages in _PAGES.finditer(words):
        at = max((n for n, s in enumerate(found) if s.end <= offset + pages.start()), default=None)
        if at is not None:
            numbers = tuple(re.sub(r"\s+", " ", pages.group(1)).split(", "))
            found[at] = replace(found[at], pages=found[at].pages + numbers, end=offset + pages.end())
    return found
