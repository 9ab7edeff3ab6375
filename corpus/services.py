"""Several services in one letter: told apart in a list, found again by name or number, decided each for itself."""

from __future__ import annotations

import re
from itertools import pairwise

from corpus.decision import Outcome, Span
from corpus.layout import list_items
from corpus.sentences import sentences, squeeze, trim
from corpus.terms import codes_in, regions_in, service_treatments, treatments_in
from corpus.verdict import SAID, is_echo, verdict_of, verdicts_by_clause

Verdict = tuple[Outcome, Span | None]

_ANSWER_ROW = re.compile(r"(?m)^[^\S\n]*(\S[^\n]*?)(?:\s{2,}|:\s+)(yes|no)[^\S\n]*$", re.IGNORECASE)
_LEAN = re.compile(
    r"^\W*(?:(?:with|without|under|including|includ|using|as|for|to|at|of|plus|per)\b|[CTLS]-?\d{1,2}(?!\d))",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r";\s+(?:and\s+)?|\.\s*\n\s*|,?\s+and\s+(?=[A-Za-z0-9])|,\s+|\n\s*(?=[A-Z0-9])")


def services_in(text: str, start: int, end: int) -> list[Span]:
    """The services a passage lists: its entries, its lines, or the parts of its sentence."""
    items = list_items(text, start, end)
    return items if len(items) > 1 else _lines(text, *items[0]) or _merged(text, _parts(text, *items[0]))


def _lines(text: str, start: int, end: int) -> list[Span]:
    """A list by lines or semicolons: each names a treatment of its own and leans on none before it."""
    for mark in (r"\n\s*(?=[A-Z\d])", r";\s+(?:and\s+)?"):
        cuts = [start, *(m.end() for m in re.compile(mark).finditer(text, start, end)), end]
        lines = [trim(text, a, b) for a, b in pairwise(cuts)]
        named = all(treatments_in(text[a:b]) for a, b in lines)
        if len(lines) > 1 and named and not any(_LEAN.search(text[a:b]) for a, b in lines[1:]):
            return lines
    return []


def _parts(text: str, start: int, end: int) -> list[Span]:
    """An unnumbered list, split at semicolons, commas, 'and' and lines; the ingredients of one cream are one part."""
    if service_treatments(text[start:end]) == ("topical",):
        return [(start, end)]
    cuts = {start, end} | {m.end() for m in _BETWEEN.finditer(text, start, end)}
    return [trim(text, a, b) for a, b in pairwise(sorted(cuts)) if text[a:b].strip(" .;:\n")]


# A service has named itself within so many characters.
_NAME = 400


def _merged(text: str, parts: list[Span]) -> list[Span]:
    """What leans on a procedure stays with it: guidance, sedation, doses, further levels."""
    merged: list[Span] = []
    for a, b in parts:
        if merged and not _stands_alone(text[a:b], text[merged[-1][0] : merged[-1][1]][:_NAME]):
            merged[-1] = (merged[-1][0], b)
        else:
            merged.append((a, b))
    return merged


def _stands_alone(words: str, before: str) -> bool:
    """A part is a service of its own if it names a treatment, does not lean on the part before, and differs from it."""
    kinds = {kind for kind, _ in treatments_in(words)}
    earlier = {kind for kind, _ in treatments_in(before)}
    if not kinds or not earlier or _LEAN.search(words) or (kinds == {"surgery-associated"} and not codes_in(words)):
        return bool(kinds) and not earlier and len(before) > 60
    here, there = set(regions_in(words)), set(regions_in(before))
    elsewhere = bool(here and there) and not here & there
    return bool(kinds - earlier) or elsewhere or bool(codes_in(words) and codes_in(before))


