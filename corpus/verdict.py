"""Words of decision -> an Outcome and the span that says it: from boxes, verdict lines and prose."""

from __future__ import annotations

import re

from corpus.decision import Outcome, Span
from corpus.sentences import sentences

# A verdict standing alone, as titles and check-box lines write it.
VERDICT = r"(?:partially|partly|modified and)?\s*(?:upheld|overturned|uphold|overturn|reversed|certified in part|modified)"
_PART = re.compile(r"partial|part\b|modif", re.IGNORECASE)
_OVERTURN = re.compile(r"overturn|revers", re.IGNORECASE)

_ITEM = r"(?:medically|clinically)\s+(?:necessary|indicated|appropriate|reasonable)|medical(?:ly)?\s+necess\w+"
_NECESSARY = re.compile(_ITEM, re.IGNORECASE)
_NOT = r"(?:not|n't|cannot|fails?\s+to|failed\s+to|no|neither|never|nor|un|without|lacks?|insufficient)"
_DENIED = re.compile(
    rf"\b{_NOT}\b[^.;]{{0,60}}?(?:{_ITEM})"
    rf"|(?:{_ITEM})[^.;]{{0,50}}?\b(?:(?:is|are|was|were|has|have|had|can|could)\s*(?:not|n't)|cannot)\b"
    r"|medically\s+unnecessary|\b(?:is|are)\s+not\s*[.;]?$"
    r"|\bnot\s+(?:\w+\s+){0,3}?(?:certified|authorized|approved|supported|warranted|indicated|recommended|justified|granted|established)\b"
    r"|\b(?:denials?|non-?certifications?|adverse\s+determinations?|(?:previous|prior|above)\s+(?:denials?|determinations?|decisions?))"
    r"[^.;]{0,60}?\b(?:upheld|stands?|affirmed|sustained|agreed?|confirmed|appropriate|correct|remains?)\b"
    r"|\b(?:uphold|affirm|sustain|agree\s+with|concur\s+with)\w*\s[^.;]{0,60}?(?:denials?|determinations?|decisions?|non-?certifications?|reviewers?)"
    r"|\b(?:is|are|be|was|were|remains?|should\s+be)\s+(?:therefore\s+|hereby\s+|thus\s+)?(?:denied|non-?certified|upheld|refused|declined)\b",
    re.IGNORECASE,
)
_GRANTED = re.compile(
    rf"\b(?:is|are|be|was|were|as|being|deemed|considered|found|remains?)\s+(?:\w+\s+){{0,3}}?(?:{_ITEM})"
    rf"|(?:{_ITEM})\s+(?:\w+\s+){{0,3}}?(?:is|are|has\s+been|have\s+been)\s+(?:\w+\s+)?(?:established|supported|demonstrated|met|shown|found|confirmed)"
    r"|\b(?:is|are|be|should\s+be)\s+(?:therefore\s+|hereby\s+|thus\s+)?(?:certified|authorized|approved|granted|overturned|reversed|allowed)\b"
    r"|\b(?:overturn|reverse|disagree\s+with|set\s+aside)\w*\s[^.;]{0,60}?(?:denials?|determinations?|decisions?|non-?certifications?)"
    r"|\b(?:denials?|non-?certifications?|determinations?|decisions?)[^.;]{0,60}?\b(?:overturned|reversed|set\s+aside|vacated)\b"
    rf"|\b(?:is|are)\s+(?:\w+\s+)?(?:supported|warranted|indicated|recommended|justified)\b|(?:^|:\s*)(?:{_ITEM})\W*$",
    re.IGNORECASE,
)
# The reviewer's last word, as against a rule or an older opinion that uses the same words.
_SOMEONE_ELSE = re.compile(
    r"(?:utilization\s+review\w*|claims\s+administrator|carrier|insurer|plan|\bURA?\b|(?:first|prior|previous|initial|earlier|peer)\s+(?:reviewer|review|denial|determination))"
    r"\W+(?:\w+\W+){0,6}?(?:denied|non-?certified|stated|found|felt|noted|wrote|concluded|modified|recommended|refused|held|said|judged|argued)"
    r"|guidelines?\s+(?:state|recommend|require|note|indicate|support)",
    re.IGNORECASE,
)
_LAST_WORD = re.compile(rf"(?:--?|–|—|:)\s*({VERDICT})\W*$", re.IGNORECASE)


def verdict_of(words: str) -> Outcome:
    """The outcome a verdict word means."""
    if _PART.search(words):
        return Outcome.MIXED
    return Outcome.OVERTURNED if _OVERTURN.search(words) else Outcome.UPHELD


def verdict_in_sentence(sentence: str) -> Outcome | None:
    """What one sentence concludes, if it concludes anything."""
    if word := _LAST_WORD.search(sentence):
        return verdict_of(word.group(1))
    denied, granted = _DENIED.search(sentence), _GRANTED.search(sentence)
    if denied and granted:
        inside = denied.start() <= granted.start() < denied.end() or granted.start() <= denied.start() < granted.end()
        return Outcome.UPHELD if inside else Outcome.MIXED
    if denied:
        return Outcome.UPHELD
    return Outcome.OVERTURNED if granted else None


def verdict_in_prose(text: str, start: int, end: int) -> tuple[Outcome, Span | None]:
    """The last concluding sentence of the span, from the end backwards; necessity words outrank weaker ones."""
    spans = sentences(text, start, end)
    for strong in (True, False):
        for a, b in reversed(spans):
            sentence = " ".join(text[a:b].split())
            if strong != bool(_strong(sentence)) or _SOMEONE_ELSE.search(sentence):
                continue
            if outcome := verdict_in_sentence(sentence):
                return outcome, (a, b)
    return Outcome.UNCLEAR, None


def _strong(sentence: str) -> bool:
    return bool(_NECESSARY.search(sentence) or re.search(r"\b(upheld|overturn|revers|uphold|certif|denied|denial)", sentence, re.I))
