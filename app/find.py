"""Question -> Finding: the issues that answer it, the spans that prove each, the near misses, or an honest nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.grounds import weights
from app.question import SERVICE, Question, plain
from corpus.cues import label as criterion_label
from corpus.cues import mentions
from corpus.decision import Decision, Issue, Outcome, Reason, Span, Voice
from corpus.roles import spoken
from corpus.sentences import sentences, squeeze
from corpus.terms import label, lexicon, named_in, services
from index.catalog import Filter, Row
from index.search import Index

# A question none of whose words is understood is outside the corpus unless a passage is at least this near (cosine).
_NEAR = 0.45
_WHY_MOST = 3
_READ_HERE = ("chapter", "age")  # conditions the catalog keeps no tag for
_PASSAGES = 12  # read for a question that names nothing of the closed lists


@dataclass(frozen=True, slots=True)
class Proof:
    """A span of a decision, and whose voice it is."""

    start: int
    end: int
    voice: Voice
    section: str


@dataclass(frozen=True, slots=True)
class Member:
    """An issue that answers the question, with its proofs; `found_by` tells the ledger from a search, and a twin."""

    row: Row
    score: float
    proofs: tuple[Proof, ...]
    found_by: str = "ledger"


@dataclass(frozen=True, slots=True)
class Finding:
    """Everything an answer is composed from."""

    question: Question
    members: tuple[Member, ...] = ()
    of: int | None = None
    excluded: tuple[tuple[Row, str], ...] = ()
    abstained: str | None = None
    because: str = ""
    relaxations: tuple[tuple[str, int], ...] = field(default=())


def find(index: Index, question: Question) -> Finding:
    """The finding for a question, by its intent."""
    if question.outside:
        return Finding(
            question,
            abstained="out-of-scope",
            because=f"These decisions settle medical necessity; they say nothing about “{question.outside}”.",
        )
    if question.intent == "why":
        return _why(index, question)
    if not question.pieces:
        return _by_search(index, question)
    return _listed(index, question)


# ---- lists, facets, counts ------------------------------------------------------------------------------------------


def _listed(index: Index, question: Question) -> Finding:
    """Every issue that meets the conditions: facets first, then outcome, then the asked reason."""
    subject = _subject(index, question)
    if not subject:
        return _nothing(index, question)
    wanted = set(question.values("outcome"))
    decided = [row for row in subject if not wanted or index.catalog.issue(row).outcome in wanted]
    members = _members(index, question, decided)
    if question.other and members:
        members = _all_but(index, decided, {m.row for m in members})
    if not members:
        return _empty(index, question, subject, decided)
    found, fitting = {m.row for m in members}, set(decided)
    missed = [(row, _why_missed(index, row, _asked(question))) for row in decided if row not in found]
    others = [(row, str(index.catalog.issue(row).outcome)) for row in subject if row not in fitting]
    # "How many of the denials cite …" counts from the denials, "how many were denied" from all.
    whole = decided if question.from_decided else subject
    return Finding(question, tuple(members), len(whole) if question.intent == "count" else None, tuple(others + missed))


def _subject(index: Index, question: Question) -> list[Row]:
    """Issues that meet every condition but outcome and reason."""
    rows = index.catalog.issues(question.filters("outcome", "reason", *_READ_HERE))
    for chapter in question.values("chapter"):
        rows = [row for row in rows if _cites(index, row, chapter.split())]
    for low, high in (map(int, age.split("..")) for age in question.values("age")):
        rows = [row for row in rows if low <= (index.catalog.decision(row.decision).patient.get("age") or -1) < high]
    return _about(index, question, rows)


def _cites(index: Index, row: Row, chapter: list[str]) -> bool:
    """Does the reviewer's statement of guidelines name the chapter, every word of it."""
    decision = index.catalog.decision(row.decision)
    stated = " ".join(
        decision.text[s.start : s.end].lower()
        for s in decision.sections
        if s.kind == "reviewer-guideline" and s.issue in (None, row.number)
    )
    return all(re.search(rf"\b{re.escape(word.removesuffix('s'))}", stated) for word in chapter)


