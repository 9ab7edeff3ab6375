"""What of a sentence can be a reason, where it joins a bare verdict to its ground or to a point conceded.

"Because no deficit was found, the study is denied" rests on its first half; "despite the weakness, it is denied" on
neither. Sentences that do more than decide are left whole: the learned readers know them better.
"""

from __future__ import annotations

import re

from corpus.cues import mentions

_VERDICT = re.compile(
    r"^(?:[\w'’(),-]+\s+){0,9}?(?:"
    r"(?:is|are|was|were|be|been|remains?)\s+(?:\w+\s+){0,3}?"
    r"(?:approved|certified|authori[sz]ed|granted|allowed|denied|refused|upheld|overturned|reversed|warranted|indicated"
    r"|supported|reasonable|appropriate|necessary|justified|required)"
    r"|(?:denial|refusal|non-?certification)\s+(?:\w+\s+)?stands?"
    r"|medical\s+necessity\s+(?:is|has|was)\s+(?:\w+\s+){0,2}(?:established|supported|shown|demonstrated))"
    r"(?:\s+(?:here|at this time|in this case|for this \w+|as requested|for \w+))?\W*$",
    re.IGNORECASE,
)
# Characters; in anything longer the commas belong to more than two clauses. "As such" is no ground.
_LONGEST, _LONGEST_VERDICT, _SHORTEST_GROUND = 240, 90, 15

_CAUSE = (
    r"because(?:\s+of)?|since|as(?!\s+such)|given(?:\s+that)?|seeing\s+that|inasmuch\s+as|in\s+view\s+of|in\s+light\s+of"
    r"|on\s+account\s+of|by\s+reason\s+of|due\s+to|owing\s+to|for\s+lack\s+of"
)
_CONCESSION = (
    r"although|though|even\s+(?:though|if)|while|whereas|despite|in\s+spite\s+of|notwithstanding|regardless\s+of"
    r"|granted\s+that|for\s+all|albeit"
)
_BEFORE = re.compile(
    rf"^(?:(?P<cause>{_CAUSE})|(?:{_CONCESSION}))\s+(?P<said>.+?),\s+(?P<verdict>[^,;]+)$", re.IGNORECASE
)
_BEHIND = re.compile(
    rf"^(?P<verdict>[^,;]+?),?\s+(?:(?P<cause>{_CAUSE})|(?:{_CONCESSION}))\s+(?P<said>.+)$", re.IGNORECASE
)
_GRANTED = re.compile(
    r"^(?P<said>.+?)[,;]\s+(?:but|yet|however,?)\s+(?:that is no bar,?\s+and\s+)?(?P<verdict>[^,;]+)$"
    r"|^(?P<verdict2>[^,;]+),\s+(?P<said2>.+?)\s+notwithstanding\W*$",
    re.IGNORECASE,
)
_IS_WHY = re.compile(r"^(?P<said>.+?)\s+is\s+(?P<no>no\s+reason|why|the\s+reason)\b(?P<verdict>.+)$", re.IGNORECASE)


def ground_of(sentence: str) -> str:
    """The part of a sentence that can give a reason: all of it, the ground beside a bare verdict, or nothing."""
    if len(sentence) > _LONGEST or ";" in sentence:
        return sentence
    if (match := _IS_WHY.match(sentence)) and re.search(
        r"\b(?:denied|refused|approved|granted|certified)\b", match["verdict"]
    ):
        return "" if match["no"].lower().startswith("no") else match["said"]
    for pattern in (_BEFORE, _BEHIND):
        match = pattern.match(sentence)
        if match and _bare(match["verdict"]):
            return (match["said"] if len(match["said"]) > _SHORTEST_GROUND else sentence) if match["cause"] else ""
    match = _GRANTED.match(sentence)
    return "" if match and _bare(match["verdict"] or match["verdict2"]) else sentence


def _bare(clause: str) -> bool:
    """Does a clause decide and say nothing else."""
    return len(clause) <= _LONGEST_VERDICT and bool(_VERDICT.match(clause.strip())) and not mentions(clause)
