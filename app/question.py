"""A person's words -> Question: intent, facets, asked reason, in a closed vocabulary; every reading can be undone."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, partial
from itertools import zip_longest
from typing import Any

from app.grounds import Encode, asked_criteria
from corpus.cues import compile_cues, has_polarity, role_cues
from corpus.cues import tables as cue_tables
from corpus.data import toml
from corpus.decision import Outcome
from corpus.sentences import sentences, squeeze
from corpus.terms import CATCH_ALL, codes_in, levels_in, lexicon, name_of, services, side_in, tables, treatment_of
from index.catalog import Filter

# A question is a line or two; what is longer is a pasted case.
LONGEST_QUESTION = 600
# The fields that say which service is meant; naming several means any of them.
SERVICE = ("treatment", "drug", "named")


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
    subject: str = ""  # the words that describe the service
    ground: str = ""  # the words that describe the asked reason
    premise: Outcome | None = None  # the outcome a why-question takes for granted
    outside: str = ""  # words that no review of medical necessity answers
    both: bool = False  # are several asked reasons all wanted, or any of them
    other: bool = False  # are the issues wanted that do not give the asked reason
    from_decided: bool = False  # is counted from the issues so decided ("of the denials") or from all of the service

    def values(self, field: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(p.value for p in self.pieces if p.field == field))

    def filters(self, *skip: str) -> list[Filter]:
        """The conditions as filters on issues, but for the skipped fields; treatments and drugs are alternatives."""
        found = []
        for field in dict.fromkeys(p.field for p in self.pieces if p.field not in (*skip, *SERVICE)):
            values = self.values(field)
            found += (
                [Filter(field, tuple(v.split(".."))) for v in values] if field == "decided" else [Filter(field, values)]
            )
        asked = tuple(f"{field}:{value}" for field in SERVICE for value in self.values(field))
        return [Filter("service", asked), *found] if asked and "service" not in skip else found

    def without(self, switched_off: AbstractSet[tuple[str, str]]) -> Question:
        """The question with some of its readings undone; (field, "") undoes every reading of a field."""
        kept = tuple(p for p in self.pieces if not {(p.field, p.value), (p.field, "")} & switched_off)
        gone = {p.field for p in self.pieces} - {p.field for p in kept}
        premise = None if "outcome" in gone else self.premise
        return replace(self, pieces=kept, premise=premise, ground="" if "reason" in gone else self.ground)

    def also(self, added: tuple[Piece, ...]) -> Question:
        """The question with readings that somebody chose to add; an intent among them takes the place of ours."""
        intent = next((p.value for p in added if p.field == "intent"), self.intent)
        pieces = (*self.pieces, *(p for p in added if p.field != "intent"))
        return replace(self, pieces=pieces, intent=intent)


@cache
def words() -> dict[str, Any]:
    return toml("app", "words.toml")


@cache
def plain(kind: str) -> frozenset[str]:
    """Words that tell nothing: of a service which one is meant, of the frame of a ground what it is."""
    return frozenset(words()["plain"][kind])


@cache
def _cue(table: str, name: str) -> re.Pattern[str]:
    return compile_cues(words()[table][name])


# A bare number of six digits or more is a case: codes of procedures have five, and money is written with its sign.
_CASE = re.compile(
    r"\bCM\d\d-\d{7}\b|\bIRO[-\s]?(?:case\s*)?#?\s?\d{4,}\b|(?<![\d$.,/-])\b\d{6,8}\b(?![.,/-]?\d)", re.IGNORECASE
)


def understand(text: str, encode: Encode | None = None) -> Question:
    """The question as understood, with an encoder's help for reasons in uncommon words; long texts are pasted cases."""
    text = squeeze(text).replace("’", "'")
    if _is_case(text):
        from app.case import read_case  # most questions are none

        facts = tuple(Piece(f.field, f.value, f.words) for f in read_case(text).facts)
        return Question(text, "precedent", facts, subject=text)
    text = spelled_out(text)
    subject, ground, conceded = _split(text)
    pieces = [*_cases(text), *_places(text), *_dates(text), *_people(text), *_guidelines(text), *_ages(text)]
    intent = _intent(text, subject)
    outcome = _outcome(text)
    if intent == "why":
        subject = _asking_sentence(text) or subject
    taken = " ".join(p.words for p in pieces if p.field in ("specialty", "chapter"))
    pieces += [p for p in _treatments(subject, ground) if p.words not in taken]
    pieces += _regions(subject)
    pieces += _finer(subject)
    if outcome:
        pieces.append(outcome)
    ground = _blank(
        ground,
        [
            p.words
            for p in pieces
            if p.field in ("case", "jurisdiction", "specialty", "chapter", "guideline", "decided")
        ],
    )
    reasons = _reasons(subject, ground, outcome.value if outcome else None, conceded, encode)
    if (
        intent == "list"
        and not reasons
        and any(p.field in ("jurisdiction", "specialty", "guideline", "decided") for p in pieces)
    ):
        intent = "facet"
    if intent == "list" and not reasons and not ground and pieces:
        intent = "facet"
    return Question(
        text,
        intent,
        (*pieces, *reasons),
        subject=subject,
        ground=ground,
        premise=Outcome(outcome.value) if outcome and intent == "why" else None,
        both=bool(_cue("subject", "both").search(ground or text)),
        from_decided=bool(outcome and reasons and _describes(text, outcome.words)),
        other=bool(ground and _cue("ground", "excludes").search(text)),
        outside=outside.group(0) if (outside := _cue("subject", "outside").search(text)) else "",
    )


