"""tantivy (BM25) as a disposable cache of the catalog's passages."""

from __future__ import annotations

import errno
import re
import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import tantivy

from corpus.decision import Passage
from index.cache import facts_of, hashes_of, link
from index.catalog import Catalog
from index.plain import encodable

_WORD = re.compile(r"\w+(?:[-./]\w+)*")
FORMAT = 2
_MOST_WORDS = 32  # a question has fewer; a pasted page would only repeat itself


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", indexed=True, fast=True)
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


def write(folder: Path, catalog: Catalog, dimension: int, old: Path | None = None) -> dict[str, Any]:
    """Fill a folder from the catalog; tantivy's segments never change, so those of an older snapshot are taken over."""
    since = facts_of(old) if old else None
    if old and since:
        for name in hashes_of(old):
            # What tantivy replaces as a whole is copied, so that the old snapshot keeps its own.
            (shutil.copyfile if name.endswith(".json") else link)(old / name, folder / name)
    last = since["upto"] if since else 0
    gone = catalog.gone(since["generation"]) if since else []
    new = ((id_, passage) for id_, _, passage in catalog.passages(after=last))
    try:
        last = fill(empty(str(folder)), new, gone) or last
    except ValueError as error:  # as tantivy-py tells what the system told it
        raise OSError(errno.ENOSPC if "os error 28" in str(error) else errno.EIO, str(error)) from error
    for lock in folder.glob(".tantivy-*.lock"):
        lock.unlink()
    return {"upto": last}


def opened(folder: Path, catalog: Catalog, held: Lexical | None = None) -> Lexical:
    """The snapshot in a folder."""
    return Lexical(empty(str(folder)))


def in_memory(catalog: Catalog, dimension: int) -> Lexical:
    """The cache without a file."""
    index = empty()
    fill(index, ((id_, passage) for id_, _, passage in catalog.passages()))
    return Lexical(index)


def empty(path: str | None = None) -> tantivy.Index:
    """An index with our words; in a folder that holds one already, that one."""
    index = tantivy.Index(_schema(), path=path)
    index.register_tokenizer("clinical", _analyzer())
    return index


def fill(index: tantivy.Index, passages: Iterable[tuple[int, Passage]], gone: Sequence[int] = ()) -> int:
    """Add passages in the order of their numbers, and delete what is gone; the highest number added."""
    last = 0
    writer = index.writer(heap_size=64_000_000, num_threads=1)
    if gone:  # by query: tantivy-py's deletion by term takes a number for a signed one and finds nothing
        writer.delete_documents_by_query(tantivy.Query.term_set_query(index.schema, "id", gone))
    for last, passage in passages:
        document = tantivy.Document(text=normal(passage.text))
        document.add_unsigned("id", last)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    return last


class Lexical:
    """A snapshot, only ever read."""

    def __init__(self, index: tantivy.Index):
        self._schema, self._analyzer = _schema(), _analyzer()
        index.reload()
        self._searcher = index.searcher()

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
        hits = self._searcher.search(query, k, count=False).hits
        ids: list[Any] = self._searcher.fast_field_values("id", [address for _, address in hits])
        return [(id_, float(score)) for id_, (score, _) in zip(ids, hits, strict=True)]
