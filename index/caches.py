"""Both caches of a catalog: brought up to it by whoever writes, and by readers opened as near to it as can be had."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from index import cache
from index.catalog import Catalog, State
from index.errors import Locked, PrecedentError

KINDS = ("dense", "lexical")


def kind_of(name: str) -> ModuleType:
    """The module of a cache; faiss and tantivy come with it, and an answer out of the ledger needs neither."""
    return importlib.import_module(f"index.{name}")


def publish(catalog: Catalog, name: str, dimension: int, anew: bool = False) -> None:
    """Write a cache for the catalog as it is now, on top of what is published; for the one who holds the lock."""
    kind, folder, state = kind_of(name), catalog.folder / name, catalog.state()
    old = None if anew else cache.current(folder)
    if old and _made_from(name, old) == state:
        return
    if old and not _is_of(catalog, name, old):
        old = None
    facts = {"format": kind.FORMAT, "generation": state.generation, "token": state.token}
    facts |= {"fingerprint": state.fingerprint, "count": catalog.count_after(0)}
    cache.publish(folder, lambda made: facts | kind.write(made, catalog, dimension, old))


def is_whole(catalog: Catalog, name: str) -> bool:
    """Is what is published made from the catalog as it is now, every byte as it was written."""
    folder = cache.current(catalog.folder / name)
    return folder is not None and _made_from(name, folder) == catalog.state() and cache.whole(folder)


class Cache:
    """A cache as searches use it: looked at before each of them, opened again when the catalog has changed."""

    def __init__(self, catalog: Catalog, name: str, say: Callable[[str], None]):
        self._catalog, self._name, self._say = catalog, name, say
        self._kind, self._folder = kind_of(name), catalog.folder / name
        self._lock = threading.Lock()
        self._found: Any = None
        self._state: State | None = None
        self._hashes: dict[str, str] = {}

    def get(self, state: State, dimension: int) -> Any:
        """The cache for a state of the catalog; while another process writes, perhaps for one a little earlier."""
        with self._lock:
            if self._state != state and not self._open(state):
                self._bring_up(state, dimension)
            return self._found

    def _open(self, state: State | None = None) -> bool:
        """Open what is published, if it is whole and made from the catalog's past, or from the state asked for."""
        while folder := cache.current(self._folder):
            made = _made_from(self._name, folder)
            fits = made == state if state else _is_of(self._catalog, self._name, folder)
            try:
                if fits and cache.whole(folder, self._hashes):
                    found, hashes = self._kind.opened(folder, self._catalog, self._found), cache.hashes_of(folder)
                    if cache.current(self._folder) != folder:
                        continue  # deleted while it was opened? tantivy takes a lost file for an empty one
                    self._found, self._state, self._hashes = found, made, hashes
                    return True
            except Exception:
                if cache.current(self._folder) == folder:
                    raise
            if cache.current(self._folder) == folder:
                return False
        return False

    def _bring_up(self, state: State, dimension: int) -> None:
        """Publish the cache if nobody else writes; else use an earlier one, or one without a file."""
        damaged = self._folder.exists() and not self._open()
        if damaged:
            self._say(f"the {self._name} cache does not match the catalog; rebuilding it")
        try:
            with self._catalog.writing(patience=0):
                publish(self._catalog, self._name, dimension, anew=damaged)
        except Locked:
            pass
        except PrecedentError as error:
            self._say(f"{error}; searching without the {self._name} cache")
        if not self._open() and self._found is None:
            with self._catalog.standing_still():
                self._state = self._catalog.state()
                self._found = self._kind.in_memory(self._catalog, dimension)


def _made_from(name: str, folder: Path) -> State | None:
    """The state of the catalog that a published cache was made from; None for another format of cache."""
    facts = cache.facts_of(folder)
    if facts is None or facts["format"] != kind_of(name).FORMAT:
        return None
    return State(facts["generation"], facts["token"], facts["fingerprint"])


def _is_of(catalog: Catalog, name: str, folder: Path) -> bool:
    """Was a cache made from this catalog, now or earlier in its history."""
    made = _made_from(name, folder)
    return made is not None and catalog.descends_from(made)
