"""What a user would otherwise have: BM25, dense and hybrid search over the same passages, first ten issues taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from eval.questions import Member
from eval.said import Cited, Claim, Said, name_of
from index.catalog import Filter
from index.search import Index, fuse

# The stock recipe hands its top passages to the reader; this many issues is the better half of 10 to 20.
_PLACES = 10
_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a letter that a search found; `issue` where it belongs to one disputed service."""

    decision: str
    issue: int | None
    start: int
    end: int
    score: float


def bm25(index: Index, question: str) -> Said:
    return _answer(index, index.lexical.search(question, _DEPTH))


def dense(index: Index, question: str) -> Said:
    return _answer(index, index.dense.search(index.encoder.encode_query(question), _DEPTH))


def hybrid(index: Index, question: str) -> Said:
    legs = [
        (1.0, index.dense.search(index.encoder.encode_query(question), _DEPTH)),
        (1.0, index.lexical.search(question, _DEPTH)),
    ]
    return _answer(index, sorted(fuse(legs).items(), key=lambda pair: -pair[1]))


BASELINES: dict[str, Callable[[Index, str], Said]] = {"bm25": bm25, "dense": dense, "hybrid": hybrid}


def _answer(index: Index, ranked: list[tuple[int, float]]) -> Said:
    found = {id_: passage for id_, _, passage in index.catalog.passages(id_ for id_, _ in ranked)}
    kept = [(found[id_], score) for id_, score in ranked]
    return answer_from(index, [Piece(p.decision, p.issue, p.start, p.end, score) for p, score in kept])


def answer_from(index: Index, pieces: Iterable[Piece]) -> Said:
    """The answer of a system that only ranks: the issues of its pieces in order, each claimed on what was found of it.

    A piece of the whole letter stands for its first issue. Such a system never refuses, and counts what it returns.
    """
    cited: dict[Member, list[Cited]] = {}
    best = 0.0
    for piece in pieces:
        letter = index.catalog.decision(piece.decision)
        issue = piece.issue if piece.issue is not None else _first(index, piece.decision)
        member = name_of(letter.case_number, letter.source, issue)
        quote = letter.quote(piece.start, piece.end)
        cited.setdefault(member, []).append(Cited(member, piece.decision, piece.start, piece.end, quote))
        best = max(best, piece.score)
    members = tuple(cited)[:_PLACES]
    claims = tuple(Claim(f"{case}, issue {number + 1}", tuple(cited[case, number])) for case, number in members)
    return Said(members, None, len(members), None, claims, tuple(cited), best)


def _first(index: Index, decision: str) -> int:
    return index.catalog.issues([Filter("decision", (decision,))])[0].number
