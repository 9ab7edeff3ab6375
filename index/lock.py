"""One writer at a time: a lock the system frees when its holder ends, however it ends, and which names the holder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from index.errors import Locked, PrecedentError

PATIENCE = 10.0  # seconds a second writer waits: most ingests of a letter or two are over by then


@contextlib.contextmanager
def writing(folder: Path, patience: float | None = None) -> Iterator[None]:
    """The writer's lock on an index; who waits in vain hears which process holds it."""
    with _locked(folder / "writer.lock", time.monotonic() + (PATIENCE if patience is None else patience)) as lock:
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _locked(path: Path, deadline: float) -> TextIO:
    """The lock's open file; one that was removed while we waited for it locks nothing, so a new one is made."""
    while True:
        try:
            lock = open(path, "a+")  # noqa: SIM115
        except OSError as error:
            raise PrecedentError(
                f"{path.parent} cannot be written ({error.strerror}); choose another --index"
            ) from error
        try:
            _wait(lock, path.parent, deadline)
            if path.exists() and os.path.samestat(os.fstat(lock.fileno()), path.stat()):
                return lock
            lock.close()
        except BaseException:
            lock.close()
            raise


def _wait(lock: TextIO, folder: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                lock.seek(0)
                holder = lock.read().strip() or "?"
                raise Locked(f"{folder} is being written by process {holder}; wait for it or stop it") from None
        time.sleep(0.05)
