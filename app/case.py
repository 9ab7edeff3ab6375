"""A pasted case -> what it says of itself: the facts a precedent can share, each with its words, each correctable."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from corpus.cues import Openers, compile_cues, criteria, has_polarity, heard, mentions, negated
from corpus.data import toml
from corpus.decision import Span
from corpus.layout import labelled, parse_date
from corpus.roles import Role, role_of
from corpus.sentences import sentences, trim
from corpus.terms import (
    Lexicon,
    Term,
    levels_in,
    lexicon,
    regions_in,
    service_treatments,
    side_in,
    tables,
    treatments_in,
)
from index.errors import UsageError

# What can be known of a case, in the order it is shown.
FIELDS = (
    *("treatment", "drug", "region", "level", "side", "diagnosis", "finding", "tried"),
    *("ground", "guideline", "jurisdiction", "since-injury"),
)


_STORY = 2000  # characters that are searched for
# The number of the case itself would find its own letter and no other.
_NUMBERED_CASE = re.compile(r"\b(?:CM\d\d-\d{7}|IRO[-\s]?\d{4,})\b", re.IGNORECASE)


_FINDINGS = tuple(f"{c}:{status}" for c in criteria() if has_polarity(c) for status in ("present", "absent"))


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing read in a case: `words` are `text[start:end]`; a fact that was added by hand has no place."""

    field: str
    value: str
    words: str
    start: int | None = None
    end: int | None = None
    sentence: Span | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A pasted text and its facts."""

    text: str
    facts: tuple[Fact, ...]

    def values(self, field: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(f.value for f in self.facts if f.field == field))

    @property
    def story(self) -> str:
        """What to search for: the case itself, or of a long one the sentences of its facts, the foremost first."""
        if len(self.text) <= _STORY:
            return _NUMBERED_CASE.sub(" ", self.text)
        told = dict.fromkeys(f.sentence for f in self.facts if f.sentence)
        return _NUMBERED_CASE.sub(" ", " ".join(self.text[slice(*span)] for span in told)[:_STORY])

    def corrected(self, without: Iterable[tuple[str, str]], added: Iterable[tuple[str, str]]) -> Case:
        """The case with some readings switched off and others put in by hand, these first."""
        off = set(without)
        by_hand = tuple(_by_hand(field, value) for field, value in added)
        return replace(self, facts=by_hand + tuple(f for f in self.facts if (f.field, f.value) not in off))


def _by_hand(field: str, value: str) -> Fact:
    """A fact somebody states; a field or value of no closed list is refused with those that are."""
    known: dict[str, Iterable[str]] = {
        "treatment": tables()["treatment"],
        "region": tables()["region"],
        "drug": tables()["drug"],
        "diagnosis": _words()["diagnosis"],
        "tried": tables()["treatment"],
        "finding": _FINDINGS,
        "ground": _FINDINGS,
        "guideline": [g.upper() for g in tables()["guideline"]],
        "jurisdiction": ("TX", "CA"),
        "side": ("left", "right", "bilateral"),
    }
    if field not in FIELDS:
        raise UsageError(f"{field} is no fact of a case; the facts are: {', '.join(FIELDS)}")
    if value not in known.get(field, (value,)):
        raise UsageError(f"{field}={value} is not known; choose among: {', '.join(known[field])}")
    if field == "since-injury" and not re.fullmatch(r"\d+ weeks", value):
        raise UsageError(f'{field}={value} is not a time in weeks; write for example: --with "since-injury=8 weeks"')
    return Fact(field, value, value)


@cache
def _words() -> dict[str, Any]:
    return toml("app", "case.toml")


@cache
def _cue(name: str) -> re.Pattern[str]:
    return compile_cues(_words()["sentence"][name])


@cache
def _diagnoses() -> Lexicon:
    return Lexicon((form, "diagnosis", name) for name, forms in _words()["diagnosis"].items() for form in forms)


@cache
def _told(how: str) -> Openers:
    """The cues of one polarity ('present', 'absent', 'named') for every criterion."""
    table = _words()["finding"]
    return Openers({criterion: cues[how] for criterion, cues in table.items() if how in cues})


@cache
def _measured() -> list[tuple[str, re.Pattern[str]]]:
    return [(finding, compile_cues(cues)) for finding, cues in _words()["measured"].items()]


@cache
def _silent() -> re.Pattern[str]:
    return compile_cues(_words()["silent"]["cues"])


def kin(treatments: Iterable[str]) -> tuple[str, ...]:
    """The treatments that are near to these without being among them."""
    groups = [group for group in _words()["kin"].values() if set(group) & set(treatments)]
    return tuple(dict.fromkeys(t for group in groups for t in group if t not in treatments))


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of the case: where it stands, where it asks, retells or recites, and the treatments it names."""

    start: int
    text: str
    asks: int | None
    denies: int | None
    recites: bool
    terms: tuple[tuple[str, Term], ...]

    def fact(self, field: str, value: str, start: int, end: int) -> Fact:
        whole = self.start, self.start + len(self.text)
        return Fact(field, value, self.text[start:end], self.start + start, self.start + end, whole)


