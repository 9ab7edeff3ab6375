"""The closed lists and the words people use for them: `terms.toml` as a matcher, and the tags of a service."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from corpus.data import toml
from corpus.sentences import sentences, squeeze

_WORD = re.compile(r"[A-Za-z0-9]+(?:['’][A-Za-z]+)?")
# Forms in capitals up to this length are abbreviations: "PT" is a therapy, "pt" a patient.
_ABBREVIATION = 6


@dataclass(frozen=True, slots=True)
class Term:
    """A closed-list value found in a text, with the words that named it."""

    kind: str
    value: str
    start: int
    end: int
    form: str


class Lexicon:
    """Surface forms -> values, as a trie over words; the longest form wins."""

    def __init__(self, entries: Iterable[tuple[str, str, str]]):
        self._trie: dict[str, Any] = {}
        for form, kind, value in entries:
            self._add(form, kind, value)

    def find(self, text: str, *, any_case: bool = False) -> list[Term]:
        """Every term of the text in order; of two that overlap the longer one is kept."""
        words = list(_WORD.finditer(text))
        matches = [m for at in range(len(words)) if (m := self._longest(text, words, at, any_case))]
        taken: list[bool] = [False] * len(words)
        found: list[Term] = []
        for at, length, terms in sorted(matches, key=lambda m: -m[1]):
            if not any(taken[at : at + length]):
                taken[at : at + length] = [True] * length
                start, end = words[at].start(), words[at + length - 1].end()
                found += [Term(kind, value, start, end, text[start:end]) for kind, value in terms]
        return sorted(found, key=lambda term: term.start)

    def _add(self, form: str, kind: str, value: str) -> None:
        capitals = form.isupper() and len(form) <= _ABBREVIATION and form.isalpha()
        for words in form_words(form):
            node = self._trie
            for word in words:
                node = node.setdefault(word, {})
            node.setdefault("", []).append((kind, value, capitals))

    def _longest(self, text: str, words: list[re.Match[str]], at: int, any_case: bool):
        node, best = self._trie, None
        for length in range(1, len(words) - at + 1):
            word = words[at + length - 1]
            node = node.get(word.group(0).lower(), {})
            if not node:
                break
            if "" in node:
                start, end = words[at].start(), word.end()
                shouted = text[start:end].rstrip("s").isupper()
                terms = [(kind, value) for kind, value, capitals in node[""] if any_case or shouted or not capitals]
                if terms:
                    best = at, length, list(dict.fromkeys(terms))
        return best


def form_words(form: str) -> list[tuple[str, ...]]:
    """The words a form is looked for by, each way its last word can end."""
    words = [m.group(0).lower() for m in _WORD.finditer(form)]
    return [(*words[:-1], last) for last in _plurals(words[-1])] if words else []


def _plurals(word: str) -> Iterator[str]:
    yield word
    if word.isdigit():
        return
    yield word + "s"
    if word.endswith(("s", "x", "ch", "sh", "z")):
        yield word + "es"
    if word.endswith("y"):
        yield word[:-1] + "ies"


@cache
def tables() -> dict[str, dict[str, Any]]:
    """`terms.toml` as it stands: kind -> id -> label, forms, codes and so on."""
    return toml("corpus", "terms.toml")


@cache
def services() -> Lexicon:
    """Treatments, drugs and what rides along with a procedure, in one matcher so that the longest form wins."""
    entries = [(form, "treatment", value) for value, t in tables()["treatment"].items() for form in t.get("forms", [])]
    entries += [(form, "rider", value) for value, t in tables()["rider"].items() for form in t["forms"]]
    for table in tables()["twofold"].values():
        entries += [(form, "treatment", kind) for form in table["forms"] for kind in table["treatments"]]
    for drug, table in tables()["drug"].items():
        entries += [(form, "drug", drug) for form in [drug.replace("-", " "), *table.get("forms", [])]]
    return Lexicon(dict.fromkeys(entries))


@cache
def lexicon(kind: str) -> Lexicon:
    """The forms of one kind of term."""
    table = tables().get(kind, {})
    return Lexicon(dict.fromkeys((form, kind, value) for value, t in table.items() for form in t.get("forms", [])))


# Treatments that are only a name for the rest: what falls there is told apart by its own name.
CATCH_ALL = ("other", "other-drug", "other-injection")


@cache
def _names() -> dict[str, str]:
    return {form.lower(): name for name, t in tables()["named"].items() for form in t["forms"]}


def name_of(form: str) -> str:
    """The one name of a thing that has several wordings ("PRP", "platelet-rich plasma injection"), else the wording."""
    words = form.lower().replace("-", " ")
    return _names().get(words) or _names().get(words.removesuffix("s")) or words.removesuffix("s")


def named_in(text: str) -> tuple[str, ...]:
    """The things a service's title names that have no treatment of their own."""
    found = (t for t in services().find(text) if t.kind == "treatment" and t.value in CATCH_ALL)
    return tuple(dict.fromkeys(name_of(t.form) for t in found))


