"""A pasted case -> what was decided in cases like it: matches, contrast, gaps and rates, every word of them cited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from app.answer import LONGEST_CASE, Writer, check, cleaned, compose
from app.case import Case, Fact, read_case
from app.cited import Answer, Result
from app.find import Finding, Proof, reason_proof
from app.likeness import LIKE, Near, Shared, history_of, member, ranked, told_of
from app.question import Piece, Question
from corpus.cues import has_polarity, label
from corpus.decision import Outcome, Voice
from corpus.sentences import squeeze
from index.catalog import Filter, Row
from index.errors import UsageError
from index.search import Index

_SHOWN = 20
_ENOUGH = 20  # below this many decisions a share says nothing, and only the count is told
SAMPLE = (
    "These decisions are a sample: how they were chosen is not known, several may come from one letter or one "
    "reviewer, and none binds another reviewer. The share tells what is in this index, not what will be decided."
)


@dataclass(frozen=True, slots=True)
class Match:
    """A precedent: the issue, and what it shares with the case, weightiest first."""

    result: Result
    why: tuple[Shared, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What a letter says on a criterion: its status there, whether the outcome rests on it, and the citation."""

    status: str
    decisive: bool
    citation: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A criterion on which two letters part: what each says of it, or nothing, and what the case says."""

    criterion: str
    label: str
    overturned: Said | None
    upheld: Said | None
    case: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Contrast:
    """The nearest case that was won beside the nearest that was lost."""

    overturned: Match
    upheld: Match
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A criterion that decided `decided` of `of` cases like this one, and of which the case says nothing."""

    criterion: str
    label: str
    raised: bool  # the denial itself says it is missing
    decided: int
    of: int
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """One issue of a rate."""

    decision: str
    case_number: str | None
    source: str
    issue: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Rate:
    """Of the issues that meet the conditions, how many were overturned; a share with its interval only from 20 on."""

    conditions: tuple[tuple[str, str], ...]
    overturned: int
    mixed: int
    of: int
    letters: int
    share: float | None
    low: float | None
    high: float | None
    members: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class Precedents:
    """Everything a pasted case gives; `answer` is the ranking as every answer is, with all citations."""

    answer: Answer
    facts: tuple[Fact, ...] = ()
    like: str = "facts"
    matches: tuple[Match, ...] = ()
    contrast: Contrast | None = None
    gaps: tuple[Gap, ...] = ()
    rates: tuple[Rate, ...] = ()
    twins: tuple[Result, ...] = ()
    sample: str = SAMPLE

    def to_json(self) -> dict[str, Any]:
        """The contract of an answer, and beside it what precedents add; each result with its why."""
        found = asdict(self)
        answer = found.pop("answer")
        for result, match in zip(answer["results"], found.pop("matches"), strict=True):
            result["why"] = match["why"]
        return answer | found


def similar(
    index: Index,
    text: str,
    without: Iterable[tuple[str, str]] = (),
    added: Iterable[tuple[str, str]] = (),
    like: str = "facts",
) -> Precedents:
    """Precedents for a pasted case: some readings switched off, others put in by hand, likeness by one dial."""
    if like not in LIKE:
        raise UsageError(f"--like {like} is not known; choose among: {', '.join(LIKE)}")
    case = read_case(cleaned(text, LONGEST_CASE)).corrected(without, added)
    pieces = tuple(Piece(f.field, f.value, f.words) for f in case.facts)
    question = Question(squeeze(case.text), "precedent", pieces)
    near = ranked(index, case, like)
    if not near:
        found = Finding(question, abstained="no-match", because=_NOTHING)
        return Precedents(compose(index, found), case.facts, like)
    writer, shown = Writer(index), near[:_SHOWN]
    answer = compose(index, Finding(question, tuple(member(index, n) for n in shown)), writer)
    matches = tuple(Match(r, n.shared) for r, n in zip(answer.results, shown, strict=True))
    others = [n for n in near if not n.twin]
    contrast = _contrast(index, writer, case, others)
    gaps = _gaps(index, writer, case, others)
    answer = check(index, replace(answer, citations=tuple(writer.citations)))
    return Precedents(
        answer,
        case.facts,
        like,
        matches,
        contrast,
        gaps,
        rates(index, case, {n.row.decision for n in near if n.twin}),
        tuple(m.result for m, n in zip(matches, shown, strict=True) if n.twin),
    )


