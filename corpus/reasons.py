"""The reviewer's sentences -> the reason ledger: criterion, status, voice and span."""

from __future__ import annotations

import re

from corpus.clauses import ground_of
from corpus.cues import has_polarity, mentions, negated, tables
from corpus.decision import Decision, Issue, Outcome, Reason, Voice
from corpus.reader import likelihoods
from corpus.roles import Role, rationale_roles
from corpus.sentences import sentences, squeeze

# The probability from which a sentence is taken to give a reason: lower where a finding of the reviewer names the
# criterion and its grammar agrees with the outcome. Best F1 on letters left out (docs/decisions.md).
TAKEN, TAKEN_CUED = 0.2, 0.12
# A rationale of more sentences than the longest real one by far is not read whole: time must stay linear and small.
_MOST_SENTENCES = 400
_NEVER = (Role.REVIEW, Role.CONCESSION)


def reasons_of(decision: Decision, issue: Issue) -> tuple[Reason, ...]:
    """The reasons stated in the issue's rationale in order, each criterion once, where it is said most plainly."""
    if issue.rationale is None:
        return ()
    spans = sentences(decision.text, *issue.rationale)[:_MOST_SENTENCES]
    whole = [squeeze(decision.text[a:b]) for a, b in spans]
    said = [ground_of(sentence) for sentence in whole]
    roles = [
        role if ground == sentence else Role.FINDING if ground else Role.CONCESSION
        for role, ground, sentence in zip(rationale_roles(decision.text, spans), said, whole, strict=True)
    ]
    best: dict[str, tuple[float, int]] = {}
    for place, likely in enumerate(likelihoods(said, [str(r) for r in roles], issue.outcome, issue.treatments, _NEVER)):
        cued = _cued(said[place], issue) if roles[place] is Role.FINDING else frozenset()
        for criterion, probability in likely.items():
            bar = TAKEN_CUED if criterion in cued else TAKEN
            if probability > max(bar, best.get(criterion, (0.0, 0))[0]):
                best[criterion] = probability, place
    found = sorted((place, criterion) for criterion, (_, place) in best.items())
    reasons = (Reason(c, status_of(c, said[p], issue), Voice.REVIEWER, *spans[p]) for p, c in found)
    return tuple(r for r in reasons if not _affirmed(r, squeeze(decision.text[r.start : r.end])))


# Signs of nerve damage are there or not: "the S1 deficit is plain" is no finding that they are missing.
_SIGNS = frozenset({"radiculopathy", "neuro-deficit"})
_DENIES = re.compile(
    r"\b(?:no|not|nor|none|never|neither|without|normal\w*|intact|equal|full|negative|symmetric\w*|unremarkable|preserved"
    r"|lack\w*|absen\w+|fail\w*|insufficient\w*|rather|question\w*|doubt\w*|unclear|inconsisten\w+|mere|only|vague\w*"
    r"|nothing|nobody|nowhere|silent|wanting|den(?:y|ie[ds])|unable|axial|gone|same|satisfactory|fine|yet|resolv\w+|little|scant|few|sole\w*|un\w+ed|false|cannot|every|retain\w*|free)\b|n['’]t\b",
    re.IGNORECASE,
)


def _affirmed(reason: Reason, sentence: str) -> bool:
    """Is a sign that should be missing plainly there in the sentence that is to prove it."""
    return reason.status == "absent" and reason.criterion in _SIGNS and not _DENIES.search(sentence)


# Below so many words nothing is argued; from so many on people put a full stop somewhere, and after so many another.
_FEW_WORDS, _MANY_WORDS, _ENDLESS = 4, 40, 150


def doubts_of(decision: Decision) -> tuple[str, ...]:
    """Why the ledger of an issue may be thin, one sentence for all the issues it is true of."""
    found: dict[str, list[int]] = {}
    for issue in decision.issues:
        if doubt := _doubt(decision.quote(*issue.rationale or (0, 0))):
            found.setdefault(doubt, []).append(issue.number + 1)
    return tuple(f"issue {', '.join(map(str, numbers))}: {doubt}" for doubt, numbers in found.items())


def _doubt(rationale: str) -> str:
    words, letters = rationale.split(), [c for c in rationale if c.isalpha()]
    if not words:
        return "no rationale was found, so no reason could be read"
    if len(words) < _FEW_WORDS:
        return "its rationale is hardly a word, so no reason could be read"
    if len(words) >= _MANY_WORDS and len(re.findall(r"[.!?]", rationale)) * _ENDLESS < len(words):
        return "its rationale has hardly a sentence end; what is quoted was cut by length"
    if len(words) > _MOST_SENTENCES and len(sentences(rationale)) > _MOST_SENTENCES:
        return f"its rationale is endless; only the first {_MOST_SENTENCES} sentences were read for reasons"
    if len(words) >= _MANY_WORDS and sum(c.isupper() for c in letters) > 0.9 * len(letters):
        return "its rationale is in capitals; who speaks in a sentence is less certain"
    return ""


def _cued(sentence: str, issue: Issue) -> frozenset[str]:
    """The criteria a finding names in a way that goes with the outcome."""
    refused = issue.outcome is not Outcome.OVERTURNED
    return frozenset(m.criterion for m in mentions(sentence) if not has_polarity(m.criterion) or m.negated == refused)


_OVER = re.compile(r"\b(?:exceed\w*|excess\w*|in\s+excess|more\s+than|beyond|above|over|surpass\w*)\b", re.IGNORECASE)


def status_of(criterion: str, sentence: str, issue: Issue) -> str:
    """The status of a criterion given as a reason: the outcome's, unless the finding speaks against a treatment."""
    if not has_polarity(criterion):
        return "n/a"
    default = tables()["default"]
    refused = issue.outcome is not Outcome.OVERTURNED
    if criterion == "quantity" and not refused and (over := _OVER.search(sentence)):
        return "within" if negated(sentence, *over.span()) else "exceeds"
    usual = default["refused" if refused else "granted"]
    if criterion in usual:
        return str(usual[criterion])
    against = set(issue.treatments) & set(default["against"].get(criterion, ()))
    open_ended = issue.outcome in (Outcome.MIXED, Outcome.UNCLEAR)
    if (against or open_ended) and (named := mentions(sentence, only=(criterion,))):
        return "absent" if named[0].negated else "present"
    return "absent" if refused else "present"
