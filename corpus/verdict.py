"""Words of decision -> an Outcome and the span that says it: from boxes, verdict lines and prose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from corpus.decision import Outcome, Span
from corpus.sentences import sentences, squeeze

# A verdict standing alone, as titles and check-box lines write it.
VERDICT = (
    r"(?:(?:partially|partly|modified\s+and)\s+)?"
    r"(?:upheld|overturned|uphold|overturn|reversed|certified\s+in\s+part|modified)(?:\s+in\s+part)?"
)
_PART = re.compile(r"partial|partly|\bin\s+part\b|modif|\bonly\b", re.IGNORECASE)
_OVERTURN = re.compile(r"overturn|revers|approv|certif|grant|authoriz|allow|^yes|necess|supported", re.IGNORECASE)
# Further words that decide where nothing else stands beside them: behind a label, in a row of a table, as a sentence.
SAID = (
    rf"(?:{VERDICT}|(?:not\s+|non-?\s?)?(?:certified|approved|granted|authorized|allowed)|denied|disallowed"
    r"|affirm(?:ed)?|reversed?|sustain(?:ed)?|(?:not\s+)?medically\s+necessary|(?:not\s+)?supported"
    r"|medical\s+necessity\s+(?:is\s+)?(?:not\s+)?(?:established|supported|shown|demonstrated))"
)
_ALONE = re.compile(rf"(?:^|--?\s+|[–—:]\s*)({SAID})\W*$", re.IGNORECASE)
_AGAINST = re.compile(r"\b(?:no|not)\b|\bnon", re.IGNORECASE)


def _words(pattern: str) -> re.Pattern[str]:
    """A pattern of whole words, in any case."""
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)


# Where a sentence falls into pieces; a piece without a verb of its own belongs to its neighbour.
_JOINT = re.compile(
    r"[;:,](?=\s)|\s(?=(?:and|but|while|whereas|although|though|however|so|yet|because|since)\s)", re.IGNORECASE
)
_VERB = _words(
    r"(?:is|are|was|were|has|have|had|can|could|would|should|will|must|may|might|does|do|did)(?:n['’]t)?|cannot|am"
    r"|(?:remain|meet|find|support|lack|fail|stand|agree|concur|disagree|uphold|overturn|reverse|affirm)s?|met|found"
    r"|(?:and|but) (?:upheld|overturned|affirmed|reversed)|(?:upheld|overturned)(?=\W*$)"
)
_LEANING = re.compile(r"\W*(?:(?:and|but)\s+)?(?:which|that|who|whose|to|nor|or)\b", re.IGNORECASE)
_ADVERBIAL = re.compile(
    r"\W*(?:without|in|on|upon|at|for|with|given|based|due|because|since|as|after|despite|by|under|per|from|not\s+\w+ing"
    r"|lacking|absent|therefore|thus|hence|accordingly|consequently|however)\b",
    re.IGNORECASE,
)
_SUBORDINATE = re.compile(r"\W*(?:although|though|even|as|since|because|despite)\b", re.IGNORECASE)

_NO_NEGATION = _words(r"not (?:only|just|merely|unreasonable)|no (?:doubt|question)|without (?:question|doubt)")
# "It would be wrong to say that it is not necessary" says that it is.
_DOUBLE_NEGATION = re.compile(
    r"\b(?:wrong|incorrect|untenable|a mistake|an error) to (?:say|hold|find|conclude|claim) that"
    r" (.{1,80}? (?:is|are)) not\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"n['’]t\b|\b(?:not|cannot|no|none|never|neither|nor|unable|hardly|lack(?:s|ed|ing)?|absence"
    r"|fail(?:s|ed|ing|ure)? to|insufficient|inadequate)\b",
    re.IGNORECASE,
)
# A denial is only denied by its own verb: "cannot agree with", "no reason to uphold".
_NEGATED_VERB = re.compile(
    r"(?:n['’]t|\b(?:not|cannot|never|unable to|no (?:\w+ )?(?:reason|basis|ground|cause)s? (?:to|for)))"
    r"(?: \w+){0,2} $",
    re.IGNORECASE,
)

_EARLIER = (
    r"(?:previous|prior|earlier|original|initial|first|above|adverse"
    r"|(?:carrier|insurer|company|plan|URA|administrator|reviewer|utilization review)(?:['’]s)?)"
)
_REFUSAL = (
    r"(?:denials?|refusals?|non-?certifications?"
    r"|(?:decision|determination)s? (?:not )?to (?:deny|non-?certify|refuse|certify)"
    rf"|{_EARLIER} (?:\w+ ){{0,3}}?(?:denials?|determinations?|decisions?|opinions?|reviewers?|recommendations?))"
)
_DECIDED = rf"(?:{_REFUSAL}|determinations?|decisions?|reviewers?|carrier|insurer|URA)"
_NEAR = r"[^.;]{0,60}?"
_SELF = r"^\W*(?:I|we|the reviewer|this reviewer) (?:\w+ ){0,2}?"
_BY_MYSELF = re.compile(r"\W*(?:I|we)\b", re.IGNORECASE)
_BE = r"(?:is|are|be|been|being|was|were|as|deemed|considered|found|remains?|becomes?|appears?)"
_NOW = r"(?:is|are|remains?|stands?|(?:has|have|should|can) (?:not )?be(?:en)?|cannot be)"
_KEEP = _words(
    rf"{_SELF}uphold|(?:(?:uphold|affirm|sustain|support|confirm|maintain)(?:s|ed|ing)?|upheld) {_NEAR}{_DECIDED}"
    rf"|(?:agree|concur)(?:s|d|red)? (?:with|on|about) {_NEAR}{_DECIDED}|{_SELF}(?:agree|concur)s?\W*$"
    rf"|{_REFUSAL}{_NEAR} (?:stands?|upheld|affirmed|sustained|agreed|confirmed|maintained|appropriate|correct|remains?"
    r"|reasonable|valid|proper|justified|supported|reconciled)"
    rf"|(?:{_BE}|^\W*(?:and|but)) (?:\w+ ){{0,2}}?(?:upheld|affirmed)|upheld\W*$"
)
_UNDO = _words(
    rf"(?:overturn|reverse|overrule|change|vacate|(?:disagree|part company|differ) with|set aside)(?:s|d|ed)? "
    rf"{_NEAR}{_DECIDED}|(?:overturn|reverse)s? this|{_SELF}disagrees?\W*$"
    rf"|{_REFUSAL}{_NEAR} (?:overturned|reversed|set aside|vacated|overruled|inappropriate|incorrect|unjustified"
    r"|in error|erroneous)"
    rf"|(?:{_BE}|^\W*(?:and|but)) (?:\w+ ){{0,2}}?(?:overturned|reversed|set aside|vacated)|overturned\W*$"
)
_QUALITY = (
    r"(?:(?:medically|clinically) (?:reasonable and |indicated and |appropriate and )?"
    r"(?:necessary|indicated|appropriate|reasonable)|reasonable and (?:medically )?necessary|necessary and appropriate)"
)
# A case is found for one side, as a court would say it.
_WON = r"(?:find|found|rule[ds]?|decide[ds]?|hold) (?:for|in favou?r of) the (?:\w+ ){0,2}?"
_FOR_THE_PATIENT = _words(rf"{_WON}(?:employee|worker|claimant|patient|member|enrollee|insured|provider|requestor)")
_FOR_THE_PAYER = _words(rf"{_WON}(?:administrator|carrier|insurer|employer|plan|URA)")
_DENIED = _words(
    rf"{_NOW} (?:\w+ ){{0,2}}?(?:denied|non-?certified|refused|declined|disallowed)|medically unnecessary"
    rf"|medical(?:ly)? necess\w+ {_NEAR}(?:unclear|questionable|lacking|absent|doubtful)"
)
_GRANTED = _words(
    rf"{_BE} (?:[\w,]+ ){{0,6}}?{_QUALITY}|(?:find|found|make|consider)s? [^.;]{{1,60}}? {_QUALITY}"
    rf"|{_NOW} (?:\w+ ){{0,3}}?(?:certified|authorized|approved|granted|allowed)"
)
_NECESSITY = _words(r"(?:medical|clinical)(?:ly)? necess\w+")
_ESTABLISHED = _words(
    r"(?:support|meet|find|exist|establish|demonstrate)(?:s|e?d)?|met|shown|found|confirmed|evident|documented|satisfied"
)
_FAVOURED = _words(
    rf"{_NOW} (?:\w+ ){{0,3}}?(?:supported|warranted|indicated|recommended|justified|established|necessary(?! to))"
    r"|there (?:is|are) (?:\w+ ){0,2}?(?:indication|justification|need|basis|support)s? for"
)
_BARE = re.compile(rf"(?:^|[:–—]|--?\s)\W*(?:\w+ )?{_QUALITY}\W*$", re.IGNORECASE)
_IN_PART = _words(
    r"(?:partially|partly) (?:certified|approved|granted|authorized|overturned|upheld|medically)"
    r"|(?:certified|approved|granted|authorized|overturned|upheld|agree|disagree) (?:\w+ )?(?:in part|partially)"
)
# "It is." and "the rest are not." speak of what was named before.
_ECHO = re.compile(r"^\W*(?:it|they) (?:is|are|should)\W*$", re.IGNORECASE)
_ECHO_NOT = re.compile(r"\b(?:is|are|should)(?: not|n['’]t)\W*$", re.IGNORECASE)
_CONDITION = _words(r"if|whether|unless|until|in order")

# Somebody else's opinion, which may stand in the very words of a decision.
_PARTY = (
    r"(?:utilization review\w*|claims administrator|carrier|insurer|insurance company|plan|URA?|adjuster"
    r"|provider|surgeon|(?:treating|requesting) (?:physician|doctor)"
    r"|(?:first|second|prior|previous|initial|earlier|peer|appeal) (?:reviewer|review|denial|determination|letter))"
)
_RULE = r"(?:ODG|MTUS|ACOEM|guidelines?|literature)"
_REPORTS = (
    r"(?:denie[ds]|non-?certified|modified|upheld|affirmed|refused|stat(?:es?|ed)|found|finds?|felt|feels?|not(?:es?|ed)"
    r"|wr(?:ites?|ote)|conclude[ds]?|recommend(?:s|ed)?|requires?|indicates?|supports?|h(?:olds?|eld)|sa(?:ys|id)"
    r"|judged|argue[ds]?|opine[ds]?|determined|believe[ds]?|considered)"
)
_SOMEONE_ELSE = _words(
    rf"(?:{_PARTY}(?:['’]s)?|{_RULE})\W+(?:(?!(?:is|are|be|was|were|should)\W)[\w'’]+\W+){{0,6}}?{_REPORTS}"
    rf"|(?:according to|per|by|(?:view|opinion|judgment|words) of) (?:the )?(?:\w+ )?{_PARTY}"
    rf"|{_PARTY}['’]s (?:\w+ )?(?:view|opinion|words|letter|judgment)"
)
_HINT = re.compile(
    r"necess|certif|authoriz|approv|grant|allow|support|warrant|indicat|recommend|justif|establish|appropriate|reasonabl"
    r"|den[iy]|refus|declin|uph[eo]ld|affirm|sustain|overturn|revers|agree|concur|company|change|set aside|vacate"
    r"|favou?r|for the|should(?: not|n['’]t)?\W*$|stands?\b|in error|errone|(?:is|are)(?: not|n['’]t)?\W*$|modif",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a clause or sentence concludes, and whether in words that are used for nothing else."""

    outcome: Outcome
    strong: bool