def _about(index: Index, question: Question, rows: list[Row]) -> list[Row]:
    """Where the question describes the service by further words of its title ("oral suspension"), only those."""
    if question.values("drug") or question.values("named"):
        return rows
    said = [g.form.lower() for g in lexicon("group").find(question.subject, any_case=True) if " " in g.form]
    said += sorted(
        set(re.findall(r"[a-z]{5,}", question.subject.lower())) - plain("service") - _understood(question),
        key=len,
        reverse=True,
    )
    for words in said:
        inside = [
            row
            for row in rows
            if re.search(rf"\b{re.escape(words.removesuffix('s'))}", index.catalog.issue(row).service, re.IGNORECASE)
        ]
        if inside and len(inside) < len(rows):
            return inside
    return rows


def _understood(question: Question) -> set[str]:
    """The words of the question that already have a meaning."""
    terms = [p.words for p in question.pieces] + [t.form for t in services().find(question.subject, any_case=True)]
    terms += [
        t.form
        for kind in ("group", "region", "limb", "specialty")
        for t in lexicon(kind).find(question.subject, any_case=True)
    ]
    return {w for term in terms for w in re.findall(r"[a-z]{5,}", term.lower())}


def _asked(question: Question) -> list[tuple[str, ...]]:
    """The asked reasons as (criterion, status)."""
    return [tuple(value.split(":", 1)) for value in question.values("reason")]


def _members(index: Index, question: Question, rows: list[Row]) -> list[Member]:
    """The issues that give the asked reason by the ledger, else by likeness; every one where no reason is asked for."""
    asked = _asked(question)
    if not asked and not question.ground:
        return [Member(row, 1.0, _outcome_proof(index, row)) for row in rows]
    members = _by_ledger(index, question, rows, asked)
    if not members and question.ground:
        members = _by_next_best(index, question, rows, asked)
    found = {m.row for m in members}
    members += _by_likeness(index, question, [row for row in rows if row not in found], bool(members))
    return sorted(members, key=lambda m: -m.score)


def _all_but(index: Index, rows: list[Row], given: set[Row]) -> list[Member]:
    """The issues that do not give the asked reason, each proved by its own words of decision."""
    return [Member(row, 1.0, _outcome_proof(index, row)) for row in rows if row not in given]


def _by_ledger(index: Index, question: Question, rows: list[Row], asked: list[tuple[str, ...]]) -> list[Member]:
    """Issues with a row of the ledger for an asked reason (each, where all are wanted), or a conceded finding."""
    members = []
    for row in rows:
        decision, issue = index.catalog.decision(row.decision), index.catalog.issue(row)
        given = [r for r in issue.reasons if (r.criterion, r.status) in asked and r.voice is Voice.REVIEWER]
        enough = len({r.criterion for r in given}) == len(asked) if question.both else bool(given)
        if given and enough:
            members.append(Member(row, 1.0, tuple(reason_proof(decision, r) for r in given)))
        elif not given and (conceded := _stated(decision, issue, asked, question.ground)):
            members.append(Member(row, 0.5, tuple(conceded[:2]), "search"))
    return members


# A criterion the question may also have meant: at least this strong, and this share of the strongest.
_MAYBE, _SHARE = 0.1, 0.25


# Lay words for signs of the nerves mean those of a nerve root too; who says radiculopathy means no other.
_KIN = {"neuro-deficit": "radiculopathy"}


