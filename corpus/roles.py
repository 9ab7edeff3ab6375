"""Who speaks in a sentence, and in what role: a finding, a recited rule, retold review or request, a conclusion."""

from __future__ import annotations

import re
from enum import StrEnum

from corpus.cues import heard, role_cues
from corpus.decision import Section, Span, Voice
from corpus.sentences import sentences, squeeze


class Role(StrEnum):
    """What a sentence of a rationale does."""

    FINDING = "finding"
    RECITAL = "recital"
    FACT = "fact"
    REVIEW = "ur"
    PROVIDER = "provider"
    CONCESSION = "concession"
    CONCLUSION = "conclusion"


_VOICE = {Role.RECITAL: Voice.GUIDELINE, Role.REVIEW: Voice.UTILIZATION_REVIEW, Role.PROVIDER: Voice.PROVIDER}
# A heading inside a rationale under which a guideline is pasted, and an entry of the pasted list.
_PASTED = re.compile(
    r"^(?:[A-Z][\w&,/ -]{0,60})?(?:ODG|Guidelines?|Criteria\b|Indications\b)[^.]{0,90}:\s*(?:Criteria\b[^.]{0,80}:)?$"
    r"|^Criteria for\b|^Note:",
    re.I,
)
_ENTRY = re.compile(r"^\(?(?:\d{1,2}|[a-z])[.)]\s|^[•●▪*-]\s")
_SOURCE = re.compile(r"\([A-Z][\w .,&-]+,?\s*(?:19|20)\d\d\w?\)|^https?://")
_QUOTED = re.compile(r"^[\"“‘']")


def role_of(sentence: str) -> Role:
    """The role by cues alone; `corpus.reasons` weighs it with the learned one."""
    case, recital = heard("case", sentence), heard("recital", sentence)
    if heard("review", sentence):
        return Role.REVIEW
    if (recital and (not case or recital.start() <= case.start())) or _SOURCE.search(sentence):
        return Role.RECITAL
    if role_cues("conclusion").match(sentence) and len(sentence) < 220:
        return Role.CONCLUSION
    if heard("provider", sentence):
        return Role.PROVIDER
    if not case:
        return Role.RECITAL if _ENTRY.match(sentence) or _QUOTED.match(sentence) else Role.FACT
    return Role.FINDING


def spoken(text: str, section: Section) -> list[tuple[Span, Voice]]:
    """The sentences of a section, each in its voice: the section's own unless the words belong to someone else."""
    spans = sentences(text, section.start, section.end)
    if section.voice is Voice.HISTORY:
        return [(s, _history_voice(squeeze(text[slice(*s)]))) for s in spans]
    if section.voice is not Voice.REVIEWER or section.kind == "outcome":
        return [(s, section.voice) for s in spans]
    return [(s, _VOICE.get(role, Voice.REVIEWER)) for s, role in zip(spans, rationale_roles(text, spans), strict=True)]


def rationale_roles(text: str, spans: list[Span]) -> list[Role]:
    """Roles of a rationale's sentences in order; a pasted guideline goes on until the case is named again."""
    roles, pasted = [], False
    for start, end in spans:
        sentence = squeeze(text[start:end])
        role = role_of(sentence)
        if _PASTED.search(sentence):
            pasted = True
        elif pasted and role in (Role.FINDING, Role.CONCLUSION) and not _ENTRY.match(sentence):
            pasted = False
        roles.append(Role.RECITAL if pasted else role)
    return roles


def _history_voice(sentence: str) -> Voice:
    if heard("review", sentence):
        return Voice.UTILIZATION_REVIEW
    return Voice.PROVIDER if heard("provider", sentence) else Voice.HISTORY
