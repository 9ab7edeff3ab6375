"""Files as the world sends them: documents in every form for tests, and forty that no program should trust."""

from __future__ import annotations

import html
import io
import os
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

LETTER = (
    "IMR FINAL DETERMINATION\nCase Number: CM16-9900001\n"
    "CLINICAL CASE SUMMARY\nA 51 year old female with low back pain.\n"
    "IMR ISSUES, DECISIONS AND RATIONALES\n"
    "The Final Determination was based on decisions for the disputed items/services set forth below:\n"
    "Lumbar MRI: Upheld\nClaims Administrator guideline: Decision based on MTUS.\n"
    "MAXIMUS guideline: Decision based on MTUS.\n"
    "Decision rationale: There is no documented radiculopathy. The request is not medically necessary.\n"
)


def pdf(*pages: str, encrypt: str = "") -> bytes:
    """A minimal PDF, one Helvetica line a text line."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for n, page in enumerate(pages):
        shown = "".join(f"({line.replace('(', '[').replace(')', ']')}) Tj 0 -14 Td " for line in page.split("\n"))
        stream = f"BT /F1 11 Tf 60 720 Td {shown}ET"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * n} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    trailer = f"trailer\n<< /Size {size} /Root 1 0 R {encrypt} >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode("latin-1")


def docx(text: str) -> bytes:
    """A Word document, a paragraph a line."""
    import docx as word

    document = word.Document()
    for line in text.replace("\f", "").split("\n"):
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def web(text: str, line: str = "<p>{}</p>\n") -> bytes:
    """A web page, a block a line."""
    body = "".join(line.format(html.escape(one)) for one in text.replace("\f", "").split("\n"))
    return f"<!DOCTYPE html><html><head><title>Letter</title></head><body>{body}</body></html>".encode()


def rtf(text: str) -> bytes:
    """Rich text, with a font table and characters written as RTF writes them."""
    escaped = text.replace("\\", r"\\").replace("{", r"\{").replace("}", r"\}").replace("\n", "\\par\n")
    words = "".join(c if ord(c) < 128 else f"\\u{ord(c)}?" for c in escaped)
    return (r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Times;}}{\*\generator none;}\f0 " + words + "}").encode("ascii")


def odt(text: str) -> bytes:
    """An OpenDocument text, a paragraph a line."""
    lines = "".join(f"<text:p>{html.escape(line)}</text:p>" for line in text.split("\n"))
    names = "".join(f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "text", "table"))
    content = f"<office:document-content{names}><office:body>{lines}</office:body></office:document-content>"
    return archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def mail(text: str, attachment: bytes = b"", kind: str = "pdf") -> bytes:
    """A message with the letter as its words or attached."""
    from email.message import EmailMessage

    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "Decision"
    message["Message-ID"] = "<1@example.org>"
    message.set_content(text)
    if attachment:
        message.add_attachment(attachment, maintype="application", subtype=kind, filename=f"letter.{kind}")
    return message.as_bytes()


def archive(entries: dict[str, str | bytes], level: int = 6) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return out.getvalue()


def png(width: int, height: int, pixels: bytes) -> bytes:
    """A grey picture."""
    rows = b"".join(b"\0" + pixels[y * width : (y + 1) * width] for y in range(height))
    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", size), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    packed = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


# ---- what must be refused --------------------------------------------------------------------------------------------


def _bomb(megabytes: int) -> bytes:
    return archive({"word/document.xml": bytes(megabytes * 1_000_000), "[Content_Types].xml": "<Types/>"}, level=1)


def _flate_bomb(times: int) -> bytes:
    squeezed = zlib.compress(b"q Q " * 50_000_000, 1)
    for _ in range(times - 1):
        squeezed = zlib.compress(squeezed)
    filters = "/FlateDecode " * times
    head = (
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
        f"4 0 obj<</Length {len(squeezed)}/Filter[{filters}]>>stream\n"
    )
    return head.encode() + squeezed + b"\nendstream endobj\ntrailer<</Root 1 0 R>>"


def _locked(mark: bytes) -> bytes:
    word = (mark * 64).hex()[:64]
    lock = f"/Filter /Standard /V 1 /R 2 /O <{word}> /U <{word}> /P -4"
    return pdf(LETTER, encrypt=f"/Encrypt << {lock} >> /ID [<00> <00>]")


def _page_loop(count: int) -> bytes:
    return (
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        f"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count {count}>>endobj\n"
        "trailer<</Root 1 0 R>>"
    ).encode()


def _attributes(tag: str) -> bytes:
    return f"<html><body><{tag} {' '.join(f'a{n}=1' for n in range(500_000))}>word</{tag}></body></html>".encode()


def _flagged() -> bytes:
    """A Word file whose entries say that they are encrypted."""
    data = bytearray(docx(LETTER))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(mark)
        while start >= 0:
            data[start + place] |= 1
            start = data.find(mark, start + 4)
    return bytes(data)


_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NOISE = random.Random(7).randbytes(9000)
_NEST = "<w:p>" * 60_000

# name of the kind -> its two files
BROKEN: dict[str, tuple[bytes, bytes]] = {
    "truncated.pdf": (pdf(LETTER)[:200], b"%PDF-1.7\nnothing more"),
    "locked.pdf": (_locked(b"\x01"), _locked(b"\xfe")),
    "zero.txt": (b"", b""),
    "picture.pdf": (b"\x89PNG\r\n\x1a\n" + _NOISE, b"\xff\xd8\xff" + _NOISE),
    "bomb.docx": (_bomb(300), _bomb(30)),
    "page-loop.pdf": (_page_loop(2), _page_loop(10**9)),
    "attributes.html": (_attributes("p"), _attributes("font")),
    "nuls.txt": (bytes(4000), b"\0\x01\x02\x03" * 500),
    "utf-16.txt": (b"\xff\xfe" + bytes(4000), b"\xfe\xff" + b"\0 \0\n" * 300),
    "noise.docx": (_NOISE, bytes(range(256)) * 40),
    "archive.pdf": (archive({"list.bin": _NOISE}), archive({})),
    "damaged.docx": (docx(LETTER)[:3000], archive({"word/document.xml": "<w:document>"})),
    "old-word.docx": (_OLD + bytes(600), _OLD + _NOISE),
    "flagged.docx": (_flagged(), _flagged() + b"\n"),
    "sheet.docx": (archive({"xl/workbook.xml": "<x/>"}), archive({"xl/workbook.xml": "<y/>"})),
    "nested.docx": tuple(archive({"word/document.xml": f"<w:d xmlns:w='w'>{_NEST}", "n": n}) for n in ("a", "bb")),
    "no-text.pdf": (pdf(""), pdf("", "")),
    "flate-bomb.pdf": (_flate_bomb(1), _flate_bomb(2)),
    "entries.odt": tuple(archive({f"{n}": b"" for n in range(count)}) for count in (2_500, 70_000)),
    "wordless.html": (b"<html><script>alert(1)</script></html>", b"<html><body><p> </p></body></html>"),
}  # fmt: skip


def write_broken(folder: Path, outside: Path) -> set[str]:
    """Forty broken files and as many names that are no files; the names of all."""
    for name, pair in BROKEN.items():
        stem, suffix = name.rsplit(".", 1)
        for number, data in enumerate(pair, 1):
            (folder / f"{stem}-{number}.{suffix}").write_bytes(data)
    os.mkfifo(folder / "pipe.pdf")
    (folder / "folder.pdf").mkdir()
    (folder / "out.pdf").symlink_to(outside)
    (folder / "nowhere.txt").symlink_to(folder / "missing.txt")
    (folder / "up").symlink_to(folder.parent)
    return {path.name for path in folder.iterdir()}


# ---- mutations -------------------------------------------------------------------------------------------------------


def seeds() -> dict[str, bytes]:
    """A good file of every form."""
    table = (
        "Reference ID,Treatment Category,Determination,Findings\n"
        "MN1,Pharmacy,Upheld,Not necessary.\nMN2,Other,Overturned,Needed.\n"
    )
    return {
        "a.pdf": pdf(LETTER),
        "a.docx": docx(LETTER),
        "a.html": web(LETTER),
        "a.txt": LETTER.encode(),
        "a.rtf": rtf(LETTER),
        "a.odt": odt(LETTER),
        "a.eml": mail("See below.", pdf(LETTER)),
        "a.csv": table.encode(),
        "a.jsonl": b'{"id": "1", "text": "The request is not medically necessary."}\n',
    }


def mutate(chance: random.Random, data: bytes) -> bytes:
    """One to four random injuries."""
    for _ in range(chance.randint(1, 4)):
        data = chance.choice(_INJURIES)(chance, data) or b" "
    return data


def _cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 20)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _repeat(chance: random.Random, data: bytes) -> bytes:
    start = chance.randrange(len(data))
    piece = data[start : start + chance.randint(1, 400)]
    return data[:start] + piece * chance.randint(2, 50) + data[start:]


def _blank(chance: random.Random, data: bytes) -> bytes:
    start = chance.randrange(len(data))
    length = min(chance.randint(1, 4096), len(data) - start)
    return data[:start] + bytes(length) + data[start + length :]


def _number(chance: random.Random, data: bytes) -> bytes:
    """A number somewhere becomes a huge or negative one."""
    places = [n for n, byte in enumerate(data) if 48 <= byte < 58] or [0]
    place = chance.choice(places)
    return data[:place] + chance.choice((b"-1", b"999999999", b"4294967296", b"0")) + data[place + 1 :]


_INJURIES: tuple[Callable[[random.Random, bytes], bytes], ...] = (_cut, _flip, _repeat, _blank, _number)