def _by_next_best(index: Index, question: Question, rows: list[Row], asked: list[tuple[str, ...]]) -> list[Member]:
    """Nobody gives the reason as first understood: the issues with the next criterion it may mean, marked as search."""
    strength = weights(question.ground, index.encoder.encode_query)
    bar = max(_MAYBE, _SHARE * max(strength.values(), default=1.0))
    first = {criterion for criterion, _ in asked}
    kin = [_KIN[criterion] for criterion in first if criterion in _KIN and _KIN[criterion] not in first]
    maybe = sorted((c for c, s in strength.items() if s >= bar and c not in first), key=lambda c: -strength[c])
    for criterion in [*kin, *maybe][:2]:
        members = []
        for row in rows:
            decision, issue = index.catalog.decision(row.decision), index.catalog.issue(row)
            given = [r for r in issue.reasons if r.criterion == criterion]
            if given:
                members.append(Member(row, 0.5, tuple(reason_proof(decision, r) for r in given), "search"))
        if members:
            return members
    return []


# Where the ledger has no row for it, a reviewer's passage gives the asked reason if it reads alike (cosine) and the
# issue has a reason of a criterion the question may have meant; without the ledger's help it must read very much alike.
_ALIKE, _VERY_ALIKE, _MEANT = 0.45, 0.62, 0.5


def _by_likeness(index: Index, question: Question, rows: list[Row], some: bool) -> list[Member]:
    """The issues whose reviewer comes nearest to saying the asked reason in other words, marked as found by search."""
    ids = index.catalog.passage_ids(rows) if rows and question.ground else []
    if not ids or question.both:
        return []
    scores = dict(index.dense.search(index.encoder.encode_query(question.ground), len(ids), ids))
    meant = weights(question.ground, index.encoder.encode_query)
    most = max(meant.values(), default=1.0)
    best: dict[int, tuple[float, Proof]] = {}
    for id_, key, passage in index.catalog.passages(scores):
        if (
            key
            and passage.voice is Voice.REVIEWER
            and passage.section == "rationale"
            and scores[id_] > best.get(key, (0.0,))[0]
        ):
            best[key] = scores[id_], Proof(passage.start, passage.end, passage.voice, passage.section)
    members = []
    for row in rows:
        alike, proof = best.get(row.key, (0.0, None))
        likely = max((meant.get(r.criterion, 0.0) / most for r in index.catalog.issue(row).reasons), default=0.0)
        bar = _ALIKE if likely >= _MEANT and not some else _VERY_ALIKE
        if proof and alike >= bar:
            members.append(Member(row, round(alike / 2, 4), (proof,), "search"))
    return members


_CONCEDED = re.compile(
    r"\b(?:reviewer|physician|doctor|IRO|IMR)s?\b.{0,20}\b(?:conced|admit|agree|accept|acknowledg|grant|allow)",
    re.IGNORECASE,
)


def _stated(decision: Decision, issue: Issue, asked: list[tuple[str, ...]], ground: str) -> list[Proof]:
    """The sentences that state an asked finding that did not carry the outcome ("denied even though ...").

    What "the reviewer conceded" the reviewer must have said; else the history will do.
    """
    spoken_by = (Voice.REVIEWER,) if _CONCEDED.search(ground) else (Voice.REVIEWER, Voice.HISTORY)
    usual = "present" if issue.outcome is Outcome.OVERTURNED else "absent"
    other = frozenset(criterion for criterion, status in asked if status in ("present", "absent") and status != usual)
    wanted = other - {"repeat-study", "home-exercise", "psych-factors"}
    if not wanted or issue.rationale is None:
        return []
    proofs = []
    for section in decision.sections:
        if section.kind not in ("rationale", "history") or section.issue not in (None, issue.number):
            continue
        for (start, end), voice in spoken(decision.text, section):
            if voice not in spoken_by:
                continue
            hits = mentions(squeeze(decision.text[start:end]), only=wanted)
            if any(m.negated == (usual == "present") for m in hits):
                proofs.append(Proof(start, end, voice, section.kind))
    return sorted(proofs, key=lambda p: p.voice is not Voice.REVIEWER)


