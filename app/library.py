"""What is served: the index, opened again when another one was put in its place, and the language model if any."""

from __future__ import annotations

import threading

from app.model import Model
from app.settings import Settings
from index.search import Index


class Library:
    """Hands out the index as it is now; what was handed out before stays usable until it is let go."""

    def __init__(self, settings: Settings, writer: Model | None = None):
        self.settings, self.writer = settings, writer
        self._lock = threading.Lock()
        self._index, self._file = self._opened(), self._seen()

    def index(self) -> Index:
        with self._lock:
            if (file := self._seen()) != self._file:
                self._index, self._file = self._opened(), file
            return self._index

    def _opened(self) -> Index:
        """An index with everything loaded that a first question would wait for."""
        index = Index(self.settings.index, self.settings.encoder)
        for part in ("encoder", "dense", "lexical"):
            getattr(index, part)
        return index

    def _seen(self) -> int | None:
        """Which file is the catalog; an ingest changes what it holds, another index is another file."""
        catalog = self.settings.index / "catalog.sqlite"
        return catalog.stat().st_ino if catalog.exists() else None