_NOTHING = "No decision in the index concerns a treatment this case asks for."


# ---- contrast -------------------------------------------------------------------------------------------------------


def _contrast(index: Index, writer: Writer, case: Case, near: list[Near]) -> Contrast | None:
    """The nearest case won and the nearest lost; nothing where the index holds only one kind."""
    won = next((n for n in near if index.catalog.issue(n.row).outcome is Outcome.OVERTURNED), None)
    lost = next((n for n in near if index.catalog.issue(n.row).outcome is Outcome.UPHELD), None)
    if not won or not lost:
        return None
    sides = [Match(writer.result(member(index, n)), n.shared) for n in (won, lost)]
    said = [statements(index, n.row) for n in (won, lost)]
    differences = []
    for criterion in dict.fromkeys([*said[0], *said[1]]):
        there, here = said[0].get(criterion), said[1].get(criterion)
        decisive = any(s and s.decisive for s in (there, here))
        if decisive and (there and there.status) != (here and here.status):
            said_won = there.cited(writer, won.row) if there else None
            said_lost = here.cited(writer, lost.row) if here else None
            differences.append(
                Difference(criterion, label(criterion), said_won, said_lost, facts_on(criterion, case.facts))
            )
    differences.sort(key=lambda d: (not (d.overturned and d.upheld), not d.overturned))
    return Contrast(sides[0], sides[1], tuple(differences))


