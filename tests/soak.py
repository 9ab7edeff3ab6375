"""Two thousand mutated files through the readers: `python -m tests.soak [COUNT] [SEED]`; no crash, hang or defect."""

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
from odd_files import mutate, seeds

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


def main(count: int = 2_000, seed: int = 1) -> int:
    started, counts, defects = time.monotonic(), Counter[str](), []
    with tempfile.TemporaryDirectory() as folder:
        for path, said in outcomes(Path(folder), count, seed):
            counts[said.split(" (")[0][:70]] += 1
            if any(defect in said for defect in DEFECTS):
                defects.append(f"{path.name}: {said}")
    print(f"{count} files, seed {seed}, {time.monotonic() - started:.0f} s")
    for said, number in counts.most_common():
        print(f"{number:6} {said}")
    print("\n".join(defects) or "no defect")
    return bool(defects)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
