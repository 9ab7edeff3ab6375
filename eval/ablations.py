"""Ours with one part taken out, to see what the part is worth; nothing else is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache

import numpy as np

from app.answer import ask
from app.question import understand
from corpus.cues import has_polarity, mentions
from corpus.decision import Decision, Issue, Passage, Reason, Voice
from corpus.roles import spoken
from corpus.sentences import squeeze
from eval.said import Said, System, of_answer
from index.catalog import Row
from index.dense import Dense, built
from index.encoder import DEFAULT_MODEL, locate
from index.lexical import Lexical
from index.search import Index

_FACETS = ("treatment", "drug", "named", "region", "level", "side", "code", "specialty", "guideline", "chapter")
# In capitals and no longer than this, a word of a question is an abbreviation.
_ABBREVIATION = 6


class _Altered:
    """A catalog whose decisions or passages are seen through a change; everything else is the catalog's."""

    def __init__(
        self,
        index: Index,
        decision: Callable[[Decision], Decision] = lambda d: d,
        passage: Callable[[Passage], Passage] = lambda p: p,
    ):
        self._catalog, self._passage = index.catalog, passage
        self.decision = cache(lambda id_: decision(index.catalog.decision(id_)))

    def __getattr__(self, name: str):
        return getattr(self._catalog, name)

    def issue(self, row: Row) -> Issue:
        return self.decision(row.decision).issues[row.number]

    def passages(self, ids: Iterable[int] | None = None) -> Iterator[tuple[int, int | None, Passage]]:
        for id_, key, passage in self._catalog.passages(ids):
            yield id_, key, self._passage(passage)


class _Changed(Index):
    """An opened index with some of its parts replaced; everything else is the opened one's."""

    def __init__(self, index: Index, *, catalog=None, encoder=None, nearest: Dense | None = None, literal=False):
        self.folder, self.catalog = index.folder, catalog or index.catalog
        self.encoder = encoder or index.encoder
        self._index, self._nearest, self._literal = index, nearest, literal

    @property
    def dense(self) -> Dense:
        return self._nearest or self._index.dense

    @property
    def lexical(self) -> Lexical:
        return self._index.lexical

    def spelled_out(self, text: str) -> str:
        return text if self._literal else super().spelled_out(text)


def _asking(index: Index, switched_off: Callable[[str], frozenset[tuple[str, str]]] = lambda text: frozenset()):
    def answer(question: str) -> Said:
        return of_answer(ask(index, question, switched_off(question)).to_json())

    return answer


def _without_ledger(index: Index) -> System:
    def bare(letter: Decision) -> Decision:
        return replace(letter, issues=tuple(replace(issue, reasons=()) for issue in letter.issues))

    return _asking(_Changed(index, catalog=_Altered(index, decision=bare)))


def _without_voices(index: Index) -> System:
    """Whoever names a criterion gives it as a reason, and every passage is taken for the reviewer's."""
    return _asking(
        _Changed(index, catalog=_Altered(index, _one_voice, lambda passage: replace(passage, voice=Voice.REVIEWER)))
    )


def _one_voice(letter: Decision) -> Decision:
    issues = []
    for issue in letter.issues:
        told = dict.fromkeys((r.criterion, r.status) for r in issue.reasons)
        said = [r for r in _said_by_anyone(letter, issue) if (r.criterion, r.status) not in told]
        issues.append(replace(issue, reasons=(*issue.reasons, *said)))
    return replace(letter, issues=tuple(issues))


def _said_by_anyone(letter: Decision, issue: Issue) -> Iterator[Reason]:
    for section in letter.sections:
        if section.issue not in (None, issue.number):
            continue
        for (start, end), _ in spoken(letter.text, section):
            for m in mentions(squeeze(letter.text[start:end])):
                status = ("absent" if m.negated else "present") if has_polarity(m.criterion) else "n/a"
                yield Reason(m.criterion, status, Voice.REVIEWER, start, end)


def _without_abbreviations(index: Index) -> System:
    plain = _Changed(index, literal=True)
    return _asking(
        plain, lambda text: _undone(plain, text, lambda p: p.words.isupper() and len(p.words) <= _ABBREVIATION)
    )


def _without_facets(index: Index) -> System:
    return _asking(index, lambda text: _undone(index, text, lambda piece: piece.field in _FACETS))


def _undone(index: Index, text: str, unwanted) -> frozenset[tuple[str, str]]:
    read = understand(text, index.encoder.encode_query)
    return frozenset((piece.field, piece.value) for piece in read.pieces if unwanted(piece))


def _without_boilerplate_handling(index: Index) -> System:
    """Form text and pasted rules weigh as much as the reviewer's own words."""

    def plain(passage: Passage) -> Passage:
        return (
            replace(passage, voice=Voice.REVIEWER) if passage.voice in (Voice.BOILERPLATE, Voice.GUIDELINE) else passage
        )

    return _asking(_Changed(index, catalog=_Altered(index, passage=plain)))


def _in_full_precision(index: Index) -> System:
    """The model as sentence-transformers runs it, in 32 bits, for the passages and for the question."""
    encoder = _FullPrecision(index.encoder.fingerprint)
    found = list(index.catalog.passages())
    vectors = encoder.encode([passage.text for _, _, passage in found])
    ids = np.array([id_ for id_, _, _ in found], np.int64)
    return _asking(_Changed(index, encoder=encoder, nearest=Dense({"": (built(ids, vectors), [])})))


class _FullPrecision:
    """An encoder of the default model by sentence-transformers itself."""

    def __init__(self, fingerprint: str):
        from sentence_transformers import SentenceTransformer

        self.fingerprint = fingerprint
        self._model = SentenceTransformer(locate(DEFAULT_MODEL), device="cpu")
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.encode_query = cache(lambda text: self.encode([text])[0])

    def encode(self, texts: list[str]) -> np.ndarray:
        return self._model.encode(texts, normalize_embeddings=True)


ABLATIONS: dict[str, tuple[str, Callable[[Index], System]]] = {
    "no-ledger": ("without the ledger of reasons", _without_ledger),
    "no-voices": ("every voice taken for the reviewer's", _without_voices),
    "no-abbreviations": ("no abbreviation understood", _without_abbreviations),
    "no-facets": ("without facets", _without_facets),
    "fp32": ("with the encoder in 32 bits", _in_full_precision),
    "no-boilerplate": ("form text and pasted rules weighed like findings", _without_boilerplate_handling),
}