@lru_cache(maxsize=8)  # understanding a case and finding its precedents both read it
def read_case(text: str) -> Case:
    """The case and every fact read in it, in the order of `FIELDS`, each value once, where it is first said."""
    reasoned = [m.span() for m in _DENIAL.finditer(text)]
    said = [_sentence(text, span, any(a <= span[0] < b for a, b in reasoned)) for span in _spans(text)]
    told = [s for s in said if not s.recites]
    asked = _listed(text) or _asked(told)
    facts = [*asked, *_places(said), *_tried(told), *_sources(said), *_since_injury(said, text)]
    for sentence in told:
        facts += [*_diagnosed(sentence), *_grounds(sentence), *_findings(sentence)]
    facts = _without_other_responses(facts)
    first: dict[tuple[str, str], Fact] = {}
    for fact in sorted(facts, key=lambda f: FIELDS.index(f.field)):
        first.setdefault((fact.field, fact.value), fact)
    return Case(text, tuple(first.values()))


# A chart is written in entries as well as in sentences: a blank line, or a line that opens with its label, ends one.
_ENTRY = re.compile(r"\n\s*\n|\n(?=[^\S\n]*[A-Z][\w /()#&'-]{1,40}:\s)")


# The paragraph in which a denial gives its reasons, up to the next label.
_DENIAL = re.compile(
    r"^[^\S\n]*(?:(?:clinical|decision|denial)\s+)?(?:rationale|(?:principal\s+)?reasons?|basis|explanation)"
    r"(?:\s+(?:for|of)\s+(?:the\s+)?(?:denial|determination|decision|non-?certification|adverse\s+\w+))?\s*:"
    r"(?:.|\n(?![^\S\n]*[A-Z][\w /()#&'-]{1,40}:\s))*",
    re.IGNORECASE | re.MULTILINE,
)


def _without_other_responses(facts: list[Fact]) -> list[Fact]:
    """Without the benefit of treatments other than the one in dispute: that is conservative care, told already."""
    asked = {f.value for f in facts if f.field == "treatment"}
    again = asked & {f.value for f in facts if f.field == "tried"}
    return [f for f in facts if again or f.field != "finding" or not f.value.startswith("prior-response:")]


def _spans(text: str) -> list[Span]:
    """The sentences of a case, cut further at its entries."""
    found = []
    for start, end in sentences(text):
        cuts = [start, *(m.end() for m in _ENTRY.finditer(text, start, end)), end]
        found += [trim(text, a, b) for a, b in pairwise(cuts) if text[a:b].strip()]
    return found


def _sentence(text: str, span: Span, reasoned: bool) -> _Sentence:
    """A sentence read; one of a denial's reasoning retells from its first word, though it recites guidelines too."""
    said = text[slice(*span)]
    asks, review = _cue("asks").search(said), heard("review", said)
    denies = 0 if reasoned else review.start() if review else None
    recites = (reasoned or (asks is None and review is None)) and role_of(said) is Role.RECITAL
    named = treatments_in(said)
    # What is in a cream belongs to the cream.
    applied = any(t.kind == "drug" for _, t in named) and service_treatments(said) == ("topical",)
    terms = tuple(
        ("topical" if applied else kind, term)
        for kind, term in named
        if denies is not None or not _denied_before(said, term.start)
    )
    return _Sentence(span[0], said, asks.start() if asks and not reasoned else None, denies, recites, terms)


# ---- the service in dispute -----------------------------------------------------------------------------------------

_BEFORE_ASKING = 60  # characters; "a lumbar MRI was requested"
_MOST_ASKED = 3  # treatments of a story; what more it names stands beside the dispute


def _listed(text: str) -> list[Fact]:
    """The disputed services of a decision in a form that is known, as the letter lists them."""
    from corpus.parse import parse  # a question of one line needs no dialect
    from corpus.read import document

    letter = parse(document("pasted", text.encode(), [text]))
    if letter.kind == "letter":
        return []
    whole = (*(("treatment", t, i) for i in letter.issues for t in i.treatments),)
    whole += (*(("drug", d, i) for i in letter.issues for d in i.drugs),)
    return [Fact(field, value, text[i.start : i.end], i.start, i.end, (i.start, i.end)) for field, value, i in whole]