@cache
def _shorthand() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(rf"(?<!\w)(?:{short})(?!\w)" if short[-1] != "/" else rf"(?<!\w){short}", re.IGNORECASE), long)
        for short, long in words()["shorthand"].items()
    ]


def spelled_out(text: str) -> str:
    """The question in whole words, where it was typed in haste; TX in capitals is the state."""
    for short, long in _shorthand():
        text = short.sub(partial(_long, long), text)
    return _SHARED.sub(_each_with_its_noun, text)


# "physical or occupational therapy" names two services by one noun.
_SHARED = re.compile(
    r"\b(?P<one>\w{3,})(?P<and>\s*/\s*|,?\s+(?:or|and|and/or)\s+)(?P<other>\w{3,})\s+(?P<noun>\w{4,})\b"
)


def _each_with_its_noun(found: re.Match[str]) -> str:
    both = [f"{found[part]} {found['noun']}" for part in ("one", "other")]
    named = all(
        [term.form.lower() for term in services().find(words_, any_case=True)] == [words_.lower()] for words_ in both
    )
    return found["and"].join(both) if named and not services().find(found["one"], any_case=True) else found[0]


def _long(long: str, short: re.Match[str]) -> str:
    return short.group(0) if short.group(0) == "TX" else short.expand(long)


def _split(text: str) -> tuple[str, str, bool]:
    """(the service's words, the reason's words, is the reason one that did not help): cut where a ground opens."""
    if (so := _SO.search(text)) and _outcome(text[so.end() :]) and not _outcome(text[: so.start()]):
        return text[so.end() :], text[: so.start()], False
    if (last := _ASKED_LAST.match(text)) and _outcome(last["subject"]) and not _outcome(last["ground"]):
        return last["subject"], last["ground"], False
    first = min(_subject_ends(text), default=len(text))
    openings = list(_cue("ground", "opens").finditer(text))
    for opening, later in zip_longest(openings, openings[1:]):
        if later and _outcome(text[opening.start() : later.start()]) and not _outcome(text[: opening.start()]):
            continue  # "work-ups after a fall were denied because": what stands before the verdict tells of the service
        conceded = bool(_CONCEDES.match(opening.group(0))) and not role_cues("review").search(text[opening.start() :])
        if opening.start() >= first:
            return text[: opening.start()].strip(" ,"), _telling(text[opening.start() :]), conceded
        if opening.start() <= 8 and "," in text[opening.end() :]:
            cut = text.index(",", opening.end())
            return text[cut + 1 :].strip(), text[:cut].strip(), conceded
    return _after_pause(text, first) or (text, "", False)


