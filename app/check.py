"""A draft -> every case number, quotation, outcome and date it claims, held against the stored decisions."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Any

from rapidfuzz.fuzz import partial_ratio_alignment

from app.answer import fingerprint
from app.outcomes import outcomes_told
from app.references import reference
from corpus.cues import negated
from corpus.decision import Decision, Issue, Outcome, Span, Voice
from corpus.layout import parse_date
from corpus.read import Document
from corpus.roles import spoken
from corpus.sentences import quoted, sentences, squeeze
from corpus.terms import treatments_in
from index.search import Index

# What is right needs no second look; everything else does.
RIGHT = ("found", "verbatim", "right")


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing a draft claims, and what the index says: `difference` pairs the stored words with the draft's."""

    kind: str  # case, quotation, outcome, date, page
    status: str  # found, verbatim, right; altered, elsewhere, wrong, not-found
    words: str
    start: int
    end: int
    page: int
    case_number: str | None = None
    decision: str | None = None
    reference: str = ""
    voice: Voice | None = None
    why: str = ""
    difference: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A draft checked."""

    source: str
    checked: tuple[Checked, ...]
    index: dict[str, Any] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[Checked, ...]:
        return tuple(c for c in self.checked if c.status not in RIGHT)

    def to_json(self) -> dict[str, Any]:
        counts = Counter(f"{c.kind}:{c.status}" for c in self.checked)
        return asdict(self) | {"problems": len(self.problems), "counts": dict(sorted(counts.items()))}


@dataclass(frozen=True, slots=True)
class _Mention:
    """A case number in the draft and the decisions it stands for."""

    start: int
    end: int
    words: str
    decisions: tuple[Decision, ...]


def check_draft(index: Index, draft: Document) -> Report:
    """Everything the draft claims, in its order."""
    text = draft.text
    quotes = _quotations(text)
    mentions = _mentions(index, text, quotes)
    found = [*map(_case, mentions), *_outcomes(text, mentions, quotes), *_dates(text, mentions)]
    for quote in quotes:
        found += _quotation(index, text, quote, _cited_for(quote, mentions))
    starts = [start for start, _ in draft.pages]
    placed = [replace(one, page=bisect(starts, one.start)) for one in sorted(found, key=lambda c: (c.start, c.kind))]
    return Report(draft.source, tuple(placed), fingerprint(index))


# ---- case numbers ---------------------------------------------------------------------------------------------------

# As these letters and attorneys write them; a number with a digit too few or too many is a wrong number, not none.
_NUMBER = re.compile(
    r"\bCM\s?(?P<year>\d\d)\s?[-–—]\s?(?P<serial>\d{4,10})\b"
    r"|\bIRO[-\s](?:(?:Case|Decision|Review|File)\s+)?(?:(?:No\.?|Number|#)\s*:?\s*)?(?:IRO-)?(?P<iro>\d{4,10})\b"
)
_FILE = re.compile(r"\bLetter\s+(?P<file>[\w.-]+\.\w{2,5})\b")


def _mentions(index: Index, text: str, quotes: list[Span]) -> list[_Mention]:
    found = []
    for match in sorted([*_NUMBER.finditer(text), *_FILE.finditer(text)], key=lambda m: m.start()):
        if any(a <= match.start() < b for a, b in quotes):
            continue
        names = match.groupdict()
        name = names.get("file") or names.get("iro") or f"CM{names['year']}-{names['serial']}"
        ids = index.catalog.find_decisions(name)
        decisions = tuple(index.catalog.decision(id_) for id_ in ids)
        found.append(_Mention(match.start(), match.end(), squeeze(match.group(0)), decisions))
    return found


def _case(mention: _Mention) -> Checked:
    if not mention.decisions:
        why = f"{mention.words} is not in the index; check the number"
        return Checked("case", "not-found", mention.words, mention.start, mention.end, 0, why=why)
    decision = mention.decisions[0]
    return Checked(
        "case",
        "found",
        mention.words,
        mention.start,
        mention.end,
        0,
        decision.case_number,
        decision.id,
        decision.source,
    )


# ---- quotations -----------------------------------------------------------------------------------------------------

_LEFT_OUT = re.compile(r"(?:\.\s?){3,4}|…|\[[^\]]*\]")
_FEWEST_WORDS = 3  # a shorter run of words is a term, not a quotation
_AFTER, _BEFORE = 600, 1500  # characters within which a citation belongs to a quotation
_ALTERED = 70  # of 100: what is less alike is another sentence
_ELSEWHERE = 85  # and where no citation points to the letter, it must be more alike
_LOOKED_AT = 20  # passages read to find an uncited quotation


def _quotations(text: str) -> list[Span]:
    """The spans between quotation marks, those of a few words left out."""
    return [(a, b) for a, b in quoted(text) if len(text[a:b].split()) >= _FEWEST_WORDS]


def _cited_for(quote: Span, mentions: list[_Mention]) -> list[_Mention]:
    """The citations a quotation may belong to: the next one behind it, else the last before it."""
    after = [m for m in mentions if quote[1] <= m.start <= quote[1] + _AFTER]
    before = [m for m in mentions if quote[0] - _BEFORE <= m.start < quote[0]]
    return after[:1] + before[-1:]


def _quotation(index: Index, text: str, quote: Span, cited: list[_Mention]) -> Iterator[Checked]:
    """The quotation held against the letters cited for it, then against every other, and the page claimed for it."""
    words = text[slice(*quote)]
    named = [decision for mention in cited for decision in mention.decisions]
    for decision in named:
        if place := _verbatim(words, decision):
            yield _quoted("verbatim", words, quote, decision, place)
            yield from _page(text, quote, cited, decision, place)
            return
    others = [d for d in _likely(index, words) if d not in named]
    for decision in others:
        if place := _verbatim(words, decision):
            status = "elsewhere" if cited else "verbatim"
            why = f"these words stand in {_name(decision)}, not in {cited[0].words}" if cited else ""
            yield _quoted(status, words, quote, decision, place, why)
            return
    nearest = _nearest(words, named, _ALTERED) or _nearest(words, others, _ELSEWHERE)
    if nearest:
        decision, place = nearest
        stored, told = _difference(squeeze(decision.text[slice(*place)]), squeeze(words))
        yield _quoted("altered", words, quote, decision, place, f"the letter says: “{stored}”", told)
        return
    where = f"in {cited[0].words} or anywhere else in" if cited else "in"
    yield Checked("quotation", "not-found", words, *quote, 0, why=f"no such words {where} the index")


def _quoted(
    status: str,
    words: str,
    quote: Span,
    decision: Decision,
    place: Span,
    why: str = "",
    difference: tuple[tuple[str, str], ...] = (),
) -> Checked:
    issue, section, voice = _speaker(decision, place)
    where = reference(decision, issue, section, place[0])
    notes = [why] if why else []
    if whole := _denied(decision, place):
        notes.append(f"the quotation leaves out what denies it: “{whole}”")
    if voice not in (Voice.REVIEWER, Voice.UNKNOWN):
        notes.append(f"the letter says this in another voice than the reviewer's: {voice}")
    return Checked(
        "quotation",
        status,
        words,
        *quote,
        0,
        decision.case_number,
        decision.id,
        where,
        voice,
        "; ".join(notes),
        difference,
    )


def _name(decision: Decision) -> str:
    return decision.case_number or decision.source


def _likely(index: Index, words: str) -> list[Decision]:
    """Letters that may hold the words."""
    ids = [id_ for id_, _ in index.lexical.search(words, _LOOKED_AT)]
    names = dict.fromkeys(passage.decision for _, _, passage in index.catalog.passages(ids))
    return [index.catalog.decision(name) for name in names]


def _verbatim(words: str, decision: Decision) -> Span | None:
    """Where the letter has the words, in order around what the draft marks as left out or put in."""
    folded, places = _folded_letter(decision.text)
    first, at = None, 0
    for part in _LEFT_OUT.split(words):
        wanted = _folded(part)[0].strip(" .,;:-")
        if not wanted:
            continue
        at = folded.find(wanted, at)
        if at < 0:
            return None
        first = at if first is None else first
        at += len(wanted)
    return None if first is None else (places[first], places[at - 1] + 1)


def _nearest(words: str, decisions: Iterable[Decision], least: float) -> tuple[Decision, Span] | None:
    """The letter and place whose words come nearest, whole words, if they are alike enough."""
    wanted = _folded(_LEFT_OUT.sub(" ", words))[0].strip(" .,;:-")
    best: tuple[float, Decision, Span] | None = None
    for decision in decisions:
        folded, places = _folded_letter(decision.text)
        found = partial_ratio_alignment(wanted, folded, score_cutoff=least) if len(wanted) <= len(folded) else None
        if found and (best is None or found.score > best[0]):
            start, end = _whole_words(folded, found.dest_start, found.dest_end)
            best = found.score, decision, (places[start], places[end - 1] + 1)
    return best[1:] if best else None


def _whole_words(text: str, start: int, end: int) -> Span:
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end


_SAME = str.maketrans({c: "'" for c in "‘’‚′`"} | {c: '"' for c in "“”„″«»"} | {c: "-" for c in "‐‑‒–—―−"})


def _folded(text: str) -> tuple[str, list[int]]:
    """The text as it is compared: one space, plain marks, small letters, no space at a hyphen; each sign's place."""
    signs: list[str] = []
    places: list[int] = []
    for place, raw in enumerate(text):
        for sign in unicodedata.normalize("NFKC", raw).translate(_SAME).casefold():
            if sign.isspace():
                if not signs or signs[-1] in " -":
                    continue
                sign = " "
            elif sign == "-" and signs and signs[-1] == " ":
                signs.pop()
                places.pop()
            signs.append(sign)
            places.append(place)
    return "".join(signs), places


