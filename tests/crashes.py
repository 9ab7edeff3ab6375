"""What must not break an index: kills at any moment, damaged files, a full disk, many processes at once.

`python -m tests.soak` runs all of it at length, `test_crashes.py` a slice. Seeds are printed, so that a failure can be
run again. Children are forked: they share what was imported, and a kill is all that happens to them.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

from conftest import StandIn
from letters import UNNECESSARY, texas

from corpus.decision import Decision
from corpus.parse import decision_from
from corpus.passages import passages
from index import build, encoder, search
from index.build import _store, _Taken, ingest, publish_all
from index.catalog import Catalog
from index.errors import Locked, PrecedentError
from index.search import Index
from index.verify import faults

MODEL = "stand-in"
QUESTIONS = ("no radiculopathy on examination", "chiropractic visits", "the reviewer recalls marker")


@contextmanager
def stand_in() -> Iterator[None]:
    """Every encoder opened inside is the stand-in."""
    modules = (build, encoder, search)
    real = encoder.open_encoder
    for module in modules:
        module.open_encoder = lambda model=MODEL: StandIn(model)
    try:
        yield
    finally:
        for module in modules:
            module.open_encoder = real


def letter(number: int, version: int) -> str:
    return texas(analysis=f"The reviewer recalls marker{number}x{version}. {UNNECESSARY}", case=f"{900000 + number}")


def parsed(number: int, version: int, scratch: Path) -> Decision:
    path = scratch / f"{number}-{version}.txt"
    path.write_text(letter(number, version))
    return decision_from(path)


# ---- kills --------------------------------------------------------------------------------------


def kills(count: int, seed: int, say: Callable[[str], None] = print) -> int:
    """Kill -9 a writer again and again at random moments; returns how many changes it had acknowledged."""
    chance, acknowledged = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as place, stand_in():
        folder, scratch = Path(place) / "index", Path(place)
        letters = {(n, v): parsed(n, v, scratch) for n in range(12) for v in range(3)}
        held: dict[int, str] = {}
        for number in range(count):
            begun = None
            word = chance.choice((b"done", b"done", b"done", b"begin"))
            told = killed(partial(_write_for_ever, folder, letters, seed * 100_000 + number), chance, word)
            for what, letter_number, version in map(str.split, told):
                change = int(letter_number), "" if version == "-" else letters[int(letter_number), int(version)].sha256
                if what == "begin":
                    begun = change
                else:
                    acknowledged, begun = acknowledged + 1, None
                    held[change[0]] = change[1]
            _check_after_kill(folder, held, begun, f"kill {number} of seed {seed}")
    say(f"{count} kills, seed {seed}: {acknowledged} acknowledged changes, none lost, none partial, counts equal")
    return acknowledged


def _write_for_ever(folder: Path, letters: dict[tuple[int, int], Decision], seed: int, pipe: int) -> None:
    """Add, replace and delete until killed; each change is told before it begins and when it is done."""
    chance, model = random.Random(seed), StandIn(MODEL)
    with closing(Catalog(folder, create=True)) as catalog, catalog.writing():
        if catalog.fingerprint is None:
            catalog.set_fingerprint(model.fingerprint)
        while True:
            number, version = chance.choice(sorted(letters))
            known = catalog.sources()
            deleted = f"/letters/{number}" in known and chance.random() < 0.3
            words = f"{number} {'-' if deleted else version}\n"
            os.write(pipe, f"begin {words}".encode())
            if deleted:
                catalog.remove([known[f"/letters/{number}"][0]])
            else:
                letter = letters[number, version]
                _store(catalog, model, [_Taken(f"/letters/{number}", letter, passages(letter))])
            publish_all(catalog, model)
            os.write(pipe, f"done {words}".encode())


def _check_after_kill(folder: Path, held: dict[int, str], begun: tuple[int, str] | None, which: str) -> None:
    """What was acknowledged is there, what was only begun is there whole or not at all, and nothing is out of step."""
    if not (folder / "catalog.sqlite").exists():
        assert not held, which
        return
    try:
        opened = Index(folder, MODEL, say=lambda line: None)
    except PrecedentError:
        assert not held, which  # killed before the first table was made
        shutil.rmtree(folder)
        return
    with closing(opened) as index:
        if index.catalog.fingerprint is None:
            return
        found = {int(path.rsplit("/", 1)[1]): sha for path, (_, sha) in index.catalog.sources().items()}
        expected = {number: sha for number, sha in held.items() if sha}
        if begun and found != expected:
            held[begun[0]] = begun[1]
            expected = {number: sha for number, sha in held.items() if sha}
        assert found == expected, which
        count = index.catalog.count_after(0)
        assert (len(index.dense), len(index.lexical)) == (count, count), which
        assert not faults(index), (which, faults(index))


def forked(work: Callable[[int], object]) -> tuple[int, int]:
    """A child at its work, and the end of the pipe on which it tells of it."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        code = 1
        try:
            work(writing)
            code = 0
        except PrecedentError as error:
            os.write(writing, f"{type(error).__name__} {error}\n".encode())
            code = error.code
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    return child, reading


