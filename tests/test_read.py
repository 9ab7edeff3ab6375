"""Files as they come: PDFs, text in any of the usual encodings, and what is no document at all."""

import hashlib
import io
import zipfile

import pytest
from odd_files import pdf

from corpus import read as reading
from corpus.read import Unreadable, read, tidy

WORDS = "The worker’s “pain” is 7–8 – façade, naïve.\nNext line.\n"
PLAIN = "Seen in café.\nNext line.\n"


def archive() -> bytes:
    """A zip file that holds no document."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("list.bin", b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(200)))
    return data.getvalue()


@pytest.fixture
def file(tmp_path):
    def write(data: bytes, name: str = "letter.txt"):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


@pytest.mark.parametrize(
    ("encoding", "text"),
    [*((name, WORDS) for name in ("utf-8", "utf-8-sig", "utf-16", "cp1252")), ("latin-1", PLAIN), ("ascii", "Yes.\n")],
)
def test_a_text_reads_the_same_in_every_encoding(file, encoding, text):
    assert read(file(text.encode(encoding))).text == text


def test_utf_16_of_the_other_byte_order_reads_too(file):
    assert read(file(b"\xfe\xff" + WORDS.encode("utf-16-be"))).text == WORDS


def test_a_broken_byte_costs_one_character_and_not_the_file(file):
    assert "Next line." in read(file(PLAIN.encode() + b"\xff\xfe rest\n")).text


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("non\ufffeunion and low\u00adback", "non-union and low-back"),
        ("no\u00a0evidence", "no evidence"),
        ("a\x00b\x07c", "abc"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_tidying_changes_line_ends_hyphens_and_control_characters_only(written, stored):
    assert tidy(written) == stored


def test_form_feeds_make_pages_that_tile_the_text(file):
    document = read(file(b"one\n\ftwo\n\fthree"))
    assert [document.text[a:b] for a, b in document.pages] == ["one\n", "two\n", "three\n"]


def test_a_pdf_is_read_page_by_page(file):
    document = read(file(pdf("IRO CASE 900900\nfirst page", "second page"), "letter.pdf"))
    assert [document.text[a:b].split("\n") for a, b in document.pages] == [
        ["IRO CASE 900900", "first page", ""],
        ["second page", ""],
    ]


@pytest.mark.parametrize("name", ["letter.txt", "letter", "letter.docx"])
def test_a_pdf_is_known_by_its_content_not_its_suffix(file, name):
    assert read(file(pdf("words"), name)).text == "words\n"


def test_a_pdf_may_begin_with_blank_lines(file):
    assert read(file(b"\r\n\r\n" + pdf("words"))).text == "words\n"


def test_the_fingerprint_is_of_the_bytes_and_the_source_is_the_bare_name(file):
    data = WORDS.encode()
    document = read(file(data, "a b.txt"))
    assert (document.source, document.sha256) == ("a b.txt", hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   \n\n\f \n",
        pdf(""),
        pdf("words")[:200],
        b"%PDF-1.7\nnothing more",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        bytes(range(256)) * 40,
        b"\x00" * 4000,
        archive(),
    ],
    ids=["empty", "blank", "a scan", "a cut PDF", "a false PDF", "an image", "noise", "zeros", "an archive"],
)
def test_what_holds_no_text_is_refused_with_a_reason(file, data):
    with pytest.raises(Unreadable) as refusal:
        read(file(data))
    assert len(str(refusal.value)) > 4


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none.txt"):
        with pytest.raises(Unreadable):
            read(path)


def test_a_file_far_too_long_for_a_decision_is_refused(file, monkeypatch):
    monkeypatch.setattr(reading, "MAX_TEXT", 1000)
    with pytest.raises(Unreadable, match="characters"):
        read(file(b"word " * 300))


def test_text_in_other_scripts_is_text(file):
    assert read(file("Пациент. 患者は痛みがある。\n".encode())).text.startswith("Пациент")
