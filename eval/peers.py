"""What a user would otherwise build, for `make bench`: the stock LangChain recipe and txtai, each at its defaults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from index.encoder import DEFAULT_MODEL, locate


class Stock:
    """RecursiveCharacterTextSplitter, HuggingFaceEmbeddings with MiniLM, a FAISS store, its top k."""

    name = "stock LangChain"

    def __init__(self) -> None:
        from langchain_huggingface import HuggingFaceEmbeddings
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        self.embeddings = HuggingFaceEmbeddings(model_name=locate(DEFAULT_MODEL))
        self._splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
        self._store: Any = None

    def ingest(self, texts: list[str]) -> None:
        from langchain_community.vectorstores import FAISS

        self._store = FAISS.from_documents(self._splitter.create_documents(texts), self.embeddings)

    def hold(self, texts: Sequence[str], vectors: np.ndarray) -> None:
        """Passages with vectors that were made elsewhere, so that only searching them is measured."""
        from langchain_community.vectorstores import FAISS

        self._store = FAISS.from_embeddings(zip(texts, vectors.tolist(), strict=True), self.embeddings)

    def raw(self, vector: np.ndarray, k: int) -> Any:
        """The store's bare faiss index, which compares all."""
        return self._store.index.search(vector[None], k)

    def search(self, question: str, k: int) -> list[str]:
        return [document.page_content for document in self._store.similarity_search(question, k=k)]


class Txtai:
    """txtai's Embeddings with content over the same model."""

    name = "txtai"

    def __init__(self, stock: Stock):
        self._stock = stock

    def hold(self, texts: Sequence[str], vectors: np.ndarray) -> None:
        from txtai import Embeddings

        held = dict(zip(texts, vectors, strict=True))

        def encode(texts: list[str]) -> np.ndarray:
            if texts[0] in held:
                return np.array([held[text] for text in texts], np.float32)
            return np.array(self._stock.embeddings.embed_documents(texts), np.float32)

        self._index = Embeddings(method="external", transform=encode, content=True)
        self._index.index(texts)

    def search(self, question: str, k: int) -> list[str]:
        return [row["text"] for row in self._index.search(question, k)]