def killed(work: Callable[[int], object], chance: random.Random, word: bytes = b"done") -> list[str]:
    """The whole lines told by a child that was killed up to 150 ms after it told a word."""
    child, reading = forked(work)
    told = b""
    while word not in told and (more := os.read(reading, 1 << 16)):
        told += more
    time.sleep(chance.uniform(0, 0.15))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return (told + _rest(reading)).decode().split("\n")[:-1]


def finished(child: int, reading: int) -> tuple[int, str]:
    """A child's exit code and all it told."""
    told = _rest(reading)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), told.decode()


def _rest(reading: int) -> bytes:
    with open(reading, "rb") as pipe:
        return pipe.read()


def kills_with_the_model(count: int, seed: int, say: Callable[[str], None] = print) -> None:
    """Kill -9 `precedent ingest` with the real encoder: what is in is whole, and the rest comes with the next run."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        folder, letters = Path(place) / "index", Path(place) / "letters"
        letters.mkdir()
        command = [sys.executable, "-m", "app.cli", "ingest", str(letters), "--prune", "--index", str(folder)]
        for number in range(count):
            for _ in range(3):
                (letters / f"{chance.randrange(12)}.txt").write_text(letter(number, chance.randrange(100)))
            some = chance.choice(sorted(letters.iterdir()))
            if chance.random() < 0.3 and len(list(letters.iterdir())) > 1:
                some.unlink()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0.5, 6))
            process.kill()
            process.wait()
            if (folder / "catalog.sqlite").exists():
                with closing(Index(folder, say=lambda line: None)) as index:
                    assert not index.catalog.integrity(), number
        subprocess.run(command, check=True, capture_output=True)
        with closing(Index(folder, say=lambda line: None)) as index:
            held = {Path(path).read_bytes() for path in index.catalog.sources()}
            assert held == {path.read_bytes() for path in letters.iterdir()} and not faults(index)
    say(f"{count} kills with the model, seed {seed}: nothing lost, and the rest was added afterwards")


# ---- damage -------------------------------------------------------------------------------------


def damaged(chance: random.Random, data: bytes) -> bytes:
    """One of the ways in which a file comes back wrong from a disk."""
    at = chance.randrange(len(data)) if data else 0
    ways = (
        lambda: data[:at],
        lambda: data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :],
        lambda: data[:at] + bytes(len(data[at : at + 4096])) + data[at + 4096 :],
        lambda: data[:at] + chance.randbytes(len(data[at : at + 8])) + data[at + 8 :],
        lambda: data + chance.randbytes(16),
        lambda: b"",
    )
    return next(made for made in iter(lambda: chance.choice(ways)(), None) if made != data)


def caches(count: int, seed: int, folder: Path, say: Callable[[str], None] = print) -> None:
    """Damage one file of each cache again and again: it is noticed, said in a line and mended, the results the same."""
    chance = random.Random(seed)
    expected = _found(folder, [])
    for name in ("dense", "lexical"):
        for number in range(count):
            files = sorted(path for path in (folder / name).rglob("*") if path.is_file() and path.suffix != ".lock")
            path = chance.choice(files)
            path.write_bytes(damaged(chance, path.read_bytes()))
            said: list[str] = []
            which = f"{name}, damage {number} of seed {seed}, {path.name}"
            assert _found(folder, said) == expected, which
            assert said == [f"the {name} cache does not match the catalog; rebuilding it"], (which, said)
        say(f"{name}: {count} damaged files, seed {seed}: all noticed and rebuilt, the same results")


def _found(folder: Path, said: list[str]) -> list[list[tuple[str, int]]]:
    with closing(Index(folder, MODEL, say=said.append)) as index:
        return [[(h.passage.decision, h.passage.start) for h in index.search(q, 20)] for q in QUESTIONS]


def catalogs(count: int, seed: int, folder: Path, say: Callable[[str], None] = print) -> int:
    """Damage the catalog again and again: it reads the same, is refused, or `verify` names it; how often refused."""
    chance, refused, verified = random.Random(seed), 0, 0
    path, whole = folder / "catalog.sqlite", (folder / "catalog.sqlite").read_bytes()
    expected = repr(_read(folder))
    for number in range(count):
        for extra in folder.glob("catalog.sqlite-*"):
            extra.unlink()
        path.write_bytes(damaged(chance, whole))
        which = f"catalog, damage {number} of seed {seed}"
        child, reading = forked(lambda pipe: os.write(pipe, repr(_read(folder)).encode()))
        code, told = finished(child, reading)
        assert code in (0, 1, 3), (which, code)
        if code:
            assert "catalog.sqlite" in told, (which, told[:300])
        elif told != expected:
            with closing(Index(folder, MODEL, say=lambda line: None)) as index:
                assert faults(index), which
        refused, verified = refused + (code != 0), verified + (not code and told != expected)
    path.write_bytes(whole)
    same = count - refused - verified
    told = f"{same} read the same, {refused} were refused, {verified} noticed by verify alone"
    say(f"catalog: {count} damaged files, seed {seed}: {told}")
    return refused


def _read(folder: Path) -> list:
    """The letters themselves, as an answer would quote them."""
    with closing(Catalog(folder)) as catalog:
        return [
            (row.number, catalog.issue(row).outcome, catalog.decision(row.decision).text) for row in catalog.issues()
        ]


# ---- a full disk --------------------------------------------------------------------------------


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path | None]:
    """A disk of a few megabytes; None where nobody may mount one."""
    with tempfile.TemporaryDirectory() as place:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place], capture_output=True
        )
        try:
            yield None if mounted.returncode else Path(place)
        finally:
            if not mounted.returncode:
                subprocess.run(["umount", "-l", place], check=True)


def full_disk(levels: int, seed: int, say: Callable[[str], None] = print) -> bool:
    """Ingest on disks with ever less room: a sentence, everything before it searchable, and more when there is room."""
    chance = random.Random(seed)
    with small_disk(8) as disk, tempfile.TemporaryDirectory() as place, stand_in():
        if disk is None:
            return False
        scratch, full = Path(place), 0
        for level in range(levels):
            folder, filler = disk / "index", disk / "filler"
            (scratch / "first.txt").write_text(letter(1, level))
            ingest([scratch / "first.txt"], folder, MODEL)
            filler.write_bytes(bytes(max(0, shutil.disk_usage(disk).free - chance.randrange(1, 900_000))))
            many = [scratch / f"more{n}.txt" for n in range(12)]
            for n, path in enumerate(many):
                path.write_text(letter(n + 2, level))
            try:
                ingest(many, folder, MODEL)
            except PrecedentError as error:
                full += 1
                assert "no space left" in str(error) and str(folder) in str(error), error
            with closing(Index(folder, MODEL, say=lambda line: None)) as index:
                assert f"marker1x{level}" in index.search(f'"marker1x{level}"', 1)[0].passage.text, level
                assert not index.catalog.integrity()
            filler.unlink()
            ingest(many, folder, MODEL)
            with closing(Index(folder, MODEL, say=lambda line: None)) as index:
                assert len(index.catalog.decision_ids()) == 13 and not faults(index), faults(index)
            assert not [*folder.rglob("*.new"), *folder.rglob("*.pointer")]
            shutil.rmtree(folder)
    say(f"{levels} full disks, seed {seed}: {full} ingests ended in a sentence, nothing earlier was lost")
    return True


# ---- many at once -------------------------------------------------------------------------------


def locks(count: int, folder: Path) -> None:
    """A writer killed in mid-work leaves no lock behind."""
    for _ in range(count):

        def hold(pipe: int) -> None:
            with closing(Catalog(folder)) as catalog, catalog.writing():
                os.write(pipe, b"held\n")
                time.sleep(60)

        killed(hold, random.Random(0), b"held")
        started = time.monotonic()
        with closing(Catalog(folder)) as catalog, catalog.writing(patience=1):
            assert time.monotonic() - started < 1


def writers(count: int, letters: int) -> None:
    """Several ingests of overlapping letters at once: each adds its own or names who is writing; all are in at last."""
    with tempfile.TemporaryDirectory() as place, stand_in():
        folder, files = Path(place) / "index", [Path(place) / f"{n}.txt" for n in range(letters)]
        for n, path in enumerate(files):
            path.write_text(letter(n, 0))
        share = [files[n * letters // (2 * count) : letters // 2 + n * letters // (2 * count)] for n in range(count)]

        def write(pipe: int, own: list[Path]) -> None:
            ingest(own, folder, MODEL)

        crew = [forked(lambda pipe, own=own: write(pipe, own)) for own in share]
        for own, (code, told) in zip(share, [finished(*one) for one in crew], strict=True):
            assert code == 0 or (code == Locked.code and "process" in told), (code, told)
            if code:
                ingest(own, folder, MODEL)
        with closing(Index(folder, MODEL)) as index:
            assert set(index.catalog.sources()) == {str(path.resolve()) for own in share for path in own}
            assert not faults(index)


def readers(count: int, seconds: float) -> int:
    """Threads that search while a process adds and deletes; how many searches were answered, each of one snapshot."""
    with tempfile.TemporaryDirectory() as place, stand_in():
        folder, scratch = Path(place) / "index", Path(place)
        letters = {(n, v): parsed(n, v, scratch) for n in range(40) for v in range(2)}
        ingest([scratch / f"{n}-0.txt" for n in range(5)], folder, MODEL)
        child, reading = forked(lambda pipe: _write_for_ever(folder, letters, 1, pipe))
        failed: list[BaseException] = []
        answered = [0] * count
        with closing(Index(folder, MODEL, say=lambda line: None)) as index:
            deadline = time.monotonic() + seconds

            def search(number: int) -> None:
                try:
                    while time.monotonic() < deadline:
                        for hit in index.search(QUESTIONS[number % len(QUESTIONS)], 20):
                            assert hit.passage.text
                        answered[number] += 1
                except BaseException as error:
                    failed.append(error)

            threads = [threading.Thread(target=search, args=(n,)) for n in range(count)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        os.kill(child, signal.SIGKILL)
        finished(child, reading)
        assert not failed, failed[0]
    return sum(answered)
