"""Decision -> Passages: by section, then by runs of sentences in one voice, short enough for an encoder's window."""

from __future__ import annotations

from collections.abc import Iterator

from corpus.decision import Decision, Passage, Section, Span, Voice
from corpus.roles import spoken
from corpus.sentences import squeeze

# About 200 word pieces of clinical English; the encoder splits and averages whatever is longer still.
_LONGEST = 800


def passages(decision: Decision) -> list[Passage]:
    """Every passage of the decision in order; issue parts know their issue."""
    return [passage for section in decision.sections for passage in _of_section(decision, section)]


def _of_section(decision: Decision, section: Section) -> Iterator[Passage]:
    issue = section.issue
    if issue is None and section.kind in ("rationale", "outcome", "dispute", "service") and len(decision.issues) == 1:
        issue = 0
    for (start, end), voice in _runs(spoken(decision.text, section)):
        number = issue
        if number is None and section.kind == "rationale":
            number = _owner(decision, start)
        yield Passage(decision.id, number, section.kind, voice, start, end, squeeze(decision.text[start:end]))


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


def _owner(decision: Decision, position: int) -> int | None:
    """The issue whose own rationale holds the position, if just one does."""
    holders = [i.number for i in decision.issues if i.rationale and i.rationale[0] <= position < i.rationale[1]]
    return holders[0] if len(holders) == 1 else None
