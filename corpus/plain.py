"""Letters of no known form -> Decision: a section per heading found, the outcome only where the prose is plain."""

from __future__ import annotations

import re

from corpus.decision import Decision, Issue, Outcome, Section, Voice
from corpus.layout import dates_in, patient
from corpus.read import Document
from corpus.sentences import sentences, squeeze, trim
from corpus.terms import credentials, guidelines_in, tag_service, treatments_in
from corpus.verdict import verdict_in_prose

_HEADING = re.compile(
    r"(?m)^[^\S\n]*([A-Z][A-Za-z’'&,/ ()-]{2,70})(?::[^\S\n]*$|\.(?=\s+[A-Z“\"])|[^\S\n]*$(?<=[A-Z]{4}))"
)
_SERVICE = re.compile(
    r"(?im)^[^\S\n]*(?:service|treatment|procedure|item|request)s?(?:\(s\))?"
    r"(?:\s+(?:in\s+dispute|requested|at\s+issue|denied|under\s+review))?\s*:\s*(.+)$"
)
_CASE = re.compile(
    r"\b(?:case|claim|reference|file)\s*(?:no\.?|number|#)\s*:\s*([A-Z]{0,4}-?\d[\w-]{2,})", re.IGNORECASE
)
_RULE = re.compile(r"polic|guideline|criteria", re.IGNORECASE)
_STORY = re.compile(r"happened|history|facts|background|summary|records", re.IGNORECASE)
_ARGUMENT = re.compile(
    r"rationale|reason|decided|decision|analysis|opinion|discussion|conclusion|determination|found", re.IGNORECASE
)


def parse(document: Document) -> Decision:
    text = document.text
    sections = _sections(text)
    service, start, end = _service(text)
    outcome, span = verdict_in_prose(text, 0, len(text))
    argument = next((s for s in reversed(sections) if s.voice is Voice.REVIEWER), None)
    rationale = trim(text, argument.start, argument.end) if argument else trim(text, 0, len(text))
    issue = Issue(
        0,
        service,
        start,
        end,
        outcome,
        span,
        rationale,
        guidelines={"administrator": [], "reviewer": guidelines_in(text[slice(*rationale)])},
        **tag_service(service, text),
    )
    case = _CASE.search(text)
    unclear = ("the outcome is not stated plainly",) if outcome is Outcome.UNCLEAR else ()
    return Decision(
        id=document.sha256[:12],
        source=document.source,
        sha256=document.sha256,
        text=text,
        pages=document.pages,
        jurisdiction=None,
        kind="letter",
        case_number=case.group(1) if case else None,
        dates=dates_in(text),
        reviewer=credentials(text),
        patient=patient(text),
        sections=tuple(sections),
        issues=(issue,),
        warnings=(*document.warnings, "no known form: read as one service", *unclear),
    )


def _sections(text: str) -> list[Section]:
    heads = [m for m in _HEADING.finditer(text) if len(m.group(1).split()) <= 9]
    bounds = [0] + [m.start() for m in heads] + [len(text)]
    names = [""] + [squeeze(m.group(1)) for m in heads]
    pairs = zip(names, bounds, bounds[1:], strict=False)
    return [Section("body", name, a, b, _voice(name)) for name, a, b in pairs if a < b]


def _voice(heading: str) -> Voice:
    if _RULE.search(heading):
        return Voice.GUIDELINE
    if _STORY.search(heading):
        return Voice.HISTORY
    return Voice.REVIEWER if _ARGUMENT.search(heading) else Voice.UNKNOWN


def _service(text: str) -> tuple[str, int, int]:
    """The labelled service, else the first sentence that names a treatment."""
    if labelled_service := _SERVICE.search(text):
        start, end = trim(text, *labelled_service.span(1))
        return squeeze(text[start:end]), start, end
    for a, b in sentences(text, 0, min(len(text), 6000)):
        found = treatments_in(text[a:b])
        if found:
            term = found[0][1]
            return squeeze(term.form), a + term.start, a + term.end
    start, end = trim(text, 0, min(len(text), 80))
    return squeeze(text[start:end]), start, end