def verdict_of(words: str) -> Outcome:
    """The outcome a verdict word means."""
    if _PART.search(words):
        return Outcome.MIXED
    return Outcome.OVERTURNED if _OVERTURN.search(words) and not _AGAINST.search(words) else Outcome.UPHELD


def verdict_in_sentence(sentence: str) -> Outcome | None:
    """What one sentence concludes, if it concludes anything."""
    found = _in_sentence(sentence)
    return found.outcome if found else None


def verdict_in_prose(text: str, start: int, end: int) -> tuple[Outcome, Span | None]:
    """The last concluding sentence of the span; words of necessity and denial outrank weaker ones."""
    found = [(_in_sentence(squeeze(text[a:b])), (a, b)) for a, b in sentences(text, start, end)]
    for strong in (True, False):
        for at in range(len(found) - 1, -1, -1):
            verdict, span = found[at]
            if verdict and verdict.strong is strong:
                before = found[at - 1][0] if at and _of_the_rest(squeeze(text[slice(*span)])) else None
                if before and before.strong and {before.outcome, verdict.outcome} == _BOTH:
                    return Outcome.MIXED, (found[at - 1][1][0], span[1])
                return verdict.outcome, span
    return Outcome.UNCLEAR, None


# A line that names a guideline and says nothing opens a pasted passage; words about the case end it.
_PASTED = re.compile(
    r"(?m)^[^\S\n]*(?:[A-Z(][^\n.:]{0,40}?\b)?(?:ODG|MTUS|ACOEM|Official Disability Guidelines"
    r"|Criteria for (?:the )?use)\b[^\n.]{0,60}:?[^\S\n]*$"
)
_OF_THE_CASE = re.compile(
    r"(?m)(?:^|[.!?]\s+)[^.!?]*\b(?:this|the)\s+(?:patient|claimant|injured|employee|worker|case|reviewer|records?|request|file)\b"
    r"|\b(?:I|he|she)\s+(?-i:[a-z]+)",
    re.IGNORECASE,
)


