"""Plainly synthetic letters with their gold, for load tests: `python -m corpus.synthetic 10000 --seed 7 OUT`."""

from __future__ import annotations

import argparse
import json
import re
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from corpus.decision import Outcome

_CHOICE = re.compile(r"\[([^][]*)\]")
_SPINE = ("lumbar", "cervical", "thoracic")
_BOOKS = (
    ("MTUS", "the Chronic Pain Medical Treatment Guidelines"),
    ("MTUS", "the ACOEM Practice Guidelines"),
    ("ODG", "the Official Disability Guidelines"),
)
_LABEL = "SYNTHETIC LETTER FOR LOAD TESTS. No person, record or case stands behind it."


@dataclass(frozen=True, slots=True)
class Letter:
    """A synthetic letter: its file name, its text, and what a reader of it should find."""

    name: str
    text: str
    gold: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Item:
    """A disputed service while its letter is written."""

    service: str
    outcome: Outcome
    rationale: str
    book: str
    gold: dict[str, Any]

    @property
    def granted(self) -> bool:
        return self.outcome is Outcome.OVERTURNED

    @property
    def necessary(self) -> str:
        return "medically necessary" if self.granted else "not medically necessary"


def letters(number: int, seed: int = 0) -> Iterator[Letter]:
    """The first `number` letters of a seed; the n-th is the same however many are made."""
    return (letter(n, seed) for n in range(number))


def letter(n: int, seed: int = 0) -> Letter:
    """One letter, in a layout of either state."""
    random = Random(f"{seed}:{n}")
    layout = random.choice(_LAYOUTS)
    texas = layout in (_texas_form, _texas_letter)
    writer = _Writer(random)
    case = f"SYN-{seed}-{n:06d}" if texas else f"CM{writer.facts['year']}-8{n:06d}"
    number = 1 if layout is _texas_letter else random.choice((1, 1, 1, 2) if texas else (1, 1, 2, 3, 4))
    # In the letters of California a service is upheld or overturned; only the case summary form allows a part.
    parts = number == 1 and layout in (_texas_form, _texas_letter, _case_summary)
    items = writer.items(number, parts)
    text = layout(writer, case, items)
    name = f"{case}.txt"
    gold = [{"case": case, "file": name, "issue": i} | item.gold for i, item in enumerate(items)]
    return Letter(name, _dressed(random, f"{_LABEL}\n\n{text}", case), gold)