def _asked(said: list[_Sentence]) -> list[Fact]:
    """The treatments asked for: those in a clause of asking; else those it counts, else the first the case names."""
    found = [(s, kind, term) for s in said for kind, term in s.terms]
    asked = [(s, kind, term) for s, kind, term in found if _is_asked(s, term)]
    asked = [one for one in asked if one[2].kind != "rider"] or asked  # guidance and sedation go with a procedure
    if not asked:
        counted = {kind for s in said if s.asks is not None for kind in _counted(s.text[s.asks :])}
        found = [one for one in found if one[1] in counted] or found
    kinds = list(dict.fromkeys(kind for _, kind, _ in asked or found))
    chosen = [(s, kind, term) for s, kind, term in asked or found if kind in kinds[:_MOST_ASKED]]
    return [s.fact("treatment", kind, term.start, term.end) for s, kind, term in chosen] + [
        s.fact("drug", term.value, term.start, term.end) for s, _, term in chosen if term.kind == "drug"
    ]


def _is_asked(sentence: _Sentence, term: Term) -> bool:
    """Does a treatment stand in the clause that asks."""
    if sentence.asks is None or term.start < sentence.asks - _BEFORE_ASKING:
        return False
    return ";" not in sentence.text[sentence.asks : max(sentence.asks, term.start)]


def _counted(words: str) -> list[str]:
    """The treatments that are counted in the unit a request uses: visits, tablets."""
    return [kind for unit, kinds in _words()["counted"].items() if _cue(unit).search(words) for kind in kinds]


# ---- the rest of the story ------------------------------------------------------------------------------------------

_ASIDE = 3  # a part of the body named less than a third as often as the foremost one is an aside


def _places(said: list[_Sentence]) -> list[Fact]:
    """Body parts, the asked ones first, then the most named; levels, side of what is asked for, else of the story."""
    asking = [s for s in said if s.asks is not None]
    levels = [s.fact("level", level, *_level(s.text, level)) for s in said for level in levels_in(s.text)]
    parts = [s.fact("region", t.value, t.start, t.end) for s in said for t in lexicon("region").find(s.text)]
    parts += [replace(f, field="region", value=region) for f in levels for region in regions_in(f.value)]
    asked = {s.start for s in asking}
    first = {f.value for f in parts if f.sentence and f.sentence[0] in asked}
    counted = Counter(f.value for f in parts)
    most = max(counted.values(), default=0)
    parts = [f for f in parts if f.value in first or counted[f.value] * _ASIDE >= most]
    parts.sort(key=lambda f: (f.value not in first, -counted[f.value]))
    wanted = [f for f in levels if f.sentence and f.sentence[0] in asked]
    return parts + (wanted or levels) + [fact for s in asking for fact in _sided(s)][:1]


_SIDED = re.compile(r"\b(?:bilateral\w*|both|left|right|lt|rt)\b", re.IGNORECASE)


def _sided(sentence: _Sentence) -> list[Fact]:
    side, words = side_in(sentence.text), _SIDED.search(sentence.text)
    return [sentence.fact("side", side, *words.span())] if side and words else []


def _level(text: str, level: str) -> Span:
    """Where a level stands: at its letter and first number."""
    words = re.search(rf"{level[0]}-?\s?{level[1:].partition('-')[0]}(?:\s?[-–/]\s?\w{{1,3}})?", text)
    return words.span() if words else (0, len(text))


def _tried(said: list[_Sentence]) -> list[Fact]:
    """Treatments the patient already had."""
    return [
        s.fact("tried", kind, term.start, term.end)
        for s in said
        if s.terms and _cue("tried").search(s.text)
        for kind, term in s.terms
        if s.asks is None or term.start < s.asks - _BEFORE_ASKING
    ]


def _denied_before(text: str, place: int) -> bool:
    """Does what stands before a place deny it; a verdict in the words themselves stays, a bracket ends its denial."""
    before = text[:place].rpartition(")")[2]
    return negated(before, len(before), len(before))


def _diagnosed(sentence: _Sentence) -> list[Fact]:
    terms = _diagnoses().find(sentence.text, any_case=True)
    return [
        sentence.fact("diagnosis", t.value, t.start, t.end) for t in terms if not _denied_before(sentence.text, t.start)
    ]


