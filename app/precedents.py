"""A pasted case -> the issues nearest to it: the asked treatment and region, the findings, the story."""

from __future__ import annotations

import re
from dataclasses import replace

from app.find import Finding, Member, reasons_of
from app.question import Piece, Question
from corpus.cues import mentions
from corpus.sentences import sentences
from corpus.terms import regions_in, service_treatments, treatments_in
from index.catalog import Filter
from index.search import Index

_PRECEDENTS = 20

_ASKS = re.compile(
    r"\b(?:order\w*|request\w*|ask\w*\s+for|want\w*|seek\w*|recommend\w*|prescrib\w*|propos\w*|dispens\w*|needs?|planning|denied|refused|disput\w+|authoriz\w+)\b",
    re.IGNORECASE,
)


# What makes a precedent: the same treatment, the same region, the same findings, the same story.
_LIKE_TREATMENT, _LIKE_REGION, _LIKE_FINDINGS, _LIKE_STORY = 0.35, 0.35, 0.1, 0.2


def nearest(index: Index, question: Question) -> Finding:
    """Issues ranked by likeness to a pasted case: the asked treatment and region, the findings, all the words."""
    text = question.text
    asked, regions = _asked_treatments(text), regions_in(text)
    story = _story_likeness(index, text)
    findings = {
        (m.criterion, "absent" if m.negated else "present") for a, b in sentences(text) for m in mentions(text[a:b])
    }
    members = []
    for row in index.catalog.issues([Filter("treatment", asked)] if asked else []):
        issue = index.catalog.issue(row)
        shared = {(r.criterion, r.status) for r in issue.reasons} & findings
        region = len(set(regions) & set(issue.regions)) / (len(set(issue.regions)) or 1)
        score = _LIKE_TREATMENT + _LIKE_REGION * region * _weight(regions, issue.regions)
        score += _LIKE_FINDINGS * len(shared) / (len(issue.reasons) or 1) + _LIKE_STORY * story.get(row.decision, 0.0)
        members.append(Member(row, round(score, 4), reasons_of(index, row)[:3]))
    members.sort(key=lambda m: -m.score)
    if not members:
        return Finding(
            question, abstained="no-match", because="No decision in the index concerns a treatment this case asks for."
        )
    pieces = tuple([Piece("treatment", t, t) for t in asked] + [Piece("region", r, r) for r in regions])
    return Finding(replace(question, pieces=pieces), tuple(members[:_PRECEDENTS]))


def _story_likeness(index: Index, text: str) -> dict[str, float]:
    """How near each letter comes to the story by hybrid search, the nearest being 1."""
    words: dict[str, float] = {}
    for rank, hit in enumerate(index.search(text[:_STORY_SEARCHED], 60)):
        words[hit.passage.decision] = words.get(hit.passage.decision, 0.0) + 1 / (10 + rank)
    most = max(words.values(), default=1.0)
    return {decision: score / most for decision, score in words.items()}


_STORY_SEARCHED = 2000  # characters: what a case is about stands in its first page


def _weight(regions: tuple[str, ...], of_issue: tuple[str, ...]) -> float:
    """The region a case names first is the one in dispute."""
    return 1.0 if regions and regions[0] in of_issue else 0.6


_BEFORE_ASKING = 60  # characters; "a lumbar MRI was requested"


def _asked_treatments(text: str) -> tuple[str, ...]:
    """The treatments a pasted case asks for: those in a sentence of asking, the last such first; else all it names."""
    scored: dict[str, int] = {}
    for start, end in sentences(text):
        sentence = text[start:end]
        asks = min((m.start() for m in _ASKS.finditer(sentence)), default=None)
        applied = service_treatments(sentence) == ("topical",)
        for kind, term in treatments_in(sentence):
            if asks is not None and term.start >= asks - _BEFORE_ASKING:
                scored["topical" if applied else kind] = scored.get("topical" if applied else kind, 0) + 1
    if not scored:
        return tuple(dict.fromkeys(kind for kind, _ in treatments_in(text)))[:2]
    best = max(scored.values())
    return tuple(kind for kind, n in scored.items() if n == best)[:2]
