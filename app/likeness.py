"""A case -> the issues nearest to it, each with the why: what of its facts the case shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.case import Case, kin, read_case, stage
from app.find import Finding, Member, reasons_of
from app.question import Question
from app.twins import twins_of
from corpus.decision import Decision, Issue
from index.catalog import Filter, Row
from index.search import Index

_PRECEDENTS, _PROOFS = 20, 3
# What makes a precedent, and how much; chosen by leaving questions out (docs/decisions.md).
WEIGHTS = {
    "treatment": 0.20,
    "region": 0.20,
    "level": 0.05,
    "side": 0.02,
    "drug": 0.05,
    "diagnosis": 0.05,
    "finding": 0.20,
    "tried": 0.10,
    "ground": 0.05,
    "guideline": 0.00,
    "jurisdiction": 0.02,
    "since-injury": 0.05,
    "story": 0.15,
}
# The dial: which facts count most. What it names weighs as much as all the rest together.
LIKE = {
    "facts": (),
    "treatment": ("treatment", "drug", "region", "level", "side"),
    "reason": ("finding", "ground"),
    "guideline": ("guideline",),
}


@dataclass(frozen=True, slots=True)
class Shared:
    """One likeness between case and issue: the field, what is shared, and what it adds to the score."""

    field: str
    values: tuple[str, ...]
    points: float


@dataclass(frozen=True, slots=True)
class Near:
    """An issue, how near it is to the case, and why."""

    row: Row
    score: float
    shared: tuple[Shared, ...]
    twin: bool = False  # of the same letter as the case


def weights(like: str) -> dict[str, float]:
    """The weight of each field under a dial, summing to 1."""
    dialled = {f: w or _LEAST for f, w in WEIGHTS.items() if f in LIKE[like]}
    rest = {f: w for f, w in WEIGHTS.items() if f not in dialled}
    share = 0.5 if dialled else 0.0
    total, others = sum(dialled.values()), sum(rest.values())
    return {f: share * dialled[f] / total if f in dialled else (1 - share) * rest[f] / others for f in WEIGHTS}


_LEAST = 0.02  # of a field that is usually left out of account, where the dial names it


def ranked(index: Index, case: Case, like: str = "facts") -> list[Near]:
    """Every issue that may be a precedent: those of the case's own letter first, if it is here, then the nearest."""
    story, weigh = story_likeness(index, case.story), weights(like)
    twins = twins_of(index, case.text, sorted(story, key=lambda d: -story[d]))
    near = []
    for row in candidates(index, case, like, story, twins):
        parts = likeness(index, case, row) | {"story": (story.get(row.decision, 0.0), ())}
        shared = [Shared(f, values, round(weigh[f] * part, 4)) for f, (part, values) in parts.items() if part]
        shared.sort(key=lambda s: -s.points)
        near.append(Near(row, round(sum(s.points for s in shared), 4), tuple(shared), row.decision in twins))
    return sorted(near, key=lambda n: (not n.twin, -n.score))


def candidates(index: Index, case: Case, like: str, story: Mapping[str, float], twins: tuple[str, ...]) -> list[Row]:
    """Issues of a treatment in dispute; by reason or guideline also others; by story where the case names none."""
    asked = case.values("treatment")
    conditions = [Filter("treatment", (*asked, *kin(asked)))]
    if like == "reason":
        conditions.append(Filter("reason", tuple({*case.values("finding"), *case.values("ground")})))
    if like == "guideline":
        conditions.append(Filter("guideline", case.values("guideline")))
    rows = {row: None for one in conditions if one.values for row in index.catalog.issues([one])}
    if case.facts and not asked:
        rows |= dict.fromkeys(index.catalog.issues([Filter("decision", tuple(story))]))
    missed = set(twins) - {row.decision for row in rows}
    return [*rows, *index.catalog.issues([Filter("decision", tuple(missed))])]


