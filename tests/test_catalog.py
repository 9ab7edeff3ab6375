"""The catalog: each decision whole or not at all, every filter, one writer, and files it must refuse."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import apsw
import pytest
from conftest import StandIn
from letters import UNNECESSARY, california, decided, issue, texas

from corpus.passages import passages
from index.catalog import Catalog, Filter, text_hash
from index.errors import IndexUnusable, Locked, PrecedentError
from index.schema import SCHEMA, migrate

LUMBAR_ESI = "Left L4-L5 transforaminal epidural steroid injection (64483)"
NO_ROOT = f"There is no radiculopathy on examination. {UNNECESSARY}"
TABLES = ("decisions", "issues", "reasons", "passages")


def texas_letter(**odd):
    return decided(texas(**{"services": LUMBAR_ESI, "analysis": NO_ROOT} | odd), "iro.txt")


def california_letter():
    titles = ("Norco 10/325mg #60: Upheld", "Right knee MRI: Overturned")
    return decided(california(*map(issue, titles)), "imr.txt")


def vectors_of(decision):
    return {text_hash(p.text): StandIn().encode_query(p.text) for p in passages(decision)}


def put(catalog, decision, path):
    catalog.put(decision, path, passages(decision), vectors_of(decision))


@pytest.fixture
def catalog(tmp_path):
    with closing(Catalog(tmp_path / "index", create=True)) as opened:
        yield opened


@pytest.fixture
def both(catalog):
    """A catalog with one letter of each state."""
    put(catalog, texas_letter(), "/a/iro.txt")
    put(catalog, california_letter(), "/a/imr.txt")
    return catalog


def state(catalog):
    return catalog.counts(), catalog.sources(), catalog.generation


def test_what_was_put_is_read_back_equal(both):
    letters = {d.id: d for d in (texas_letter(), california_letter())}
    assert {id_: both.decision(id_) for id_ in both.decision_ids()} == letters
    assert both.counts()["issues"] == 3 and not both.integrity()
    found = [p for _, _, p in both.passages()]
    assert found == [p for d in letters.values() for p in passages(d)]
    assert all(" ".join(letters[p.decision].quote(p.start, p.end).split()) == p.text for p in found)


def test_the_same_path_with_other_content_replaces(both):
    new = texas_letter(services="MRI of the cervical spine")
    put(both, new, "/a/iro.txt")
    assert both.sources()["/a/iro.txt"] == (new.id, new.sha256) and both.counts()["decisions"] == 2
    assert not both.issues([Filter("treatment", ("esi",))]) and both.issues([Filter("treatment", ("mri",))])
    assert not both.find_decisions(texas_letter().id)


def test_the_same_content_at_another_path_is_one_decision(both):
    put(both, texas_letter(), "/b/iro.txt")
    assert set(both.sources()) == {"/b/iro.txt", "/a/imr.txt"}


def test_removing_leaves_nothing_behind(both):
    both.remove(both.decision_ids())
    assert not any(both.counts().values()) and not both.integrity()


def test_moving_changes_the_name_and_nothing_else(both):
    decision, before = texas_letter(), both.counts()
    both.move(decision.id, "/b/renamed.txt", "renamed.txt")
    moved = both.decision(decision.id)
    assert moved.source == "renamed.txt" and moved.text == decision.text and moved.issues == decision.issues
    assert both.sources()["/b/renamed.txt"] == (decision.id, decision.sha256) and "/a/iro.txt" not in both.sources()
    assert both.counts() == before and not both.integrity()
    assert both.find_decisions("renamed.txt") == [decision.id] and not both.find_decisions("iro.txt")


@pytest.mark.parametrize(
    "change",
    [
        lambda c: put(c, texas_letter(services="Chiropractic, 12 visits"), "/a/iro.txt"),
        lambda c: c.remove([texas_letter().id]),
        lambda c: c.move(texas_letter().id, "/c", "c"),
    ],
    ids=["put", "remove", "move"],
)
def test_every_change_is_a_new_generation(both, change):
    before = both.generation
    change(both)
    assert both.generation > before


def test_a_put_that_fails_half_way_changes_nothing(both):
    before, new = state(both), texas_letter(services="MRI of the cervical spine")
    with pytest.raises(apsw.ConstraintError), both.writing():
        both.put(new, "/a/iro.txt", passages(new), {})  # its passages have no vectors
    assert state(both) == before and both.decision(texas_letter().id) == texas_letter()


def test_a_second_connection_sees_a_change_whole(both, tmp_path):
    with closing(Catalog(tmp_path / "index")) as reader:
        assert reader.counts()["decisions"] == 2
        put(both, texas_letter(case="900901"), "/a/third.txt")
        assert reader.counts()["decisions"] == 3 and len(reader.issues()) == 4


TX, CA0, CA1 = ("TX", 0), ("CA", 0), ("CA", 1)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([], {TX, CA0, CA1}),
        ([("outcome", "upheld")], {TX, CA0}),
        ([("outcome", "upheld", "overturned")], {TX, CA0, CA1}),
        ([("outcome", "mixed")], set()),
        ([("jurisdiction", "TX")], {TX}),
        ([("kind", "imr")], {CA0, CA1}),
        ([("case", "cm16-9900001")], {CA0, CA1}),
        ([("case", "900900")], {TX}),
        ([("treatment", "esi")], {TX}),
        ([("treatment", "esi", "mri")], {TX, CA1}),
        ([("region", "lumbar")], {TX}),
        ([("region", "knee")], {CA1}),
        ([("level", "L4-5")], {TX}),
        ([("side", "left")], {TX}),
        ([("side", "right")], {CA1}),
        ([("code", "64483")], {TX}),
        ([("drug", "hydrocodone")], {CA0}),
        ([("guideline", "ODG")], {TX, CA0, CA1}),
        ([("specialty", "Neurology")], {TX}),
        ([("specialty", "Orthopedic Surgery")], {CA0, CA1}),
        ([("decided", "2011-03-14", "2011-03-15")], {TX}),
        ([("decided", "2011-03-15", "9999-01-01")], {CA0, CA1}),
        ([("decided", "2011-01-01", "2011-03-14")], set()),
        ([("reason", "radiculopathy:absent")], {TX}),
        ([("reason", "radiculopathy")], {TX}),
        ([("reason", "radiculopathy:present")], set()),
        ([("reason", "red-flags:absent", "radiculopathy:absent")], {TX}),
        ([("service", "treatment:mri", "drug:hydrocodone")], {CA0, CA1}),
        ([("service", "named:100%")], set()),
        ([("service", "named:_")], set()),
        ([("treatment", "mri"), ("outcome", "overturned")], {CA1}),
        ([("treatment", "mri"), ("outcome", "upheld")], set()),
        ([("treatment", "' or 1=1 --")], set()),
        ([("nothing-of-the-kind", "x")], set()),
    ],
)
def test_each_filter_alone_and_together(both, filters, expected):
    rows = both.issues([Filter(field, values) for field, *values in filters])
    assert {(both.decision(row.decision).jurisdiction, row.number) for row in rows} == expected


def test_a_thing_without_a_treatment_of_its_own_is_found_by_its_name(catalog):
    put(catalog, texas_letter(services="Spinal cord stimulator trial"), "/a/scs.txt")
    for name, found in (("spinal-cord-stimulator", 1), ("botox", 0)):
        assert len(catalog.issues([Filter("service", (f"named:{name}",))])) == found


@pytest.mark.parametrize("name", ["900900", "IRO.TXT", "iro", "IRO.txt"])
def test_a_decision_is_found_by_case_number_and_file_name(both, name):
    assert both.find_decisions(name) == [texas_letter().id]


@pytest.mark.parametrize("name", ["", "%", "_ro", "i%", "9009", "letter.txt", "'"])
def test_names_are_taken_literally(both, name):
    assert both.find_decisions(name) == []


def test_passages_of_an_issue_belong_to_it(both):
    for row in both.issues():
        ids = both.passage_ids([row])
        assert ids and {(p.decision, p.issue) for _, _, p in both.passages(ids)} == {(row.decision, row.number)}
    assert both.passage_ids([]) == [] and list(both.passages([])) == []


def test_equal_passages_share_a_vector(catalog):
    for number in ("900901", "900902"):
        put(catalog, texas_letter(case=number), f"/a/{number}.txt")
    counts = catalog.counts()
    ids, vectors = catalog.vectors(StandIn.dimension)
    assert counts["vectors"] < counts["passages"] == len(ids) == len(vectors)


# ---- files that must be refused ------------------------------------------------------------


def test_no_index_is_a_sentence_with_its_cure(tmp_path):
    with pytest.raises(IndexUnusable, match=r"no index in .*; make one with: precedent ingest"):
        Catalog(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(("version", "said"), [(99, "newer than this program"), (0, "not a catalog")])
def test_another_schema_is_refused(copied, version, said):
    db = apsw.Connection(str(copied / "catalog.sqlite"))
    db.execute(f"pragma user_version = {version}")
    db.close()
    with pytest.raises(IndexUnusable, match=said) as caught:
        Catalog(copied)
    assert caught.value.code == 3


@pytest.fixture
def older(copied):
    """The index as schema 1 had it."""
    with closing(apsw.Connection(str(copied / "catalog.sqlite"))) as db:
        generation = db.execute("select max(generation) from changes").get
        db.execute("drop trigger passage_gone; drop table gone; drop table changes; drop index decisions_by_path")
        db.execute("alter table reasons drop column reader; drop index decisions_facts")
        db.execute("insert into meta values ('generation', ?)", (str(generation),))
        db.execute("pragma user_version = 1")
    return copied


def version(folder):
    with closing(apsw.Connection(str(folder / "catalog.sqlite"))) as db:
        return db.execute("pragma user_version").get


def everything(catalog):
    return [(catalog.decision(id_), catalog.held(id_)) for id_ in catalog.decision_ids()]


def test_an_older_schema_is_brought_up_to_date_and_a_copy_kept(older, small):
    said = []
    with closing(Catalog(older, say=said.append)) as catalog, closing(Catalog(small)) as expected:
        assert everything(catalog) == everything(expected) and catalog.generation == expected.generation
        catalog.remove(catalog.decision_ids()[:1])
        assert catalog.gone(expected.generation)
    assert len(said) == 1 and said[0].endswith("as it was it is kept in catalog.schema-1.sqlite")
    kept = older / "kept"
    kept.mkdir()
    shutil.copy(older / "catalog.schema-1.sqlite", kept / "catalog.sqlite")
    assert version(older) == SCHEMA and version(kept) == 1
    with closing(Catalog(kept)) as restored, closing(Catalog(small)) as expected:
        assert everything(restored) == everything(expected)


def test_a_migration_that_ends_anywhere_leaves_the_old_schema_or_the_new(older, small):
    def stops_at(count):
        steps = iter(range(count))
        return lambda *_: next(steps, None) is not None

    for count in range(60):
        with closing(apsw.Connection(str(older / "catalog.sqlite"))) as db:
            db.exec_trace = stops_at(count)
            with suppress(apsw.ExecTraceAbort):
                migrate(db, older / "catalog.sqlite")
            db.exec_trace = None
        if version(older) == SCHEMA:
            break
        assert version(older) == 1
    assert 8 < count < 59
    with closing(Catalog(older)) as catalog, closing(Catalog(small)) as expected:
        assert everything(catalog) == everything(expected) and not catalog.integrity()


def test_an_older_schema_in_a_folder_nobody_may_write_is_a_sentence(older, monkeypatch):
    monkeypatch.setattr(Catalog, "writable", False)
    with pytest.raises(IndexUnusable, match="has the older schema 1; open it once where it can be written"):
        Catalog(older)
    assert version(older) == 1


def test_a_newer_schema_is_left_byte_for_byte_as_it_is(copied):
    with closing(apsw.Connection(str(copied / "catalog.sqlite"))) as db:
        db.execute(f"pragma user_version = {SCHEMA + 1}")
    before = (copied / "catalog.sqlite").read_bytes()
    with pytest.raises(IndexUnusable, match="newer than this program"):
        Catalog(copied)
    assert (copied / "catalog.sqlite").read_bytes() == before


def overwritten(start, content):
    def damage(path):
        with open(path, "r+b") as file:
            file.seek(start)
            file.write(content)

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        overwritten(0, b"x" * 100),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no database at all, only words " * 100),
        lambda path: os.truncate(path, 5000),
        overwritten(100, b"\xff" * 4000),
    ],
    ids=["header", "empty", "words", "truncated", "first page"],
)
def test_a_damaged_file_is_refused_with_code_3(copied, damage):
    damage(copied / "catalog.sqlite")
    with pytest.raises(IndexUnusable) as caught:
        Catalog(copied)
    assert caught.value.code == 3 and "catalog.sqlite" in str(caught.value)


def test_damage_further_in_is_refused_with_code_3_when_it_is_met(copied):
    size = (copied / "catalog.sqlite").stat().st_size
    overwritten(8192, b"\xff" * (size - 8192))(copied / "catalog.sqlite")
    with pytest.raises(IndexUnusable), closing(Catalog(copied)) as catalog:
        [catalog.decision(row.decision) for row in catalog.issues()]


@pytest.mark.parametrize("name", ["IRO-900104", "iro 900104", "IRO900104", "900104", "IRO-900104.txt"])
def test_a_texas_case_is_found_however_its_number_is_written(copied, name):
    with closing(Catalog(copied)) as catalog:
        assert [catalog.decision(id_).source for id_ in catalog.find_decisions(name)] == ["IRO-900104.txt"]


def test_a_name_that_is_no_text_finds_nothing(copied):
    with closing(Catalog(copied)) as catalog:
        assert catalog.find_decisions("\udcff") == []


def test_what_is_no_longer_here_is_a_sentence(copied):
    with closing(Catalog(copied)) as catalog, pytest.raises(PrecedentError, match="or no longer; ask again"):
        catalog.decision("none")


def test_threads_read_side_by_side(small):
    with closing(Catalog(small)) as catalog, ThreadPoolExecutor(8) as threads:
        read = threads.map(lambda n: len([catalog.decision(row.decision) for row in catalog.issues()]), range(40))
        assert len(set(read)) == 1


def test_a_removed_index_is_not_written_to_by_who_waited_for_it(both, tmp_path):
    for path in (tmp_path / "index").glob("catalog.sqlite*"):
        path.unlink()
    with pytest.raises(PrecedentError, match="was removed meanwhile"), both.writing():
        pass


def test_a_passage_number_is_never_given_twice(both):
    highest = max(id_ for id_, _, _ in both.passages())
    both.remove(both.decision_ids())
    put(both, texas_letter(), "/a/iro.txt")
    assert min(id_ for id_, _, _ in both.passages()) > highest


def test_a_second_writer_hears_who_is_writing(both, tmp_path):
    with both.writing(), closing(Catalog(tmp_path / "index")) as second:
        with pytest.raises(Locked, match=f"process {os.getpid()};") as caught, second.writing():
            pass
        assert caught.value.code == 4 and second.counts()["decisions"] == 2


def test_the_lock_is_free_again_after_a_failure(both):
    with pytest.raises(ZeroDivisionError), both.writing():
        raise ZeroDivisionError
    with both.writing():
        put(both, texas_letter(case="900901"), "/a/third.txt")


@pytest.fixture
def read_only(copied, monkeypatch):
    """The index in a folder nobody may write to; root, who may write anywhere, is told that it may not."""
    can = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and can(path, mode))
    copied.chmod(0o500)
    yield copied
    copied.chmod(0o700)


def test_a_read_only_folder_opens_and_stays_as_it_is(read_only):
    before = sorted(path.name for path in read_only.iterdir())
    with closing(Catalog(read_only)) as catalog:
        assert catalog.issues() and all(catalog.decision(id_).text for id_ in catalog.decision_ids())
        with pytest.raises((apsw.ReadOnlyError, PrecedentError)):
            catalog.remove(catalog.decision_ids())
        assert catalog.issues()
    assert sorted(path.name for path in read_only.iterdir()) == before


def test_a_copy_of_the_folder_is_the_same_index(small, copied):
    shutil.rmtree(copied / "dense")
    with closing(Catalog(small)) as one, closing(Catalog(copied)) as other:
        assert state(one) == state(other)