def facts_on(criterion: str, facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """What a case says on a criterion: its findings, and the facts that answer it."""
    return tuple(
        f
        for f in facts
        if (f.field == "finding" and f.value.startswith(f"{criterion}:")) or _ANSWERED_BY.get(f.field) == criterion
    )


@dataclass(frozen=True, slots=True)
class Statement:
    """What a letter says on a criterion, before it is cited."""

    status: str
    decisive: bool
    proof: Proof

    def cited(self, writer: Writer, row: Row) -> Said:
        return Said(self.status, self.decisive, writer.cite(row.decision, row.number, self.proof))


def statements(index: Index, row: Row) -> dict[str, Statement]:
    """criterion -> what the letter says of it for this issue: the reviewer's reason, else a finding of the history."""
    decision, issue = index.catalog.decision(row.decision), index.catalog.issue(row)
    found = {
        r.criterion: Statement(r.status, True, reason_proof(decision, r))
        for r in issue.reasons
        if has_polarity(r.criterion) and r.criterion != "other"
    }
    start, _ = span = history_of(decision)
    for fact in told_of(decision.text[slice(*span)]).facts:
        criterion, _, status = fact.value.partition(":")
        if fact.field == "finding" and fact.sentence and criterion not in found:
            a, b = fact.sentence
            found[criterion] = Statement(status, False, Proof(start + a, start + b, Voice.HISTORY, "history"))
    return found


# ---- gaps -----------------------------------------------------------------------------------------------------------

_OFTEN, _TWICE, _GAPS = 0.1, 2, 8
# Criteria no record can answer, and those other facts of a case answer.
_NOT_DOCUMENTED = frozenset(("quantity", "timing", "other"))
_ANSWERED_BY = {"diagnosis": "diagnosis-unclear", "tried": "conservative-care"}


def _gaps(index: Index, writer: Writer, case: Case, near: list[Near]) -> tuple[Gap, ...]:
    """Criteria that decided cases of the same treatment and of which this one says nothing, the denial's own first."""
    of = [n for n in near if any(s.field == "treatment" for s in n.shared)]
    raised = {f.value.partition(":")[0] for f in case.facts if f.field == "ground"}
    decided = Counter(c for n in of for c in {r.criterion for r in index.catalog.issue(n.row).reasons})
    open_ = [c for c in decided if has_polarity(c) and c not in _NOT_DOCUMENTED and not facts_on(c, case.facts)]
    often = [c for c in open_ if c in raised or decided[c] >= max(_TWICE, _OFTEN * len(of))]
    often.sort(key=lambda c: (c not in raised, -decided[c], c))
    return tuple(
        Gap(c, label(c), c in raised, decided[c], len(of), _examples(index, writer, of, c)) for c in often[:_GAPS]
    )


def _examples(index: Index, writer: Writer, near: list[Near], criterion: str) -> tuple[int, ...]:
    """The nearest case that won on a criterion and the nearest that lost on it."""
    cited = {}
    for n in near:
        decision, issue = index.catalog.decision(n.row.decision), index.catalog.issue(n.row)
        reason = next((r for r in issue.reasons if r.criterion == criterion), None)
        if reason and issue.outcome not in cited and issue.outcome in (Outcome.OVERTURNED, Outcome.UPHELD):
            cited[issue.outcome] = writer.cite(decision.id, issue.number, reason_proof(decision, reason))
    return tuple(cited.values())


# ---- rates ----------------------------------------------------------------------------------------------------------

_YEARS = 3  # the newest


def rates(index: Index, case: Case, twins: set[str]) -> tuple[Rate, ...]:
    """How the asked treatment fared: alone, then by body part, by each criterion of the case, by guideline, by year."""
    found = []
    for treatment in case.values("treatment"):
        alone = (("treatment", treatment),)
        every = rate(index, alone, twins)
        criteria = dict.fromkeys(f.value.partition(":")[0] for f in case.facts if f.field in ("ground", "finding"))
        years = sorted({_year(index, m.decision) for m in every.members} - {""}, reverse=True)[:_YEARS]
        more = [("region", r) for r in case.values("region")[:1]]
        more += [("criterion", c) for c in criteria if has_polarity(c)]
        more += [("guideline", g) for g in case.values("guideline")]
        more += [("year", y) for y in years]
        found += [every, *(rate(index, (*alone, one), twins) for one in more)]
    return tuple(r for r in found if r.of)


def rate(index: Index, conditions: tuple[tuple[str, str], ...], twins: Iterable[str] = ()) -> Rate:
    """Of the issues that meet the conditions and have a clear outcome, the twins left out, how many were overturned."""
    members = []
    for row in index.catalog.issues([_filter(*condition) for condition in conditions]):
        decision, issue = index.catalog.decision(row.decision), index.catalog.issue(row)
        if row.decision not in twins and issue.outcome is not Outcome.UNCLEAR:
            members.append(Counted(decision.id, decision.case_number, decision.source, row.number, issue.outcome))
    told = Counter(m.outcome for m in members)
    won, of = told[Outcome.OVERTURNED], len(members)
    low, high = _interval(won, of) if of >= _ENOUGH else (None, None)
    share = round(won / of, 4) if of >= _ENOUGH else None
    letters = len({m.decision for m in members})
    return Rate(conditions, won, told[Outcome.MIXED], of, letters, share, low, high, tuple(members))


def _filter(field: str, value: str) -> Filter:
    if field == "criterion":
        return Filter("reason", (value,))  # whichever way it was decided: the status follows the outcome
    if field == "year":
        return Filter("decided", (f"{value}-01-01", f"{int(value) + 1}-01-01"))
    return Filter(field, (value,))


def _year(index: Index, decision: str) -> str:
    return (index.catalog.decision(decision).dates.get("decision") or "")[:4]


def _interval(won: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    from scipy.stats import binomtest  # half a second to import, and not every answer has a rate

    interval = binomtest(won, of).proportion_ci(method="wilson")
    return round(float(interval.low), 4), round(float(interval.high), 4)
