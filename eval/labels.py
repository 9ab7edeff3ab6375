"""Making a labelled set: candidates pooled from all systems, judged, two judges compared, split so that nothing leaks.

Nothing here asks anybody anything: the terminal (`eval/cli.py`) and the page call these functions and keep the
judgements between them.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from corpus.sentences import squeeze
from eval.chance import kappa
from eval.questions import ABSTENTIONS, KINDS, Labelled, Member, fault_in, json_lines
from eval.said import System, name_of
from index.errors import UsageError
from index.search import Index

BORDERLINE = "borderline"
GRADES: tuple[int | str, ...] = (0, 1, 2, BORDERLINE)
# Questions at least this alike (cosine) ask the same: one of the nearest paraphrases of the sample set is at 0.93.
_ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is to be labelled."""

    id: str
    kind: str
    question: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An issue some system gave for a question, with what a judge wants to see of it."""

    question: str
    member: Member
    service: str
    outcome: str
    text: str
    systems: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.member[0]}, issue {self.member[1] + 1}: {self.service} ({self.outcome})\n{self.text}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge said of an issue for a question: 0 no, 1 partly, 2 clearly, or borderline."""

    question: str
    member: Member
    grade: int | str
    judge: str
    quote: str = ""


# ---- candidates -----------------------------------------------------------------------------------------------------


def read_asked(path: Path) -> list[Asked]:
    """The questions to be labelled: {"id", "kind", "question"} a line, kinds as in a labelled set."""
    if not path.is_file():
        raise UsageError(f'{path} does not exist; name a file with {{"id", "kind", "question"}} a line')
    found: dict[str, Asked] = {}
    for number, data in json_lines(path):
        with fault_in(path, number):
            if data["kind"] not in KINDS:
                raise ValueError(f"the kind {data['kind']!r} is not one of {', '.join(KINDS)}; choose one")
            if str(data["id"]) in found:
                raise ValueError(f"the id {data['id']!r} is used twice; give each question its own")
            found[str(data["id"])] = Asked(str(data["id"]), data["kind"], str(data["question"]))
    return list(found.values())


def pool(index: Index, asked: Iterable[Asked], systems: Mapping[str, System], depth: int = 20) -> list[Candidate]:
    """For each question the first `depth` issues of every system, each once, in an order that tells no system.

    An answer of ours is taken whole, however long: a list is judged as a list.
    """
    found = []
    for question in asked:
        by: dict[Member, tuple[str, ...]] = {}
        for name, system in systems.items():
            said = system(question.question)
            for member in dict.fromkeys([*said.members, *said.ranking[:depth]]):
                by[member] = (*by.get(member, ()), name)
        found += candidates(index, question.id, by)
    return found


def candidates(index: Index, question: str, members: Mapping[Member, tuple[str, ...]]) -> list[Candidate]:
    """Issues, each with the systems that gave it, as a judge wants to see them, in the order of the catalog."""
    found = []
    for row in index.catalog.issues():
        letter, issue = index.catalog.decision(row.decision), index.catalog.issue(row)
        member = name_of(letter.case_number, letter.source, row.number)
        if member in members:
            text = squeeze(letter.quote(*issue.rationale)) if issue.rationale else ""
            found.append(Candidate(question, member, issue.service, str(issue.outcome), text, members[member]))
    return found


# ---- judgements -----------------------------------------------------------------------------------------------------


def open_for(judge: str, candidates: Iterable[Candidate], judged: Iterable[Judgement]) -> list[Candidate]:
    """What the judge has not judged yet."""
    done = {(j.question, j.member) for j in judged if j.judge == judge}
    return [c for c in candidates if (c.question, c.member) not in done]


def remember(path: Path, judgement: Judgement) -> None:
    """Append a judgement to a file, safe on the disk before it returns; a grade that is none is refused."""
    if judgement.grade not in GRADES:
        raise UsageError(f"{judgement.grade!r} is no grade; give one of {', '.join(map(str, GRADES))}")
    case, number = judgement.member
    row = {"id": judgement.question, "case": case, "issue": number, "grade": judgement.grade, "judge": judgement.judge}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row | ({"quote": judgement.quote} if judgement.quote else {}), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_judgements(path: Path) -> list[Judgement]:
    """Every judgement of a file; of a pair that a judge has judged twice, the file is refused."""
    found: dict[tuple[str, str, Member], Judgement] = {}
    for number, row in json_lines(path) if path.is_file() else ():
        with fault_in(path, number):
            one = Judgement(row["id"], (row["case"], row["issue"]), row["grade"], row["judge"], row.get("quote", ""))
            if one.grade not in GRADES:
                raise ValueError(f"{one.grade!r} is no grade; write one of {', '.join(map(str, GRADES))}")
            key = one.judge, one.question, one.member
            if key in found:
                raise ValueError(f"{one.judge} has judged this issue for {one.question} before; keep one judgement")
            found[key] = one
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two judges agree on what both have judged."""

    judges: tuple[str, str]
    items: int
    same: float
    kappa: float
    differ: tuple[tuple[str, Member, int | str, int | str], ...]


def agreement(judged: Sequence[Judgement], one: str, other: str) -> Agreement:
    """Cohen's kappa of two judges over what both judged, and where they differ."""
    grades = {judge: {(j.question, j.member): j.grade for j in judged if j.judge == judge} for judge in (one, other)}
    both = sorted(grades[one].keys() & grades[other].keys())
    if not both:
        raise UsageError(f"{one} and {other} have judged nothing in common; let both judge the same candidates")
    mine, theirs = ([grades[judge][key] for key in both] for judge in (one, other))
    differ = [(*key, a, b) for key, a, b in zip(both, mine, theirs, strict=True) if a != b]
    return Agreement((one, other), len(both), 1 - len(differ) / len(both), kappa(mine, theirs), tuple(differ))


