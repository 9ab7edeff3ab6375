"""Documents added while the index is served: kept beside it, taken in by a thread, watched and stopped from outside."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.settings import Settings
from index.build import Report, ingest
from index.catalog import Catalog
from index.errors import PrecedentError

# Beside the catalog, so that a page of a PDF can be shown later: documents/<start of SHA-256>/<name>.
DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True)
class State:
    """How far an intake is."""

    done: int = 0
    total: int = 0
    name: str = ""
    seconds: float = 0.0

    @property
    def left(self) -> float | None:
        """Seconds it will still take, once something is done."""
        return self.seconds / self.done * (self.total - self.done) if self.done else None


class _Stopped(Exception):
    """Somebody does not want the rest."""


class Intake:
    """One run of adding; it goes on whether or not anybody watches."""

    def __init__(self, settings: Settings, uploads: Iterable[Path]):
        self._settings, self._uploads = settings, list(uploads)
        self._state, self._stop, self._over = State(total=len(self._uploads)), False, threading.Event()
        self.report: Report | None = None
        self.error = ""
        threading.Thread(target=self._run, name="intake", daemon=True).start()

    def stop(self) -> None:
        self._stop = True

    def wait(self, seconds: float) -> bool:
        """Is it over, now or within this time."""
        return self._over.wait(seconds)

    @property
    def state(self) -> State:
        return self._state

    def _run(self) -> None:
        started = time.monotonic()

        def progress(done: int, total: int, name: str) -> None:
            self._state = State(done, total, name, time.monotonic() - started)
            if self._stop:
                raise _Stopped

        kept: list[Path] = []
        try:
            kept = [_kept(path, self._settings.index / DOCUMENTS) for path in self._uploads]
            self.report = ingest(kept, self._settings.index, self._settings.encoder, progress)
        except _Stopped:
            self.error = f"Stopped after {self._state.done} of {self._state.total}; what was added is safe."
        except (PrecedentError, OSError) as error:
            self.error = str(error)
        finally:
            self._forget(kept)
            self._over.set()

    def _forget(self, kept: list[Path]) -> None:
        """Nothing stays of a file that is not in the index."""
        with contextlib.closing(Catalog(self._settings.index)) as catalog:
            wanted = set(catalog.sources())
        for path in kept:
            if str(path.resolve()) not in wanted:
                path.unlink(missing_ok=True)


def _kept(upload: Path, folder: Path) -> Path:
    """The upload moved to where it stays; the same content under the same name is one file."""
    with open(upload, "rb") as file:
        place = folder / hashlib.file_digest(file, "sha256").hexdigest()[:16]
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = Path(shutil.move(upload, place / upload.name))
    with contextlib.suppress(OSError):  # not empty: another file of the same upload is still to come
        upload.parent.rmdir()
    return kept
