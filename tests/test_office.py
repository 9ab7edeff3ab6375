"""Word, web, rich text, OpenDocument and mail: the same letter in every form, and nothing looked up on the way."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from odd_files import LETTER, archive, docx, mail, odt, pdf, rtf, web

from corpus.kinds import Unreadable, kind_of
from corpus.parse import decision_from
from corpus.read import read

ROOT = Path(__file__).parents[1]
FORMS = {
    "docx": docx(LETTER),
    "html": web(LETTER),
    "html with breaks": web(LETTER, "{}<br/>\n"),
    "html in a table": web(LETTER, "<tr><td>{}</td></tr>").replace(b"<body>", b"<body><table>"),
    "html preformatted": f"<html><body><pre>{LETTER}</pre></body></html>".encode(),
    "html without html": web(LETTER)[len(b"<!DOCTYPE html><html><head><title>Letter</title></head><body>") :],
    "rtf": rtf(LETTER),
    "odt": odt(LETTER),
    "eml": mail(LETTER),
    "eml with a pdf": mail("See the letter.", pdf(*LETTER.split("CLINICAL"))),
    "eml with a docx": mail("See the letter.", docx(LETTER), "docx"),
}


@pytest.fixture
def file(tmp_path):
    def write(data: bytes, name: str = "letter.bin"):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


@pytest.mark.parametrize("form", FORMS)
def test_a_letter_is_the_same_decision_in_every_form(file, form):
    found = decision_from(file(FORMS[form]))
    assert (found.kind, found.case_number) == ("imr", "CM16-9900001")
    assert [(i.service, i.outcome) for i in found.issues] == [("Lumbar MRI", "upheld")]
    assert "no documented radiculopathy" in found.quote(*found.issues[0].rationale)


@pytest.mark.parametrize("form", ["docx", "html", "html with breaks", "html preformatted", "rtf", "odt"])
def test_every_line_stays_a_line(file, form):
    lines = [line for line in read(file(FORMS[form])).text.split("\n") if line.strip()]
    assert lines == LETTER.strip("\n").split("\n")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"Date: 1/2/2017\nTo: Dr. A\nFrom: Dr. B\nSubject: appeal\n\nText", "text"),
        (b"The value was <5 and >3, see <b>.", "text"),
        (b"From: a@b\r\nMIME-Version: 1.0\r\nSubject: x\r\n\r\nText", "eml"),
        (b"\xef\xbb\xbf  <!-- c --><HTML lang=en>", "html"),
        (b"<?xml version='1.0'?><!DOCTYPE html><html>", "html"),
        (b"  {\\rtf1 x}", "rtf"),
        (b"junk\n%PDF-1.4", "pdf"),
    ],
)
def test_a_kind_is_told_by_content(data, kind):
    assert kind_of(data) == kind


def word(build) -> bytes:
    import docx as library

    document = library.Document()
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_word_tables_keep_their_rows_and_lists_their_marks(file):
    def build(document):
        table = document.add_table(2, 2)
        table.cell(0, 0).text, table.cell(0, 1).text = "MRI", "Upheld"
        table.cell(1, 0).text = "REVIEW OUTCOME\nUpheld"
        table.cell(1, 1).add_paragraph("last")
        document.add_paragraph("first", style="List Bullet")
        document.add_paragraph("one", style="List Number")

    text = read(file(word(build))).text
    assert text == "MRI   Upheld\nREVIEW OUTCOME\nUpheld   last\n• first\n1. one\n"


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
W14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'


def control(state: str, shown: str) -> str:
    """A check box of new Word."""
    return (
        f'<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="{state}"/></w14:checkbox></w:sdtPr>'
        f"<w:sdtContent><w:r><w:t>{shown}</w:t></w:r></w:sdtContent></w:sdt>"
    )


def field(state: str) -> str:
    """A check box of old Word."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox>'
        f'<w:default w:val="{state}"/></w:checkBox></w:ffData></w:fldChar></w:r>'
    )


@pytest.mark.parametrize(
    ("xml", "line"),
    [
        (control("1", "☒"), "☒ Upheld"),
        (control("0", "☐"), "☐ Upheld"),
        (field("1"), "☒  Upheld"),
        (field("0"), "☐  Upheld"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>', "☒ Upheld"),
        ("<w:ins><w:r><w:t>New</w:t></w:r></w:ins><w:del><w:r><w:delText>Gone</w:delText></w:r></w:del>", "New Upheld"),
    ],
    ids=["checked", "unchecked", "old checked", "old unchecked", "Wingdings", "tracked changes"],
)
def test_what_word_shows_is_read(file, xml, line):
    from docx.oxml import parse_xml

    def build(document):
        document.element.body.insert(
            0, parse_xml(f'<w:p {W} {W14}>{xml}<w:r><w:t xml:space="preserve"> Upheld</w:t></w:r></w:p>')
        )

    assert read(file(word(build))).text.strip() == line


def test_text_boxes_and_block_controls_are_read(file):
    from docx.oxml import parse_xml

    box = "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
    block = "<w:sdt><w:sdtContent><w:p><w:r><w:t>Controlled</w:t></w:r></w:p></w:sdtContent></w:sdt>"

    def build(document):
        for n, xml in enumerate((f"<w:p>{box}<w:r><w:t>Anchor</w:t></w:r></w:p>", block)):
            document.element.body.insert(n, parse_xml(xml.replace(">", f" {W}>", 1)))

    assert read(file(word(build))).text == "Anchor\nBoxed\nControlled\n"


def test_web_checkboxes_and_scripts(file):
    page = b"<html><body><script>x()</script><p><input type=checkbox checked> Upheld</p><p><input type='radio'> No</p>"
    assert read(file(page)).text == "☒ Upheld\n☐ No\n"


def test_rich_text_keeps_its_characters(file):
    data = rb"{\rtf1\ansi{\info{\author X}}\'93pain\'94 \u8211? caf\'e9\par next\~word\emdash end\page second}"
    document = read(file(data))
    assert document.text.replace(" ", " ") == "“pain” – café\nnext word—end\nsecond\n" and len(document.pages) == 2


def test_an_attachment_that_cannot_be_read_is_named(file):
    document = read(file(mail("The letter itself.", b"\x00\x01" * 900)))
    assert "The letter itself." in document.text
    assert document.warnings and document.warnings[0].startswith("letter.pdf in the message was not read")


def test_entities_are_not_expanded(file):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    data = archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": bomb})
    with pytest.raises(Unreadable):
        read(file(data))


LOOKS_NOTHING_UP = """
import socket, sys
def refuse(*args, **kwargs): raise SystemExit(f"looked up {args}")
socket.getaddrinfo = socket.socket.connect = socket.create_connection = refuse
import urllib.request; urllib.request.urlopen = refuse
from pathlib import Path
from corpus.read import read
for path in sys.argv[1:]: print(len(read(Path(path)).text))
"""


def test_no_name_is_looked_up_and_the_private_hook_is_still_there(file, tmp_path):
    from unstructured.nlp import tokenize

    assert callable(tokenize._get_nlp), "unstructured moved the loader that office.warm replaces"
    paths = [str(file(FORMS[form], f"{n}.bin")) for n, form in enumerate(("docx", "html", "eml"))]
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    command = [sys.executable, "-c", LOOKS_NOTHING_UP, *paths]
    done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [int(n) > 300 for n in done.stdout.split()] == [True] * 3
