"""FAISS as a disposable cache of the catalog's vectors: exact search, filters inside it, never changed once opened."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import faiss
import numpy as np

_FILE = "dense.faiss"
# A file that claims more than this is not ours; faiss would otherwise believe any length it reads.
_MOST_BYTES = 64 << 30


def write(folder: Path, ids: np.ndarray, vectors: np.ndarray) -> None:
    """An exact inner-product index over unit vectors, addressed by passage id."""
    index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
    if len(ids):
        index.add_with_ids(np.ascontiguousarray(vectors), ids)
    (folder / _FILE).write_bytes(faiss.serialize_index(index).tobytes())


class Dense:
    """A published snapshot, only ever read."""

    def __init__(self, folder: Path):
        faiss.set_deserialization_vector_byte_limit(_MOST_BYTES)
        faiss.omp_set_num_threads(1)  # a question is memory-bound; more threads only wait for each other
        self._index = faiss.deserialize_index(np.frombuffer((folder / _FILE).read_bytes(), np.uint8))

    def __len__(self) -> int:
        return self._index.ntotal

    def search(self, vector: np.ndarray, k: int, allowed: Iterable[int] | None = None) -> list[tuple[int, float]]:
        """The k nearest passages, best first; `allowed` restricts the search itself."""
        parameters = None
        if allowed is not None:
            chosen = np.fromiter(allowed, np.int64)
            if not len(chosen):
                return []
            members = faiss.IDSelectorBatch(chosen)
            parameters = faiss.SearchParameters()
            parameters.sel = members
        scores, ids = self._index.search(vector[None].astype(np.float32), k, params=parameters)
        return [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]
