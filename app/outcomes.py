"""Which outcomes a sentence tells, in the words people use for them."""

from __future__ import annotations

import re

from corpus.decision import Outcome


def _cue(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


# How an outcome is told, plainest first: the first kind that a sentence uses counts, the others may tell of somebody
# else's decision.
_CLAIMS = (
    {
        Outcome.OVERTURNED: _cue(r"\boverturn\w*", r"\brevers(?:ed|es|al|ing)\b", r"\bset\s+aside\b"),
        Outcome.UPHELD: _cue(
            r"\bup(?:held|holds|holding)\b",
            r"\baffirm(?:ed|s|ing)\b",
            r"\bsustained\s+the\s+denial",
            r"\bdenial\s+(?:was\s+sustained|stood|stands)",
        ),
    },
    {
        Outcome.OVERTURNED: _cue(r"\b(?:found|held|deemed|is|was|were)\s+(?:to\s+be\s+)?medically\s+necessary"),
        Outcome.UPHELD: _cue(r"\bnot\s+(?:found\s+|held\s+)?(?:to\s+be\s+)?medically\s+necessary"),
    },
    {
        Outcome.OVERTURNED: _cue(r"\b(?:approved|granted|allowed|authorized|won|prevailed)\b"),
        Outcome.UPHELD: _cue(
            r"\b(?:denied|refused|rejected|non-?certified|disallowed)\b",
            r"\b(?<!is )(?<!was )(?<!are )(?<!were )lost\b",  # a reflex that was lost was not decided
        ),
    },
)
_BY_OTHERS = _cue(
    r"\b(?:UR|utilization\s+review\w*|carrier|insurer|administrator|adjuster|provider|physician|doctor|surgeon)\b"
)
_DENIES = _cue(r"(?:\b(?:not|never|rather\s+than|instead\s+of|declin\w+\s+to|refus\w+\s+to)|n[’']t)\W+(?:\w+\W+){0,2}$")
_PARTLY = re.compile(r"\b(?:in\s+part|part(?:ly|ially)|split)\b", re.IGNORECASE)
_OPPOSITE = {Outcome.OVERTURNED: Outcome.UPHELD, Outcome.UPHELD: Outcome.OVERTURNED}


def outcomes_told(words: str) -> set[Outcome]:
    """The outcomes that a sentence of a person tells."""
    for cues in _CLAIMS:
        if cues is _CLAIMS[-1] and _BY_OTHERS.search(words):
            break
        if found := _told(cues, words):
            return found
    return set()


def every_outcome_told(words: str) -> set[Outcome]:
    """All that could be taken for an outcome; 'denied' beside another one is the denial that was reviewed."""
    plain, necessary, loose = (_told(cues, words) for cues in _CLAIMS)
    return plain | necessary | (loose - {Outcome.UPHELD}) or loose


def _told(cues: dict[Outcome, re.Pattern[str]], words: str) -> set[Outcome]:
    found = {_meant(outcome, words[: m.start()]) for outcome, cue in cues.items() for m in cue.finditer(words)}
    return {Outcome.MIXED} if found and _PARTLY.search(words) else found


def _meant(outcome: Outcome, before: str) -> Outcome:
    """The outcome told, or the other one where the words before it deny it."""
    return _OPPOSITE[outcome] if _DENIES.search(before) else outcome
