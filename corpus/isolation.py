"""Files -> decisions, each read and parsed in a child process under limits: a poisonous file costs one sentence."""

from __future__ import annotations

import atexit
import base64
import contextlib
import json
import os
import queue
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from corpus.decision import Decision, from_json
from corpus.kinds import Unreadable

# Read ahead of the consumer, per process: enough that no process waits, few enough to hold in memory.
_AHEAD = 4
_MOST_JOBS = 8
_LIMITS: tuple[str, ...] = ()  # processor and wall seconds, where they shall differ from the nursery's own
# One thread each: a child that starts more cannot be forked safely, and every core has a process of its own.
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"} | {
    "TOKENIZERS_PARALLELISM": "false",
    "DO_NOT_TRACK": "1", "SCARF_NO_ANALYTICS": "1", "UNSTRUCTURED_DISABLE_NOTICE": "1", "PYTHONUNBUFFERED": "1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table of decisions: its name there, its fingerprint, and its decision, or why it has none."""

    key: str
    sha256: str
    decision: Decision | None
    reason: str = ""  # empty and no decision: nobody wanted it read


Taken = Decision | Unreadable | None  # None: the file is a table, for `rows`


def decisions(paths: Iterable[Path], jobs: int | None = None) -> Iterator[tuple[Path, Taken]]:
    """Every file's decision in the order of the paths, several read at once."""
    jobs = jobs or _jobs()
    crew = _Crew()
    waiting: deque[tuple[Path, Future[Taken]]] = deque()
    with ThreadPoolExecutor(jobs, "reader") as threads:
        try:
            for path in paths:
                waiting.append((path, threads.submit(_decision, path, crew)))
                if len(waiting) >= jobs * _AHEAD:
                    yield waiting[0][0], waiting.popleft()[1].result()
            while waiting:
                yield waiting[0][0], waiting.popleft()[1].result()
        finally:
            for _, future in waiting:
                future.cancel()
            crew.dismiss()


def decision_of(path: Path) -> Decision:
    """One file's decision; a table has none."""
    taken = _decision(path)
    if isinstance(taken, Decision):
        return taken
    raise taken or Unreadable("a table of decisions, not one decision")


def picture_of(path: Path, page: int, passage: str) -> bytes:
    """A page of a PDF, counted from 1, as PNG with a passage highlighted."""
    answer = _ask({"path": str(path), "draw": page, "passage": passage}, _Crew())
    if "failed" in answer:
        raise Unreadable(answer["failed"])
    return base64.b64decode(answer["png"])


def rows(path: Path, wanted: Callable[[str], bool] = lambda sha256: True) -> Iterator[Row]:
    """The rows of a table, some hundred at a time; only those with a wanted fingerprint are parsed."""
    offset: int | None = 0
    while offset is not None:
        listed = _ask({"path": str(path), "offset": offset}, _Crew())
        if "failed" in listed:
            raise Unreadable(f"read up to byte {offset:,}: {listed['failed']}" if offset else listed["failed"])
        wishes = [sha for _, sha, reason in listed["rows"] if not reason and wanted(sha)]
        parsed = _parsed(path, offset, wishes)
        for key, sha, reason in listed["rows"]:
            found = parsed.get(sha)
            decision = found if isinstance(found, Decision) else None
            yield Row(key, sha, decision, reason or ("" if decision else str(found or "")))
        offset = listed["next"]


def _parsed(path: Path, offset: int, wishes: list[str]) -> dict[str, Decision | Unreadable]:
    """The wished-for rows after an offset; one that breaks its reader is found by asking for each alone."""
    if not wishes:
        return {}
    answer = _ask({"path": str(path), "offset": offset, "only": wishes}, _Crew())
    if "failed" not in answer:
        return {sha: _value(data) for sha, data in answer["decisions"].items()}
    if len(wishes) == 1:
        return {wishes[0]: Unreadable(answer["failed"])}
    return {sha: found for wish in wishes for sha, found in _parsed(path, offset, [wish]).items()}


def _decision(path: Path, crew: _Crew | None = None) -> Taken:
    answer = _ask({"path": str(path)}, crew or _Crew())
    if "failed" in answer:
        return Unreadable(answer["failed"])
    return None if "table" in answer else _value(answer["decision"])


def _value(data: dict[str, Any]) -> Decision | Unreadable:
    """The decision in an answer; whatever else a broken reader wrote is a failure of that file."""
    try:
        return from_json(data)
    except (KeyError, TypeError, ValueError) as error:
        return Unreadable(f"its reader gave no decision ({error!r})")


def _jobs() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_JOBS)


class _Nursery:
    """A running `corpus.nursery`, asked one file at a time."""

    def __init__(self) -> None:
        root = str(Path(__file__).absolute().parents[1])
        search = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "corpus.nursery", *_LIMITS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | _ENVIRONMENT | {"PYTHONPATH": search},
            start_new_session=True,  # Ctrl-C is for us; we end it ourselves
        )
        assert self._process.stdout
        if not self._process.stdout.readline():
            raise RuntimeError("the process that reads files ended at once; python -m corpus.nursery shows why")

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request; EOFError if the nursery is gone."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin and stdout
        try:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
        except (BrokenPipeError, ValueError) as error:  # ValueError: dismissed before it was asked
            raise EOFError from error
        size = int.from_bytes(stdout.read(8), "big")
        answer = stdout.read(size)
        if not answer or len(answer) < size:
            raise EOFError
        return json.loads(answer)

    def dismiss(self) -> None:
        """Tell it that nobody waits: it ends the child at work and itself."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()  # type: ignore[union-attr]

    def close(self) -> None:
        self.dismiss()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]


class _Crew:
    """The nurseries at work for one caller; when he leaves, by Ctrl-C too, they stop at once."""

    def __init__(self) -> None:
        self.at_work: set[_Nursery] = set()
        self.dismissed = False

    def dismiss(self) -> None:
        self.dismissed = True
        for nursery in tuple(self.at_work):
            nursery.dismiss()


@cache
def _idle(pid: int) -> queue.LifoQueue[_Nursery]:
    """Nurseries of this process that wait for work; started when first needed, ended with the process."""
    waiting: queue.LifoQueue[_Nursery] = queue.LifoQueue()

    def end() -> None:
        while os.getpid() == pid and not waiting.empty():
            waiting.get_nowait().close()

    atexit.register(end)
    return waiting


def _ask(request: dict[str, Any], crew: _Crew) -> dict[str, Any]:
    """Ask an idle nursery, or a new one; one that died is replaced once."""
    idle = _idle(os.getpid())
    for _ in range(2):
        try:
            nursery = idle.get_nowait()
        except queue.Empty:
            nursery = _Nursery()
        crew.at_work.add(nursery)
        try:
            answer = nursery.ask(request) if not crew.dismissed else {"failed": "interrupted"}
        except EOFError:
            nursery.close()
            if crew.dismissed:
                return {"failed": "interrupted"}
            continue
        except BaseException:
            nursery.close()
            raise
        finally:
            crew.at_work.discard(nursery)
        idle.put(nursery)
        return answer
    return {"failed": "the process that reads files was ended from outside, twice"}
