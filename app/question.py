"""A person's words -> Question: intent, facets and the asked reason, from a closed vocabulary; every reading is shown and can be undone."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from corpus.cues import compile_cues, has_polarity, mentions
from corpus.cues import tables as cue_tables
from corpus.decision import Outcome
from corpus.sentences import squeeze
from corpus.terms import codes_in, levels_in, lexicon, services, side_in, tables, treatment_of
from index.catalog import Filter

# A question is a line or two; what is longer is a pasted case.
LONGEST_QUESTION = 600
_CATCH_ALL = ("other", "other-drug", "other-injection")


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing understood: a condition, and the words it was read from."""

    field: str
    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, as it was understood."""

    text: str
    intent: str
    pieces: tuple[Piece, ...] = ()
    share: bool = False
    subject: str = ""  # the words that describe the service
    ground: str = ""  # the words that describe the asked reason
    premise: Outcome | None = None  # the outcome a why-question takes for granted

    def values(self, field: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(p.value for p in self.pieces if p.field == field))

    def filters(self, *skip: str) -> list[Filter]:
        """The conditions as filters on issues, those of the skipped fields left out."""
        fields = dict.fromkeys(p.field for p in self.pieces if p.field not in skip)
        found = []
        for field in fields:
            if field == "decided":
                found += [Filter(field, tuple(value.split(".."))) for value in self.values(field)]
            else:
                found.append(Filter(field, self.values(field)))
        return found

    def without(self, switched_off: frozenset[tuple[str, str]]) -> Question:
        """The question with some of its readings undone."""
        return replace(self, pieces=tuple(p for p in self.pieces if (p.field, p.value) not in switched_off))


@cache
def words() -> dict[str, Any]:
    return tomllib.loads(files("app").joinpath("words.toml").read_text("utf-8"))


@cache
def _cue(table: str, name: str) -> re.Pattern[str]:
    return compile_cues(words()[table][name])


_CASE = re.compile(r"\bCM\d\d-\d{7}\b|\bIRO[-\s]?(?:case\s*)?#?\s?\d{4,}\b", re.IGNORECASE)
_REQUEST = re.compile(r"\b(?:which|what|where|list|show|find|give|pull|how|why|any|anything|all|decisions?|cases?|denials?|requests?|determinations?)\b", re.I)


def understand(text: str) -> Question:
    """The question as understood; long texts are cases to find precedents for."""
    text = squeeze(text)
    if len(text) > LONGEST_QUESTION or (len(text) > 300 and _cue("intent", "precedent").search(text)):
        return Question(text, "precedent", subject=text)
    subject, ground, conceded = _split(text)
    pieces = [*_cases(text), *_places(text), *_dates(text), *_people(text), *_guidelines(text)]
    intent = _intent(text, bool(pieces))
    outcome = _outcome(text, intent)
    pieces += _treatments(subject, ground)
    pieces += _regions(subject)
    pieces += _finer(subject)
    shared = intent == "count" and bool(_cue("intent", "share").search(text))
    if outcome:
        pieces.append(outcome)
    reasons = _reasons(subject, ground, outcome.value if outcome else None, conceded)
    if intent == "list" and not reasons and any(p.field in ("jurisdiction", "specialty", "guideline", "decided") for p in pieces):
        intent = "facet"
    if intent == "list" and not reasons and not ground and pieces:
        intent = "facet"
    return Question(
        text,
        intent,
        (*pieces, *reasons),
        share=shared,
        subject=subject,
        ground=ground,
        premise=Outcome(outcome.value) if outcome and intent == "why" else None,
    )


def _split(text: str) -> tuple[str, str, bool]:
    """(the service's words, the reason's words, is the reason one that did not help): cut where a ground opens."""
    named = [t.start for t in services().find(text, any_case=True)] + [t.start for t in lexicon("group").find(text, any_case=True)]
    first = min(named, default=0)
    for opening in _cue("ground", "opens").finditer(text):
        if opening.start() > first and opening.start() > 8:
            conceded = bool(re.match(r"even\s+(?:though|if)|although|though|despite|in\s+spite|knowing", opening.group(0), re.I))
            return text[: opening.start()].strip(" ,"), text[opening.start() :].strip(), conceded
        if opening.start() <= 8 and "," in text[opening.end() :]:
            cut = text.index(",", opening.end())
            return text[cut + 1 :].strip(), text[:cut].strip(), False
    return text, "", False


def _intent(text: str, constrained: bool) -> str:
    if _cue("intent", "count").search(text):
        return "count"
    if _cue("intent", "precedent").search(text) and len(text) > 120:
        return "precedent"
    if _cue("intent", "why").search(text) and not re.match(r"(?:which|list|show|how many|has any|have any|are there|did any)\b", text, re.I):
        return "why"
    return "list"


def _outcome(text: str, intent: str) -> Piece | None:
    """What came of the requests asked about; a denial that was reversed is an approval."""
    if _cue("outcome", "either").search(text):
        return None
    denied, granted = _cue("outcome", "upheld").search(text), _cue("outcome", "overturned").search(text)
    if granted and denied:
        inside = denied.start() <= granted.start() < denied.end()
        if inside or re.search(r"\b(?:not|n't|never|couldn't|refused\s+to|declined\s+to)\W+(?:\w+\W+){0,2}$", text[: granted.start()]):
            return Piece("outcome", Outcome.UPHELD, denied.group(0))
        reversed_ = re.search(r"\b(?:den\w+|refusal\w*|rejection\w*)\b[^,;]{0,40}?\b(?:overturn\w*|revers\w*|set\s+aside)", text, re.I)
        if reversed_:
            return Piece("outcome", Outcome.OVERTURNED, granted.group(0))
        first = min(denied, granted, key=lambda m: m.start())
        return Piece("outcome", Outcome.UPHELD if first is denied else Outcome.OVERTURNED, first.group(0))
    if granted:
        if re.search(r"\b(?:not|n't|never)\W+(?:\w+\W+){0,2}$", text[: granted.start()]):
            return Piece("outcome", Outcome.UPHELD, granted.group(0))
        return Piece("outcome", Outcome.OVERTURNED, granted.group(0))
    if denied:
        return Piece("outcome", Outcome.UPHELD, denied.group(0))
    if _cue("outcome", "mixed").search(text):
        return Piece("outcome", Outcome.MIXED, "in part")
    return None


def _cases(text: str) -> list[Piece]:
    return [Piece("case", m.group(0).upper(), m.group(0)) for m in _CASE.finditer(text)]


def _places(text: str) -> list[Piece]:
    found = []
    for value, pattern in (("TX", r"\b(?:Texas|TX|TDI|IROs?)\b"), ("CA", r"\b(?:California|Calif|CA|IMRs?|DWC)\b(?!-MTUS|\s+MTUS)")):
        if match := re.search(pattern, _CASE.sub(" ", text)):
            found.append(Piece("jurisdiction", value, match.group(0)))
    return found if len(found) == 1 else []


_ROLE = re.compile(r"\b(?:reviewers?|specialt(?:y|ies)|speciali[sz]\w*|certified|decided\s+by|reviewed\s+by|written\s+by|signed\s+by|by\s+an?)\b", re.I)


def _people(text: str) -> list[Piece]:
    """Reviewer specialties, where the question speaks of who decided."""
    if not _ROLE.search(text):
        return []
    found = []
    for term in lexicon("specialty").find(text, any_case=True):
        near = text[max(0, term.start - 60) : term.end + 40]
        if _ROLE.search(near):
            found.append(Piece("specialty", str(tables()["specialty"][term.value]["label"]), term.form))
    return found


def _guidelines(text: str) -> list[Piece]:
    if not re.search(r"\b(?:cit\w+|guidelines?|rel(?:y|ied|ies)|under|based|us(?:ed|ing)|appl\w+|chapter|quot\w+|referr\w+|pursuant|per)\b", text, re.I):
        return []
    return [Piece("guideline", t.value.upper(), t.form) for t in lexicon("guideline").find(text, any_case=True)]


_MONTH = r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
_WHEN = re.compile(rf"\b(?P<how>since|after|before|until|prior\s+to|in|during|from|by|of|through|between)?\s*(?:{_MONTH}\s+(?:of\s+)?)?((?:19|20)\d\d)\b", re.I)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def _dates(text: str) -> list[Piece]:
    """'in February 2017', 'since 2015', 'before June 2016', 'between 2014 and 2016' as [from, to)."""
    spans = []
    plain = _CASE.sub(lambda m: " " * len(m.group(0)), text)
    for match in _WHEN.finditer(plain):
        if re.match(r"\s+(?:MTUS|ACOEM|ODG|guidelines?|opioid|chronic)", plain[match.end() :], re.I):
            continue  # a guideline's edition, not a decision's date
        year, month = int(match.group(3)), match.group(2)
        number = _MONTHS.index(month[:3].lower()) + 1 if month else 0
        start = date(year, number or 1, 1)
        end = date(year + 1, 1, 1) if not number or number == 12 else date(year, number + 1, 1)
        spans.append(((match.group("how") or "in").lower(), start, end, match.group(0).strip()))
    if not spans:
        return []
    how, start, end, said = spans[0]
    if len(spans) > 1 and how in ("between", "from"):
        return [Piece("decided", f"{start}..{spans[1][2]}", f"{said} … {spans[1][3]}")]
    if how == "since":
        end = date(9999, 1, 1)
    elif how == "after":
        start, end = end, date(9999, 1, 1)
    elif how in ("before", "until", "prior to", "by"):
        start, end = date(1, 1, 1), start
    return [Piece("decided", f"{start.isoformat()}..{end.isoformat()}", said)]


def _treatments(subject: str, ground: str) -> list[Piece]:
    """Treatments, groups of them, named drugs; from the service's words, else from the whole question."""
    for where in (subject, ground):
        named = [t for t in services().find(where, any_case=True) if t.kind != "rider"]
        groups = [g for g in lexicon("group").find(where, any_case=True) if not any(t.start < g.end and g.start < t.end for t in named)]
        pieces = []
        for term in named:
            if term.kind == "drug":
                pieces.append(Piece("drug", term.value, term.form))
            elif term.value in _CATCH_ALL:
                pieces.append(Piece("named", term.form.lower(), term.form))
            else:
                pieces.append(Piece("treatment", term.value, term.form))
        kinds = [p for p in pieces if p.field == "treatment"]
        if not pieces or (groups and not kinds):
            for group in groups:
                pieces += [Piece("treatment", t, group.form) for t in tables()["group"][group.value]["treatments"]]
        # "opioids such as Norco": a class and one of its drugs together mean the drug.
        drugs = {treatment_of(t) for t in named if t.kind == "drug"}
        pieces = [p for p in pieces if not (p.field == "treatment" and p.value in drugs)]
        if pieces:
            return list(dict.fromkeys(pieces))
    return []