def without_pasted(text: str, start: int, end: int) -> str:
    """The text with the guidelines pasted into a passage blanked; nothing is, where nothing else would be left."""
    pieces, at = [text[:start]], start
    for head in _PASTED.finditer(text, start, end):
        if head.start() < at:
            continue
        own = _OF_THE_CASE.search(text, head.end(), end)
        close = own.start() if own else end
        pieces += [text[at : head.start()], " " * (close - head.start())]
        at = close
    whole = "".join([*pieces, text[at:]])
    return whole if whole[start:end].strip() else text


_REST = re.compile(r"^\W*(?:but |and )?the (?:remaining|rest|others?|last|balance)\b", re.IGNORECASE)
_BOTH = {Outcome.UPHELD, Outcome.OVERTURNED}


def _of_the_rest(sentence: str) -> bool:
    """Does the sentence decide what the one before it left over: 'The last two days were not.'"""
    return is_echo(sentence) or bool(_REST.search(sentence))


def is_echo(sentence: str) -> bool:
    """Does the sentence deny what the one before it granted: 'The other six are not.'"""
    return bool(_ECHO_NOT.search(sentence))


def verdicts_by_clause(sentence: str) -> list[tuple[str, Outcome | None]]:
    """The clauses of a sentence on one line, each with what it concludes."""
    return [(clause, verdict.outcome if verdict else None) for clause, verdict in _judged(sentence)]


