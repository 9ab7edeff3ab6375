"""The process in which files are read: it imports the readers once and forks a child, under limits, for each file.

It imports nothing that maps gigabytes (no torch or faiss): a memory limit means something here. A request
is a line of JSON on stdin, an answer is eight bytes of length and then JSON on stdout; nothing is ever unpickled.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

from corpus import cues, office, picture, table
from corpus.decision import to_json
from corpus.kinds import Unreadable, kind_of, needs_office
from corpus.parse import decision_from
from corpus.read import Tick, bytes_of, size_of

# The slowest real letter takes 0.1 s and 30 MB; hostile files of 2 to 60 kB took 24 s and 1.2 GB without limits.
# Processor seconds, and wall seconds since the last sign of life (a scan gives one a page); arguments, for tests.
CPU_SECONDS, WALL_SECONDS = map(int, sys.argv[1:3] if __name__ == "__main__" and len(sys.argv) > 2 else (20, 40))
_LONGEST = 900
MEMORY = 1_000_000_000
MAX_ANSWER = 64_000_000  # bytes of JSON

READY = b"ready\n"
_NOBODY = "nobody waits for it any more"

_DEATHS = {
    signal.SIGXCPU: f"reading it took more than {CPU_SECONDS} seconds of processor time",
    signal.SIGKILL: "its reader was killed, as if out of memory",
}


def main() -> NoReturn:
    """Answer requests until stdin closes."""
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints is no answer
    _rehearse()
    gc.collect()
    gc.freeze()  # what is imported is shared by every child; a collection would copy it
    _send(answers, READY)
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        _prepare(request)
        answer = _supervise(request)
        _send(answers, len(answer).to_bytes(8, "big") + answer)
    os._exit(0)


def _rehearse() -> None:
    """Read a bundled letter of each form, so that children find every table and library loaded: 10 times the speed."""
    import pypdfium2  # noqa: F401

    cues.warm()
    letters = sorted((Path(__file__).parent / "samples").glob("*.txt"))
    for form in {path.name[:2]: path for path in letters}.values():
        with contextlib.suppress(Exception):  # no one asked for this letter; a real one gives its reason
            decision_from(form)


def _prepare(request: dict[str, Any]) -> None:
    """Import `unstructured` here, once, before the first child that needs it."""
    try:
        size_of(Path(request["path"]))
        with open(request["path"], "rb") as file:
            if needs_office(file.read(20_000)):
                office.warm()
    except (OSError, Unreadable):
        return  # the child says what is wrong with the file


def _supervise(request: dict[str, Any]) -> bytes:
    """What a child answers, or in its place why it could not."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _child(request, writing)
    os.close(writing)
    answer, reason = _listen(reading)
    os.close(reading)
    if reason:
        _kill(child)
    if reason == _NOBODY:
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not reason and os.WIFSIGNALED(status):
        death = signal.Signals(os.WTERMSIG(status))
        reason = _DEATHS.get(death, f"its reader crashed on it ({death.name}); it is damaged or hostile")
    return _failure(reason) if reason else answer


def _listen(pipe: int) -> tuple[bytes, str]:
    """All that a child writes, until it ends, falls silent, writes too much or nobody waits for it any more."""
    answer, started = bytearray(), time.monotonic()
    deadline = started + WALL_SECONDS
    while True:
        ready, _, _ = select.select([pipe, 0], [], [], max(0.0, deadline - time.monotonic()))
        if 0 in ready:  # no request comes while one is open: stdin has closed
            return b"", _NOBODY
        if not ready:
            return b"", f"reading it took more than {WALL_SECONDS} seconds"
        piece = os.read(pipe, 1 << 20)
        if not piece:
            return bytes(answer), ""
        answer += piece
        deadline = min(time.monotonic() + WALL_SECONDS, started + _LONGEST)
        if len(answer) > MAX_ANSWER:
            return b"", f"its record has more than {MAX_ANSWER:,} bytes"


def _child(request: dict[str, Any], pipe: int) -> NoReturn:
    """Read one file under limits, write the answer, and end without looking back."""
    try:
        gc.disable()  # it lives for one file
        _limit()
        os.setpgid(0, 0)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.closerange(3, pipe)  # the pipe to whoever asked among them: it must end with the nursery
        _send(pipe, _answer(request, lambda: _send(pipe, b"\n")))
    finally:
        os._exit(0)


def _limit() -> None:
    """Processor time, memory, no core and no file written."""
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_DATA, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, hard))


def _answer(request: dict[str, Any], tick: Tick) -> bytes:
    """The request's answer; every fault of a file, or of our reading it, is a sentence."""
    try:
        return json.dumps(_work(request, tick)).encode()
    except Unreadable as error:
        return _failure(str(error))
    except MemoryError:
        return _failure(f"reading it took more than {MEMORY // 1_000_000:,} MB of memory")
    except RecursionError:
        return _failure("it is nested too deeply")
    except Exception as error:
        return _failure(f"its reader failed on it ({type(error).__name__} in {_place(error)}); please report it")


def _place(error: Exception) -> str:
    """The last line of ours that an error passed through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).parent == Path(__file__).parent]
    return f"corpus/{Path(ours[-1].filename).name}, line {ours[-1].lineno}"


def _work(request: dict[str, Any], tick: Tick) -> dict[str, Any]:
    path = Path(request["path"])
    if "draw" in request:
        return {"png": base64.b64encode(picture.drawn(bytes_of(path), request["draw"], request["passage"])).decode()}
    if "only" in request:
        found = table.decisions(path, request["offset"], set(request["only"]))
        return {"decisions": {sha: to_json(decision) for sha, decision in found}}
    if "offset" in request:
        return table.listing(path, request["offset"])
    if table.recognises(path):
        return {"table": True}
    if path.suffix.lower() in table.SUFFIXES and kind_of(bytes_of(path)) == "text":
        raise Unreadable(table.NO_TABLE)
    return {"decision": to_json(decision_from(path, tick))}


def _failure(reason: str) -> bytes:
    return json.dumps({"failed": " ".join(reason.split())[:500]}).encode()


def _kill(child: int) -> None:
    """The child and whatever it started."""
    try:
        os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        os.kill(child, signal.SIGKILL)


def _send(pipe: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]


if __name__ == "__main__":
    main()