def _why_missed(index: Index, row: Row, asked: list[tuple[str, ...]]) -> str:
    """Why an issue of the right service and outcome is no member."""
    decision, issue = index.catalog.decision(row.decision), index.catalog.issue(row)
    wanted = frozenset(criterion for criterion, _ in asked)
    opposite = [r for r in issue.reasons if r.criterion in wanted]
    if opposite:
        return f"{criterion_label(opposite[0].criterion)}: {opposite[0].status}"
    retold = index.catalog.spoken_by(Voice.UTILIZATION_REVIEW, decision.id)
    if any(mentions(text, only=wanted) for text in retold):
        return "only utilization review said so"
    return "the reviewer gave other reasons"


def reason_proof(decision: Decision, reason: Reason) -> Proof:
    section = decision.section_at(reason.start)
    return Proof(reason.start, reason.end, reason.voice, section.kind if section else "rationale")


def _outcome_proof(index: Index, row: Row) -> tuple[Proof, ...]:
    """The words of decision themselves, where the letter has any."""
    decision, issue = index.catalog.decision(row.decision), index.catalog.issue(row)
    if issue.outcome_span is None:
        return ()
    start, end = _whole_line(decision, issue, issue.outcome_span)
    section = decision.section_at(start)
    return (Proof(start, end, Voice.REVIEWER, section.kind if section else "outcome"),)


def _whole_line(decision: Decision, issue: Issue, span: Span) -> Span:
    """A verdict word alone proves little: with the title it stands in, it does."""
    return (issue.start, issue.end) if issue.start <= span[0] < issue.end else span


# ---- nothing found --------------------------------------------------------------------------------------------------


def _nothing(index: Index, question: Question) -> Finding:
    """No issue meets the facets: none has this subject, or one condition empties what the others leave."""
    counts = _relaxed(index, question, ("outcome", "reason"))
    core = [f for f in SERVICE if question.values(f)]
    subject_only = replace(question, pieces=tuple(p for p in question.pieces if p.field in core))
    if core and not _subject(index, subject_only):
        return Finding(
            question, abstained="no-match", because=f"No decision in the index concerns {_in_words(subject_only)}."
        )
    if any(n for _, n in counts) and (question.values("decided") or _each_alone(index, question)):
        return Finding(
            question, abstained="empty-intersection", because=_empties(question, counts), relaxations=tuple(counts)
        )
    return Finding(
        question,
        abstained="no-match",
        because=f"No decision in the index matches {_in_words(question, 'outcome', 'reason')}.",
        relaxations=tuple(counts),
    )


def _each_alone(index: Index, question: Question) -> bool:
    """Is there an issue for each condition by itself, so that only their meeting is empty."""
    service = " ".join(p.words.lower() for p in question.pieces if p.field in SERVICE)
    others = [p for p in question.pieces if p.words.lower() not in service]  # "hearing aid" names no part beside it
    fields = {p.field for p in others} - {"outcome", "reason", "case", *SERVICE, *_READ_HERE}
    alone = [[field] for field in fields] + ([list(SERVICE)] if any(question.values(f) for f in SERVICE) else [])
    return len(alone) > 1 and all(
        index.catalog.issues(replace(question, pieces=tuple(p for p in question.pieces if p.field in kept)).filters())
        for kept in alone
    )


def _empty(index: Index, question: Question, subject: list[Row], decided: list[Row]) -> Finding:
    """The subject is there, but not with this outcome or reason: say which condition empties it, with counts."""
    counts = []
    if not decided:
        counts.append(("outcome", len(subject)))
    else:
        counts.append(("reason", len(decided)))
        counts.append(("outcome", len(_members(index, question, subject))))
    others = tuple((row, str(index.catalog.issue(row).outcome)) for row in subject)
    return Finding(
        question,
        abstained="empty-intersection",
        because=_empties(question, counts),
        excluded=others,
        relaxations=tuple(counts),
    )


def _relaxed(index: Index, question: Question, kept_out: Iterable[str]) -> list[tuple[str, int]]:
    """How many issues each condition, left out, would let in."""
    fields = [f for f in dict.fromkeys(p.field for p in question.pieces) if f not in kept_out]
    counts = []
    for one in fields:
        rest = replace(question, pieces=tuple(p for p in question.pieces if p.field != one))
        counts.append((one, len(_subject(index, rest)) if rest.filters("outcome", "reason", *_READ_HERE) else 0))
    return counts


