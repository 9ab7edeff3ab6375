"""A file -> its text with the span of each page; what cannot be read says why in one sentence."""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from corpus.decision import Span

MAX_TEXT = 20_000_000  # characters; the longest real letter has 11 thousand


class Unreadable(Exception):
    """The file gives no text; the message names the reason."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text as stored, its pages as spans, and its fingerprint."""

    source: str
    sha256: str
    text: str
    pages: tuple[Span, ...]
    warnings: tuple[str, ...] = ()


def read(path: Path) -> Document:
    """Read a file by what it holds, not by its suffix."""
    data = _bytes(path)
    pages = _pdf_pages(data) if data[:1024].lstrip().startswith(b"%PDF") else _text_pages(data)
    return document(path.name, data, [tidy(page) for page in pages])


def document(source: str, data: bytes, pages: list[str]) -> Document:
    """Pages joined into one text; each keeps its span."""
    text, spans = "", []
    for page in pages:
        start = len(text)
        text += page if page.endswith("\n") else page + "\n"
        spans.append((start, len(text)))
    if not text.strip():
        raise Unreadable("no text in it (a scan?)")
    if len(text) > MAX_TEXT:
        raise Unreadable(f"{len(text):,} characters of text; a decision has fewer than {MAX_TEXT:,}")
    return Document(source, hashlib.sha256(data).hexdigest(), text, tuple(spans))


def tidy(page: str) -> str:
    """Line ends as \\n, the PDF's broken-hyphen mark as a hyphen, no control characters; nothing else changes."""
    page = page.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "-").replace("\u00ad", "-")
    page = page.replace("\u00a0", " ").replace("\ufeff", "")
    return re.sub(r"[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff]", "", page)


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise Unreadable("not a regular file")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be opened ({error.strerror})") from error
    if not data:
        raise Unreadable("empty")
    return data


def _pdf_pages(data: bytes) -> list[str]:
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(data) as pdf:
            return [page.get_textpage().get_text_range() for page in pdf]
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"damaged or locked PDF ({error})") from error


def _text_pages(data: bytes) -> list[str]:
    return _decode(data).split("\f")


def _decode(data: bytes) -> str:
    for mark, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if sum(not (c.isprintable() or c.isspace()) for c in text[:4000]) > len(text[:4000]) // 20:
        raise Unreadable("not a text, PDF or other document this program reads")
    return text