def said_of(text: str, span: Span, services: list[str]) -> dict[int, Verdict]:
    """The last row, sentence or clause that decides each service by its name."""
    said: dict[int, Verdict] = {}
    names = Names(services)
    for row in _ANSWER_ROW.finditer(text, *span):
        if (n := names.the_one(row.group(1))) is not None:
            said[n] = (Outcome.OVERTURNED if row.group(2).lower() == "yes" else Outcome.UPHELD), row.span()
    last: list[int] = []
    for a, b in _statements(text, *span):
        words = squeeze(text[a:b])
        echo, found = is_echo(words), list[tuple[int, Outcome]]()
        who = last if echo else []
        for clause, outcome in verdicts_by_clause(words):
            who = names.meant(clause) if names.any(clause) else who
            found += ((n, outcome) for n in who if outcome)
        for n in {n for n, _ in found}:
            outcomes = {outcome for m, outcome in found if m == n} | ({said[n][0]} if echo and n in last else set())
            said[n] = (outcomes.pop() if len(outcomes) == 1 else Outcome.MIXED), (a, b)
        if not found and _FOLLOWS.search(words):
            said |= _following(names.meant(words), last, said, (a, b))
        last = [n for n, _ in found] or last
    return said


_ANNOUNCED = re.compile(rf"(?im)^[^\S\n]*({SAID})\s*[-–—:]+\s*(\S[^\n]*)$")


def announced(text: str, span: Span, services: list[str]) -> dict[int, Verdict]:
    """Lines that name services behind their verdict: 'Upheld: Skelaxin, Lunesta'."""
    names = Names(services)
    rows = _ANNOUNCED.finditer(text, *span)
    return {n: (verdict_of(row.group(1)), row.span(1)) for row in rows for n in names.listed(row.group(2))}


# A service that is decided as another one is: "with (b) falls (c)", "the same holds for the brace".
_FOLLOWS = re.compile(
    r"\bwith\s+(?:it|them|that|this|\S+|the\s+\w+)\s+(?:also\s+)?(?:falls?|fails?|goes|go|stands?)\b|\b(?:falls?|stands?|goes)\s+with\b"
    r"|\bthe\s+same\s+(?:holds|applies|is\s+true|goes|reasons?|conclusion)\b|\blikewise\b"
    r"|\bin\s+(?:light|view)\s+of\s+the\s+(?:above|foregoing)\b|\b(?:needed|required|necessary|use)\s+without\b",
    re.IGNORECASE,
)


def _following(meant: list[int], last: list[int], said: dict[int, Verdict], span: Span) -> dict[int, Verdict]:
    """The verdict of the services that follow another one: of the one named beside them, else of the one before."""
    leader = next((n for n in [*meant, *reversed(last)] if n in said), None)
    return {n: (said[leader][0], span) for n in meant if n not in said} if leader is not None else {}


def _statements(text: str, start: int, end: int) -> list[Span]:
    """Sentences, and lines that end in a verdict, which have no full stop."""
    cuts = sorted({start, end} | {m.end() for m in _VERDICT_LINE.finditer(text, start, end)})
    return [span for a, b in pairwise(cuts) for span in sentences(text, a, b)]


class Names:
    """The words that tell a letter's services apart, each service also by its place in the list."""

    def __init__(self, services: list[str]):
        self._own = [_keywords(service) for service in services]

    def any(self, words: str) -> bool:
        """Does it speak of any of the services?"""
        said = _keywords(words)
        return bool(self._places(words)) or any(own & said for own in self._own)

    def the_one(self, words: str) -> int | None:
        """The service that is spoken of more than any other."""
        if places := self._places(words):
            return places[0] if len(places) == 1 else None
        said = _keywords(words)
        scores = [len(own & said) - len(set().union(*self._own) - own & said) for own in self._own]
        best = max(scores)
        return scores.index(best) if best > 0 and scores.count(best) == 1 else None

    def meant(self, words: str) -> list[int]:
        """The services that are spoken of: those numbered, else the one named."""
        if (places := self._places(words)) and (len(places) == 1 or _SEVERAL.search(words) or _FOLLOWS.search(words)):
            return places
        n = self.the_one(words)
        return [] if n is None else [n]

    def listed(self, words: str) -> list[int]:
        """Every service that a list names by a word of its own."""
        said = _keywords(words)
        others = [set().union(*self._own[:n], *self._own[n + 1 :]) for n in range(len(self._own))]
        return [n for n, (own, other) in enumerate(zip(self._own, others, strict=True)) if (own - other) & said]

    def heads(self, line: str) -> int | None:
        """The service whose heading the line is: most of its words are the service's own."""
        n = self.the_one(line)
        said = _keywords(line)
        return n if n is not None and (self._places(line) or 2 * len(self._own[n] & said) >= len(said)) else None

    def _places(self, words: str) -> list[int]:
        marks = [(m.group(1) or m.group(2)).lower() for m in _PLACE.finditer(words)]
        marks += [mark.lower() for several in _SEVERAL.finditer(words) for mark in _MARK.findall(several.group(1))]
        places = {int(mark) - 1 if mark.isdigit() else ord(mark) - ord("a") for mark in marks}
        return [place for place in sorted(places) if place < len(self._own)]