_ASKS = re.compile(
    r"\W*(?:and\s+)?(?:(?:out\s+of|of|in|for|on)\s+)?"
    r"(?:how|which|what|why|who|please|whichever|pull|list|show|give|find|get|need|want|that is|i\.e\.|meaning)(?!\w)",
    re.IGNORECASE,
)
# "Not bad enough, so it was denied": the ground stands before its consequence.
_SO = re.compile(r"[,;.]?\s+(?:and\s+)?(?:so|hence|therefore|thus)\s+(?=(?:\S+\s+){0,5}\S+\W*$)", re.IGNORECASE)
# "No therapy having been tried, which MRIs were denied?"
_ASKED_LAST = re.compile(
    r"(?!(?:of|in|across|among|for|on|from|under|at|between|within|out|regarding)\b)"
    r"(?P<ground>(?:\S+\s+){3,}(?:having|being|was|were|is|are|had|has)\b[^?]*?),\s+"
    r"(?P<subject>(?:which|what|how many)\b.*)",
    re.IGNORECASE,
)
# A clause tells something, a list of services does not.
_CLAUSE = re.compile(
    r"n't\b|\b(?:not|never|no|is|are|was|were|has|have|had|did|does|failed|shows?|showed|proved|remained)\b",
    re.IGNORECASE,
)


def _telling(ground: str) -> str:
    """A ground without the sentences after it that ask or command rather than tell."""
    spans = sentences(ground)
    told = [
        ground[a:b] for n, (a, b) in enumerate(spans) if n == 0 or not (ground[a:b].endswith("?") or b - a < _SHORT)
    ]
    return " ".join(told)


_SHORT = 20  # characters; "Need both." adds nothing to a ground
_PAUSE = re.compile(r":\s|;\s|,\s|\s[-–—]+\s")
_QUESTION_TAIL = re.compile(
    r"[,;:–—-]\s*(?:and\s+)?(?:how many|which|what|who|pull|list|show|give|find)\b[^,;]*$", re.IGNORECASE
)


def _after_pause(text: str, first: int) -> tuple[str, str, bool] | None:
    """Without an opening word, what follows a pause after the outcome is its ground, unless it lists services."""
    for pause in _PAUSE.finditer(text, first):
        if _in_brackets(text, pause.start()):
            continue
        rest = _QUESTION_TAIL.sub("", text[pause.end() :])
        told = _cue("outcome", "upheld").search(text[: pause.start()]) or _cue("outcome", "overturned").search(
            text[: pause.start()]
        )
        near = services().find(" ".join(rest.split()[:3]), any_case=True)
        if (
            len(rest.split()) >= 4
            and (not near or _CLAUSE.search(rest) or _tells_more(rest))
            and not _ASKS.match(rest)
            and (told or ((pause.group(0).strip()[:1] != ":" or _CLAUSE.search(rest)) and not _outcome(rest)))
        ):
            return text[: pause.start()].strip(), _telling(rest), False
    return None


def _tells_more(words_: str) -> bool:
    """Is more said than which services are meant."""
    left = re.findall(r"[a-z]{3,}", _blank_services(words_).lower())
    return len([word for word in left if word not in plain("service") and word not in ("and", "the", "for")]) >= 3


# A case is told in several sentences; a question about decisions is asked in one or two.
_STORY, _SENTENCES = 150, 3
_STOPS = re.compile(r"[.?!;](?=\s|$)")


def _is_case(text: str) -> bool:
    """Is the text a case to find precedents for rather than a question about the decisions."""
    if len(text) > LONGEST_QUESTION:
        return True
    asks_otherwise = _cue("intent", "count").search(text) or _WHY.search(text) or _WANTS_MANY.match(text)
    told = len(text) > _STORY and len(_STOPS.findall(text)) >= _SENTENCES
    return told and (not asks_otherwise or bool(_cue("intent", "precedent").search(text)))


_CONCEDES = re.compile(
    r"even\s+(?:though|if)|although|though|despite|in\s+spite|knowing|notwithstanding|regardless", re.IGNORECASE
)


def _subject_ends(text: str) -> list[int]:
    """Where anything ends that a question can be about: a treatment, a word for disputed services, an outcome."""
    named = services().find(text, any_case=True) + lexicon("group").find(text, any_case=True)
    cues = (_cue("subject", "nouns"), _cue("outcome", "upheld"), _cue("outcome", "overturned"))
    return [term.end for term in named] + [m.end() for cue in cues for m in cue.finditer(text)]