def _empties(question: Question, counts: list[tuple[str, int]]) -> str:
    told = [
        f"without the condition on {_named(question, name)} there {'is' if n == 1 else 'are'} {n}" for name, n in counts
    ]
    return "No issue meets all the conditions together: " + "; ".join(told) + "."


def _named(question: Question, field_name: str) -> str:
    return f"{field_name} ({', '.join(_value(field_name, v) for v in question.values(field_name))})"


def _in_words(question: Question, *skip: str) -> str:
    fields = [f for f in dict.fromkeys(p.field for p in question.pieces) if f not in skip]
    return " and ".join(_named(question, f) for f in fields) or "this question"


def _value(field_name: str, value: str) -> str:
    if field_name == "reason":
        criterion, _, status = value.partition(":")
        return f"{criterion_label(criterion)}, {status}"
    return label(field_name, value) if field_name in ("treatment", "region") else value


# ---- one case: why --------------------------------------------------------------------------------------------------


def _why(index: Index, question: Question) -> Finding:
    """The issue asked about and the reviewer's reasons for it, in order; a premise the record denies is said."""
    rows = _cases(index, question) if question.values("case") else _described(index, question)
    if not rows:
        if question.values("case"):
            return Finding(
                question, abstained="no-match", because=f"{', '.join(question.values('case'))} is not in the index."
            )
        return _by_search(index, question)
    if false := _false_premise(index, question, rows):
        return false
    return Finding(question, tuple(Member(row, score, reasons_of(index, row)) for row, score in rows))


def _cases(index: Index, question: Question) -> list[tuple[Row, float]]:
    """The issues of the named letters, those that fit the described service first and alone if any does."""
    ids = [d for case in question.values("case") for d in index.catalog.find_decisions(case)]
    rows = index.catalog.issues([Filter("decision", tuple(ids))]) if ids else []
    scored = [(row, _fit(index, question, row)) for row in rows]
    best = max((s for _, s in scored), default=0)
    return [(row, score) for row, score in sorted(scored, key=lambda x: -x[1]) if score == best or best == 0][
        :_WHY_MOST
    ]


def _fit(index: Index, question: Question, row: Row) -> float:
    """How many of the described facets an issue has, and how many words of its title the question uses."""
    issue = index.catalog.issue(row)
    have = {
        "treatment": issue.treatments,
        "region": issue.regions,
        "drug": issue.drugs,
        "level": issue.levels,
        "side": (issue.side,),
    }
    facets = sum((2 if f in SERVICE else 1) * bool(set(question.values(f)) & set(values)) for f, values in have.items())
    facets += 2 * bool(set(question.values("named")) & set(named_in(issue.service)))
    title = set(re.findall(r"[a-z]{4,}", issue.service.lower())) - plain("service")
    shared = title & set(re.findall(r"[a-z]{4,}", question.text.lower()))
    return facets + len(shared) / (len(title) + 1)


def _described(index: Index, question: Question) -> list[tuple[Row, float]]:
    """The issue a story describes: hybrid search over the letters, then the described service within the letter."""
    hits = index.search(question.text, 40, [f for f in question.filters() if f.field in ("jurisdiction", "decided")])
    letters: dict[str, float] = {}
    for rank, hit in enumerate(hits):
        letters[hit.passage.decision] = letters.get(hit.passage.decision, 0.0) + 1 / (3 + rank)
    scored = []
    for decision, weight in letters.items():
        for row in index.catalog.issues([Filter("decision", (decision,))]):
            outcome = index.catalog.issue(row).outcome
            agrees = question.premise in (None, outcome)
            scored.append((row, weight + 0.35 * _fit(index, question, row) + (1.0 if agrees else 0.0)))
    scored.sort(key=lambda x: -x[1])
    return [(row, score / scored[0][1]) for row, score in scored[:1]]


