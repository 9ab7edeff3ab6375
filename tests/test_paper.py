"""A page of a PDF is shown as it is, the cited passage highlighted, and only while the file is the one taken in."""

import io

import pytest
from letters import texas
from odd_files import pdf
from PIL import Image

from app.paper import page_as_png
from index.build import ingest
from index.catalog import Catalog
from index.errors import UsageError


@pytest.fixture(scope="module")
def letter(stand_in, tmp_path_factory):
    """A letter of two pages as a PDF, taken in: its file and its catalog."""
    folder = tmp_path_factory.mktemp("letter")
    lines = texas().splitlines()
    file = folder / "letter.pdf"
    file.write_bytes(pdf("\n".join(lines[:12]), "\n".join(lines[12:])))
    assert ingest([file], folder / "index", "stand-in").added
    return file, Catalog(folder / "index")


def yellow(png: bytes) -> int:
    """How many pixels are highlighted."""
    picture = Image.open(io.BytesIO(png))
    return sum(n for n, (r, g, b) in picture.getcolors(1 << 24) if r > 230 and g > 200 and b < 120)


def test_the_passage_is_highlighted_on_its_page_and_nowhere_else(letter):
    _, catalog = letter
    (id_,) = catalog.decision_ids()
    decision = catalog.decision(id_)
    start, _ = decision.pages[1]
    end = decision.text.index("\n", start + 10)
    marked, other = (page_as_png(catalog, id_, n, f"{start}-{end}") for n in (2, 1))
    assert yellow(marked) > 500 and yellow(other) == 0
    assert yellow(page_as_png(catalog, id_, 2, "")) == 0 and yellow(page_as_png(catalog, id_, 2, "no span")) == 0


@pytest.mark.parametrize("number", [0, 3, 99])
def test_a_page_that_is_not_there_is_told(letter, number):
    _, catalog = letter
    with pytest.raises(UsageError, match="has 2 pages"):
        page_as_png(catalog, catalog.decision_ids()[0], number, "")


def test_a_file_that_was_changed_or_is_gone_is_not_shown(letter):
    file, catalog = letter
    kept = file.read_bytes()
    try:
        file.write_bytes(pdf("Another letter."))
        with pytest.raises(UsageError, match="was changed since"):
            page_as_png(catalog, catalog.decision_ids()[0], 1, "")
        file.unlink()
        with pytest.raises(UsageError, match="cannot be shown"):
            page_as_png(catalog, catalog.decision_ids()[0], 1, "")
    finally:
        file.write_bytes(kept)
