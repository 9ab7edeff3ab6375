"""The reviewer's sentences -> the reason ledger: criterion, status, voice and span."""

from __future__ import annotations

from corpus.cues import has_polarity, mentions, tables
from corpus.decision import Decision, Issue, Outcome, Reason, Voice
from corpus.roles import Role, rationale_roles
from corpus.sentences import sentences, squeeze


def reasons_of(decision: Decision, issue: Issue) -> tuple[Reason, ...]:
    """The reasons stated in the issue's rationale, in order, each criterion and status once."""
    if issue.rationale is None:
        return ()
    spans = sentences(decision.text, *issue.rationale)
    found: dict[tuple[str, str], Reason] = {}
    for (start, end), role in zip(spans, rationale_roles(decision.text, spans), strict=True):
        if role is not Role.FINDING:
            continue
        sentence = squeeze(decision.text[start:end])
        for mention in mentions(sentence):
            status = status_of(mention.criterion, mention.negated, issue.outcome)
            if status:
                found.setdefault((mention.criterion, status), Reason(mention.criterion, status, Voice.REVIEWER, start, end))
    return tuple(found.values())


def status_of(criterion: str, negated: bool, outcome: Outcome) -> str | None:
    """The status a finding has; None where its polarity goes against the outcome, so that it is no reason for it."""
    if not has_polarity(criterion):
        return "n/a"
    default = tables()["default"]
    usual = default["granted" if outcome is Outcome.OVERTURNED else "refused"]
    if criterion in usual:
        return str(usual[criterion])
    if outcome is Outcome.OVERTURNED:
        return None if negated else "present"
    return "absent" if negated else None
