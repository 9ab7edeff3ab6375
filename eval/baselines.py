"""What a user would otherwise have: BM25, dense and hybrid search over the same passages, first k issues taken."""

from __future__ import annotations

from collections.abc import Callable

from index.catalog import Filter, Row
from index.search import Index, fuse

# The stock recipe hands its top passages to the reader; this many issues is the better half of 10 to 20.
_PLACES = 10
_DEPTH = 60


def bm25(index: Index, question: str) -> list[Row]:
    return _issues(index, index.lexical.search(question, _DEPTH))


def dense(index: Index, question: str) -> list[Row]:
    return _issues(index, index.dense.search(index.encoder.encode_query(question), _DEPTH))


def hybrid(index: Index, question: str) -> list[Row]:
    legs = [index.dense.search(index.encoder.encode_query(question), _DEPTH), index.lexical.search(question, _DEPTH)]
    return _issues(index, sorted(fuse(legs).items(), key=lambda pair: -pair[1]))


SYSTEMS: dict[str, Callable[[Index, str], list[Row]]] = {"bm25": bm25, "dense": dense, "hybrid": hybrid}


def _issues(index: Index, ranked: list[tuple[int, float]]) -> list[Row]:
    """The issues of ranked passages in order, each once; a passage of the whole letter stands for its first issue."""
    keys = {id_: (key, passage.decision) for id_, key, passage in index.catalog.passages(id_ for id_, _ in ranked)}
    rows: dict[int, Row] = {}
    for id_, _ in ranked:
        key, decision = keys[id_]
        row = index.catalog.row(key) if key else _first_issue(index, decision)
        rows.setdefault(row.key, row)
    return list(rows.values())[:_PLACES]


def _first_issue(index: Index, decision: str) -> Row:
    return index.catalog.issues([Filter("decision", (decision,))])[0]