def _in_sentence(sentence: str) -> _Verdict | None:
    """The verdicts of its clauses taken together: strong before weak, main before subordinate clause."""
    found = [(v.strong, not _SUBORDINATE.match(clause), v.outcome) for clause, v in _judged(sentence) if v]
    if not found:
        return None
    strong, main, _ = max(found)
    outcomes = {outcome for *rank, outcome in found if rank == [strong, main]}
    return _Verdict(outcomes.pop() if len(outcomes) == 1 else Outcome.MIXED, strong)


def _judged(sentence: str) -> list[tuple[str, _Verdict | None]]:
    """Each clause with its verdict; what hangs on a condition grants nothing, and a question decides nothing."""
    if not _HINT.search(sentence) or sentence.endswith("?"):
        return [(sentence, None)]
    if alone := _ALONE.search(sentence):
        return [(sentence, _Verdict(verdict_of(alone.group(1)), True))]
    plain = squeeze(_NO_NEGATION.sub("", _DOUBLE_NEGATION.sub(r"\1", sentence)))
    judged = [(clause, _in_clause(clause)) for clause in _clauses(plain)]
    if _CONDITION.search(plain):
        judged = [(clause, None if v and v.outcome is Outcome.OVERTURNED else v) for clause, v in judged]
    return judged


def _clauses(sentence: str) -> list[str]:
    """The parts of a sentence that have a verb each; an adverbial opening stands by itself."""
    clauses: list[str] = []
    open_ended = False
    cuts = [0, *(m.end() for m in _JOINT.finditer(sentence)), len(sentence)]
    for start, end in pairwise(cuts):
        piece = sentence[start:end]
        complete = bool(_VERB.search(piece))
        if clauses and (open_ended or not complete or _LEANING.match(piece)):
            clauses[-1] += piece
        else:
            clauses.append(piece)
        aside = _ADVERBIAL.match(clauses[-1]) and not _SOMEONE_ELSE.search(clauses[-1])
        open_ended = not _VERB.search(clauses[-1]) and not aside
    return clauses


def _in_clause(clause: str) -> _Verdict | None:
    """What one clause says of the earlier decision or of the service itself."""
    if _SOMEONE_ELSE.search(clause) and not _BY_MYSELF.match(clause):
        return None
    if _IN_PART.search(clause):
        return _Verdict(Outcome.MIXED, True)
    for pattern, outcome, opposite in _ABOUT_A_DENIAL:
        if match := pattern.search(clause):
            verbs = match.start(), clause.rfind(" ", 0, match.end()) + 1
            denied = any(_NEGATED_VERB.search(clause[:verb]) for verb in verbs)
            return _Verdict(opposite if denied else outcome, True)
    return _about_the_service(clause)


_ABOUT_A_DENIAL = (
    (_FOR_THE_PATIENT, Outcome.OVERTURNED, Outcome.UPHELD),
    (_FOR_THE_PAYER, Outcome.UPHELD, Outcome.OVERTURNED),
    (_UNDO, Outcome.OVERTURNED, Outcome.UPHELD),
    (_KEEP, Outcome.UPHELD, Outcome.OVERTURNED),
    (_DENIED, Outcome.UPHELD, Outcome.OVERTURNED),
)


def _about_the_service(clause: str) -> _Verdict | None:
    """Words of need grant a service unless denied before; 'medical necessity' may be denied on either side."""
    strong = _GRANTED.search(clause) or _BARE.search(clause)
    if match := strong or _FAVOURED.search(clause):
        denied = _NEGATION.search(clause, 0, match.end())
        return _Verdict(Outcome.UPHELD if denied else Outcome.OVERTURNED, bool(strong))
    if _NECESSITY.search(clause):
        if _NEGATION.search(clause):
            return _Verdict(Outcome.UPHELD, True)
        return _Verdict(Outcome.OVERTURNED, True) if _ESTABLISHED.search(clause) else None
    if _ECHO_NOT.search(clause):
        return _Verdict(Outcome.UPHELD, True)
    return _Verdict(Outcome.OVERTURNED, False) if _ECHO.search(clause) else None
