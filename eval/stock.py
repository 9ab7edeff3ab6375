"""The stock LangChain recipe over the same letters: 1,000-character pieces, MiniLM, the nearest twenty."""

from __future__ import annotations

import importlib.util

from corpus.decision import Decision, Issue
from eval.baselines import Piece, answer_from
from eval.said import Said, System
from index.encoder import DEFAULT_MODEL, locate
from index.search import Index

# The defaults of LangChain's tutorials, and the upper end of the usual 10 to 20 pieces.
_SIZE, _OVERLAP, _NEAREST = 1000, 200, 20


def missing() -> str | None:
    """Why the recipe cannot run here, as a sentence."""
    if importlib.util.find_spec("langchain_text_splitters"):
        return None
    return "the stock recipe is left out: langchain-text-splitters is not installed; run: pip install '.[bench]'"


def stock(index: Index) -> System:
    """Cut, encode and keep every letter as the tutorials do; the answer is the issues the nearest pieces speak of."""
    from langchain_core.vectorstores import InMemoryVectorStore
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=_SIZE, chunk_overlap=_OVERLAP, add_start_index=True)
    letters = [index.catalog.decision(id_) for id_ in index.catalog.decision_ids()]
    pieces = splitter.create_documents([d.text for d in letters], [{"decision": d.id} for d in letters])
    # An exact search by cosine: what FAISS's flat index gives on unit vectors, without its pickle.
    store = InMemoryVectorStore(_embeddings())
    store.add_documents(pieces)

    def answer(question: str) -> Said:
        return answer_from(
            index, [_piece(index, *found) for found in store.similarity_search_with_score(question, _NEAREST)]
        )

    return answer


def _embeddings():
    from langchain_core.embeddings import Embeddings
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(locate(DEFAULT_MODEL), device="cpu")

    class MiniLM(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return model.encode(texts).tolist()

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    return MiniLM()


def _piece(index: Index, document, score: float) -> Piece:
    letter = index.catalog.decision(document.metadata["decision"])
    start = document.metadata["start_index"]
    end = start + len(document.page_content)
    return Piece(letter.id, _issue_in(letter, start, end), start, end, score)


def _issue_in(letter: Decision, start: int, end: int) -> int | None:
    """The issue whose rationale or title the piece shares most with."""

    def shared(issue: Issue) -> int:
        spans = [(issue.start, issue.end), issue.rationale or (0, 0)]
        return sum(max(0, min(end, b) - max(start, a)) for a, b in spans)

    best = max(letter.issues, key=shared)
    return best.number if shared(best) else None
