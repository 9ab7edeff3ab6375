"""Decision -> Passages: by section and issue, then by runs of sentences in one voice, short enough to encode whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from corpus.decision import Decision, Issue, Passage, Section, Span, Voice
from corpus.roles import spoken
from corpus.sentences import squeeze

# About 200 word pieces of clinical English; the encoder splits and averages whatever is longer still.
_LONGEST = 800
# In a letter about one service these parts are about it, wherever its rationale stands.
_OF_ONE_SERVICE = ("rationale", "outcome", "dispute", "service")


def passages(decision: Decision) -> list[Passage]:
    """Every passage of the decision in order; what several issues share is there once for each of them."""
    return [passage for section in decision.sections for passage in _of_section(decision, section)]


def _of_section(decision: Decision, section: Section) -> Iterator[Passage]:
    for (first, last), owners in _parts(decision, section):
        for (start, end), voice in _runs(spoken(decision.text, replace(section, start=first, end=last))):
            text = squeeze(decision.text[start:end])
            for issue in owners:
                yield Passage(decision.id, issue, section.kind, voice, start, end, text)


def _parts(decision: Decision, section: Section) -> Iterator[tuple[Span, tuple[int | None, ...]]]:
    """The section cut where an issue's place begins or ends; a heading goes with the place that follows it."""
    if section.issue is not None:
        yield (section.start, section.end), (section.issue,)
        return
    if section.kind in _OF_ONE_SERVICE and len(decision.issues) == 1:
        yield (section.start, section.end), (0,)
        return
    places = {issue.number: _place(issue) for issue in decision.issues}
    inner = {edge for place in places.values() for edge in place if section.start < edge < section.end}
    start = section.start
    for a, b in pairwise(sorted({section.start, *inner, section.end})):
        owners = tuple(number for number, (first, last) in places.items() if first <= a and b <= last)
        if owners or b == section.end:
            yield (start, b), owners or (None,)
            start = b


def _place(issue: Issue) -> Span:
    """Where the letter speaks of the issue: its rationale, else where it is named."""
    return issue.rationale or (issue.start, issue.end)


def _runs(spoken_sentences: list[tuple[Span, Voice]]) -> Iterator[tuple[Span, Voice]]:
    """Neighbouring sentences of one voice, packed up to the longest length."""
    run: tuple[Span, Voice] | None = None
    for (start, end), voice in spoken_sentences:
        if run and run[1] is voice and end - run[0][0] <= _LONGEST:
            run = (run[0][0], end), voice
        else:
            if run:
                yield run
            run = (start, end), voice
    if run:
        yield run