_folded_letter = lru_cache(maxsize=256)(_folded)


def _difference(stored: str, draft: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The stored words that answer to the draft's, and (stored, draft) wherever they part."""
    left, right = stored.split(), draft.split()
    matcher = SequenceMatcher(None, [_bare(w) for w in left], [_bare(w) for w in right], autojunk=False)
    # What the letter has before and behind the quoted words is only the neighbourhood they were looked for in.
    steps = [s for s in matcher.get_opcodes() if not (s[0] == "delete" and (s[1] == 0 or s[2] == len(left)))]
    parted = tuple((" ".join(left[a:b]), " ".join(right[c:d])) for tag, a, b, c, d in steps if tag != "equal")
    return " ".join(left[steps[0][1] : steps[-1][2]]), parted


def _bare(word: str) -> str:
    """A word as it is compared."""
    return _folded(word)[0].strip(".,;:\"'()[]")


def _speaker(decision: Decision, place: Span) -> tuple[int | None, str, Voice]:
    """Issue, section and voice of a place."""
    section = decision.section_at(place[0])
    if section is None:
        return None, "body", Voice.UNKNOWN
    said = (voice for (a, b), voice in spoken(decision.text, section) if a <= place[0] < b)
    return section.issue, section.kind, next(said, section.voice)


def _denied(decision: Decision, place: Span) -> str:
    """The whole sentence, where its own words before the quotation deny what is quoted."""
    section = decision.section_at(place[0])
    start, end = (section.start, section.end) if section else (0, len(decision.text))
    for a, b in sentences(decision.text, start, end):
        if a < place[0] < b and negated(decision.text[a : place[0]], place[0] - a, place[0] - a):
            return squeeze(decision.text[a:b])
    return ""


def _between(mention: _Mention, quote: Span) -> Span:
    """What stands between a quotation, marks and all, and its citation."""
    return (quote[1] + 1, mention.start) if mention.start >= quote[1] else (mention.end, quote[0] - 1)


_MARK = re.compile(r"[“”\"]")
_PAGE = re.compile(r"[^\n“”\"]{0,120}?\bp(?:p|g|age)?\.?\s?(\d{1,3})\b")


def _page(text: str, quote: Span, cited: list[_Mention], decision: Decision, place: Span) -> Iterator[Checked]:
    """The page named in the citation right behind the quotation."""
    mention = next((m for m in cited if decision in m.decisions and not _MARK.search(text, *_between(m, quote))), None)
    named = _PAGE.match(text, mention.end) if mention else None
    if named is None:
        return
    page = decision.page_of(place[0])
    last = decision.page_of(place[1] - 1)
    right = page <= int(named.group(1)) <= last
    why = "" if right else f"the words stand on p. {page}"
    yield Checked(
        "page",
        "right" if right else "wrong",
        f"p. {named.group(1)}",
        *named.span(1),
        0,
        decision.case_number,
        decision.id,
        why=why,
    )


# ---- outcomes and dates ---------------------------------------------------------------------------------------------


def _cue(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_BARE = _cue(r"^[\W_]*(?:(?:see|accord|cf|also|e\.g)\b[\W_]*)*$")
# A citation as a whole: its stops end no sentence.
_BEFORE_NUMBER = re.compile(r"(?:\b(?:Cal|Tex)\.\s+)?(?:\bIMR\s+)?(?:\bCase\s+)?(?:\bNo\.\s*)?$")
_BEHIND_NUMBER = re.compile(
    r"(?:,\s*(?:Final\s+Determination|Review\s+Dec\.|Decision))?(?:\s*\([^()\n]{4,40}\))?"
    r"(?:,\s*Issue\s+\d+)?(?:,\s*[A-Z][\w ]+)?(?:,\s*(?:at\s+)?pp?\.?\s*\d+)?"
)
_CLAUSE = re.compile(r"[;:]|,?\s+(?:and|but|while|whereas)\s+(?:in|the)\s")
_ISSUE = re.compile(r"[^\n“”\"]{0,90}?\bIssue\s+(\d{1,2})\b")


def _outcomes(text: str, mentions: list[_Mention], quotes: list[Span]) -> Iterator[Checked]:
    """What the draft says came of each case it names, outside its quotations."""
    unquoted = _unquoted(text, mentions, quotes)
    spans = _sentences(unquoted)
    for mention in mentions:
        start, end = _scope(unquoted, spans, mention, mentions)
        claimed = outcomes_told(unquoted[start:end])
        issues = _issues_meant(text, unquoted[start:end], mention)
        outcomes = {issue.outcome for issue in issues}
        if not claimed or not outcomes - {Outcome.UNCLEAR}:
            continue
        wrong = sorted(o for o in claimed if o not in outcomes and not (o is Outcome.MIXED and len(outcomes) > 1))
        decision = mention.decisions[0]
        told = "; ".join(f"issue {i.number + 1}, {i.service}: {i.outcome}" for i in issues)
        yield Checked(
            "outcome",
            "wrong" if wrong else "right",
            squeeze(text[start:end]),
            start,
            end,
            0,
            decision.case_number,
            decision.id,
            why=f"claimed {', '.join(wrong)}; the letter: {told}" if wrong else "",
        )


def _unquoted(text: str, mentions: list[_Mention], quotes: list[Span]) -> str:
    """The draft's own words, every sign at its place: quotations blank, citations without their stops."""
    plain = list(text)
    for a, b in quotes:
        last = text[b - 1] if text[b - 1] in ".?!" else " "
        plain[a:b] = " " * (b - a - 1) + last
    for mention in mentions:
        before = _BEFORE_NUMBER.search(text, max(0, mention.start - 40), mention.start)
        behind = _BEHIND_NUMBER.match(text, mention.end)
        start, end = before.start() if before else mention.start, behind.end() if behind else mention.end
        plain[start:end] = "_" * (end - start)
    return "".join(plain)


_BLANK_LINE = re.compile(r"\n\s*\n")


def _sentences(text: str) -> list[Span]:
    """The sentences of each paragraph."""
    cuts = [0, *(m.end() for m in _BLANK_LINE.finditer(text)), len(text)]
    return [span for a, b in pairwise(cuts) for span in sentences(text, a, b)]


def _scope(text: str, spans: list[Span], mention: _Mention, mentions: list[_Mention]) -> Span:
    """The words that may tell a case's outcome: its sentence; the one before a bare citation; one that goes on."""
    n = bisect(spans, (mention.start, len(text))) - 1
    start, end = spans[n]
    same = [m for m in mentions if start <= m.start < end]
    if len(same) > 1:
        return _clause(text, (start, end), mention, same)
    if outcomes_told(text[start:end]):
        return start, end
    for a, b in spans[max(0, n - 1) : n]:
        bare = _BARE.match(text[start : mention.start]) and not _BLANK_LINE.search(text, b, start)
        if bare and outcomes_told(text[a:b]) and not any(a <= m.start < b for m in mentions):
            return a, end
    for a, b in spans[n + 1 : n + 2]:
        if _GOES_ON.match(text, a) and not any(a <= m.start < b for m in mentions):
            return start, b
    return start, end


_GOES_ON = _cue(
    r"(?:(?:There|In\s+(?:that|this)\s+\w+),?\s+)?(?:the|that|an?)\s+(?:\w+\s+)?"
    r"(?:reviewer|denial|IMR|IRO|expert|decision|request|determination)\b"
)


def _clause(text: str, sentence: Span, mention: _Mention, same: list[_Mention]) -> Span:
    """Of a sentence with several cases, the words before this one if they tell an outcome, else those behind it."""
    before = max([sentence[0], *(m.end for m in same if m.end <= mention.start)])
    cuts = [m.end() for m in _CLAUSE.finditer(text, before, mention.start)]
    before = cuts[-1] if cuts else before
    if outcomes_told(text[before : mention.start]):
        return before, mention.start
    return mention.end, min([sentence[1], *(m.start for m in same if m.start >= mention.end)])


def _issues_meant(text: str, scope: str, mention: _Mention) -> list[Issue]:
    """The issues a claim is about: the one it numbers, those of the treatments it names, else all."""
    issues = [issue for decision in mention.decisions for issue in decision.issues]
    numbered = _ISSUE.match(text, mention.end)
    if numbered:
        return [i for i in issues if i.number + 1 == int(numbered.group(1))] or issues
    named = {kind for kind, _ in treatments_in(scope)}
    return [i for i in issues if named & set(i.treatments)] or issues


_DATED = re.compile(r"[^\n“”\"()]{0,60}\(([^()]{6,40})\)")


def _dates(text: str, mentions: list[_Mention]) -> Iterator[Checked]:
    """The date in brackets behind a case number."""
    for mention in mentions:
        dated = _DATED.match(text, mention.end)
        day = parse_date(dated.group(1)) if dated else None
        days = {d.dates.get("decision") for d in mention.decisions}
        if dated is None or day is None or not days - {None}:
            continue
        why = "" if day in days else f"the letter is dated {', '.join(sorted(d for d in days if d))}"
        decision = mention.decisions[0]
        yield Checked(
            "date",
            "wrong" if why else "right",
            dated.group(1),
            *dated.span(1),
            0,
            decision.case_number,
            decision.id,
            why=why,
        )