def label(kind: str, value: str) -> str:
    return str(tables().get(kind, {}).get(value, {}).get("label", value.replace("-", " ")))


def treatment_of(term: Term) -> str:
    """The treatment a term stands for: a drug for its class, guidance and sedation for what goes with an operation."""
    if term.kind == "rider":
        return "surgery-associated"
    return str(tables()["drug"][term.value]["treatment"]) if term.kind == "drug" else term.value


@cache
def _codes() -> dict[str, str]:
    table = {}
    for treatment, entry in tables()["treatment"].items():
        for code in entry.get("codes", []):
            table.update(dict.fromkeys(code_range(code), treatment))
    return table


def code_range(code: str) -> list[str]:
    """'62320-62327' or '0106T-0110T' written out; a single code is itself."""
    first, _, last = code.partition("-")
    if not last:
        return [first]
    digits = re.compile(r"\d+")
    low, high = digits.search(first), digits.search(last)
    if not low or not high:
        raise ValueError(f"terms.toml: the code range {code!r} has no numbers")
    head, tail = first[: low.start()], first[low.end() :]
    return [f"{head}{n:0{len(low.group(0))}d}{tail}" for n in range(int(low.group(0)), int(high.group(0)) + 1)]


_CODE = re.compile(r"(?<![\w#$.-])(?:\d{5}|[A-Z]\d{4}|\d{4}[TF])(?![\w%]|-\d{3,})")
# "L4-5" and "L3 and 4" are one stretch of the spine, "L3, L4" two levels.
_LEVEL = re.compile(
    r"\b([CTLS])-?\s?(\d{1,2})(?:(?:\s*(?:-|–|/|to|through)\s*([CTLS])?-?|\s*(?:and|&|,)\s*())(\d{1,2})"
    r"(?![\d/%]|\s*(?:mg|visits|sessions)))?(?![\dA-Za-z])"
)
_SIDE = re.compile(
    r"\b(?:bilateral(?:ly)?|both|lt|rt"
    r"|(?<!what is )(?<!has )(?<!have )(?<!be )left(?!\s+(?:of|out|over|in|to|after|un\w+)\b)"
    r"|right(?!\s+(?:to|of|away|now|after)\b))\b",
    re.IGNORECASE,
)
_LEVEL_REGION = {"C": "cervical", "T": "thoracic", "L": "lumbar", "S": "lumbar"}


def codes_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_CODE.findall(text)))


def levels_in(text: str) -> tuple[str, ...]:
    """Spinal levels in one spelling: 'L4-5', 'L5-S1', 'C6'."""
    found = []
    for match in _LEVEL.finditer(text):
        letter, number, letter2, _, number2 = match.groups()
        if int(number) > 12 or (number2 and int(number2) > 12):
            continue
        level = f"{letter}{int(number)}"
        if number2:
            level += f"-{letter2 if letter2 and letter2 != letter else ''}{int(number2)}"
        found.append(level)
    return tuple(dict.fromkeys(found))


def side_in(text: str) -> str | None:
    words = {w.lower()[:2] for w in _SIDE.findall(text)}
    if {"bi", "bo"} & words or {"le", "ri"} <= words or {"lt", "rt"} <= words:
        return "bilateral"
    return "left" if {"le", "lt"} & words else "right" if {"ri", "rt"} & words else None


# Words of the body that name no part of it: a tablet "by mouth", a case "in hand", a stage hand, pain "below the knee".
_NO_PART = re.compile(
    r"\bby\s+mouth\b|\b(?:on\s+the\s+(?:other|one)|first|second|at|left)\s+hand(?=\W*[,.]|\s+side)"
    r"|\b(?:in|by|stage|farm|ranch|deck|field|hired)\s+hands?\b|\b(?:below|beyond|past)\s+the\s+(?:knee|elbow|ankle)s?\b"
    r"|\bknee\s+(?:scooter|walker)\b"
    r"|\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|several|few)[\s-]+f(?:oo|ee)t\b",
    re.IGNORECASE,
)


