"""Is the index whole: the catalog's integrity, counts equal in all three stores, vectors sound, caches as written."""

from __future__ import annotations

import numpy as np

from index import cache
from index.search import Index


def faults(index: Index) -> list[str]:
    """What is wrong, one sentence each; none if the index is sound."""
    catalog = index.catalog
    found = catalog.integrity()
    if found:
        return found
    found += _spans(index)
    ids, vectors = catalog.vectors(index.encoder.dimension)
    norms = np.linalg.norm(vectors, axis=1)
    if not np.isfinite(vectors).all():
        found.append(f"{int((~np.isfinite(vectors)).any(axis=1).sum())} vectors are not finite")
    if (abs(norms - 1) > 1e-3).any():
        found.append(f"{int((abs(norms - 1) > 1e-3).sum())} vectors are not of length 1")
    if len(ids) != catalog.counts()["passages"]:
        found.append(f"{catalog.counts()['passages']} passages but {len(ids)} with a vector")
    facts = {"generation": catalog.generation, "fingerprint": catalog.fingerprint}
    found += [
        f"the {name} cache does not match the catalog; the next search rebuilds it"
        for name in ("dense", "lexical")
        if not cache.fresh(index.folder / name, facts)
    ]
    return found


def _spans(index: Index) -> list[str]:
    """Passages whose text is not what their span of the decision says."""
    wrong = 0
    for _, _, passage in index.catalog.passages():
        quote = index.catalog.decision(passage.decision).quote(passage.start, passage.end)
        wrong += " ".join(quote.split()) != passage.text
    return [f"{wrong} passages do not match the text of their decision"] if wrong else []
