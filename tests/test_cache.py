"""The two caches are disposable: whatever happens to their files is noticed on opening, said once, and mended."""

import errno
import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from letters import texas

from index import cache
from index.build import ingest
from index.caches import KINDS, kind_of
from index.catalog import Catalog
from index.errors import PrecedentError
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
    """The files of the published snapshot, its manifest apart."""
    folder = cache.current(path)
    return sorted(p for p in folder.iterdir() if p.name != "manifest.json" and p.suffix != ".lock")


def manifest(path: Path) -> Path:
    return cache.current(path) / "manifest.json"


def edited(change: Callable[[dict], None], sealed: bool = True):
    """A hand in the manifest, which may seal it again as if it had been written so."""

    def damage(folder: Path):
        made = json.loads(manifest(folder).read_text())
        change(made)
        if sealed:
            del made["seal"]
            made["seal"] = cache._seal(made)
        manifest(folder).write_text(json.dumps(made))

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
    "a file more": lambda folder: (cache.current(folder) / "stray").write_text("x"),
    "a file swapped for another's": lambda folder: shutil.copy(manifest(folder), content(folder)[0]),
    "no manifest": lambda folder: manifest(folder).unlink(),
    "an empty manifest": lambda folder: manifest(folder).write_bytes(b""),
    "a manifest of nothing": lambda folder: manifest(folder).write_text("[]"),
    "a manifest that is no text": lambda folder: manifest(folder).write_bytes(b"\xff\xfe{}"),
    "a manifest changed after it was sealed": edited(lambda m: m["facts"].update(count=1), sealed=False),
    "another format": edited(lambda m: m["facts"].update(format=0)),
    "another history": edited(lambda m: m["facts"].update(token="00" * 8)),
    "no snapshot": lambda folder: shutil.rmtree(cache.current(folder)),
    "no pointer": lambda folder: (folder / "current").unlink(),
    "a pointer to nowhere": lambda folder: (folder / "current").write_text("nowhere"),
    "a pointer out of the folder": lambda folder: (folder / "current").write_text("../lexical"),
    "a pointer that is no text": lambda folder: (folder / "current").write_bytes(b"\xff\x00"),
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
    assert cache.whole(cache.current(copied / name))
    for path in [*content(copied / name), manifest(copied / name)]:
        before = path.read_bytes()
        one_bit(path)
        assert not cache.whole(cache.current(copied / name)), path.name
        path.write_bytes(before)
    assert cache.whole(cache.current(copied / name))


def test_a_missing_cache_is_made_without_a_word(index, copied):
    shutil.rmtree(copied / "dense")
    shutil.rmtree(copied / "lexical")
    assert reopened(copied) == (found(index), [])


def anew(folder: Path, target: Path):
    """What is found with the same catalog and no cache to begin with."""
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("dense", "lexical"))
    return ids_of(reopened(target)[0])


def ids_of(results):
    """What is found, in order of likeness; tantivy counts the words of deleted passages until it merges."""
    return [([i for i, _ in dense], {i for i, _ in words[:5]}) for dense, words, _ in results]


def test_after_a_change_only_the_difference_is_written_and_nothing_said(copied, tmp_path):
    before = {path.read_bytes() for path in content(copied / "dense")}
    with closing(Catalog(copied)) as catalog:
        catalog.remove(catalog.decision_ids()[:1])
    results, said = reopened(copied)
    assert not said and ids_of(results) == anew(copied, tmp_path / "anew")
    assert before == {path.read_bytes() for path in content(copied / "dense")}


def test_many_small_changes_leave_few_files_and_the_same_results(stand_in, few_letters, tmp_path):
    letters = sorted(few_letters.iterdir())
    for letter in [*letters, letters[0]]:
        ingest([letter], tmp_path / "index", "stand-in")
    assert len(content(tmp_path / "index" / "dense")) <= 4
    results, said = reopened(tmp_path / "index")
    assert not said and ids_of(results) == anew(tmp_path / "index", tmp_path / "anew")


def test_a_catalog_restored_from_a_copy_gets_caches_of_its_own(copied, few_letters, tmp_path):
    with closing(Catalog(copied)) as catalog:
        first, second = catalog.decision_ids()[:2]
        catalog.remove([first])
        shutil.copy(copied / "catalog.sqlite", tmp_path / "copy")
        catalog.remove([second])
    reopened(copied)
    for path in copied.glob("catalog.sqlite*"):
        path.unlink()
    shutil.copy(tmp_path / "copy", copied / "catalog.sqlite")
    with closing(Catalog(copied)) as catalog:
        catalog.remove([catalog.decision_ids()[-1]])
    results, said = reopened(copied)
    assert len(said) == 2 and ids_of(results) == anew(copied, tmp_path / "anew")


