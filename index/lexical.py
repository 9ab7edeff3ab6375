"""tantivy (BM25) as a disposable cache of the catalog's passages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import tantivy

from corpus.decision import Passage
from index.plain import encodable

_WORD = re.compile(r"\w+(?:[-./]\w+)*")
_MOST_WORDS = 32  # a question has fewer; a pasted page would only repeat itself


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
    builder.add_text_field("text", tokenizer_name="clinical", index_option="position")
    return builder.build()


def _analyzer() -> tantivy.TextAnalyzer:
    """Words as written (L4-5, 62311, patient's), lower case, English endings off."""
    words = tantivy.Tokenizer.regex(r"[\p{L}\p{N}]+")
    chain = tantivy.TextAnalyzerBuilder(words).filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.ascii_fold())
    return chain.filter(tantivy.Filter.stemmer("english")).build()


def normal(text: str) -> str:
    """Ligatures, full-width forms and odd dashes as plain characters, for index and question alike."""
    return unicodedata.normalize("NFKC", encodable(text))


def write(folder: Path, passages: Iterable[tuple[int, Passage]]) -> None:
    index = tantivy.Index(_schema(), path=str(folder))
    index.register_tokenizer("clinical", _analyzer())
    writer = index.writer(heap_size=64_000_000, num_threads=1)
    for id_, passage in passages:
        document = tantivy.Document(text=normal(passage.text))
        document.add_unsigned("id", id_)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    for lock in folder.glob(".tantivy-*.lock"):
        lock.unlink()


class Lexical:
    """A published snapshot, only ever read."""

    def __init__(self, folder: Path):
        self._schema, self._analyzer = _schema(), _analyzer()
        self._index = tantivy.Index.open(str(folder))
        self._index.register_tokenizer("clinical", self._analyzer)
        self._searcher = self._index.searcher()

    def __len__(self) -> int:
        return self._searcher.num_docs

    def words(self, text: str) -> list[str]:
        """The index's own words of a text, once each."""
        return list(dict.fromkeys(self._analyzer.analyze(normal(text))))[:_MOST_WORDS]

    def search(self, text: str, k: int, allowed: Iterable[int] | None = None) -> list[tuple[int, float]]:
        """The k best passages for the text's words, any of them."""
        words = self.words(text)
        if not words:
            return []
        terms = [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "text", w, "freq")) for w in words]
        return self._run(tantivy.Query.boolean_query(terms), k, allowed)

    def phrase(self, text: str, k: int, allowed: Iterable[int] | None = None) -> list[tuple[int, float]]:
        """Passages that hold the words next to each other."""
        words: list[str | tuple[int, str]] = [*self._analyzer.analyze(normal(text))]
        if len(words) < 2:
            return self.search(text, k, allowed)
        return self._run(tantivy.Query.phrase_query(self._schema, "text", words), k, allowed)

    def _run(self, query: tantivy.Query, k: int, allowed: Iterable[int] | None) -> list[tuple[int, float]]:
        if allowed is not None:
            chosen = tantivy.Query.term_set_query(self._schema, "id", list(allowed))
            members = tantivy.Query.const_score_query(chosen, 0.0)
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, members)])
        hits = self._searcher.search(query, k).hits
        return [(self._searcher.doc(address)["id"][0], float(score)) for score, address in hits]