_MARK = re.compile(r"\b(?:[a-h]|\d)\b", re.IGNORECASE)
_SEVERAL = re.compile(
    r"\b(?:items|requests|services|issues|treatments|numbers|nos\.)\s*"
    r"((?:\(?(?:[a-h]|\d)\)?(?:\s*(?:,|and|&)\s*)+)+\(?(?:[a-h]|\d)\)?)(?!\w)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\(([a-h]|\d)\)|\b(?:item|request|service|issue)\s*(?:#|no\.)?\s*(\d|(?-i:[A-H]))\b", re.IGNORECASE
)
_VERDICT_LINE = re.compile(
    r"^[^\n]*\b(?i:upheld|overturned|approved|denied|certified|necessary)\W*$(?=\s*(?:[A-Z(\d•-]|\Z))", re.MULTILINE
)


def _keywords(words: str) -> set[str]:
    kinds = {kind for kind, _ in treatments_in(words)}
    return kinds | {w for w in re.findall(r"[a-z]{4,}|\d{5}", words.lower()) if w not in _COMMON}


# Words that stand in the name of any service.
_COMMON = {
    *("with", "without", "from", "this", "that", "which", "were", "been", "medically", "necessary"),
    *("request", "requested", "service", "services", "patient", "item", "therapy", "visits", "sessions"),
    *("upheld", "overturned", "denied", "approved"),
}


_HEAD = re.compile(r"(?m)^[^\S\n]*(\S[^\n.]{2,80}?)(?:[.:](?=\s)|[^\S\n]*$)")


_PARAGRAPH = re.compile(r"(?:^|[.?!:)”\"]|\n[^\S\n]*)\n[^\S\n]*$")


def _headed_parts(text: str, start: int, end: int, services: list[str]) -> list[Span | None] | None:
    """Parts under a line, or behind a first phrase, that is the name of a service, if each service has one."""
    names = Names(services)
    starts: list[tuple[int, int]] = []
    for head in _HEAD.finditer(text, start, end):
        opens = head.start() == start or _PARAGRAPH.search(text[max(start, head.start() - 80) : head.start(1)])
        n = names.heads(head.group(1)) if opens else None
        if n is not None and n not in (m for _, m in starts):
            starts.append((head.start(), n))
    return _parts_from(text, starts, end, len(services))


def _paragraph_parts(text: str, start: int, end: int, services: list[str]) -> list[Span | None] | None:
    """Parts that begin where a sentence first turns to each service, if they come in one run each."""
    kinds = [{kind for kind, _ in treatments_in(service)} for service in services]
    starts: list[tuple[int, int]] = []
    for a, b in sentences(text, start, end):
        said = {kind for kind, _ in treatments_in(text[a:b])}
        named = [n for n, own in enumerate(kinds) if own & said]
        if len(named) == 1 and (not starts or starts[-1][1] != named[0]):
            starts.append((a if starts else start, named[0]))
    return _parts_from(text, starts, end, len(services))


def _parts_from(text: str, starts: list[tuple[int, int]], end: int, count: int) -> list[Span | None] | None:
    """Each service's part from its start to the next one's, if every service has exactly one."""
    if sorted(n for _, n in starts) != list(range(count)):
        return None
    parts: list[Span | None] = [None] * count
    for (a, n), (b, _) in pairwise([*starts, (end, count)]):
        parts[n] = trim(text, a, b)
    return parts


def arguments_in(text: str, span: Span, services: list[str]) -> list[Span]:
    """The whole argument, or for several services its own part where the reviewer wrote one each."""
    if len(services) > 1:
        parts = list_items(text, *span)
        own = list[Span | None](parts) if len(parts) == len(services) else None
        own = own or _headed_parts(text, *span, services) or _paragraph_parts(text, *span, services)
        if own:
            return [part or span for part in own]
    return [span] * len(services)