# "why" asks where it opens a clause; in the middle of one it belongs to a reason ("never said why").
_WANTS_MANY = re.compile(
    r"(?:^|[.!?:]\s+)(?:(?:in|for|of|across|on)\s+)?"
    r"(?:which|list|show|find|give|pull|identify|how many|any|(?:is|are|was|were) there|(?:has|have|had) there been"
    r"|(?:has|have|did|does|do|was|were)\s+(?:any\w*|some\w*|a\s+\w+\s+ever))\b",
    re.IGNORECASE,
)
_WHY = re.compile(
    r"(?:^|[,;:.?]\s+|\band\s+)why\b|\bwhy\s+(?:was|were|is|are|did|does|do|has|have|had|would)(?:n't)?\b"
    r"|^(?:the\s+)?reasons?\b",
    re.IGNORECASE,
)


def _intent(text: str, subject: str) -> str:
    """A number is asked for where the service is described; in a ground ("the number of visits") it is a reason."""
    if _cue("intent", "count").search(subject):
        return "count"
    asks_why = _WHY.search(text) or _cue("intent", "why").search(subject)
    if asks_why and not _WANTS_MANY.search(text):
        return "why"
    return "list"


# What utilization review or the carrier did before is not what came of it.
_UR_DID = re.compile(
    r"\b(?:UR|utili[sz]ation\s+review(?:er)?s?|carriers?|insurers?|adjusters?|payers?|claims\s+administrators?)\s+"
    r"(?:(?:had|has|have|did|already|previously|first|initially|originally|itself|once)\s+)*(?:\w+ed|let|cut|ok'd)\b",
    re.IGNORECASE,
)


def _outcome(text: str) -> Piece | None:
    """What came of the requests asked about; a denial that was reversed is an approval."""
    if _cue("outcome", "either").search(text):
        return None
    text = _UR_DID.sub(lambda m: " " * len(m.group(0)), text)
    denied, granted = _cue("outcome", "upheld").search(text), _cue("outcome", "overturned").search(text)
    if (part := _cue("outcome", "mixed").search(text)) and not denied:
        return Piece("outcome", Outcome.MIXED, part.group(0))
    if granted and denied:
        inside = denied.start() <= granted.start() < denied.end()
        if inside or re.search(
            r"\b(?:not|n't|never|couldn't|refused\s+to|declined\s+to)\W+(?:\w+\W+){0,2}$", text[: granted.start()]
        ):
            return Piece("outcome", Outcome.UPHELD, denied.group(0))
        reversed_ = re.search(
            r"\b(?:den\w+|refusal\w*|rejection\w*)\b[^,;]{0,40}?\b(?:overturn\w*|revers\w*|set\s+aside)", text, re.I
        )
        if reversed_:
            return Piece("outcome", Outcome.OVERTURNED, granted.group(0))
        first = min(denied, granted, key=lambda m: m.start())
        return Piece("outcome", Outcome.UPHELD if first is denied else Outcome.OVERTURNED, first.group(0))
    if granted:
        if re.search(r"\b(?:not|n't|never)\W+(?:\w+\W+){0,2}$", text[: granted.start()]):
            return Piece("outcome", Outcome.UPHELD, granted.group(0))
        return Piece("outcome", Outcome.OVERTURNED, granted.group(0))
    return Piece("outcome", Outcome.UPHELD, denied.group(0)) if denied else None


_DECIDES = re.compile(r"\b(?:was|were|is|are|been|be|being|get|gets|got|getting)\s+(?:\w+ly\s+)?$", re.IGNORECASE)


def _describes(text: str, verdict: str) -> bool:
    """Does a word of outcome describe what is counted ("denied MRIs", "MRIs that were denied, how many")."""
    place = text.find(verdict)
    asked = _cue("intent", "count").search(text)
    return bool(asked and place < asked.start()) or not _DECIDES.search(text[:place])


def _cases(text: str) -> list[Piece]:
    return [
        Piece("case", re.sub(r"^IRO\W*(?:CASE)?\W*", "", m.group(0).upper()), m.group(0)) for m in _CASE.finditer(text)
    ]


def _places(text: str) -> list[Piece]:
    found = []
    for value, pattern in (
        ("TX", r"\b(?:Texas|TX|TDI|IROs?)\b"),
        ("CA", r"\b(?:California|Calif|CA|IMRs?|DWC)\b(?!-MTUS|\s+MTUS)"),
    ):
        if match := re.search(pattern, _CASE.sub(" ", text)):
            found.append(Piece("jurisdiction", value, match.group(0)))
    return found if len(found) == 1 else []


_ROLE = re.compile(
    r"\b(?:reviewers?|specialt(?:y|ies)|speciali[sz]\w*|certified|decided\s+by|reviewed\s+by|written\s+by|signed\s+by|by\s+an?)\b",
    re.I,
)