def _false_premise(index: Index, question: Question, rows: list[tuple[Row, float]]) -> Finding | None:
    """The question takes an outcome or a finding for granted that the named letter's record contradicts."""
    if not question.values("case"):
        return None
    issues = [(row, index.catalog.issue(row)) for row, _ in rows]
    if question.premise and all(i.outcome not in (question.premise, Outcome.MIXED) for _, i in issues):
        row, issue = issues[0]
        because = (
            f"The premise is not what the letter says: {issue.service} was {issue.outcome}, not {question.premise}."
        )
        return Finding(
            question, abstained="false-premise", because=because, excluded=tuple((r, str(i.outcome)) for r, i in issues)
        )
    for row, issue in issues:
        for criterion, status in (value.split(":", 1) for value in _presumed(question)):
            against = [
                r for r in issue.reasons if r.criterion == criterion and {r.status, status} == {"present", "absent"}
            ]
            if against:
                said = squeeze(index.catalog.decision(row.decision).quote(against[0].start, against[0].end))
                because = (
                    "The premise is not what the reviewer found; "
                    f"on {criterion_label(criterion)} the letter says: “{said}”"
                )
                return Finding(
                    question,
                    abstained="false-premise",
                    because=because,
                    excluded=tuple((r, f"{criterion_label(criterion)}: {against[0].status}") for r, _ in issues),
                )
    return None


_PRESUMES = re.compile(
    r"\b(?:given\s+that|since|when|although|even\s+though|after|if|despite)\b(.{5,200}?)(?:,|\?|\bwhy\b|\bhow\b)",
    re.IGNORECASE,
)


def _presumed(question: Question) -> list[str]:
    """Findings the question itself takes for granted, as 'criterion:status'."""
    found = []
    for clause in _PRESUMES.findall(question.text):
        found += [f"{m.criterion}:{'absent' if m.negated else 'present'}" for m in mentions(clause, asked=True)]
    return found


def reasons_of(index: Index, row: Row) -> tuple[Proof, ...]:
    """The reviewer's reasons in their order, each sentence once; the rationale's last finding where none was read."""
    decision, issue = index.catalog.decision(row.decision), index.catalog.issue(row)
    spans: dict[Span, Proof] = {}
    for reason in sorted(issue.reasons, key=lambda r: r.start):
        spans.setdefault((reason.start, reason.end), reason_proof(decision, reason))
    if not spans and issue.rationale:
        for start, end in sentences(decision.text, *issue.rationale)[-2:]:
            spans[(start, end)] = Proof(start, end, Voice.REVIEWER, "rationale")
    return tuple(spans.values())


# ---- anything else --------------------------------------------------------------------------------------------------


def _by_search(index: Index, question: Question) -> Finding:
    """Nothing of the question is in the closed lists: the nearest reviewer's words, or out of scope."""
    from app.retriever import PassageRetriever

    vector = index.encoder.encode_query(question.text)
    nearest = index.dense.search(vector, 1)
    if not nearest or nearest[0][1] < _NEAR:
        return Finding(
            question,
            abstained="out-of-scope",
            because="Nothing in this question is about a disputed treatment, its outcome or the reviewer's reasons.",
        )
    members: dict[tuple[str, int], Member] = {}
    for found in PassageRetriever(index=index, k=_PASSAGES).invoke(question.text):
        place = found.metadata
        key = place["decision"], place["issue"]
        if place["issue"] is not None and place["voice"] == Voice.REVIEWER and key not in members:
            row = index.catalog.issues([Filter("decision", (place["decision"],))])[place["issue"]]
            proof = Proof(place["start"], place["end"], Voice.REVIEWER, place["section"])
            members[key] = Member(row, place["score"], (proof,), "search")
    if not members:
        return Finding(question, abstained="no-match", because="No reviewer's words come near this question.")
    return Finding(replace(question, intent="other"), tuple(members.values()))
