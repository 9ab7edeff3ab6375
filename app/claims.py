"""Sentences that a language model wrote, held against the passages they cite, the ledger and the counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from app.cited import Answer, Citation, Result, Sentence
from app.outcomes import every_outcome_told
from app.question import words as word_lists
from corpus.cues import has_polarity, mentions, negated
from corpus.cues import label as criterion_label
from corpus.decision import Reason
from corpus.sentences import squeeze
from corpus.terms import services
from index.search import Index

MOST_PASSAGES = 40  # given to a model; the lines of further results are the program's own
MARKS = re.compile(r"(?:\s*\[\s*\d+(?:\s*[,;–-]\s*\d+)*\s*\])+")
_QUOTED = re.compile(r"“([^”]*)”|\"([^\"]*)\"|«([^»]*)»|‘([^’]*)’(?!\w)|(?<!\w)'([^']{12,})'(?!\w)")
_MARKUP = re.compile(r"://|\bwww\.|\]\s*\(|!\[|<\s*/?\s*[a-z!]|&#?\w+;|\b(?:data|javascript|mailto|file):|`", re.I)


def named(result: Result) -> str:
    """'CM16-0247274, issue 3: Lumbar MRI'."""
    return f"{result.case_number or result.source}, issue {result.issue + 1}: {result.service}"


@dataclass(frozen=True)
class _Claim:
    """What a sentence says before a group of marks, with the passages the marks name."""

    text: str
    citations: tuple[Citation, ...]
    answer: Answer
    reasons: tuple[Reason, ...]

    @cached_property
    def words(self) -> str:
        """The claim without what it quotes."""
        return _QUOTED.sub(" … ", self.text)

    @cached_property
    def quotes(self) -> list[str]:
        return [squeeze(next(filter(None, m.groups()), "")) for m in _QUOTED.finditer(self.text)]

    @cached_property
    def results(self) -> list[Result]:
        places = {(c.decision, c.issue) for c in self.citations}
        return [r for r in self.answer.results if (r.decision, r.issue) in places]

    @cached_property
    def sources(self) -> str:
        """Everything that the cited passages and their issues say."""
        said = [f"{squeeze(c.quote)} {c.reference} {c.source}" for c in self.citations]
        return " ".join(said + [named(r) for r in self.results])


def checked(index: Index, answer: Answer, text: str) -> tuple[Sentence | None, str]:
    """The sentence as it may stand, or why it may not."""
    text = squeeze("".join(c if c.isprintable() else " " for c in text).replace("**", "").replace("__", ""))
    if _MARKUP.search(MARKS.sub("", text)):
        return None, "holds a link or markup"
    known = {c.n: c for c in answer.citations[:MOST_PASSAGES]}
    numbers = tuple(dict.fromkeys(n for group in MARKS.finditer(text) for n in _numbers(group.group(0))))
    if not numbers:
        return None, "cites nothing"
    if not known.keys() >= set(numbers):
        return None, "cites a passage it was not given"
    for claim in _claims(index, answer, text, known):
        for holds, fault in _CHECKS:
            if not holds(claim):
                return None, fault
    plain = re.sub(r"\s+(?=[.,;:!?])", "", squeeze(MARKS.sub(" ", text)))
    return Sentence(plain, numbers), ""


def _numbers(marks: str) -> Iterator[int]:
    """'[1][3-5]' -> 1, 3, 4, 5."""
    for first, last in re.findall(r"(\d{1,6})(?:\s*[–-]\s*(\d{1,6}))?", marks):
        yield from range(int(first), min(int(last or first), int(first) + MOST_PASSAGES) + 1)


def _claims(index: Index, answer: Answer, text: str, known: dict[int, Citation]) -> Iterator[_Claim]:
    """The parts of a sentence, each up to and with its marks; what follows the last marks belongs to them."""
    groups = list(MARKS.finditer(text))
    begin = 0
    for group in groups:
        end = len(text) if group is groups[-1] else group.end()
        citations = tuple(known[n] for n in dict.fromkeys(_numbers(group.group(0))))
        places = dict.fromkeys((c.decision, c.issue) for c in citations)
        issues = [index.catalog.decision(d).issues[i] for d, i in places if i is not None]
        reasons = tuple(reason for issue in issues for reason in issue.reasons)
        yield _Claim(MARKS.sub(" ", text[begin:end]), citations, answer, reasons)
        begin = group.end()


def _quotes_hold(claim: _Claim) -> bool:
    """Every quotation is a verbatim span of one cited passage, and every quotation mark has its fellow."""
    passages = [_straight(squeeze(c.quote)) for c in claim.citations]
    inside = all(any(_straight(q).rstrip(".,;: ") in p for p in passages) for q in claim.quotes)
    return inside and not re.search(r"[“”\"«»]", claim.words)


def _denials_kept(claim: _Claim) -> bool:
    """No quotation leaves out the words of its passage that deny it, unless the sentence itself denies it."""
    text = _straight(claim.text)
    for quote in filter(None, claim.quotes):
        wanted = _straight(quote).rstrip(".,;: ")
        for passage in (_straight(squeeze(c.quote)) for c in claim.citations):
            if _denied(passage, wanted) and not _denied(text, wanted):
                return False
    return True


def _denied(text: str, words: str) -> bool:
    place = text.find(words)
    return place >= 0 and negated(text, place, place + len(words))


def _straight(text: str) -> str:
    """Quotation marks and dashes as a keyboard has them."""
    return text.translate(str.maketrans("“”‘’–—", "\"\"''--"))


def _outcomes_hold(claim: _Claim) -> bool:
    """What is said of the outcome is true of every cited issue; of several outcomes at once, only as a tally."""
    claimed, true = every_outcome_told(claim.words), {r.outcome for r in claim.results}
    return not claimed or (claimed == true and (len(true) == 1 or bool(_counts(claim))))


_NOUN = (
    r"(?:issue|decision|case|denial|approval|letter|determination|dispute|service|request|reviewer|appeal|result|precedent"
    r"|ruling)s?"
)
_SMALL = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_ISSUES = re.compile(r"\bissues?\s+(?:no\.?\s*)?((?:\d{1,4}\b(?:\s*(?:,|and|or|&)\s*)?)+)", re.I)
_NUMBER = re.compile(rf"(?<![\w/.-])(?:\d[\d,]{{0,11}}|{'|'.join(_SMALL)}|dozen)(?![\w/-]|\.\d)", re.I)
_COUNTED = re.compile(
    rf"\W+(?:(?!and\b|but\b)[\w’'/-]+\s+){{0,3}}?(?:(?:of\s+)?(?:them|these|those)\b|{_NOUN}\b"
    r"|(?:is|are|was|were)\s+(?:partly\s+)?(?:upheld|overturned|denied|approved|granted)|(?:partly\s+)?(?:upheld|overturned)"
    rf"|(?:out\s+)?of\s+(?:the\s+|all\s+)?(?:\d|{'|'.join(_SMALL)}))",
    re.I,
)
_UNITS = re.compile(
    r"\W+(?:\w+\s+)?(?:visit|session|week|month|day|year|mg|percent|unit|tablet|level|time|hour)s?\b", re.I
)


def _counts(claim: _Claim) -> set[int]:
    """The numbers that count issues, decisions or reviewers."""
    words, cases, found = _ISSUES.sub(" ", claim.words), {r.case_number for r in claim.results}, set()
    for number in _NUMBER.finditer(words):
        behind = words[number.end() :]
        if number.group(0) in cases or words[: number.start()].endswith("#") or _UNITS.match(behind):
            continue
        named = any(term.start <= 12 for term in services().find(behind[:60], any_case=True) if term.kind != "rider")
        if _COUNTED.match(behind) or named:
            found.add(_value(number.group(0)))
    return found


def _value(number: str) -> int:
    word = number.lower().replace(",", "")
    return int(word) if word.isdigit() else 12 if word == "dozen" else _SMALL.index(word) + 1


_QUANTIFIED = re.compile(
    rf"\b(all|every|each|both|none|neither|no|most|half|(?:a |the )?majority|\d+ ?(?:%|per ?cent))\s+"
    rf"(?:(?:of\s+)?(?:the\s+|these\s+|those\s+|them\s+)?(?:\w+\s+)?{_NOUN}|(?:of\s+(?:them|these|those)\s+)?"
    r"(?:is|are|was|were)|of\s+(?:them|these|those))\b",
    re.I,
)
_VAGUE = re.compile(r"most|half|majority|%|cent", re.I)


def _counts_hold(claim: _Claim) -> bool:
    """Numbers of issues are the answer's own, the total or the outcome's among them; 'all' cites all."""
    answer = claim.answer
    tally = Counter(r.outcome for r in answer.results)
    total, letters = len(answer.results), len({r.decision for r in answer.results})
    counts = _counts(claim)
    if counts == {1} and len(claim.results) == 1:
        counts = set()
    claimed = every_outcome_told(claim.words)
    due = {tally[o] for o in claimed} or {total, *tally.values()}
    fitting = counts <= {total, letters, answer.of, *tally.values()}
    if counts and not (fitting and (due <= counts if claimed else due & counts)):
        return False
    quantifiers = [m.group(1) for m in _QUANTIFIED.finditer(claim.words)]
    return not quantifiers or (len(claim.results) == total and not any(map(_VAGUE.search, quantifiers)))


_WITH_DIGITS = re.compile(r"[\w.,/%$-]*\d[\w/%-]*(?:[.,]\d+)*")


def _numbers_hold(claim: _Claim) -> bool:
    """Every other number, date, level or case number is in the cited passages; an issue's number is a cited one's."""
    issues = {int(n) for group in _ISSUES.findall(claim.words) for n in re.findall(r"\d+", group)}
    if not issues <= {r.issue + 1 for r in claim.results}:
        return False
    said, words = f"{claim.sources} {claim.answer.question}", _ISSUES.sub(" ", claim.words)
    values = {_value(n) for n in _NUMBER.findall(said)} | _counts(claim) | {1}
    tokens = set(_WITH_DIGITS.findall(said))
    plain = all(_value(n) in values for n in _NUMBER.findall(words))
    return plain and all(t in tokens or _NUMBER.fullmatch(t) for t in _WITH_DIGITS.findall(words))


def _ledger_holds(claim: _Claim) -> bool:
    """No finding is called there that the cited issues' ledger calls missing, nor the other way round."""
    said = {(m.criterion, m.negated) for c in claim.citations for m in mentions(squeeze(c.quote))}
    for mention in mentions(claim.text):
        statuses = {r.status for r in claim.reasons if r.criterion == mention.criterion}
        agreeing = "absent" if mention.negated else "present"
        if (
            has_polarity(mention.criterion)
            and statuses & {"absent", "present"}
            and agreeing not in statuses
            and (mention.criterion, mention.negated) not in said
        ):
            return False
    return True


