"""Pages that are pictures: read by tesseract where it is, refused by name where it is not."""

import os

import pytest
from odd_files import LETTER, pdf, png

from corpus import scan
from corpus.isolation import decision_of
from corpus.kinds import Unreadable
from corpus.read import read


@pytest.fixture
def scanned(tmp_path):
    """A PDF whose only page is a picture of the letter."""
    import pypdfium2

    with pypdfium2.PdfDocument(pdf(LETTER)) as letter:
        bitmap = letter[0].render(scale=3)
        with pypdfium2.PdfDocument.new() as copy:
            picture = pypdfium2.PdfImage.new(copy)
            picture.set_bitmap(bitmap)
            picture.set_matrix(pypdfium2.PdfMatrix().scale(612, 792))
            page = copy.new_page(612, 792)
            page.insert_obj(picture)
            page.gen_content()
            copy.save(tmp_path / "scan.pdf")
    return tmp_path / "scan.pdf"


@pytest.fixture
def tesseract(tmp_path, monkeypatch):
    """A stand-in that says how large a picture it was given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "tesseract").write_text('#!/bin/sh\nhead -c 2 ; echo ; echo "The request is not medically necessary."\n')
    (folder / "tesseract").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


def test_without_tesseract_a_scan_is_refused_by_name(scanned, monkeypatch):
    monkeypatch.setattr(scan, "available", lambda: False)
    with pytest.raises(Unreadable, match="no text layer; install tesseract"):
        read(scanned)


def test_a_scanned_page_goes_to_tesseract_and_the_decision_says_so(scanned, tesseract):
    ticks = []
    document = read(scanned, lambda: ticks.append(1))
    assert document.text.startswith("P5\nThe request is not medically necessary.") and ticks == [1]
    assert document.warnings == ("ocr: page 1 read from pictures by tesseract; check quotes against the original",)


def test_a_picture_file_is_read_too(tmp_path, tesseract):
    (tmp_path / "page.png").write_bytes(png(8, 8, bytes(64)))
    document = read(tmp_path / "page.png")
    assert "not medically necessary" in document.text and document.warnings[0].startswith("ocr")


def test_a_tesseract_that_fails_fails_the_file_with_its_words(scanned, tesseract, tmp_path):
    (tmp_path / "bin" / "tesseract").write_text("#!/bin/sh\necho no such language >&2; exit 1\n")
    with pytest.raises(Unreadable, match="no such language"):
        read(scanned)


def test_an_empty_page_is_no_scan(tmp_path, monkeypatch):
    monkeypatch.setattr(scan, "text_of", lambda page: pytest.fail("there is nothing to see"))
    (tmp_path / "a.pdf").write_bytes(pdf("words", ""))
    assert read(tmp_path / "a.pdf").warnings == ()


@pytest.mark.skipif(not scan.available(), reason="tesseract is not installed")
def test_the_real_tesseract_reads_the_letter(scanned):
    decision = decision_of(scanned)
    text = " ".join(decision.text.split())
    assert decision.warnings[0].startswith("ocr: page 1")
    assert "Lumbar MRI: Upheld" in text and "no documented radiculopathy" in text