def regions_in(text: str) -> tuple[str, ...]:
    """The parts of the body a text names, in order."""
    return tuple(dict.fromkeys(_regions(text)))


def _regions(text: str) -> list[str]:
    """Every naming of a part, by its words and by spinal levels."""
    plain = _NO_PART.sub(" ", text)
    return [t.value for t in lexicon("region").find(plain)] + [_LEVEL_REGION[level[0]] for level in levels_in(plain)]


_NOT_MTUS = re.compile(r"Non[\s-]+MTUS|did\s+not\s+base\s+their\s+decision\s+on\s+the\s+MTUS|outside\s+of\s+the\s+MTUS")


def named_guidelines(text: str) -> list[Term]:
    """Where a statement of sources names a guideline; a 'Non-MTUS' citation does not name the MTUS."""
    return lexicon("guideline").find(_NOT_MTUS.sub(lambda m: " " * len(m.group(0)), text))


def guidelines_in(text: str) -> list[str]:
    """The guidelines a statement of sources names, in order."""
    return list(dict.fromkeys(term.value.upper() for term in named_guidelines(text)))


def treatments_in(text: str) -> list[tuple[str, Term]]:
    """Treatments of a service's wording in order, each with the term that named it."""
    return [(treatment_of(term), term) for term in services().find(text)]


def drugs_in(text: str) -> tuple[str, ...]:
    """The drugs a text names, by their ids."""
    return tuple(dict.fromkeys(t.value for _, t in treatments_in(text) if t.kind == "drug"))


_APPLIED = re.compile(
    r"\b(?:cream|ointment|gel|lotion|patch(?:es)?|topical\w*|compound\w*|transdermal|roll-?on|balm)\b"
    r"|(?:\d+(?:\.\d+)?\s*%[^%]{0,60}){2}",
    re.IGNORECASE,
)
_BESIDE_SURGERY = re.compile(
    r"\b(?:associated\s+surgical|post-?\s?op\w*|pre-?\s?op\w*|post-?surgical|pre-?surgical|peri-?operative"
    r"|medical\s+clearance|labs?\s+to\s+include|after\s+surgery)",
    re.IGNORECASE,
)


def service_treatments(service: str) -> tuple[str, ...]:
    """One or two treatments of a disputed service: what it is, and whether it belongs to an operation.

    Guidance, sedation and the like never make a service something else; a cream is a cream whatever is in it.
    """
    kinds = _kinds(service)
    # An opioid given through the skin works in the whole body.
    given = [kind for kind, term in treatments_in(service) if term.kind == "drug" and kind != "opioid"]
    if _APPLIED.search(service) and (given or ("topical" in kinds and "opioid" not in kinds)):
        return ("topical",)
    own = [kind for kind in kinds if kind != "surgery-associated"]
    rides = "surgery-associated" in kinds and kinds[0] != "surgery" and set(own) <= {"surgery", "dme"}
    beside = rides or bool(_BESIDE_SURGERY.search(service))
    own = [kind for kind in own if not (beside and kind == "surgery")]
    named = [kind for kind in own if kind not in CATCH_ALL] or own
    if beside:
        return (*named[:1], "surgery-associated")
    return tuple(named[:2]) or (("surgery-associated",) if kinds else ("other",))


def _kinds(service: str) -> list[str]:
    """The treatments a service names, else those of its codes; what stands before a colon only announces them."""
    announced = service.rpartition(":")[2]
    named = treatments_in(announced) or treatments_in(service)
    codes = [_codes()[code] for code in codes_in(service) if code in _codes()]
    return list(dict.fromkeys(kind for kind, _ in named)) or list(dict.fromkeys(codes))


# Services that concern the whole person; a body part is only named if the service names it.
_WHOLE_PERSON = frozenset(("fce", "transportation", "drug-screen", "lab", "sleep-aid", "ppi"))
_DIAGNOSIS = re.compile(r"diagnos\w+|impression|assessment|status\s+post", re.IGNORECASE)
_COMPLAINT = re.compile(r"complain\w*|pain\b|injur\w+", re.IGNORECASE)
# Parts named less than a third as often as the foremost one are asides; more than three parts are the whole body.
_ASIDE, _MANY = 3, 3