_NAMES_SPECIALTY = re.compile(r"\b(?:specialt(?:y|ies)|certified)\W+(?:(?:in|of|is|was|being)\W+)*$", re.IGNORECASE)


def _people(text: str) -> list[Piece]:
    """Reviewer specialties, where the question speaks of who decided."""
    if not _ROLE.search(text):
        return []
    found = []
    therapies = {
        t.form.lower()
        for t in services().find(text, any_case=True)
        if not t.form.lower().endswith(("or", "ors", "ist", "ists"))
    }
    for term in lexicon("specialty").find(text, any_case=True):
        if term.form.lower() in therapies and not _NAMES_SPECIALTY.search(text[: term.start]):
            continue
        near = text[max(0, term.start - 60) : term.end + 40]
        if _ROLE.search(near):
            found.append(Piece("specialty", str(tables()["specialty"][term.value]["label"]), term.form))
    return found


_CITES = re.compile(
    r"\b(?:cit\w+|guidelines?|rel(?:y|ied|ies)|under|based?|us(?:ed|ing)|appl\w+|chapters?|quot\w+|referr\w+|pursuant|per)\b",
    re.IGNORECASE,
)
_SOURCE = re.compile(r"\b(?:guidelines?|chapters?|sections?|MTUS|ACOEM|ODG)\b", re.IGNORECASE)


def _guidelines(text: str) -> list[Piece]:
    """Guidelines a decision is said to cite, and the words of the chapter ("2016 MTUS Opioid Treatment guideline")."""
    if not _CITES.search(text):
        return []
    pieces = []
    for term in lexicon("guideline").find(text, any_case=True):
        pieces.append(Piece("guideline", term.value.upper(), term.form))
        around = re.search(r"(?:\b(?:19|20)\d\d\s+)?(?:[A-Z][\w-]*\s+|and\s+|&\s+){0,4}$", text[: term.start])
        behind = re.match(
            r"(?:\s+(?:[A-Z][\w-]*|and|&|\d{4}))*(?=\s+(?:guidelines?|chapters?|sections?)\b)", text[term.end :]
        )
        named = f"{around.group(0) if around else ''}{term.form}{behind.group(0) if behind else ''}"
        chapter = [w for w in re.findall(r"[A-Z][a-z]{3,}|\b(?:19|20)\d\d\b", named) if not _SOURCE.fullmatch(w)]
        if chapter:
            pieces.append(Piece("chapter", " ".join(chapter).lower(), named.strip()))
    return pieces