def labelled_set(asked: Iterable[Asked], judged: Iterable[Judgement], expected: str = "no-match") -> list[Labelled]:
    """The labelled questions that the judgements give; where judges differ, the issue is borderline.

    A question without a relevant issue becomes one without an answer, refused as `expected`.
    """
    if expected not in ABSTENTIONS:
        raise UsageError(f"{expected!r} is no refusal; name one of {', '.join(ABSTENTIONS)}")
    by: dict[str, dict[Member, list[Judgement]]] = defaultdict(lambda: defaultdict(list))
    for one in judged:
        by[one.question][one.member].append(one)
    return [_labelled(question, by[question.id], expected) for question in asked if question.id in by]


def _labelled(asked: Asked, judged: Mapping[Member, list[Judgement]], expected: str) -> Labelled:
    settled = {m: said[0].grade if len({j.grade for j in said}) == 1 else BORDERLINE for m, said in judged.items()}
    relevant = {m: grade for m, grade in settled.items() if isinstance(grade, int) and grade > 0}
    quotes = {m: tuple(dict.fromkeys(j.quote for j in judged[m] if j.quote)) for m in relevant}
    borderline = frozenset(m for m, grade in settled.items() if grade == BORDERLINE)
    kind = asked.kind if relevant else "unanswerable"
    count = len(relevant) if kind == "count" else None
    refusal = None if relevant else expected
    return Labelled(asked.id, kind, asked.question, relevant, borderline, count, expected=refusal, quotes=quotes)


# ---- what a set must not have ---------------------------------------------------------------------------------------


def near_duplicates(
    questions: Sequence[Labelled], encode: Callable[[str], np.ndarray], alike: float = _ALIKE
) -> list[tuple[str, str, float]]:
    """Pairs of questions that ask nearly the same, the nearest first: (id, id, cosine)."""
    if not questions:
        return []
    vectors = np.stack([encode(question.question) for question in questions])
    cosines = vectors @ vectors.T
    pairs = [
        (questions[a].id, questions[b].id, round(float(cosines[a, b]), 4))
        for a in range(len(questions))
        for b in range(a + 1, len(questions))
        if cosines[a, b] >= alike
    ]
    return sorted(pairs, key=lambda pair: -pair[2])


def split(
    questions: Sequence[Labelled], twins: Iterable[tuple[str, str, float]] = (), test: float = 0.5, seed: int = 0
) -> tuple[list[Labelled], list[Labelled]]:
    """Development and test, no letter judged in both: each letter and each group of twins goes to one side.

    A question goes where most of its letters are; what it says of letters of the other side becomes borderline, so that
    neither side rewards or punishes it. A question left without a relevant issue goes to neither.
    """
    groups = _together(questions, twins)
    side = _letter_sides(groups, test, seed)
    parts: tuple[list[Labelled], list[Labelled]] = ([], [])
    for group in groups:
        votes = [side[case] for question in group for case, _ in question.relevant]
        fewer = len(parts[1]) < test * (len(parts[0]) + len(parts[1]) + 1)
        at = int(sum(votes) * 2 > len(votes) if votes else fewer)
        for question in group:
            kept = _of_side(question, {case for case, where in side.items() if where == at})
            if kept.relevant or question.kind == "unanswerable":
                parts[at].append(kept)
    return parts


def _together(questions: Sequence[Labelled], twins: Iterable[tuple[str, str, float]]) -> list[list[Labelled]]:
    """Questions in groups of near duplicates, in their order."""
    group = {question.id: {question.id} for question in questions}
    for a, b, _ in twins:
        joined = group[a] | group[b]
        group.update(dict.fromkeys(joined, joined))
    named = {question.id: question for question in questions}
    return [[named[q] for q in named if q in ids] for ids in dict.fromkeys(frozenset(g) for g in group.values())]


def _letter_sides(groups: Sequence[Sequence[Labelled]], test: float, seed: int) -> dict[str, int]:
    """letter -> 0 or 1: letters that questions speak of together stay together as far as the shares allow."""
    speaks = [{case for question in group for case, _ in question.relevant} for group in groups]
    letters = sorted(set().union(*speaks)) if speaks else []
    room = [len(letters) - round(len(letters) * test), round(len(letters) * test)]
    chance = np.random.default_rng(seed)
    side: dict[str, int] = {}
    for n in sorted(chance.permutation(len(speaks)), key=lambda n: -len(speaks[n])):
        free = sorted(speaks[n] - side.keys())
        there = [sum(side.get(case) == at for case in speaks[n]) for at in (0, 1)]
        first = int(there[1] > there[0] or (there[1] == there[0] and room[1] > room[0]))
        for at, some in ((first, free[: max(room[first], 0)]), (1 - first, free[max(room[first], 0) :])):
            side.update(dict.fromkeys(some, at))
            room[at] -= len(some)
    return side


def _of_side(question: Labelled, letters: set[str]) -> Labelled:
    relevant = {m: grade for m, grade in question.relevant.items() if m[0] in letters}
    away = question.relevant.keys() - relevant.keys()
    borderline = frozenset(m for m in question.borderline | away)
    # A count over both sides is no count of one of them; what it counts is still a list.
    if question.kind == "count" and away:
        question = replace(question, kind="list", count=None, of=None)
    return replace(question, relevant=relevant, borderline=borderline)
