"""Files into an index: what is added, unchanged, moved, repeated or refused, with a stand-in encoder."""

import pytest
from odd_files import LETTER, docx, pdf
from test_table import review, sheet

from index.build import ingest


@pytest.fixture
def take(tmp_path, stand_in):
    """Ingest a folder's files, by names relative to it."""
    (tmp_path / "letters").mkdir()

    def ingested(*names: str):
        report = ingest([tmp_path / "letters" / name for name in names or ("",)], tmp_path / "index", "stand-in")
        return {kind: _names(getattr(report, kind)) for kind in report.__dataclass_fields__ if getattr(report, kind)}

    ingested.folder = tmp_path / "letters"
    return ingested


def _names(found):
    short = {str(path).rsplit("/", 1)[-1]: found[path] for path in found} if isinstance(found, dict) else None
    return short if short is not None else [str(path).rsplit("/", 1)[-1] for path in found]


def test_good_and_broken_files_in_one_folder(take):
    (take.folder / "a.txt").write_text(LETTER)
    (take.folder / "b.docx").write_bytes(docx(LETTER))
    (take.folder / "c.pdf").write_bytes(pdf(LETTER)[:100])
    (take.folder / "d.pdf").mkdir()
    first = take()
    assert first["added"] == ["a.txt", "b.docx"] and set(first["failed"]) == {"c.pdf", "d.pdf"}
    again = take()
    assert again["unchanged"] == ["a.txt", "b.docx"] and "added" not in again
    assert set(again["failed"]) == {"c.pdf", "d.pdf"}


def test_the_same_content_under_two_names_is_read_once(take):
    for name in ("a.txt", "b.txt"):
        (take.folder / name).write_text(LETTER)
    assert take() == {"added": ["a.txt"], "duplicates": {"b.txt": str(take.folder / "a.txt")}}


def test_copies_of_a_broken_file_are_broken_too(take):
    for name in ("a.pdf", "b.pdf"):
        (take.folder / name).write_bytes(b"%PDF-1.7\n")
    assert set(take()["failed"]) == {"a.pdf", "b.pdf"}


def test_a_file_that_moved_and_one_that_changed(take):
    (take.folder / "a.txt").write_text(LETTER)
    take()
    (take.folder / "a.txt").rename(take.folder / "b.txt")
    assert take() == {"moved": ["b.txt"]}
    (take.folder / "b.txt").write_text(LETTER.replace("Lumbar", "Cervical"))
    assert take() == {"replaced": ["b.txt"]}


def test_a_table_is_taken_in_row_by_row(take):
    path = take.folder / "imr.csv"
    path.write_text(sheet([review(1), review(2)]))
    assert take("imr.csv")["added"] == ["imr.csv#MN16-1", "imr.csv#MN16-2"]
    path.write_text(sheet([review(1), review(2), review(3)]))
    assert take() == {"unchanged": ["imr.csv#MN16-1", "imr.csv#MN16-2"], "added": ["imr.csv#MN16-3"]}
    path.write_text(sheet([review(1), review(2, Determination="Overturned"), review(3)]))
    assert take()["replaced"] == ["imr.csv#MN16-2"]


def test_repeated_ids_texts_and_rows_of_a_table_are_reported(take):
    same = review(1)["Findings"]
    rows = [review(1), review(1), review(1, Determination="Overturned")]
    rows += [review(2, Findings=same), review(3, Findings="")]
    (take.folder / "imr.csv").write_text(sheet(rows))
    report = take()
    assert report["added"] == ["imr.csv#MN16-1", "imr.csv#MN16-1 (3)", "imr.csv#MN16-2"]
    assert list(report["duplicates"]) == ["imr.csv#MN16-1 (2)"]
    assert report["warnings"]["imr.csv"] == ["1 ids stand in more than one row, all kept: MN16-1"]
    assert report["warnings"]["imr.csv#MN16-2"] == ["its findings are word for word those of MN16-1"]
    assert report["failed"]["imr.csv"].startswith("1 rows are not in, the others are: MN16-3: no findings in it")
