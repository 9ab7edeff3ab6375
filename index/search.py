"""Query -> Hits: exact references first, filters from the catalog, then dense and lexical search fused."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.decision import Passage, Voice
from corpus.terms import label, services, treatment_of
from index.caches import Cache
from index.catalog import Catalog, Filter, Row
from index.encoder import DEFAULT_MODEL, Encoder, open_encoder
from index.errors import IndexUnusable

if TYPE_CHECKING:
    from index.dense import Dense
    from index.lexical import Lexical

# Reciprocal rank fusion: what a place is worth beside its rank, and how much each leg counts; of 12 such settings and 9
# weights of fused scores this one ranked issues best over both sets of letters, questions left out (docs/decisions.md).
_FUSION = 10
_DENSE, _LEXICAL, _PHRASE = 0.7, 0.3, 0.5
# Each leg is asked for this many times the hits wanted, so that fusion has something to fuse.
_DEEPER = 4
# The reviewer's own words are what a reader looks for; pasted rules and form text must not outrank them.
_VOICE_WEIGHT = {
    Voice.REVIEWER: 1.0,
    Voice.HISTORY: 0.8,
    Voice.UTILIZATION_REVIEW: 0.7,
    Voice.PROVIDER: 0.7,
    Voice.UNKNOWN: 0.7,
    Voice.GUIDELINE: 0.5,
    Voice.BOILERPLATE: 0.3,
}
_CASE = re.compile(r"\bCM\d\d-\d{7}\b|\bIRO[-\s]?\d{4,}\b", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“]([^\"“”]{3,200})[\"”]")


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, with the issue it belongs to and how well it fits."""

    passage: Passage
    issue: Row | None
    score: float


class Index:
    """An opened index: the catalog and, when first needed, its two caches and the encoder."""

    def __init__(self, folder: Path, model: str = DEFAULT_MODEL, say: Callable[[str], None] | None = None):
        self.folder, self._model = folder, model
        say = say or (lambda line: print(line, file=sys.stderr))
        self.catalog = Catalog(folder, say=say)
        self._cached = cache(lambda name: Cache(self.catalog, name, say))
        self._beside = ThreadPoolExecutor(thread_name_prefix="search")

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder that made the vectors; any other is refused before a search."""
        return check_fingerprint(self.catalog, open_encoder(self._model))

    @property
    def dense(self) -> Dense:
        return self._cache("dense")

    @property
    def lexical(self) -> Lexical:
        return self._cache("lexical")

    def _cache(self, name: str):
        """A cache for the catalog as it is now."""
        state = self.catalog.state()
        if state.fingerprint != self.encoder.fingerprint:
            check_fingerprint(self.catalog, self.encoder)
        return self._cached(name).get(state, self.encoder.dimension)

    def search(self, text: str, k: int = 10, filters: Sequence[Filter] = ()) -> list[Hit]:
        """The best passages for a text, within the filters; quoted phrases and case numbers are taken literally."""
        allowed = self.catalog.passage_ids(self.catalog.issues(filters)) if filters else None
        if allowed == []:
            return []
        named = self._named(text)
        if named:
            allowed = sorted({*named} & {*allowed}) if allowed is not None else named
        wanted = k * _DEEPER
        words = self.spelled_out(text)
        by_words = self._beside.submit(self.lexical.search, words, wanted, allowed)  # while the question is encoded
        legs = [
            (_DENSE, self.dense.search(self.encoder.encode_query(words), wanted, allowed)),
            (_LEXICAL, by_words.result()),
        ]
        legs += [(_PHRASE, self.lexical.phrase(phrase, wanted, allowed)) for phrase in _QUOTED.findall(text)]
        return self._hits(fuse(legs), k)

    def spelled_out(self, text: str) -> str:
        """The text as both legs get it; the evaluation looks what comes of leaving it alone."""
        return expand(text)

    def _named(self, text: str) -> list[int]:
        """Passages of the letters that the text names by case number, whole letters."""
        ids = [d for name in _CASE.findall(text) for d in self.catalog.find_decisions(name)]
        return self.catalog.passages_of(dict.fromkeys(ids))

    def _hits(self, fused: dict[int, float], k: int) -> list[Hit]:
        if not fused:
            return []
        scored = [
            (fused[id_] * _VOICE_WEIGHT[passage.voice], key, passage)
            for id_, key, passage in self.catalog.passages(fused)
        ]
        best = sorted(scored, key=lambda s: (-s[0], s[2].decision, s[2].start))[:k]
        return [Hit(passage, _row(key, passage), score) for score, key, passage in best]

    def close(self) -> None:
        self._beside.shutdown()
        self.catalog.close()


def _row(key: int | None, passage: Passage) -> Row | None:
    """The issue a passage belongs to, if it is one issue's."""
    return Row(key, passage.decision, passage.issue) if key and passage.issue is not None else None


def check_fingerprint(catalog: Catalog, encoder: Encoder) -> Encoder:
    """The encoder, if it is the one that made the catalog's vectors."""
    if catalog.fingerprint not in (None, encoder.fingerprint):
        raise IndexUnusable(
            f"{catalog.folder} was made with the model {catalog.fingerprint}, this is {encoder.fingerprint}; "
            "name the first one (PRECEDENT_ENCODER), or make its vectors anew with this one: "
            f"precedent ingest --reencode --index {catalog.folder}"
        )
    return encoder


def fuse(legs: Sequence[tuple[float, Sequence[tuple[int, float]]]]) -> dict[int, float]:
    """Reciprocal rank fusion of weighted legs: passage id -> score."""
    scores: dict[int, float] = {}
    for weight, leg in legs:
        for rank, (id_, _) in enumerate(leg, 1):
            scores[id_] = scores.get(id_, 0.0) + weight / (_FUSION + rank)
    return scores


def expand(text: str) -> str:
    """The text with what its abbreviations and drug names stand for, so that both legs meet the letters' wording."""
    meanings = []
    for term in services().find(text, any_case=True):
        if term.kind == "rider":
            continue
        meaning = label("treatment", treatment_of(term))
        if meaning.lower() not in text.lower():
            meanings.append(meaning)
    return " ".join([text, *dict.fromkeys(meanings)])