def test_an_open_index_sees_a_change_at_its_next_search(copied, few_letters, tmp_path):
    with closing(Index(copied, "stand-in")) as reader:
        count = len(reader.dense)
        (tmp_path / "new.txt").write_text(texas(analysis="The reviewer recalls Zanzibar.", case="900901"))
        ingest([tmp_path / "new.txt"], copied, "stand-in")
        assert any("Zanzibar" in h.passage.text for h in reader.search("Zanzibar", 10)) and len(reader.dense) > count
        with closing(Catalog(copied)) as catalog:
            catalog.remove(catalog.find_decisions("new.txt"))
        assert not reader.lexical.search("Zanzibar", 5) and len(reader.dense) == count


def test_while_another_writes_the_last_snapshot_is_searched(copied, index):
    with closing(Catalog(copied)) as writer, writer.writing():
        removed = writer.decision_ids()[0]
        writer.remove([removed])
        with closing(Index(copied, "stand-in")) as reader:
            hits = reader.search("no radiculopathy on physical examination", 100)
            assert hits and removed not in {hit.passage.decision for hit in hits}
            assert len(reader.lexical) == len(index.lexical)


@pytest.mark.parametrize("name", ["dense", "lexical"])
def test_while_another_writes_a_damaged_cache_is_not_searched(copied, index, name):
    each_file(one_bit)(copied / name)
    with closing(Catalog(copied)) as writer, writer.writing():
        results, said = reopened(copied)
    assert said == [f"the {name} cache does not match the catalog; rebuilding it"]
    assert ids_of(results) == ids_of(found(index))


def test_what_cannot_be_written_leaves_the_old_cache_as_it_was(tmp_path):
    folder = tmp_path / "dense"
    cache.publish(folder, written("a", "old"))

    def fails(made: Path):
        (made / "a").write_text("new")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(PrecedentError, match="dense: no space left; what was added is safe in the catalog"):
        cache.publish(folder, fails)
    current = cache.current(folder)
    assert cache.whole(current) and (current / "a").read_text() == "old"
    assert sorted(p.name for p in folder.iterdir()) == sorted(["current", current.name])


def written(name: str, text: str) -> Callable[[Path], dict]:
    def write(made: Path):
        (made / name).write_text(text)
        return {"text": text}

    return write


def test_publishing_takes_the_place_of_the_old_cache(tmp_path):
    for n in (1, 2):
        cache.publish(tmp_path, written(f"file{n}", "x"))
    assert [p.name for p in content(tmp_path)] == ["file2"] and len(list(tmp_path.iterdir())) == 2


def test_a_linked_file_keeps_its_hash_and_a_copied_one_is_read(tmp_path):
    cache.publish(tmp_path, written("a", "old"))
    old = cache.current(tmp_path)
    (old / "a").write_text("damaged")

    def linked(made: Path):
        cache.link(old / "a", made / "a")
        return {}

    cache.publish(tmp_path, linked)
    assert not cache.whole(cache.current(tmp_path))


def test_a_reader_that_leaves_a_mark_in_an_old_snapshot_does_not_stop_the_writer(tmp_path, monkeypatch):
    """tantivy puts a lock into the folder it opens, also into one that is just being deleted."""
    cache.publish(tmp_path, lambda folder: {"n": 1})
    old, delete, marks = cache.current(tmp_path), os.rmdir, iter(range(3))

    def rmdir(path, **where):
        if next(marks, None) is not None:
            (old / ".lock").touch()
        delete(path, **where)

    monkeypatch.setattr(os, "rmdir", rmdir)
    cache.publish(tmp_path, lambda folder: {"n": 2})
    assert next(marks, None) is None and not old.exists() and cache.facts_of(cache.current(tmp_path)) == {"n": 2}


def test_an_old_snapshot_that_cannot_be_deleted_is_told(tmp_path, monkeypatch):
    """What was forgotten would otherwise stay in it unnoticed."""
    cache.publish(tmp_path, lambda folder: {"n": 1})

    def rmdir(path, **where):
        raise OSError(errno.EACCES, "not yours")

    monkeypatch.setattr(os, "rmdir", rmdir)
    monkeypatch.setattr(cache, "_ATTEMPTS", 2)
    with pytest.raises(PrecedentError, match="cannot write \\(not yours\\)"):
        cache.publish(tmp_path, lambda folder: {"n": 2})
    assert cache.facts_of(cache.current(tmp_path)) == {"n": 2}


@pytest.mark.parametrize("name", KINDS)
def test_a_snapshot_replaced_while_it_is_opened_is_not_used(copied, monkeypatch, name):
    """A file of it may have been deleted before it could be opened."""
    kind, opened = kind_of(name), []
    really = kind.opened

    def replaced_meanwhile(folder, catalog, held=None):
        opened.append(folder.name)
        made = really(folder, catalog, held)
        if len(opened) == 1:
            shutil.copytree(folder, folder.parent / "replacement")
            cache._point(folder.parent, "replacement")
            shutil.rmtree(folder)
        return made

    monkeypatch.setattr(kind, "opened", replaced_meanwhile)
    with closing(Index(copied, "stand-in")) as index:
        assert found(index)[0][2]
    assert opened[1:] == ["replacement"]
