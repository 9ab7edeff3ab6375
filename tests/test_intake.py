"""Documents added while the index is served: all of a file or nothing, failures by name, stopped when asked."""

import shutil

import pytest
from letters import SAMPLES, texas

from app.intake import DOCUMENTS, Intake, State
from app.library import Library
from app.settings import Settings
from index.catalog import Catalog


@pytest.fixture
def settings(copied):
    return Settings(copied, "stand-in")


def uploads(tmp_path, *texts):
    """Files as Gradio leaves them: each in a folder of its own."""
    found = []
    for n, text in enumerate(texts):
        folder = tmp_path / f"upload-{n}"
        folder.mkdir()
        path = folder / f"letter-{n}.txt"
        path.write_text(text, "utf-8")
        found.append(path)
    return found


def test_what_was_added_is_found_by_a_library_that_was_open_before(settings, tmp_path):
    library = Library(settings)
    before = library.index().catalog.counts()["decisions"]
    intake = Intake(settings, uploads(tmp_path, texas(case="900777"), "", texas(case="900778")))
    assert intake.wait(60) and not intake.error
    assert len(intake.report.added) == 2 and list(intake.report.failed.values()) == ["empty"]
    assert library.index().catalog.counts()["decisions"] == before + 2
    assert library.index().search("IRO 900777")[0].passage.decision == library.index().catalog.the_one("900777")


def test_uploads_move_beside_the_index_and_nothing_stays_of_what_failed(settings, tmp_path):
    files = uploads(tmp_path, texas(case="900777"), "")
    assert Intake(settings, files).wait(60)
    kept = [path for path in (settings.index / DOCUMENTS).rglob("*") if path.is_file()]
    assert [path.name for path in kept] == ["letter-0.txt"]
    assert not any(path.parent.exists() for path in files)
    catalog = Catalog(settings.index)
    assert catalog.file_of(catalog.the_one("900777")) == kept[0].resolve()


def test_it_stops_when_asked_and_what_was_added_stays_whole(settings, tmp_path):
    files = uploads(tmp_path, *(texas(case=str(900800 + n)) for n in range(30)))
    intake = Intake(settings, files)
    intake.stop()
    assert intake.wait(60) and "Stopped after" in intake.error
    catalog = Catalog(settings.index)
    places = set(catalog.sources())
    kept = {str(p.resolve()) for p in (settings.index / DOCUMENTS).rglob("*") if p.is_file()}
    assert kept <= places


def test_a_second_writer_is_told_who_is_at_work(settings, tmp_path, monkeypatch):
    catalog = Catalog(settings.index)
    with catalog.writing():
        monkeypatch.setattr("index.lock.PATIENCE", 0.1, raising=False)
        intake = Intake(settings, uploads(tmp_path, texas(case="900777")))
        assert intake.wait(60)
    assert "process" in intake.error


def test_the_remaining_time_is_known_once_something_is_done():
    assert State(0, 10, "", 3.0).left is None
    assert State(2, 10, "", 4.0).left == 16.0


def test_another_index_in_the_same_folder_is_opened_at_the_next_question(settings, tmp_path):
    from index.build import ingest

    library = Library(settings)
    assert library.index() is library.index()
    other = tmp_path / "other"
    ingest([SAMPLES / "IRO-900104.txt"], other, "stand-in")
    shutil.rmtree(settings.index)
    shutil.move(other, settings.index)
    assert library.index().catalog.counts()["decisions"] == 1
