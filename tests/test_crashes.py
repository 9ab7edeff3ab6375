"""A slice of `make soak`: kills, damage, a full disk and many processes at once leave an index whole."""

import os
import shutil
from contextlib import closing, suppress

import pytest
from crashes import caches, catalogs, full_disk, kills, kills_with_the_model, locks, readers, small_disk, writers

from index.search import Index

SEED = int(os.environ.get("SEED", "1"))


def test_kills_lose_nothing_that_was_acknowledged():
    assert kills(12, SEED) >= 6


@pytest.mark.model
@pytest.mark.slow
def test_kills_of_the_command_itself_lose_nothing():
    kills_with_the_model(2, SEED)


def test_damaged_caches_are_noticed_and_mended(copied):
    caches(12, SEED, copied)


def test_a_damaged_catalog_answers_the_same_or_is_refused(copied):
    assert catalogs(20, SEED, copied)


def test_a_full_disk_ends_in_a_sentence():
    if not full_disk(8, SEED):
        pytest.skip("a small disk can be mounted by root alone")


def test_an_index_is_read_on_a_disk_without_a_byte_left(copied):
    """SQLite then has no room for the marks that a reader makes beside the log."""
    with small_disk(8) as disk:
        if disk is None:
            pytest.skip("a small disk can be mounted by root alone")
        folder = shutil.copytree(copied, disk / "index")
        with suppress(OSError), open(disk / "filler", "wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))
        assert not shutil.disk_usage(disk).free
        with closing(Index(folder, "stand-in")) as index:
            assert index.search("no radiculopathy on examination", 3) and index.catalog.decision_ids()


def test_a_killed_writer_leaves_no_lock(copied):
    locks(3, copied)


def test_writers_at_once_add_everything():
    writers(3, 12)


def test_searches_go_on_while_another_process_writes():
    assert readers(6, 3) > 6