def likeness(index: Index, case: Case, row: Row) -> dict[str, tuple[float, tuple[str, ...]]]:
    """field -> (how alike, 0 to 1; the values shared)."""
    decision, issue = index.catalog.decision(row.decision), index.catalog.issue(row)
    told = told_of(decision.text[slice(*history_of(decision))])
    reasons = tuple(f"{r.criterion}:{r.status}" for r in issue.reasons)
    have = {
        "level": issue.levels,
        "side": (issue.side,) if issue.side else (),
        "drug": issue.drugs,
        "diagnosis": told.values("diagnosis"),
        "tried": told.values("tried"),
        "ground": reasons,
        "guideline": tuple(issue.guidelines.get("reviewer", ())),
        "jurisdiction": (decision.jurisdiction,) if decision.jurisdiction else (),
    }
    found = {field: _shared(case.values(field), values) for field, values in have.items()}
    found["treatment"] = _treatment(case.values("treatment"), issue)
    found["region"] = _region(case.values("region"), issue)
    found["finding"] = _shared(reasons, case.values("finding"))
    found["since-injury"] = _stage(case.values("since-injury"), told.values("since-injury"))
    return found


def _shared(wanted: tuple[str, ...], have: tuple[str, ...], most: int = 0) -> tuple[float, tuple[str, ...]]:
    """The share of what is wanted that is there."""
    both = tuple(v for v in dict.fromkeys(wanted) if v in have)
    return (min(1.0, len(both) / (most or len(set(wanted)))) if both else 0.0), both


def _treatment(asked: tuple[str, ...], issue: Issue) -> tuple[float, tuple[str, ...]]:
    """Whole where the issue is about a treatment asked for, less where about its kin."""
    same, akin = (tuple(t for t in issue.treatments if t in kinds) for kinds in (asked, kin(asked)))
    return (1.0, same) if same else (_KIN if akin else 0.0, akin)


_KIN = 0.3


def _region(regions: tuple[str, ...], issue: Issue) -> tuple[float, tuple[str, ...]]:
    """The share of the issue's parts of the body that the case names; the one it names first is the one in dispute."""
    part, both = _shared(tuple(issue.regions), regions)
    return part * (1.0 if regions[:1] and regions[0] in issue.regions else 0.6), both


def _stage(case: tuple[str, ...], letter: tuple[str, ...]) -> tuple[float, tuple[str, ...]]:
    stages = {stage(int(weeks.split()[0])) for weeks in case[:1]} & {stage(int(w.split()[0])) for w in letter[:1]}
    return float(bool(stages)), tuple(stages)


def history_of(decision: Decision) -> tuple[int, int]:
    """Where the letter tells the patient's story; the whole of a letter without such a part."""
    told = [s for s in decision.sections if s.kind == "history"]
    return (told[0].start, told[-1].end) if told else (0, len(decision.text))


@lru_cache(maxsize=4096)
def told_of(history: str) -> Case:
    """A letter's own facts, read as those of a pasted case are."""
    return read_case(history)


def story_likeness(index: Index, text: str) -> dict[str, float]:
    """How near each letter comes to the story by hybrid search, the nearest being 1."""
    words: dict[str, float] = {}
    for rank, hit in enumerate(index.search(text, 60) if text.strip() else []):
        words[hit.passage.decision] = words.get(hit.passage.decision, 0.0) + 1 / (10 + rank)
    most = max(words.values(), default=1.0)
    return {decision: score / most for decision, score in words.items()}


def nearest(index: Index, question: Question) -> Finding:
    """A case told in a question as a finding: the nearest issues by the readings that stand, or that there are none."""
    case, stands = read_case(question.text), dict.fromkeys((p.field, p.value) for p in question.pieces)
    read = {(f.field, f.value) for f in case.facts}
    case = case.corrected(read - stands.keys(), [one for one in stands if one not in read])
    near = ranked(index, case)[:_PRECEDENTS]
    if not near:
        return Finding(
            question,
            abstained="no-match",
            because="No decision in the index concerns a treatment this case asks for.",
        )
    return Finding(question, tuple(member(index, n) for n in near))


def member(index: Index, near: Near) -> Member:
    """A near issue as a member of an answer, proved by its first reasons."""
    proofs = reasons_of(index, near.row)[:_PROOFS]
    return Member(near.row, near.score, proofs, "twin" if near.twin else "ledger")
