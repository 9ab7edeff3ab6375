"""The two caches are disposable: whatever happens to their files is noticed on opening, said once, and mended."""

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index import cache
from index.catalog import Catalog
from index.search import Index

QUESTIONS = ("no radiculopathy on examination", "physical therapy visits", "L4-5")


def found(index: Index):
    return [
        (index.dense.search(index.encoder.encode_query(q), 20), index.lexical.search(q, 20), index.search(q, 5))
        for q in QUESTIONS
    ]


def reopened(folder: Path):
    """(what is found, what was said) by an index opened anew."""
    said: list[str] = []
    with closing(Index(folder, "stand-in", said.append)) as index:
        return found(index), said


def content(path: Path) -> list[Path]:
    return sorted(p for p in path.iterdir() if p.name != "manifest.json" and p.suffix != ".lock")


def edited(change: Callable[[dict], None]):
    def damage(folder: Path):
        manifest = json.loads((folder / "manifest.json").read_text())
        change(manifest)
        (folder / "manifest.json").write_text(json.dumps(manifest))

    return damage


def each_file(change: Callable[[Path], object]):
    def damage(folder: Path):
        for path in content(folder):
            change(path)

    return damage


def one_bit(path: Path):
    data = bytearray(path.read_bytes() or b"\0")
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGE = {
    "one bit of the largest file": lambda folder: one_bit(max(content(folder), key=lambda p: p.stat().st_size)),
    "every file cut in half": each_file(lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])),
    "every file empty": each_file(lambda path: path.write_bytes(b"")),
    "a file gone": lambda folder: content(folder)[0].unlink(),
    "every file gone": each_file(Path.unlink),
    "a file more": lambda folder: (folder / "stray").write_text("x"),
    "a file swapped for another's": lambda folder: shutil.copy(folder / "manifest.json", content(folder)[0]),
    "no manifest": lambda folder: (folder / "manifest.json").unlink(),
    "an empty manifest": lambda folder: (folder / "manifest.json").write_bytes(b""),
    "a manifest of nothing": lambda folder: (folder / "manifest.json").write_text("[]"),
    "a manifest that is no text": lambda folder: (folder / "manifest.json").write_bytes(b"\xff\xfe{}"),
    "another generation": edited(lambda m: m["facts"].update(generation=m["facts"]["generation"] - 1)),
    "another encoder": edited(lambda m: m["facts"].update(fingerprint="other:1")),
    "no hashes": edited(lambda m: m.update(files={})),
}


@pytest.mark.parametrize("name", ["dense", "lexical"])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_noticed_said_once_and_mended(index, copied, name, damage):
    damage(copied / name)
    results, said = reopened(copied)
    assert results == found(index)
    assert said == [f"the {name} cache does not match the catalog; rebuilding it"]
    assert reopened(copied) == (results, [])


@pytest.mark.parametrize("name", ["dense", "lexical"])
def test_one_bit_of_any_file_is_noticed(copied, name):
    with closing(Catalog(copied)) as catalog:
        facts = {"generation": catalog.generation, "fingerprint": catalog.fingerprint}
    assert cache.fresh(copied / name, facts)
    for path in content(copied / name):
        whole = path.read_bytes()
        one_bit(path)
        assert not cache.fresh(copied / name, facts), path.name
        path.write_bytes(whole)
    assert cache.fresh(copied / name, facts)


def test_a_missing_cache_is_made_without_a_word(index, copied):
    shutil.rmtree(copied / "dense")
    shutil.rmtree(copied / "lexical")
    assert reopened(copied) == (found(index), [])


def test_a_change_of_the_catalog_makes_both_stale(copied):
    with closing(Catalog(copied)) as catalog:
        catalog.remove(catalog.decision_ids()[:1])
    _, said = reopened(copied)
    assert sorted(said) == [
        f"the {name} cache does not match the catalog; rebuilding it" for name in ("dense", "lexical")
    ]


def test_what_cannot_be_written_leaves_the_old_cache_as_it_was(tmp_path):
    folder = tmp_path / "dense"
    cache.publish(folder, {"generation": 1}, lambda aside: (aside / "a").write_text("old"))

    def fails(aside: Path):
        (aside / "a").write_text("new")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        cache.publish(folder, {"generation": 2}, fails)
    assert cache.fresh(folder, {"generation": 1}) and (folder / "a").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["dense"]


def test_publishing_takes_the_place_of_the_old_cache(tmp_path):
    folder = tmp_path / "dense"
    for n in (1, 2):
        cache.publish(folder, {"generation": n}, lambda aside, n=n: (aside / f"file{n}").write_text("x"))
    assert cache.fresh(folder, {"generation": 2}) and not cache.fresh(folder, {"generation": 1})
    assert [p.name for p in content(folder)] == ["file2"]
