"""`make soak`: hostile files, kills, damage, full disks and crowds at length; `python -m tests.soak [SEED]`.

Two thousand mutated files go through the readers without crash, hang or defect; then the index stands what
`crashes.py` does to it.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from corpus.isolation import decisions, rows
from corpus.kinds import Unreadable

sys.path.insert(0, str(Path(__file__).parent))
from crashes import (
    MODEL,
    caches,
    catalogs,
    full_disk,
    kills,
    kills_with_the_model,
    letter,
    locks,
    readers,
    stand_in,
    writers,
)
from odd_files import mutate, seeds

from index.build import ingest

# Sentences that stand for a defect of ours and not of the file.
DEFECTS = ("please report it", "gave no decision", "ended from outside")


def mutants(folder: Path, count: int, seed: int) -> Iterator[Path]:
    """Mutated files, the same for the same seed."""
    chance = random.Random(seed)
    originals = seeds()
    for number in range(count):
        name = chance.choice(sorted(originals))
        path = folder / f"{number}-{name}"
        path.write_bytes(mutate(chance, originals[name]))
        yield path


def outcomes(folder: Path, count: int, seed: int) -> Iterator[tuple[Path, str]]:
    """Each mutant with "read" or the sentence that refuses it."""
    for path, found in decisions(mutants(folder, count, seed)):
        if found is None:
            try:
                reasons = [row.reason for row in rows(path)]
                yield path, next(filter(None, reasons), "read")
            except Unreadable as error:
                yield path, str(error)
        else:
            yield path, str(found) if isinstance(found, Unreadable) else "read"


def hostile(count: int, seed: int) -> None:
    started, counts, defects = time.monotonic(), Counter[str](), []
    with tempfile.TemporaryDirectory() as folder:
        for path, said in outcomes(Path(folder), count, seed):
            counts[said.split(" (")[0][:70]] += 1
            if any(defect in said for defect in DEFECTS):
                defects.append(f"{path.name}: {said}")
    print(f"{count} hostile files, seed {seed}, {time.monotonic() - started:.0f} s")
    for said, number in counts.most_common():
        print(f"{number:6} {said}")
    assert not defects, "\n".join(defects)


def main(seed: int = 1) -> None:
    kills(500, seed)
    kills_with_the_model(20, seed)
    with tempfile.TemporaryDirectory() as place, stand_in():
        letters = [Path(place) / f"{n}.txt" for n in range(60)]
        for n, path in enumerate(letters):
            path.write_text(letter(n, 0))
        ingest(letters, Path(place) / "index", MODEL)
        caches(400, seed, Path(place) / "index")
        catalogs(200, seed, Path(place) / "index")
        locks(50, Path(place) / "index")
    print("50 killed writers left no lock")
    full_disk(20, seed)
    for count in (2, 4):
        writers(count, 200)
    print("2 and 4 ingests at once: the union of their letters, nothing else")
    print(f"{readers(20, 120)} searches by 20 threads in 120 s while a process wrote: no error")
    hostile(2_000, seed)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
