"""What a file is, by what it holds and never by its suffix; archives are measured before anything opens them."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib

# A letter in Word unpacks to a few hundred kilobytes at 5 to 10 times its size; these bounds leave room for pictures.
MAX_ENTRIES = 2_000
MAX_UNPACKED = 200_000_000
MAX_RATIO = 100

# What zipfile raises on damaged archives; the fuzzed ones of `tests/soak.py` found each of them.
ARCHIVE_ERRORS = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, RuntimeError, EOFError, OSError)


class Unreadable(Exception):
    """The file gives no text; the message names the reason."""


_MAGIC = (
    (re.compile(rb"\s*\{\\rtf"), "rtf"),
    (re.compile(rb"\x89PNG\r\n|\xff\xd8\xff|II\*\x00|MM\x00\*"), "picture"),
    (re.compile(rb"PK\x03\x04|PK\x05\x06"), "archive"),
)
_PDF = re.compile(rb"%PDF-\d")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML_START = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>|<!--.{0,2000}?-->|\s)*<(?:!doctype\s+html|html|head|body|meta|title)\b",
    re.IGNORECASE | re.DOTALL,
)
_HTML_TAG = re.compile(r"</(?:p|div|td|tr|li|ul|ol|table|h[1-6]|body|span|pre)\s*>|<br\s*/?>", re.IGNORECASE)
_HEADER = re.compile(r"(?:From [^\n]*\n)?(?:[A-Za-z][A-Za-z-]{1,60}:[^\n]*\n(?:[ \t]+\S[^\n]*\n)*){2,}\r?\n")
_MAIL = re.compile(r"(?im)^(?:message-id|mime-version|received|content-type|return-path):")
_MAIL_FROM = re.compile(r"(?im)^from:")


def kind_of(data: bytes) -> str:
    """pdf, docx, odt, rtf, html, eml, picture or text; what is none of them says what it is instead."""
    if _PDF.search(data[:1024]):
        return "pdf"
    if data.startswith(_OLD_OFFICE):
        raise Unreadable("an old Word file (.doc) or a locked Office file; save it as .docx or PDF")
    kind = next((name for magic, name in _MAGIC if magic.match(data[:64])), "")
    if kind == "archive":
        return _archive_kind(data)
    return kind or _text_kind(decode(data[:20_000]))


def _text_kind(head: str) -> str:
    head = head.replace("\r\n", "\n")
    if _HTML_START.match(head[:4000]) or len(_HTML_TAG.findall(head)) > 2:
        return "html"
    headers = _HEADER.match(head)
    if headers and _MAIL.search(headers[0]) and _MAIL_FROM.search(headers[0]):
        return "eml"
    return "text"


def _archive_kind(data: bytes) -> str:
    """Which document a zip archive is, after its size has been measured from its table of contents."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _measure(entries)
            names = {entry.filename for entry in entries}
            if "word/document.xml" in names:
                return "docx"
            if "content.xml" in names and b"opendocument.text" in archive.read("mimetype"):
                return "odt"
    except ARCHIVE_ERRORS as error:
        raise Unreadable(f"a damaged Office file or archive ({error})") from error
    if names & {"xl/workbook.xml", "content.xml"}:
        raise Unreadable("a spreadsheet or another Office file; save it as CSV, DOCX or PDF")
    raise Unreadable("an archive without a document in it; unpack it and name its files")


def _measure(entries: list[zipfile.ZipInfo]) -> None:
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("locked by a password; save a copy without one")
    if len(entries) > MAX_ENTRIES:
        raise Unreadable(f"an archive of {len(entries):,} entries; a document has fewer than {MAX_ENTRIES:,}")
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(packed, 1):
        raise Unreadable(f"unpacks from {packed:,} to {unpacked:,} bytes, far more than a document does")


_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode(data: bytes) -> str:
    """Bytes as text: by their mark, as UTF-16 without one, as UTF-8, else as Windows wrote it."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None) or _unmarked_utf_16(data)
    try:
        text = data.decode(encoding or "utf-8", errors="replace" if encoding else "strict")
    except UnicodeDecodeError as error:
        # A head cut in the middle of a character is still UTF-8.
        cut = error.reason == "unexpected end of data" and len(data) - error.start < 4
        text = data[: error.start].decode() if cut else data.decode("cp1252", errors="replace")
    if sum(not (c.isprintable() or c.isspace()) for c in text[:4000]) > len(text[:4000]) // 20:
        raise Unreadable("not a text, PDF or other document this program reads")
    return text


def _unmarked_utf_16(data: bytes) -> str | None:
    """Latin text in UTF-16 has a zero in every other byte."""
    head = data[:2000]
    if len(head) < 8 or head.count(0) < len(head) * 0.4:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) * 0.4 or min(even, odd) > len(head) * 0.05:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def needs_office(head: bytes) -> bool:
    """Whether a file's first bytes are those of a document that `unstructured` reads."""
    if head.startswith(b"PK"):
        return True
    try:
        return kind_of(head) == "html"
    except Unreadable:
        return False
