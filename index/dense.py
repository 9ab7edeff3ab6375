"""FAISS as a disposable cache of the catalog's vectors: segments that never change, filters inside the search."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from index.cache import facts_of, hashes_of, link
from index.catalog import Catalog

# Half precision: 100,000 passages are searched in 3.8 ms instead of 8.8 and take half the space (docs/decisions.md).
_STORED = faiss.ScalarQuantizer.QT_fp16
# A file that claims more than this is not ours; faiss would otherwise believe any length it reads.
_MOST_BYTES = 64 << 30

FORMAT = 1
# Up to here every vector is compared (2 ms at most); beyond, those of the nearest lists. Twice the square root of the
# passages is the number of lists; a sixteenth of them, and at least enough to hold 300 passages per hit wanted, finds
# 98 of the 100 that comparing all finds (docs/decisions.md).
EXACT_MOST = 50_000
_LISTS, _LOOKED_THROUGH, _PER_HIT = 2.0, 1 / 16, 300


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of vectors: the passages after the segment before it and up to a number, as of a generation."""

    name: str
    upto: int
    count: int
    generation: int


def write(folder: Path, catalog: Catalog, dimension: int, old: Path | None = None) -> dict[str, Any]:
    """Fill a folder from the catalog; segments of an older snapshot that are still worth it are taken over."""
    state = catalog.state()
    segments = [Segment(*s) for s in facts_of(old)["segments"]] if old else []  # type: ignore[index]
    while segments and _outgrown(segments, catalog):
        segments.pop()
    for segment in segments:
        link(old / segment.name, folder / segment.name)  # type: ignore[operator]
    ids, vectors = catalog.vectors(dimension, segments[-1].upto if segments else 0)
    if len(ids) or not segments:
        name = f"{state.generation}.faiss"
        (folder / name).write_bytes(faiss.serialize_index(built(ids, vectors)).tobytes())
        segments.append(Segment(name, int(ids[-1]) if len(ids) else 0, len(ids), state.generation))
    return {"dimension": dimension, "metric": "inner product", "segments": [list(astuple(s)) for s in segments]}


def _outgrown(segments: list[Segment], catalog: Catalog) -> bool:
    """Is the last segment small beside what comes after it, or a quarter of it gone: then it is written anew with it.

    So each segment is more than twice what follows: a vector is written again about as often as the index doubles.
    """
    last, before = segments[-1], segments[-2].upto if len(segments) > 1 else 0
    after = catalog.count_after(last.upto)
    return 0 < after >= last.count / 2 or len(_gone(last, before, catalog)) > last.count / 4


def _gone(segment: Segment, before: int, catalog: Catalog) -> list[int]:
    """Passages of the segment, which begins after a number, that the catalog has no more."""
    return [id_ for id_ in catalog.gone(segment.generation) if before < id_ <= segment.upto]


def built(ids: np.ndarray, vectors: np.ndarray) -> faiss.Index:
    """An inner-product index over unit vectors, addressed by passage id: exact while it is small."""
    dimension = vectors.shape[1]
    if len(ids) <= EXACT_MOST:
        flat = faiss.IndexScalarQuantizer(dimension, _STORED, faiss.METRIC_INNER_PRODUCT)
        index: faiss.Index = faiss.IndexIDMap2(flat)
        index.train(vectors)
    else:
        index = _lists(vectors)
    if len(ids):
        index.add_with_ids(np.ascontiguousarray(vectors), ids)
    return index


def _lists(vectors: np.ndarray) -> faiss.IndexIVF:
    """An empty index of lists around centres, the centres learned from a sample of the vectors."""
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    count = round(_LISTS * len(vectors) ** 0.5)
    centres = faiss.IndexFlatIP(vectors.shape[1])
    index = faiss.IndexIVFScalarQuantizer(centres, vectors.shape[1], count, _STORED, faiss.METRIC_INNER_PRODUCT, False)
    index.cp.niter = 8
    chosen = np.random.default_rng(0).choice(len(vectors), min(len(vectors), 40 * count), replace=False)
    index.train(np.ascontiguousarray(vectors[np.sort(chosen)]))
    return index


def opened(folder: Path, catalog: Catalog, held: Dense | None = None) -> Dense:
    """The snapshot in a folder, without what the catalog has lost since; files that are held are not read again."""
    faiss.set_deserialization_vector_byte_limit(_MOST_BYTES)
    hashes, parts, before = hashes_of(folder), {}, 0
    for segment in (Segment(*s) for s in facts_of(folder)["segments"]):  # type: ignore[index]
        key = hashes[segment.name]
        index = held.parts[key][0] if held and key in held.parts else _read(folder / segment.name)
        parts[key] = index, _gone(segment, before, catalog)
        before = segment.upto
    return Dense(parts)


def in_memory(catalog: Catalog, dimension: int) -> Dense:
    """The cache without a file."""
    return Dense({"": (built(*catalog.vectors(dimension)), [])})


def _read(path: Path) -> faiss.Index:
    return faiss.deserialize_index(np.frombuffer(path.read_bytes(), np.uint8))


class Dense:
    """A snapshot, only ever read: by its hash each segment with the numbers that it must no longer show."""

    def __init__(self, parts: dict[str, tuple[faiss.Index, list[int]]]):
        faiss.omp_set_num_threads(1)  # a question is memory-bound; more threads only wait for each other
        self.parts = parts

    def __len__(self) -> int:
        return sum(index.ntotal - len(gone) for index, gone in self.parts.values())

    def search(self, vector: np.ndarray, k: int, allowed: Iterable[int] | None = None) -> list[tuple[int, float]]:
        """The k nearest passages, best first; `allowed` restricts the search itself."""
        chosen = None if allowed is None else np.fromiter(allowed, np.int64)
        if chosen is not None and not len(chosen):
            return []
        question = vector[None].astype(np.float32)
        found: list[tuple[int, float]] = []
        for index, gone in self.parts.values():
            scores, ids = index.search(question, k, params=_parameters(index, k, chosen, gone))
            found += [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]


def _parameters(index: faiss.Index, k: int, chosen: np.ndarray | None, gone: list[int]) -> faiss.SearchParameters:
    """The search restricted to what is chosen and not gone; the fewer those are, the more lists are looked through."""
    parameters: faiss.SearchParameters
    if isinstance(index, faiss.IndexIVF):
        parameters = faiss.SearchParametersIVF()
        among = index.ntotal if chosen is None else len(chosen)
        share = max(_LOOKED_THROUGH * index.ntotal, _PER_HIT * k) / among
        parameters.nprobe = min(index.nlist, round(index.nlist * share))
    else:
        parameters = faiss.SearchParameters()
    if chosen is not None:
        parameters.sel = faiss.IDSelectorBatch(np.setdiff1d(chosen, gone) if gone else chosen)
    elif gone:
        parameters.sel = faiss.IDSelectorNot(faiss.IDSelectorBatch(np.array(gone, np.int64)))
    return parameters