def tag_service(service: str, history: str, beside: Sequence[str] = ()) -> dict[str, Any]:
    """Treatments, regions, drugs, levels, side and codes of a disputed service.

    The history and the services beside it in the letter lend a region only if it names none itself.
    """
    treatments = service_treatments(service)
    return {
        "treatments": treatments,
        "regions": regions_in(service) or _lent_regions(service, treatments, history, beside),
        "drugs": drugs_in(service),
        "levels": levels_in(service),
        "side": side_in(service),
        "codes": codes_in(service),
    }


def _lent_regions(service: str, treatments: tuple[str, ...], history: str, beside: Sequence[str]) -> tuple[str, ...]:
    """Where a service that names no part is meant to help: at the limb, the operated part, or what is complained of."""
    if limbs := {term.value for term in lexicon("limb").find(service)}:
        return _limb_regions(limbs, _complaint(history))
    others = tuple(dict.fromkeys(region for other in beside for region in regions_in(other)))
    if "surgery-associated" in treatments:
        operated = [regions_in(other) for other in beside if service_treatments(other) == ("surgery",)]
        return next((regions for regions in operated if regions), _foremost(history, others))
    if "psych" in treatments:
        return ("psych",)
    return ("general",) if _WHOLE_PERSON & set(treatments) else _foremost(history, others)


def _foremost(history: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """The parts that are complained of, of these the ones in dispute beside it; a body of many parts is general."""
    found = _complaint(history) or others
    common = tuple(region for region in found if region in others)
    counted = Counter(_regions(history))
    leading = max((counted[region] for region in found), default=0)
    main = common or tuple(region for region in found if counted[region] * _ASIDE >= leading)
    return main if 0 < len(main) <= _MANY else ("general",) if main else ("unspecified",)


def _complaint(history: str) -> tuple[str, ...]:
    """The parts of the diagnosis, else of the complaint, else those the story speaks of most."""
    if found := _regions_where(history, _DIAGNOSIS) or _regions_where(history, _COMPLAINT):
        return found
    counted = Counter(_regions(history))
    return tuple(region for region, times in counted.items() if times == max(counted.values()))


_LIMB = {"upper": ("cervical", "wrist-hand"), "lower": ("lumbar",)}


def _limb_regions(limbs: set[str], found: tuple[str, ...]) -> tuple[str, ...]:
    """A nerve test of a limb looks at the spine above it and at the limb's end, whichever is complained of."""
    looked_at = _LIMB["lower" if "lower" in limbs else "upper"]
    return tuple(region for region in looked_at if region in found) or looked_at


def _regions_where(history: str, cue: re.Pattern[str]) -> tuple[str, ...]:
    said = " ".join(history[a:b] for a, b in sentences(history) if cue.search(history[a:b]))
    return tuple(r for r in regions_in(said) if r not in ("general", "unspecified"))


_SPECIALTY_LINE = re.compile(
    r"(?:Certification\(?s?\)?\s*/?\s*Specialt(?:y|ies)|Specialt(?:y|ies))\s*:\s*(.{0,300}?)(?=\n\s*\n\s*\n|CLINICAL|$)",
    re.DOTALL,
)
_LICENSE_LINE = re.compile(r"State\(?s?\)?\s+of\s+Licensure\s*:\s*([^\n]{0,200})", re.IGNORECASE)
_CERTIFIED = re.compile(
    r"(?:Board[\s-]+Certif(?:ied|ication)|certified\s+(?:in|by)|speciali[sz]\w*|specialty|diplomate|fellowship)(.{0,160})",
    re.IGNORECASE | re.DOTALL,
)
_STATE = r"[A-Z][a-z]+(?:\s[A-Z][a-z]+)?"
_LICENSED = re.compile(
    rf"licensed\s+(?:to\s+practice\s+)?in\s+(?:the\s+States?\s+of\s+)?({_STATE}(?:(?:,\s+and|,|\s+and)\s+{_STATE})*)"
)
# A paragraph this short that says who reviewed names nothing but his profession.
_SHORT = 400


def credentials(text: str) -> dict[str, list[str]]:
    """The reviewer's specialties, as the closed list words them, and states of licensure."""
    line = _SPECIALTY_LINE.search(text)
    where = line.group(1) if line else text if len(text) < _SHORT else " ".join(_CERTIFIED.findall(text))
    specialties = [label("specialty", t.value) for t in lexicon("specialty").find(squeeze(where))]
    licensed = _LICENSE_LINE.search(text) or _LICENSED.search(text)
    states = re.split(r",\s*(?:and\s+)?|\s+and\s+", squeeze(licensed.group(1))) if licensed else []
    return {"specialties": list(dict.fromkeys(specialties)), "licensure": [state for state in states if state]}
