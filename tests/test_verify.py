"""`precedent verify`: a sound index has no fault, and every planted one is named."""

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import apsw
import numpy as np
import pytest

from index.errors import IndexUnusable
from index.search import Index
from index.verify import faults


def verified(folder: Path) -> list[str]:
    with closing(Index(folder, "stand-in")) as index:
        return faults(index)


def sql(*statements: str) -> Callable[[Path], None]:
    """A hand in the catalog, with nothing to hold it back."""

    def plant(folder: Path):
        with closing(apsw.Connection(str(folder / "catalog.sqlite"))) as db:
            for statement in statements:
                db.execute(statement)

    return plant


def vector(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def plant(folder: Path):
        with closing(apsw.Connection(str(folder / "catalog.sqlite"))) as db:
            hash_, blob = next(db.execute("select hash, vector from vectors limit 1"))
            changed = change(np.frombuffer(blob, np.float32).copy()).astype(np.float32)
            db.execute("update vectors set vector = ? where hash = ?", (changed.tobytes(), hash_))

    return plant


def file(name: str, change: Callable[[Path], object]) -> Callable[[Path], None]:
    return lambda folder: change(next(folder.glob(name)))


def appended(path: Path):
    path.write_bytes(path.read_bytes() + b"x")


def test_a_sound_index_has_no_fault(small):
    assert verified(small) == []


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (
            sql("update decisions set record = replace(record, 'upheld', 'overturned')"),
            "record does not match its hash",
        ),
        (sql("update passages set text = text || ' indeed' where id = 3"), "1 passages do not match the text"),
        (sql("update passages set start = start + 2 where id in (3, 4)"), "2 passages do not match the text"),
        (sql("delete from issues where key = 1"), "refers to a missing issues"),
        (sql("delete from vectors where hash in (select hash from vectors limit 1)"), "refers to a missing vectors"),
        (vector(lambda v: v * 2), "not of length 1"),
        (vector(lambda v: v * np.nan), "not finite"),
        (file("dense/*/*.faiss", appended), "the dense cache does not match"),
        (file("lexical/*/*.idx", Path.unlink), "the lexical cache does not match"),
        (file("dense/*/manifest.json", lambda path: path.write_text("{}")), "the dense cache does not match"),
        (sql("update issues set outcome = 'overturned'"), "rows in issues are not what its record gives"),
        (sql("delete from tags"), "rows in tags are not what its record gives"),
        (sql("delete from reasons"), "rows in reasons are not what its record gives"),
        (sql("update reasons set status = 'absent'"), "rows in reasons are not what its record gives"),
        (sql("delete from passages where id > 5"), "rows in passages are not what its record gives"),
        (sql("update passages set voice = 'history' where id = 3"), "rows in passages are not what its record gives"),
        (sql("update passages set vector = (select min(hash) from vectors)"), "rows in passages are not what"),
        (sql("update decisions set decided = '1999-01-01'"), "rows in decisions are not what its record gives"),
        (sql("pragma foreign_keys = on", "delete from decisions where source like 'CM15%'"), "the lexical cache holds"),
        (vector(lambda v: v[:7]), "1 vectors are not of 64 numbers"),
    ],
)
def test_every_planted_fault_is_named(copied, plant, said):
    plant(copied)
    found = verified(copied)
    assert found and any(said in one for one in found), found


def test_pages_of_the_catalog_full_of_nothing_are_a_fault_or_a_sentence(copied):
    path = copied / "catalog.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
    with suppress(IndexUnusable):
        assert verified(copied)
