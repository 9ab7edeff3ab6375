"""index.search as a LangChain BaseRetriever: the framework is a guest at this door."""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from index.catalog import Filter
from index.search import Hit, Index


class PassageRetriever(BaseRetriever):
    """The k best passages for a question, as LangChain documents that carry their place in the letter."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    k: int = 10
    filters: tuple[Filter, ...] = ()

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **options
    ) -> list[Document]:
        hits = self.index.search(query, options.get("k", self.k), options.get("filters", self.filters))
        return [document(hit) for hit in hits]


def document(hit: Hit) -> Document:
    """A hit as a document; `start` and `end` point into the decision's text."""
    passage = hit.passage
    metadata = {
        "decision": passage.decision,
        "issue": passage.issue,
        "section": passage.section,
        "voice": str(passage.voice),
        "start": passage.start,
        "end": passage.end,
        "score": hit.score,
    }
    return Document(
        page_content=passage.text, metadata=metadata, id=f"{passage.decision}:{passage.start}-{passage.end}"
    )