def _sources(said: list[_Sentence]) -> list[Fact]:
    """Guidelines named, and the state where the words of only one are used."""
    facts = [
        s.fact("guideline", t.value.upper(), t.start, t.end) for s in said for t in lexicon("guideline").find(s.text)
    ]
    states = [
        s.fact("jurisdiction", value, *match.span())
        for value, cue in (("TX", "texas"), ("CA", "california"))
        for s in said
        for match in [_cue(cue).search(s.text)]
        if match
    ]
    return facts + (states[:1] if len({f.value for f in states}) == 1 else [])


# ---- findings -------------------------------------------------------------------------------------------------------


def _findings(sentence: _Sentence) -> list[Fact]:
    """What is found in the patient, as 'criterion:present' or 'criterion:absent'; not what a denial says of it."""
    text = sentence.text if sentence.denies is None else sentence.text[: sentence.denies]
    return [sentence.fact("finding", finding, a, b) for finding, a, b in _stated(text)]


def _grounds(sentence: _Sentence) -> list[Fact]:
    """What the denial found missing, in the same form."""
    if sentence.denies is None:
        return []
    at = sentence.denies
    return [sentence.fact("ground", finding, at + a, at + b) for finding, a, b in _stated(sentence.text[at:], True)]


def _stated(text: str, asked: bool = False) -> list[tuple[str, int, int]]:
    """Findings of a sentence: by the words of charts, and where these say nothing, by the words of reviewers."""
    found: list[tuple[str, int, int]] = []
    for how in ("absent", "present", "named"):
        for criterion, spans in _told(how).hits(text).items():
            for start, end in spans:
                absent = how == "absent" or (how == "named" and negated(text, start, end))
                if how != "named" or not _overlap(found, start, end):
                    found.append((f"{criterion}:{'absent' if absent else 'present'}", start, end))
    found += [(finding, *m.span()) for finding, cue in _measured() for m in cue.finditer(text)]
    for m in mentions(text, asked=asked):
        silent = not m.negated and _silent().fullmatch(text[m.start : m.end])
        if has_polarity(m.criterion) and not silent and not _overlap(found, m.start, m.end):
            found.append((f"{m.criterion}:{'absent' if m.negated else 'present'}", m.start, m.end))
    return found


def _overlap(found: list[tuple[str, int, int]], start: int, end: int) -> bool:
    return any(start < b and a < end for _, a, b in found)


# ---- time -----------------------------------------------------------------------------------------------------------

_WRITTEN = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SPAN = re.compile(
    rf"\b(?P<n>\d{{1,3}}|{'|'.join(_WRITTEN)})\s+(?P<unit>day|week|wk|month|year|yr)s?\s+"
    r"(?P<how>ago|after|since|out|later|following|post|from|of\s+(?:\w+\s+){0,2}pain)",
    re.IGNORECASE,
)
_HURT = re.compile(
    r"\b(?:injur\w*|hurt|accident|fell|fall|lift\w*|crash|strain\w*|sprain\w*|broke\w*|landed|onset|assault"
    r"|trip\w*|slip\w*|pain|DOI)\b",
    re.IGNORECASE,
)
_DAY = re.compile(r"\b(?:\d{1,2}[/-]\d{1,2}[/-]\d{2,4}|\d{4}-\d\d-\d\d|[A-Z][a-z]{2,8}\.?\s+\d{1,2},\s+\d{4})")
_WEEKS = {"day": 1 / 7, "week": 1, "wk": 1, "month": 52 / 12, "year": 52, "yr": 52}
# Acute to one month, subacute to three, then chronic: the stages of the treatment guidelines.
_STAGES = ((4, "acute"), (13, "subacute"))


def stage(weeks: float) -> str:
    return next((name for most, name in _STAGES if weeks <= most), "chronic")


def _since_injury(said: list[_Sentence], text: str) -> list[Fact]:
    """How long ago the injury was, in weeks: as the story tells it, else from the date of injury to the latest date."""
    for s in said:
        match = _SPAN.search(s.text)
        if match and _HURT.search(s.text):
            n = match.group("n").lower()
            number = int(n) if n.isdigit() else _WRITTEN.index(n) + 1
            weeks = number * _WEEKS[match.group("unit").lower()]
            return [s.fact("since-injury", f"{round(weeks)} weeks", *match.span())]
    injury = parse_date(labelled(text, r"Date\s+of\s+Injury") or "")
    days = [day for m in _DAY.finditer(text) if (day := parse_date(m.group(0)))]
    if not injury or max(days, default=injury) <= injury:
        return []
    weeks = (date.fromisoformat(max(days)) - date.fromisoformat(injury)).days / 7
    label = re.search(r"Date\s+of\s+Injury", text, re.IGNORECASE)
    start, end = label.span() if label else (0, 0)
    return [Fact("since-injury", f"{round(weeks)} weeks", text[start:end], start, end, (start, end))]