_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    r"aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WHEN = re.compile(
    r"\b(?P<how>since|after|before|until|prior\s+to|in|during|from|by|of|through|between)?\s*"
    rf"(?:{_MONTH}\s+(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+|of\s+)?)?((?:19|20)\d\d)\b"
    r"(?:\s+(?:or|and)\s+(?P<side>earlier|before|older|later|after|newer|since))?",
    re.I,
)
_SIDES = dict.fromkeys(("earlier", "before", "older"), "until") | dict.fromkeys(
    ("later", "after", "newer", "since"), "since"
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def _dates(text: str) -> list[Piece]:
    """'in February 2017', 'since 2015', 'before June 2016', 'between 2014 and 2016' as [from, to)."""
    spans = []
    plain = _CASE.sub(lambda m: " " * len(m.group(0)), text)
    for match in _WHEN.finditer(plain):
        if re.match(r"\s+(?:MTUS|ACOEM|ODG|guidelines?|opioid|chronic)", plain[match.end() :], re.I):
            continue  # a guideline's edition, not a decision's date
        year, month = int(match.group(4)), match.group(2)
        number = _MONTHS.index(month[:3].lower()) + 1 if month else 0
        start = date(year, number or 1, 1)
        end = date(year + 1, 1, 1) if not number or number == 12 else date(year, number + 1, 1)
        if match.group("day") and 0 < int(match.group("day")) <= (end - start).days:
            start = start.replace(day=int(match.group("day")))
            end = start + timedelta(days=1)
        how = _SIDES.get((match.group("side") or "").lower()) or (match.group("how") or "in").lower()
        spans.append((how, start, end, match.group(0).strip()))
    if not spans:
        return []
    how, start, end, said = spans[0]
    if len(spans) > 1 and how in ("between", "from"):
        return [Piece("decided", f"{start}..{spans[1][2]}", f"{said} … {spans[1][3]}")]
    if how == "since":
        end = date(9999, 1, 1)
    elif how == "after":
        start, end = end, date(9999, 1, 1)
    elif how in ("before", "prior to"):
        start, end = date(1, 1, 1), start
    elif how in ("until", "by", "through"):
        start = date(1, 1, 1)
    return [Piece("decided", f"{start.isoformat()}..{end.isoformat()}", said)]


def _without_verdicts(subject: str) -> str:
    """The subject with its words of outcome blanked: nobody was given a shot where a request was shot down."""
    for outcome in ("upheld", "overturned"):
        subject = _cue("outcome", outcome).sub(lambda m: " " * len(m.group(0)), subject)
    return subject


def _asking_sentence(text: str) -> str:
    """Of a told story, the sentence that asks, if it names a treatment; the others only describe the person."""
    asking = [text[a:b] for a, b in sentences(text) if text[a:b].rstrip().endswith("?")]
    return asking[-1] if asking and _named_services(asking[-1]) else ""


def _treatments(subject: str, ground: str) -> list[Piece]:
    """Treatments, groups of them, named drugs: from the service's words, else from the ground's."""
    found = _named_services(_without_verdicts(subject))
    if not found and not _cue("subject", "nouns").search(subject) and not _outcome(subject):
        found = _named_services(ground)
    return found


def _named_services(where: str) -> list[Piece]:
    named = [t for t in services().find(where, any_case=True) if t.kind != "rider" and not _excluded(where, t.start)]
    groups = [
        g
        for g in lexicon("group").find(where, any_case=True)
        if not any(t.start < g.end and g.start < t.end for t in named)
    ]
    examples = bool(_cue("subject", "examples").search(where))
    pieces = []
    for term in named:
        if term.kind == "drug" and examples:
            pieces.append(Piece("treatment", treatment_of(term), term.form))
        elif term.kind == "drug":
            pieces.append(Piece("drug", term.value, term.form))
        elif term.value in CATCH_ALL:
            pieces.append(Piece("named", name_of(term.form), term.form))
        else:
            pieces.append(Piece("treatment", term.value, term.form))
    kinds = {treatment_of(t) for t in named}
    for group in groups:
        members = tables()["group"][group.value]["treatments"]
        beside = not kinds & set(members) and not _in_brackets(where, named[0].start) if named else True
        beside = beside or any(_AND.fullmatch(where[group.end : term.start]) for term in named)
        if beside or examples:
            pieces += [Piece("treatment", t, group.form) for t in members]
    # "the opioid Norco": a class and one of its drugs together mean the drug.
    drugs = {treatment_of(t) for t in named if t.kind == "drug"} if not examples else set()
    if any(p.field == "drug" for p in pieces):
        pieces = [p for p in pieces if (p.field, p.value) != ("treatment", "topical")]  # the form a drug comes in
    seen: dict[tuple[str, str], Piece] = {}
    for piece in pieces:
        if not (piece.field == "treatment" and piece.value in drugs):
            seen.setdefault((piece.field, piece.value), piece)
    return list(seen.values())


_AND = re.compile(r"\s*(?:,|/|,?\s+(?:and|or|and/or)\s)\s*", re.IGNORECASE)


def _in_brackets(text: str, place: int) -> bool:
    return text.count("(", 0, place) > text.count(")", 0, place)


def _excluded(text: str, start: int) -> bool:
    return re.search(words()["subject"]["excludes"], text[:start], re.IGNORECASE) is not None


def _regions(subject: str) -> list[Piece]:
    found = [t for t in lexicon("region").find(subject, any_case=True) if not _excluded(subject, t.start)]
    return [
        Piece("region", t.value, t.form)
        for t in found
        if t.value not in ("general", "unspecified") and not _BY_MOUTH.search(subject[: t.end])
    ]


_BY_MOUTH = re.compile(r"\bby\s+mouth$", re.IGNORECASE)
_AGE = re.compile(
    r"\b(?:aged?|over|under|older than|younger than|at least|above|below)\s+(?:age\s+)?(\d{2}|[a-z]+ty)\b"
    r"(?:\s+(?:or|and)\s+(?:older|over|above|up|younger|under))?",
    re.IGNORECASE,
)
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80}