class _Writer:
    """The facts of one case, and sentences about them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.region = random.choice(_data()["region"])
        self.facts = self._facts()

    def say(self, template: str, **more: object) -> str:
        """A template with its choices made and its facts filled in."""
        while choice := _CHOICE.search(template):
            picked = self.random.choice(choice[1].split("|"))
            template = template[: choice.start()] + picked + template[choice.end() :]
        said = " ".join(template.format(**self.facts, **more).split())
        return re.sub(r" (?=[.,;:])", "", said)

    def prose(self, *kinds: str, **more: object) -> str:
        """A sentence of each kind."""
        return " ".join(filter(None, (self.say(self.random.choice(_data()["prose"][k]), **more) for k in kinds)))

    def items(self, number: int, parts: bool) -> list[_Item]:
        """So many services that fit the injured region, each decided."""
        fitting = [s for s in _data()["service"] if self._fits(s)]
        picked: list[dict[str, Any]] = []
        for service in self.random.sample(fitting, len(fitting)):
            if len(picked) < number and all(service["treatment"] != other["treatment"] for other in picked):
                picked.append(service)
        return [self._item(service, parts) for service in picked]

    def _fits(self, service: dict[str, Any]) -> bool:
        where = "spine" if self.region["id"] in _SPINE else "limb"
        return service.get("only", self.region["id"]) == self.region["id"] and service.get("where", where) == where

    def _item(self, kind: dict[str, Any], parts: bool) -> _Item:
        half = self.random.randint(2, 9)
        counted = {"count": 2 * half, "half": half, "unit": kind.get("count", "")}
        service = self.say(kind["name"], **counted)
        service = service[0].upper() + service[1:]
        # Of ten services about six are refused, three granted, and of those that can be counted some allowed in part.
        outcome = Outcome.UPHELD if self.random.random() < 0.62 else Outcome.OVERTURNED
        if parts and kind.get("count") and self.random.random() < 0.4:
            outcome = Outcome.MIXED
        source, book = self.random.choice(_BOOKS)
        told = {"service": _lowered(service), "book": book, "Book": book[0].upper() + book[1:]} | counted
        reasons = self._reasons(kind["grounds"], outcome)
        closing = {Outcome.UPHELD: "refusal", Outcome.OVERTURNED: "grant", Outcome.MIXED: "part"}[outcome]
        said = [self.prose("opener", "rule", **told), *(r["quote"] for r in reasons)]
        if self.random.random() < 0.3:
            said.insert(1, self.prose("concession"))
        said.append(self.prose(closing, **told))
        region = kind.get("region", self.region["id"])
        gold = {"service": service, "treatment": kind["treatment"], "region": [region], "outcome": outcome.value}
        return _Item(service, outcome, " ".join(filter(None, said)), source, gold | {"reasons": reasons})

    def _reasons(self, grounds: list[str], outcome: Outcome) -> list[dict[str, str]]:
        side, status = ("for", "granted") if outcome is Outcome.OVERTURNED else ("against", "refused")
        picked = self.random.sample(grounds, min(len(grounds), self.random.choice((1, 2, 2, 3))))
        if outcome is Outcome.MIXED:
            picked = ["quantity"]
        rows = []
        for criterion in picked:
            ground = _data()["ground"][criterion]
            quote = self.say(self.random.choice(ground[side])) + "."
            rows.append({"criterion": criterion, "status": ground[status], "quote": quote})
        return rows

    def _facts(self) -> dict[str, object]:
        random = self.random
        injury = date(random.randint(2012, 2022), 1, 1) + timedelta(random.randrange(365))
        seen = injury + timedelta(random.randint(3, 40))
        scan = seen + timedelta(random.randint(20, 200))
        visit = scan + timedelta(random.randint(10, 200))
        denial = visit + timedelta(random.randint(5, 25))
        assigned = denial + timedelta(random.randint(15, 40))
        decided = assigned + timedelta(random.randint(15, 45))
        self.visits = (seen, visit)
        facts: dict[str, object] = dict(injury=_us(injury), date0=_us(seen), date1=_us(visit), date2=_us(scan))
        facts |= dict(denial=_us(denial), assigned=_us(assigned), decided=_us(decided), year=f"{decided:%y}")
        facts |= dict(side=random.choice(("left", "right")), level=random.choice(self.region.get("levels", ["L4-5"])))
        facts |= {"part": "", "place": ""}
        man = random.random() < 0.5
        facts |= dict(sex="man" if man else "woman", Sex="Man" if man else "Woman")
        facts |= dict(he="he" if man else "she", He="He" if man else "She")
        facts |= {name: random.randrange(*bounds) for name, bounds in _data()["number"].items()}
        self.facts = facts
        facts["part"], facts["place"] = self.say(self.region["part"]), self.say(self.region["place"])
        facts["diagnosis"] = random.choice(self.region["diagnoses"])
        facts["Diagnosis"] = str(facts["diagnosis"])[0].upper() + str(facts["diagnosis"])[1:]
        facts["occupation"] = random.choice(_data()["occupation"])
        facts["mechanism"] = self.say(random.choice(_data()["mechanism"]))
        facts["complaint"] = self.say(random.choice(self.region["complaint"]))
        return facts

    def history(self) -> str:
        """The clinical history: who, what hurts, what was found and tried, and the denial retold."""
        findings = self.random.sample(_data()["prose"]["examined"], self.random.randint(1, 4))
        course = self.random.sample(_data()["prose"]["treated"], self.random.randint(1, 3))
        middle = [self.say(template) for template in findings + course]
        self.random.shuffle(middle)
        first, last = self.visits
        days = sorted(self.random.sample(range((last - first).days), self.random.randint(1, 8)))
        told = [self.prose("person", "diagnosed")]
        told += (self.prose("visit", day=_us(first + timedelta(d)), number=self.random.randint(1, 9)) for d in days)
        return " ".join((*told, self.prose("complains"), *middle, self.prose("utilization")))

    def specialty(self) -> str:
        return str(self.random.choice(_data()["specialty"]))


def _texas_form(writer: _Writer, case: str, items: list[_Item]) -> str:
    outcomes = {item.outcome for item in items}
    outcome = outcomes.pop() if len(outcomes) == 1 else Outcome.MIXED
    yes, no = writer.random.choice((("[X]", "[ ]"), ("[ X ]", "[   ]"), ("☒", "☐"), ("(X)", "( )"), ("[x]", "[ ]")))
    boxes = {
        Outcome.UPHELD: "Upheld (Agree)",
        Outcome.OVERTURNED: "Overturned (Disagree)",
        Outcome.MIXED: "Partially Overturned (Agree in part/Disagree in part)",
    }
    marked = [f"{yes if outcome is o else no} {label}" for o, label in boxes.items()]
    if writer.random.random() < 0.2:
        marked = [boxes[outcome]]
    used = {item.book for item in items}
    criteria = [
        f"{yes if 'MTUS' in used else no} ACOEM- AMERICAN COLLEGE OF OCCUPATIONAL & ENVIRONMENTAL MEDICINE",
        f"{no} INTERQUAL CRITERIA",
        f"{yes if 'ODG' in used else no} ODG- OFFICIAL DISABILITY GUIDELINES & TREATMENT GUIDELINES",
        f"{no} MILLIMAN CARE GUIDELINES",
    ]
    head = (("IRO CASE #:", case), ("DATE OF REVIEW:", str(writer.facts["decided"])))
    stop = writer.random.choice((":", ""))
    parts = (
        ("DESCRIPTION OF THE SERVICE OR SERVICES IN DISPUTE", _numbered([i.service for i in items])),
        (
            "A DESCRIPTION OF THE QUALIFICATIONS FOR EACH PHYSICIAN OR OTHER HEALTH CARE PROVIDER WHO REVIEWED THE"
            " DECISION",
            f"M.D., Board Certified in {writer.specialty()}.",
        ),
        (
            "REVIEW OUTCOME",
            "Upon independent review the reviewer finds that the previous adverse determination/adverse determinations"
            " should be:\n" + "\n".join(marked),
        ),
        ("INFORMATION PROVIDED TO THE IRO FOR REVIEW", _records(writer)),
        ("PATIENT CLINICAL HISTORY [SUMMARY]", writer.history()),
        (
            "ANALYSIS AND EXPLANATION OF THE DECISION INCLUDE CLINICAL BASIS, FINDINGS AND CONCLUSIONS USED TO SUPPORT"
            " THE DECISION",
            _numbered([i.rationale for i in items]),
        ),
        (
            "A DESCRIPTION AND THE SOURCE OF THE SCREENING CRITERIA OR OTHER CLINICAL BASIS USED TO MAKE THE DECISION",
            "\n".join(criteria),
        ),
    )
    top = "\n".join(" ".join(pair) for pair in writer.random.sample(head, 2))
    body = "\n\n".join(f"{heading}{stop}\n{said}" for heading, said in parts)
    return f"{_company(writer)}\nNOTICE OF INDEPENDENT REVIEW DECISION\n\n{top}\n\n{body}"


def _texas_letter(writer: _Writer, case: str, items: list[_Item]) -> str:
    (item,) = items
    verdict = {
        Outcome.UPHELD: f"It has been determined that {_lowered(item.service)} is not medically necessary.",
        Outcome.OVERTURNED: f"It has been determined that {_lowered(item.service)} is medically necessary.",
        Outcome.MIXED: "The denial is partially overturned.",
    }[item.outcome]
    return (
        f"NOTICE OF INDEPENDENT REVIEW DECISION\n\n{writer.facts['decided']}\n\nRE: IRO Case #: {case}\n\n"
        "The Texas Department of Insurance has certified this organization as an independent review organization (IRO)."
        f" The case was reviewed by a physician who is board certified in {writer.specialty()}.\n\n"
        f"Clinical History\n{writer.history()}\n\nRequested Service(s)\n{item.service}\n\nDecision\n{verdict}\n\n"
        f"Rationale/Basis for Decision\n{item.rationale}\n\nSincerely,\nDirector of Review"
    )


def _california_dates(writer: _Writer, case: str) -> str:
    facts = writer.facts
    return (
        f"Case Number: {case}\nDate Assigned: {facts['assigned']} Date of Injury: {facts['injury']}\n"
        f"Decision Date: {facts['decided']} UR Denial Date: {facts['denial']}\nPriority: Standard"
    )


def _california_head(writer: _Writer) -> str:
    lawful = ", ".join(writer.random.sample(_data()["licensure"], writer.random.randint(1, 2)))
    return (
        "HOW THE IMR FINAL DETERMINATION WAS MADE\nThe complete case file was sent to an expert reviewer."
        " The Expert Reviewer has the following credentials:\n"
        f"State(s) of Licensure: {lawful}\nCertification(s)/Specialty: {writer.specialty()}\n\n"
        "CLINICAL CASE SUMMARY\nThe expert reviewer developed the following clinical case summary based on a review of"
        f" the case file, including all medical records:\n{writer.history()}"
    )


def _decided_title(writer: _Writer, case: str, items: list[_Item]) -> str:
    """The form of 2014 and after: each service with its verdict in the title."""
    said = [
        f"{item.service}: {item.outcome.value.capitalize()}\n"
        f"Claims Administrator guideline: Decision based on {_cited(writer)}.\n"
        f"MAXIMUS guideline: Decision based on {_cited(writer)}.\nDecision rationale: {item.rationale}"
        for item in items
    ]
    return (
        f"{_california_dates(writer, case)}\n\n{_california_head(writer)}\n\nIMR ISSUES, DECISIONS AND RATIONALES\n"
        "The Final Determination was based on decisions for the disputed items/services set forth below:\n\n"
        + "\n\n".join(said)
    )


def _decided_sentence(writer: _Writer, case: str, items: list[_Item]) -> str:
    """The form of 2013: numbered services, the verdict in the sentence."""
    said = [
        f"{n}. {item.service} is {item.necessary} and appropriate.\n\n"
        f"The Claims Administrator based its decision on {_cited(writer)}.\n\n"
        f"The Physician Reviewer based his/her decision on {_cited(writer)}.\n\n"
        f"The Physician Reviewer's decision rationale:\n{item.rationale}"
        for n, item in enumerate(items, 1)
    ]
    return (
        f"Independent Medical Review Final Determination Letter\n\n{_california_dates(writer, case)}\n\n"
        f"{_california_head(writer)}\n\nDOCUMENTS REVIEWED\n{_records(writer)}\n\nIMR DECISION(S) AND RATIONALE(S)\n"
        "The Final Determination was based on decisions for the disputed items/services set forth below:\n\n"
        + "\n\n".join(said)
    )


def _notice(writer: _Writer, case: str, items: list[_Item]) -> str:
    """The early notice: the determinations first, the reasons below under the same numbers."""
    determined = [
        f"{n}) MAXIMUS Federal Services, Inc. has determined the request for {item.service} is {item.necessary}"
        " and appropriate."
        for n, item in enumerate(items, 1)
    ]
    said = [
        f"{n}) Regarding the request for {item.service}:\n\nSection of the Medical Treatment Utilization Schedule"
        f" Relied Upon by the Expert Reviewer: {_cited(writer)}.\n\nRationale for the Decision:\n{item.rationale}"
        for n, item in enumerate(items, 1)
    ]
    return (
        f"Notice of Independent Medical Review Determination\n\n{_california_dates(writer, case)}\n\n"
        + "\n\n".join(determined)
        + f"\n\nDOCUMENTS REVIEWED\n{_records(writer)}\n\n{_california_head(writer)}\n\n"
        + "IMR DECISION(S) AND RATIONALE(S)\n"
        + "The Final Determination was based on decisions for the disputed items/services set forth below:\n\n"
        + "\n\n".join(said)
    )


def _case_summary(writer: _Writer, case: str, items: list[_Item]) -> str:
    """The form that asks what is at dispute and answers below."""
    return (
        f"MEDICAL PROFESSIONAL REVIEW\nIMR Case Number: {case}\nDate: {writer.facts['decided']}\n\n"
        f"ISSUE AT DISPUTE:\n{_numbered([i.service for i in items])}\n\nCASE SUMMARY:\n{writer.history()}\n\n"
        f"MEDICAL RECORDS REVIEWED:\n{_records(writer)}\n\nGUIDELINES CONSULTED:\n{_cited(writer)}\n\n"
        "RATIONALE FOR WHY THE REQUESTED TREATMENT/SERVICE IS OR IS NOT MEDICALLY NECESSARY:\n"
        f"{_numbered([i.rationale for i in items])}\n\nREVIEWER CREDENTIALS:\nBoard certified in {writer.specialty()}."
    )


_LAYOUTS = (
    *(_texas_form,) * 4,
    _texas_letter,
    *(_decided_title,) * 4,
    *(_decided_sentence,) * 2,
    _notice,
    _case_summary,
)


def _cited(writer: _Writer) -> str:
    books = ("MTUS Chronic Pain", "MTUS ACOEM", "Non-MTUS Citation Official Disability Guidelines (ODG)")
    book = writer.random.choice(books)
    return f"{book}, {writer.region['chapter']} Chapter, page {writer.random.randint(20, 360)}"


def _records(writer: _Writer) -> str:
    kinds = ("Application", "Letter of denial", "Progress notes", "Therapy notes", "Report of a scan", "Appeal")
    return "\n".join(
        f"{n}. {kind} of {writer.say(writer.random.choice(('{date0}', '{date1}', '{date2}')))}"
        for n, kind in enumerate(writer.random.sample(kinds, writer.random.randint(2, 5)), 1)
    )


def _company(writer: _Writer) -> str:
    return f"{' '.join(writer.random.sample(_data()['company'], 2))} Sample Reviews, Inc."


def _numbered(said: list[str]) -> str:
    return said[0] if len(said) == 1 else "\n".join(f"{n}. {text}" for n, text in enumerate(said, 1))


def _lowered(service: str) -> str:
    return service[0].lower() + service[1:] if service[1:2].islower() else service


def _us(day: date) -> str:
    return f"{day:%m/%d/%Y}"


def _dressed(random: Random, text: str, case: str) -> str:
    """The letter as a printer would have it: wrapped, perhaps double-spaced, cut into pages with a running line."""
    width, gap = random.randint(74, 112), random.choice(("\n", "\n", "\n", "\n\n"))
    lines = [part for line in text.split("\n") for part in textwrap.wrap(line, width, break_on_hyphens=False) or [""]]
    page = random.randint(38, 60)
    sheets = [gap.join(lines[start : start + page]) for start in range(0, len(lines), page)]
    footer = random.choice(("", f"\nCase {case}, page {{}}", "\nPage {}"))
    return "\f".join(sheet + footer.format(n) for n, sheet in enumerate(sheets, 1)) + "\n"


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("synthetic.toml").read_text("utf-8"))


def main() -> None:
    """Write letters and their gold into a folder."""
    parser = argparse.ArgumentParser(prog="python -m corpus.synthetic", description=__doc__)
    parser.add_argument("number", type=int, help="how many letters")
    parser.add_argument("folder", type=Path, help="where they go, with gold.jsonl beside them")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with open(given.folder / "gold.jsonl", "w", encoding="utf-8") as gold:
        for made in letters(given.number, given.seed):
            (given.folder / made.name).write_text(made.text, "utf-8")
            gold.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in made.gold)


if __name__ == "__main__":
    main()