def _regions(subject: str) -> list[Piece]:
    found = [Piece("region", t.value, t.form) for t in lexicon("region").find(subject, any_case=True)]
    return [p for p in found if p.value not in ("general", "unspecified")]


def _finer(subject: str) -> list[Piece]:
    """Level, side and code."""
    pieces = [Piece("level", level, level) for level in levels_in(subject)]
    pieces += [Piece("code", code, code) for code in codes_in(subject)]
    side = side_in(subject)
    if side and not re.search(r"\b(?:right|left)\s+(?:now|away|or|off|to|alone|out)\b|\bboth\s+(?:ways|sides|outcomes|kinds|states)", subject, re.I):
        pieces.append(Piece("side", side, side))
    return pieces


_WEAK = 6  # letters; a cue no longer than this names a criterion only where nothing longer does


def _reasons(subject: str, ground: str, outcome: str | None, conceded: bool) -> list[Piece]:
    """The asked reason with its polarity, from the ground's words, else from what the service's words leave over."""
    where = ground or _blank_services(subject)
    found = mentions(where, asked=True)
    found = [m for m in found if not (m.criterion == "guideline-supports" and outcome == Outcome.UPHELD)]
    found = [m for m in found if not (m.criterion == "not-recommended" and outcome == Outcome.OVERTURNED)]
    if not found:
        return []
    longest = max(m.end - m.start for m in found)
    keep = [m for m in found if (m.end - m.start) * 2 >= longest and (longest <= _WEAK or m.end - m.start > _WEAK)]
    return [Piece("reason", f"{m.criterion}:{_asked_status(m.criterion, m.negated, outcome, conceded)}", where[m.start : m.end]) for m in keep[:3]]


def _asked_status(criterion: str, negated: bool, outcome: str | None, conceded: bool) -> str:
    if not has_polarity(criterion):
        return "n/a"
    default = cue_tables()["default"]
    usual = default["granted" if outcome == Outcome.OVERTURNED else "refused"]
    if criterion in usual:
        return str(usual[criterion])
    if conceded:
        return "absent" if negated else "present"
    if outcome == Outcome.UPHELD:
        return "absent"
    if outcome == Outcome.OVERTURNED:
        return "present"
    return "absent" if negated else "present"


def _blank_services(subject: str) -> str:
    text = subject
    for term in services().find(subject, any_case=True):
        text = text[: term.start] + " " * (term.end - term.start) + text[term.end :]
    return text