_WORD = re.compile(r"[a-z]{4,}")
_STEM = 5  # letters; enough to join "document", "documented" and "documentation"
_UNSUPPORTED = 0.5  # share of a claim's own words


def _words_hold(claim: _Claim) -> bool:
    """At least half of a claim's own words are words of its passages, its issues or the question."""
    labels = " ".join(criterion_label(r.criterion) for r in claim.reasons)
    known = _stems(f"{claim.sources} {claim.answer.question} {labels}") | _frame()
    own = [word for word in _WORD.findall(claim.words.lower()) if word[:_STEM] not in _frame()]
    return sum(word[:_STEM] not in known for word in own) <= _UNSUPPORTED * len(own)


@cache
def _frame() -> set[str]:
    """Words an answer is made of, which claim nothing by themselves."""
    return _stems(" ".join((*word_lists()["claim"]["frame"], *_SMALL)))


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.lower())}


_CHECKS = (
    (_quotes_hold, "quotes what its passage does not say"),
    (_denials_kept, "quotes without what denies it"),
    (_outcomes_hold, "gives an outcome that is not the decision's"),
    (_counts_hold, "gives a count that is not the ledger's"),
    (_numbers_hold, "holds a number that its passages do not"),
    (_ledger_holds, "contradicts the ledger"),
    (_words_hold, "says what its passages do not"),
)