def _ages(text: str) -> list[Piece]:
    """'aged sixty or older', 'under 30' as 'from..to' in years."""
    match = _AGE.search(text)
    years = match and (int(match.group(1)) if match.group(1).isdigit() else _TENS.get(match.group(1).lower()))
    if (
        not match
        or not years
        or re.match(r"\s*(?:visits|sessions|%|percent|mg|days|weeks|months)", text[match.end() :])
    ):
        return []
    young = re.search(r"under|younger|below", match.group(0), re.IGNORECASE)
    return [Piece("age", f"0..{years}" if young else f"{years}..200", match.group(0))]


_NO_SIDE = re.compile(
    r"\b(?:right|left)\s+(?:now|away|or|off|to|alone|out)\b"
    r"|\bboth\b(?!\s+(?:\w+\s+){0,2}(?:arms?|legs?|eyes|ears|knees?|shoulders?|hips?|hands?|wrists?|elbows?|ankles?|f(?:oo|ee)t"
    r"|thumbs?|fingers|toes|heels?|limbs|extremit\w+|sides?\s+of)\b)",
    re.IGNORECASE,
)


def _finer(subject: str) -> list[Piece]:
    """Level, side and code."""
    pieces = [Piece("level", level, level) for level in levels_in(subject)]
    pieces += [Piece("code", code, code) for code in codes_in(subject)]
    side = side_in(_NO_SIDE.sub(" ", subject))
    if side:
        pieces.append(Piece("side", side, side))
    return pieces


_ON_BOTH = re.compile(r"^\W*on\s+\w+\s+(?:counts?|grounds?|reasons?|scores?|legs?)\b[^:,;]{0,20}[:,;]", re.IGNORECASE)


def _reasons(subject: str, ground: str, outcome: str | None, conceded: bool, encode: Encode | None) -> list[Piece]:
    """The asked reason with its polarity, from the ground's words, else from what the service's words leave over."""
    where = ground or _blank_services(subject)
    if ground and _cue("subject", "both").search(f"{subject} {ground}"):
        parts = re.split(r"\bplus\b|\band\b|[,;:.]", _ON_BOTH.sub("", ground), flags=re.IGNORECASE)
        parts = [part for part in parts if len(part.split()) > 1]
        asked = list({a.criterion: a for part in parts for a in asked_criteria(part, encode)[:1]}.values())
    else:
        asked = asked_criteria(ground, encode) if ground else asked_criteria(where, None)
    against = (
        {Outcome.UPHELD: "guideline-supports", Outcome.OVERTURNED: "not-recommended"}.get(Outcome(outcome))
        if outcome
        else None
    )
    return [
        Piece("reason", f"{a.criterion}:{_asked_status(a.criterion, a.negated, outcome, conceded, where)}", a.words)
        for a in asked
        if a.criterion != against
    ]


def _asked_status(criterion: str, negated: bool, outcome: str | None, conceded: bool, said: str) -> str:
    """The status asked for: what the words say where they say it, else the one that goes with the outcome."""
    if not has_polarity(criterion):
        return "n/a"
    if criterion == "quantity":
        over = re.search(
            r"exceed|over|excess|too (?:many|much|long)|more than|above|beyond|surpass|past", said, re.IGNORECASE
        )
        return "exceeds" if over else "within" if outcome == Outcome.OVERTURNED else "exceeds"
    default = cue_tables()["default"]
    usual = default["granted" if outcome == Outcome.OVERTURNED else "refused"]
    if criterion in usual:
        return str(usual[criterion])
    if conceded or (not negated and _cue("ground", "affirms").search(said)):
        return "absent" if negated else "present"
    if outcome == Outcome.UPHELD:
        return "absent"
    if outcome == Outcome.OVERTURNED:
        return "present"
    return "absent" if negated else "present"


_CONTENT = re.compile(r"[A-Za-z]{4,}")


def _blank(ground: str, known: list[str]) -> str:
    """The ground without what is already understood; nothing if no content is left."""
    for words_ in known:
        ground = ground.replace(words_, " ")
    content = [w for w in _CONTENT.findall(ground.lower()) if w not in plain("frame")]
    return squeeze(ground) if content else ""


def _blank_services(subject: str) -> str:
    text = subject
    for term in services().find(subject, any_case=True):
        text = text[: term.start] + " " * (term.end - term.start) + text[term.end :]
    return text
