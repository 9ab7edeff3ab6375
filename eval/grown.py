"""An index of any size for benchmarks: passages and vectors mixed from those of synthetic letters."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np

from corpus.decision import Decision, Passage, Voice
from corpus.parse import decision_from
from corpus.passages import passages
from corpus.synthetic import letters
from index.build import publish_all
from index.catalog import Catalog, text_hash
from index.encoder import open_encoder

_LETTER = 20  # passages a letter
_TOGETHER = 500  # letters a transaction


def grow(folder: Path, count: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Make an index of so many passages in a folder; their texts and vectors, the first of which has the number 1."""
    encoder = open_encoder()
    texts, vectors = mixed(count, seed)
    with closing(Catalog(folder, create=True)) as catalog, catalog.writing():
        catalog.set_fingerprint(encoder.fingerprint)
        for first in range(0, count, _LETTER * _TOGETHER):
            with catalog.together():
                for start in range(first, min(count, first + _LETTER * _TOGETHER), _LETTER):
                    _put(catalog, start, texts[start : start + _LETTER], vectors[start : start + _LETTER])
        publish_all(catalog, encoder)
    return texts, vectors


def mixed(count: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """The first half of one passage and the second of another, its vector between theirs and a little beside."""
    base, known = _base()
    chance = np.random.default_rng(seed)
    one, other = chance.integers(len(base), size=(2, count))
    halves = [(text[: len(text) // 2], text[len(text) // 2 :]) for text in base]
    texts = [f"{halves[a][0]} {halves[b][1]} ({n})" for n, (a, b) in enumerate(zip(one, other, strict=True))]
    vectors = np.empty((count, known.shape[1]), np.float32)
    for start in range(0, count, 50_000):
        here = slice(start, start + 50_000)
        noise = chance.standard_normal((len(one[here]), known.shape[1]), np.float32) * (0.5 / known.shape[1] ** 0.5)
        vectors[here] = known[one[here]] + known[other[here]] + noise
    return texts, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@cache
def _base() -> tuple[list[str], np.ndarray]:
    with tempfile.TemporaryDirectory() as place:
        found: dict[str, None] = {}
        for letter in letters(60):
            path = Path(place) / letter.name
            path.write_text(letter.text)
            found |= dict.fromkeys(p.text for p in passages(decision_from(path)))
    return list(found), open_encoder().encode(list(found))


def _put(catalog: Catalog, start: int, texts: list[str], vectors: np.ndarray) -> None:
    """A letter of nothing but these passages."""
    name, spans, at = f"G{start:08d}", [], 0
    for text in texts:
        spans.append((at, at + len(text)))
        at += len(text) + 1
    id_ = hashlib.sha256(name.encode()).hexdigest()
    decision = Decision(id_[:16], f"{name}.txt", id_, "\n".join(texts), ((0, at),), None, "imr")
    parts = [
        Passage(decision.id, None, "rationale", Voice.REVIEWER, *span, text)
        for span, text in zip(spans, texts, strict=True)
    ]
    catalog.put(decision, f"/generated/{name}.txt", parts, dict(zip(map(text_hash, texts), vectors, strict=True)))
