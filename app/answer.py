"""The chain: a question understood, found, composed, checked; no model named, every sentence is built on quotes."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.cited import PLAIN, Answer, Citation, Result, Sentence
from app.find import Finding, Member, Proof, find
from app.labels import value_label
from app.question import Piece, Question, understand
from app.references import reference
from corpus.cues import label as criterion_label
from corpus.sentences import squeeze
from index.errors import PrecedentError, UsageError
from index.search import Index, check_fingerprint

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.runnables import Runnable

    from app.model import Model

Pairs = AbstractSet[tuple[str, str]]  # (field, value) of readings

_READ_AS_A_CASE = "This was read as a case to find precedents for: the issues nearest to it, best first."
MOST_CHARACTERS = 100_000  # of a case pasted as a question, some forty pages; reading them takes a second
LONGEST_CASE = 200_000  # of a file or text given as a case


def chain(
    index: Index,
    switched_off: Pairs = frozenset(),
    added: tuple[Piece, ...] = (),
    model: Model | None = None,
) -> Runnable[str, Answer]:
    """Question text -> Answer, as a LangChain Runnable with its batch and stream.

    With a model its stream is the answer again and again: the program's own at once, then with each sentence of the
    model that stood. Whole it is the last of them.
    """

    from langchain_core.runnables import RunnableLambda

    def read(text: str) -> Question:
        return _read(index, text, switched_off, added)

    return RunnableLambda(read) | _answering(index, model)


def _read(index: Index, text: str, switched_off: Pairs, added: tuple[Piece, ...]) -> Question:
    def encode(words: str) -> np.ndarray:
        return index.encoder.encode_query(words)  # the encoder is opened beside the reading and only awaited here

    question = understand(cleaned(text), encode).without(switched_off).also(added)
    check_fingerprint(index.catalog, index.encoder)  # before any answer, one that needs no encoder included
    return question


def _look(index: Index, question: Question) -> Finding:
    if question.intent != "precedent":
        return find(index, question)
    from app.likeness import nearest

    return nearest(index, question)


def _write(index: Index, finding: Finding) -> Answer:
    answer = check(index, compose(index, finding))
    return replace(answer, notices=(_READ_AS_A_CASE,)) if answer.intent == "precedent" else answer


def _answering(index: Index, model: Model | None) -> Runnable[Question, Answer]:
    """A question understood -> its answer."""

    import asyncio

    from langchain_core.runnables import RunnableGenerator, RunnableLambda

    def look(question: Question) -> Finding:
        return _look(index, question)

    def write(finding: Finding) -> Answer:
        return _write(index, finding)

    def retell(answers: Iterator[Answer]) -> Iterator[Answer]:
        for answer in answers:
            yield from _with_model(index, model, answer) if model else (answer,)

    async def retell_async(answers: AsyncIterator[Answer]) -> AsyncIterator[Answer]:
        async for answer in answers:
            told = retell(iter((answer,)))
            while (one := await asyncio.to_thread(next, told, None)) is not None:
                yield one

    steps = RunnableLambda(look) | RunnableLambda(write)
    return steps | RunnableGenerator(retell, retell_async) if model else steps


def ask(
    index: Index,
    text: str,
    switched_off: Pairs = frozenset(),
    added: tuple[Piece, ...] = (),
    model: Model | None = None,
) -> Answer:
    """The whole answer; without a model LangChain is not even imported, which takes longer than answering."""
    if model:
        return chain(index, switched_off, added, model).invoke(text)
    return _write(index, _look(index, _read(index, text, switched_off, added)))


def answers(
    index: Index,
    text: str,
    switched_off: Pairs = frozenset(),
    added: tuple[Piece, ...] = (),
    model: Model | None = None,
) -> Iterator[Answer]:
    """The answer as it grows, for a page: what was understood, then answers that each replace the one before.

    The first has no word of an answer yet; the last is `ask`'s.
    """
    question = _read(index, text, switched_off, added)
    yield Answer(question.text, question.intent, _interpretation(question), index=fingerprint(index))
    yield from _answering(index, model).stream(question)


def _with_model(index: Index, model: Model, answer: Answer) -> Iterator[Answer]:
    from app.prose import rewritten
    from app.readings import proposed

    yield answer
    if answer.intent == "other" or answer.abstained in ("no-match", "out-of-scope"):
        answer = proposed(model, answer)
        yield answer
    if answer.results:
        yield from rewritten(index, model, answer)


def cleaned(text: str, most: int = MOST_CHARACTERS) -> str:
    """The question without control characters; blank or endless ones are refused in a sentence."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = "".join(c if c.isprintable() or c.isspace() else " " for c in text[: most + 1])
    if not text.strip():
        raise UsageError(
            "the question is empty; ask for example: which ESI denials cited missing radiculopathy findings"
        )
    if len(text) > most:
        raise UsageError(f"the text is longer than {most:,} characters; paste the part that describes the case")
    return text


def compose(index: Index, finding: Finding, writer: Writer | None = None) -> Answer:
    """The finding in sentences, each with its citations."""
    writer = writer or Writer(index)
    results = tuple(writer.result(member) for member in finding.members)
    question = finding.question
    count = len(results) if question.intent == "count" and not finding.abstained else None
    answer = Answer(
        question=question.text,
        intent=question.intent,
        interpretation=_interpretation(question),
        answer=() if finding.abstained else tuple(_sentences(index, finding, results)),
        count=count,
        of=finding.of if count is not None else None,
        results=results,
        excluded=tuple(_excluded(index, finding)),
        citations=tuple(writer.citations),
        abstained=finding.abstained,
        because=finding.because,
        relaxations=tuple(
            {"field": field, "values": list(question.values(field)), "count": count}
            for field, count in finding.relaxations
            if count
        ),
        index=fingerprint(index),
    )
    return answer


