"""Mistakes of fact: where a reviewer decides another level, side, drug or number than was asked, or both ways.

A flag is raised only where both places are plain: a false one accuses somebody. What is merely left out is no flag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from math import prod

from corpus.cues import heard
from corpus.decision import Decision, Flag, Issue, Outcome, Span
from corpus.sentences import sentences, squeeze
from corpus.terms import CATCH_ALL, drugs_in, levels_in, regions_in, side_in, treatments_in
from corpus.verdict import verdict_in_sentence

# The service as the reviewer names it where he decides it: "the request for X is not medically necessary", or "X is".
_RESTATED = re.compile(
    r"(?:\b(?P<request>request(?:s|ed)?)\s+(?:for\s+)?|\A\s*|[,:]\s+)(?:an?\s+|the\s+)?"
    r"(?P<service>(?:(?!\brequest)[^;:]){3,200}?)\s+"
    r"(?:is|are|was|were|cannot|has|have)\b[^;:]{0,60}?\b(?:medically|medical\s+necessity)\b",
    re.IGNORECASE,
)
# What was asked for, allowed elsewhere or cut down may differ from what is left to decide.
_PARTIAL = re.compile(
    r"\b(?:remaining|original\w*|modif\w+|partial\w*|additional|certified|authoriz\w+|approv\w+|initial\w*|other|further"
    r"|trial|only|first|reduced|up\s+to)\b",
    re.IGNORECASE,
)
# A verdict on the thing itself, in the present tense, without a word about another review or another opinion.
_PLAIN_VERDICT = re.compile(
    r"\b(?:is|are|cannot\s+be)\b[^.;]{0,60}?\bmedically\s+necessary\b(?!\s+\w+s?\s+of)", re.IGNORECASE
)
_OF_OTHERS = re.compile(
    r"\b(?:earlier|previous|prior|first|second|would|if|appeal|IRO|UR|dissent\w*|reviewers?|according|per)\b",
    re.IGNORECASE,
)
_SPINE = [f"C{n}" for n in range(1, 9)] + [f"T{n}" for n in range(1, 13)] + [f"L{n}" for n in range(1, 6)] + ["S1"]
_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NUMBER = rf"(?:\d{{1,3}}|{'|'.join(_NUMBERS)})"
_COUNT = re.compile(
    rf"\b(?P<count>{_NUMBER})(?:\s*\(\d+\))?\s+(?:[\w-]+\s+){{0,3}}?(?:visits|sessions|treatments)\b", re.IGNORECASE
)
_ANY_NUMBER = re.compile(rf"(?<![\w.]){_NUMBER}(?![\w%]|\.\d)|(?<=x){_NUMBER}\b|\b{_NUMBER}(?=x)", re.IGNORECASE)
_TABLETS = re.compile(r"(?:#|quantity(?:\s+of)?:?|qty:?)\s*(?P<count>\d{1,4})\b", re.IGNORECASE)
_DOSE = re.compile(r"\b(\d+(?:\.\d+)?)(?=(?:\s*[-/]\s*\d+(?:\.\d+)?)*\s*(?:mg|mcg|%))", re.IGNORECASE)


def flags_of(decision: Decision) -> tuple[Flag, ...]:
    """Every mistake of fact the letter itself proves, in the order of its services."""
    flags: list[Flag] = []
    for issue in decision.issues:
        if issue.outcome is Outcome.UNCLEAR:
            flags += _undecided(decision, issue)
        elif issue.rationale and [i.rationale for i in decision.issues].count(issue.rationale) == 1:
            deciding = _deciding(decision, issue.rationale)
            flags += _contradicted(decision, issue, deciding)
            flags += _misnamed(decision, issue, deciding)
    return tuple(flags)


def _undecided(decision: Decision, issue: Issue) -> Iterator[Flag]:
    """A service in dispute about which the letter says nothing, where it decides the others."""
    decided = [i for i in decision.issues if i.outcome is not Outcome.UNCLEAR and i.outcome_span]
    argued = " ".join(decision.quote(*i.rationale) for i in decision.issues if i.rationale)
    silent = not {kind for kind, _ in treatments_in(argued)} & set(issue.treatments)
    if decided and silent and not set(issue.treatments) & set(CATCH_ALL):
        span = decided[0].outcome_span or (0, 0)
        yield Flag("undecided", issue.number, "in dispute, but never decided", ((issue.start, issue.end), span))


def _contradicted(decision: Decision, issue: Issue, deciding: list[Span]) -> Iterator[Flag]:
    """A box or a title that says the opposite of the sentence in which the rationale ends."""
    box, rationale = issue.outcome_span, issue.rationale
    if not box or not rationale or rationale[0] <= box[0] < rationale[1]:
        return
    said = [(v, s) for s in deciding if (v := _plain_verdict(decision.quote(*s), issue))]
    if said and {said[-1][0], issue.outcome} == {Outcome.UPHELD, Outcome.OVERTURNED}:
        outcome, span = said[-1]
        yield Flag("outcome", issue.number, f"{issue.outcome} by its verdict, {outcome} by its rationale", (box, span))


def _plain_verdict(sentence: str, issue: Issue) -> Outcome | None:
    """What a sentence says of this very service, if it says it plainly."""
    words = squeeze(sentence)
    if not _PLAIN_VERDICT.search(words) or _OF_OTHERS.search(words):
        return None
    named = {kind for kind, _ in treatments_in(words)}
    meant = named & set(issue.treatments) if named else re.search(r"\brequest", words, re.IGNORECASE)
    return verdict_in_sentence(words) if meant else None


def _deciding(decision: Decision, rationale: Span) -> list[Span]:
    """The sentences of a rationale that speak of medical necessity and do not retell the earlier review."""
    spans = (span for span in sentences(decision.text, *rationale) if "medical" in decision.quote(*span).lower())
    return [span for span in spans if not heard("review", squeeze(decision.quote(*span)))]


def _misnamed(decision: Decision, issue: Issue, deciding: list[Span]) -> Iterator[Flag]:
    """What differs between the service in dispute and the service named where it is decided; each kind once."""
    asked = (issue.start, issue.end)
    raised: set[str] = set()
    for start, end in deciding:
        for restated in _RESTATED.finditer(decision.text[start:end]):
            words, span = squeeze(restated["service"]), restated.span("service")
            for kind, said in _differences(decision, issue, words, bool(restated["request"])):
                if kind not in raised:
                    raised.add(kind)
                    yield Flag(kind, issue.number, said, (asked, (start + span[0], start + span[1])))


def _differences(decision: Decision, issue: Issue, words: str, requested: bool) -> Iterator[tuple[str, str]]:
    """How the words in which a service is decided differ from those in which it was asked for."""
    kinds = {kind for kind, _ in treatments_in(words)} - set(CATCH_ALL)
    disputed = {kind for i in decision.issues for kind in (*i.treatments, *(k for k, _ in treatments_in(i.service)))}
    if requested and kinds and not kinds & disputed and not disputed & set(CATCH_ALL):
        yield "not-in-dispute", f"“{words}” is decided, but was not in dispute"
        return
    if not kinds & set(issue.treatments) and (kinds or not requested):
        return  # another service of the letter, named in passing
    sides = {issue.side, side_in(words)}
    if sides == {"left", "right"}:
        yield "side", f"{issue.side} was asked for, {side_in(words)} decided"
    if _apart(levels_in(issue.service), levels_in(words)):
        yield "level", f"{', '.join(issue.levels)} was asked for, {', '.join(levels_in(words))} decided"
    asked, named = set(regions_in(issue.service)), set(regions_in(words))
    if kinds and asked and named and not asked & named and not levels_in(words):
        yield "region", f"{', '.join(sorted(asked))} was asked for, {', '.join(sorted(named))} decided"
    drugs, given = set(issue.drugs), set(drugs_in(words))
    if drugs and given and not drugs & given:
        yield "drug", f"{', '.join(sorted(drugs))} was asked for, {', '.join(sorted(given))} decided"
    elif difference := _other_number(issue.service, words):
        yield "quantity", "{} was asked for, {} decided".format(*difference)


def _apart(asked: tuple[str, ...], decided: tuple[str, ...]) -> bool:
    """Stretches of the spine of which neither holds the other."""
    one, other = _vertebrae(asked), _vertebrae(decided)
    return bool(one and other) and not (one <= other or other <= one)


def _vertebrae(levels: tuple[str, ...]) -> frozenset[str]:
    found: set[str] = set()
    for level in levels:
        first, _, last = level.partition("-")
        last = last if not last or last[0].isalpha() else first[0] + last
        ends = [name for name in (first, last) if name in _SPINE]
        if ends:
            found.update(_SPINE[_SPINE.index(ends[0]) : _SPINE.index(ends[-1]) + 1])
    return frozenset(found)


def _other_number(service: str, words: str) -> tuple[str, str] | None:
    """A count of visits, a number of tablets or a dose that cannot be the one asked for."""
    if _PARTIAL.search(service) or _PARTIAL.search(words):
        return None
    visits, named = _COUNT.findall(service), _COUNT.findall(words)
    possible = _products(service)
    if len(named) == 1 and len(visits) <= 1 and len(possible) > 1 and _value(named[0]) not in possible:
        return service, words
    for pattern in (_TABLETS, _DOSE):
        asked, given = set(pattern.findall(service)), set(pattern.findall(words))
        if asked and given and not asked & given:
            return " and ".join(sorted(asked)), " and ".join(sorted(given))
    return None


def _products(words: str) -> set[int]:
    """Every number a count can stand for: those of the words, and 'twice a week for six weeks' multiplied out."""
    found = [_value(number) for number in _ANY_NUMBER.findall(words.lower().replace("twice", "two"))]
    return {1, *found, *(prod(some) for size in (2, 3) for some in combinations(found[:6], size))}


def _value(number: str) -> int:
    return int(number) if number.isdigit() else _NUMBERS.index(number.lower()) + 1
