"""Is the index whole: the catalog's integrity, its tables and vectors, counts equal in all three stores, the caches."""

from __future__ import annotations

from collections import Counter

import numpy as np

from corpus.decision import Decision
from corpus.passages import passages
from index.caches import KINDS, is_whole
from index.catalog import tags_of, text_hash
from index.errors import IndexUnusable
from index.search import Index


def faults(index: Index) -> list[str]:
    """What is wrong, one sentence each; none if the index is sound."""
    return index.catalog.integrity() or [*_spans(index), *_tables(index), *_vectors(index), *_caches(index)]


def _spans(index: Index) -> list[str]:
    """Passages whose text is not what their span of the decision says."""
    wrong = 0
    for _, _, passage in index.catalog.passages():
        quote = index.catalog.decision(passage.decision).quote(passage.start, passage.end)
        wrong += " ".join(quote.split()) != passage.text
    return [f"{wrong} passages do not match the text of their decision"] if wrong else []


def _tables(index: Index) -> list[str]:
    """Decisions of which a table says something else than their record, which alone is covered by a hash."""
    found = []
    for id_ in index.catalog.decision_ids():
        decision = index.catalog.decision(id_)
        held, expected = index.catalog.held(id_), _expected(decision)
        wrong = [name for name in expected if held[name] != expected[name]]
        if wrong:
            found.append(
                f"decision {id_} ({decision.source}): rows in {', '.join(wrong)} are not what its record gives, by "
                "damage or another version of this program; ingest the documents into a new folder"
            )
    return found


def _expected(decision: Decision) -> dict[str, Counter[tuple]]:
    """What the tables must say of a decision; the counterpart of `Catalog.held`."""
    d, issues = decision, decision.issues
    return {
        "decisions": Counter([(d.source, d.sha256, d.jurisdiction, d.kind, d.case_number, d.dates.get("decision"))]),
        "issues": Counter((i.number, i.service, i.outcome) for i in issues),
        "tags": Counter({(i.number, *tag) for i in issues for tag in tags_of(d, i)}),
        "reasons": Counter(
            (i.number, place, r.criterion, r.status, r.voice, r.start, r.end, r.reader)
            for i in issues
            for place, r in enumerate(i.reasons)
        ),
        "passages": Counter((p.issue, p.section, p.voice, p.start, p.end, text_hash(p.text)) for p in passages(d)),
    }


def _vectors(index: Index) -> list[str]:
    """Vectors that are missing, of another length or no unit vectors."""
    dimension, count = index.encoder.dimension, index.catalog.counts()["passages"]
    try:
        ids, vectors = index.catalog.vectors(dimension)
    except IndexUnusable as error:
        return [str(error)]
    found = []
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        found.append(f"{int((~finite).sum())} vectors are not finite")
    with np.errstate(over="ignore", invalid="ignore"):
        odd = finite & (abs(np.linalg.norm(vectors, axis=1) - 1) > 1e-3)
    if odd.any():
        found.append(f"{int(odd.sum())} vectors are not of length 1")
    if len(ids) != count:
        found.append(f"{count} passages but {len(ids)} with a vector")
    return found


def _caches(index: Index) -> list[str]:
    """Caches that are not as they were written, or hold another number of passages than the catalog."""
    found, count = [], index.catalog.counts()["passages"]
    for name in KINDS:
        if not is_whole(index.catalog, name):
            found.append(f"the {name} cache does not match the catalog; the next search rebuilds it")
        elif (held := len(getattr(index, name))) != count:
            folder = index.folder / name
            found.append(f"the {name} cache holds {held} passages, the catalog {count}; delete {folder} to rebuild it")
    return found