def _interpretation(question: Question) -> tuple[dict[str, str], ...]:
    return tuple({"field": p.field, "value": p.value, "from": p.words} for p in question.pieces)


def fingerprint(index: Index) -> dict[str, Any]:
    counts = index.catalog.counts()
    return {"fingerprint": index.catalog.fingerprint, "decisions": counts["decisions"], "issues": counts["issues"]}


class Writer:
    """Numbers citations as they are made, each span once."""

    def __init__(self, index: Index):
        self._index = index
        self.citations: list[Citation] = []
        self._numbers: dict[tuple[str, int | None, int, int], int] = {}

    def result(self, member: Member) -> Result:
        row = member.row
        decision, issue = self._index.catalog.decision(row.decision), self._index.catalog.issue(row)
        cited = tuple(self.cite(row.decision, row.number, proof) for proof in member.proofs)
        return Result(
            decision.id,
            decision.case_number,
            decision.source,
            issue.number,
            issue.service,
            issue.outcome,
            round(member.score, 4),
            cited,
            member.found_by,
        )

    def cite(self, decision_id: str, issue: int, proof: Proof) -> int:
        key = (decision_id, issue, proof.start, proof.end)
        if key not in self._numbers:
            decision = self._index.catalog.decision(decision_id)
            n = self._numbers[key] = len(self.citations) + 1
            self.citations.append(
                Citation(
                    n,
                    decision_id,
                    decision.case_number,
                    decision.source,
                    issue,
                    proof.section,
                    proof.voice,
                    decision.page_of(proof.start),
                    proof.start,
                    proof.end,
                    decision.quote(proof.start, proof.end),
                    reference(decision, issue, proof.section, proof.start),
                )
            )
        return self._numbers[key]


def _sentences(index: Index, finding: Finding, results: tuple[Result, ...]) -> list[Sentence]:
    everything = tuple(n for r in results for n in r.citations[:1])
    intent, question = finding.question.intent, finding.question
    if intent == "count":
        share = f" of {finding.of}" if finding.of is not None else ""
        lead = f"{len(results)}{share} disputed services: {_described(question)}."
        return [Sentence(lead, everything), *map(_line, results)]
    if intent == "why":
        return [_because(index, r) for r in results]
    if intent == "precedent":
        others = [r for r in results if r.found_by != "twin"]
        told = ", ".join(f"{n} {PLAIN[o]}" for o, n in Counter(r.outcome for r in others).items())
        return [
            Sentence(f"The {len(others)} nearest issues: {told}.", tuple(n for r in others for n in r.citations[:1])),
            *map(_line, results[:10]),
        ]
    if intent == "other":
        lead = "None of these words is in the closed lists; the nearest that reviewers say, found by search:"
        return [Sentence(lead, everything), *map(_line, results)]
    noun = "issue" if len(results) == 1 else "issues"
    return [Sentence(f"{len(results)} {noun}: {_described(question)}.", everything), *map(_line, results)]


def _line(result: Result) -> Sentence:
    where = result.case_number or result.source
    same = " This appears to be the pasted case itself." if result.found_by == "twin" else ""
    told = f"{where}, issue {result.issue + 1}: {result.service} — {PLAIN[result.outcome]}.{same}"
    return Sentence(told, result.citations)


def _because(index: Index, result: Result) -> Sentence:
    """'X was upheld (denial stands) because: “…”; “…”' with the reviewer's own words."""
    decision = index.catalog.decision(result.decision)
    issue = decision.issues[result.issue]
    said: dict[tuple[int, int], list[str]] = {}
    for reason in sorted(issue.reasons, key=lambda r: r.start):
        said.setdefault((reason.start, reason.end), []).append(f"{criterion_label(reason.criterion)} — {reason.status}")
    told = "; ".join(f"“{squeeze(decision.quote(*span))}” ({', '.join(names)})" for span, names in said.items())
    reason_words = (
        f" The reviewer: {told}"
        if told
        else " The reviewer gives no reason this program could read; see the quoted rationale."
    )
    where = result.case_number or result.source
    return Sentence(
        f"{where}, issue {result.issue + 1}: {result.service} was {PLAIN[result.outcome]}.{reason_words}",
        result.citations,
    )


def _described(question: Question) -> str:
    pieces = dict.fromkeys((p.field, p.value) for p in question.pieces)
    return "; ".join(value_label(*piece) for piece in pieces) or "matching the question"


def _excluded(index: Index, finding: Finding) -> list[dict[str, Any]]:
    told = []
    for row, why in finding.excluded:
        decision, issue = index.catalog.decision(row.decision), index.catalog.issue(row)
        told.append(
            {
                "decision": decision.id,
                "case_number": decision.case_number,
                "source": decision.source,
                "issue": row.number,
                "service": issue.service,
                "why": why,
            }
        )
    return told


def check(index: Index, answer: Answer) -> Answer:
    """Every quote is the stored text there, every sentence cites, every reason is in its own voice; else it goes."""
    for citation in answer.citations:
        stored = index.catalog.decision(citation.decision).quote(citation.start, citation.end)
        if stored != citation.quote:
            raise PrecedentError(f"citation {citation.n} does not match {citation.source}; run: precedent verify")
    numbers = {c.n for c in answer.citations}
    kept = tuple(s for s in answer.answer if s.citations and set(s.citations) <= numbers)
    return replace(answer, answer=kept)
