"""A file -> its text with the span of each page; what cannot be read says why in one sentence."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from corpus import scan
from corpus.decision import Span
from corpus.kinds import Unreadable, decode, kind_of

MAX_TEXT = 20_000_000  # bytes of text; the longest real letter has 11 thousand
MAX_FILE = 100_000_000  # bytes; a scanned letter of thirty pages has about ten million
_MAX_PAGES = 2_000
_PATH, _IMAGE = 2, 3  # kinds of objects on a page, as PDFium numbers them
_DRAWN = 100  # a frame or a table has fewer lines than a line of drawn letters
_CHECK = "by tesseract; check quotes against the original"

# A sign of life, called after every page that took long (a scan); whoever watches this process listens to it.
Tick = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text as stored, its pages as spans, and its fingerprint."""

    source: str
    sha256: str
    text: str
    pages: tuple[Span, ...]
    warnings: tuple[str, ...] = ()


def read(path: Path, tick: Tick = lambda: None) -> Document:
    """Read a file by what it holds, not by its suffix."""
    data = bytes_of(path)
    pages, warnings = _Reader(tick).pages_of(data)
    return document(path.name, data, [tidy(page) for page in pages], warnings)


def document(source: str, data: bytes, pages: list[str], warnings: tuple[str, ...] = ()) -> Document:
    """Pages joined into one text; each keeps its span."""
    pages = [page if page.endswith("\n") else page + "\n" for page in pages]
    text, spans, start = "".join(pages), [], 0
    for page in pages:
        spans.append((start, start + len(page)))
        start += len(page)
    if not text.strip():
        raise Unreadable("no text in it")
    if len(text) > MAX_TEXT or len(text.encode()) > MAX_TEXT:
        raise Unreadable(f"{len(text):,} characters of text; a decision has fewer than {MAX_TEXT:,}")
    return Document(source, hashlib.sha256(data).hexdigest(), text, tuple(spans), warnings)


def tidy(page: str) -> str:
    """Line ends as \\n, the PDF's broken-hyphen mark as a hyphen, no control characters; nothing else changes."""
    page = page.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "-").replace("\u00ad", "-")
    page = page.replace("\u00a0", " ").replace("\ufeff", "")
    return re.sub(r"[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff]", "", page)


def bytes_of(path: Path) -> bytes:
    """The bytes of a regular file; a pipe or a device is refused without being opened."""
    size = size_of(path)
    if not size:
        raise Unreadable("empty")
    if size > MAX_FILE:
        raise Unreadable(f"{size:,} bytes; a decision has fewer than {MAX_FILE:,}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be opened ({error.strerror})") from error


def size_of(path: Path) -> int:
    """The size of a regular file that is there."""
    try:
        state = os.stat(path)
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot be opened ({getattr(error, 'strerror', None) or error})") from error
    if not stat.S_ISREG(state.st_mode):
        what = "a folder, not a file" if stat.S_ISDIR(state.st_mode) else "a pipe or device, not a regular file"
        raise Unreadable(what)
    return state.st_size


class _Reader:
    """One file's reading: the sign of life it gives and what it has to warn of."""

    def __init__(self, tick: Tick):
        self._tick, self._scanned = tick, 0

    def pages_of(self, data: bytes, inside_mail: bool = False) -> tuple[list[str], tuple[str, ...]]:
        """The pages of a document of any kind, and warnings."""
        kind = kind_of(data)
        if kind == "pdf":
            return self._pdf(data)
        if kind == "picture":
            return [scan.text_in_picture(data)], (f"ocr: read from a picture {_CHECK}",)
        if kind == "eml":
            if inside_mail:
                raise Unreadable("a message inside a message")
            return self._mail(data)
        return _written(kind, data), ()

    def _pdf(self, data: bytes) -> tuple[list[str], tuple[str, ...]]:
        import pypdfium2

        try:
            with pypdfium2.PdfDocument(data) as pdf:
                if len(pdf) > _MAX_PAGES:
                    raise Unreadable(f"{len(pdf):,} pages; a decision has fewer than {_MAX_PAGES:,}")
                return self._pdf_pages(pdf)
        except pypdfium2.PdfiumError as error:
            locked = "password" in str(error).lower()
            damage = f"a damaged PDF ({str(error).rstrip('.')})"
            raise Unreadable("locked by a password; save a copy without one" if locked else damage) from error

    def _pdf_pages(self, pdf: Any) -> tuple[list[str], tuple[str, ...]]:
        """The text layer of every page; a page that is a picture goes to tesseract."""
        pages: list[str] = []
        read_by_eye: list[int] = []
        unread: list[int] = []
        for number, page in enumerate(pdf, 1):
            text = page.get_textpage().get_text_range()
            if not text.strip() and _has_picture(page):
                if scan.available() and len(read_by_eye) < scan.MAX_SCANNED:
                    text = scan.text_of(page)
                    self._tick()
                    read_by_eye.append(number)
                else:
                    unread.append(number)
            pages.append(text)
            page.close()
        if unread and not any(page.strip() for page in pages):
            raise Unreadable(scan.NO_TEXT)
        return pages, _page_warnings(read_by_eye, unread)

    def _mail(self, data: bytes) -> tuple[list[str], tuple[str, ...]]:
        """A message's body and attachments, in their order; what cannot be read of them is named."""
        from corpus.rich import mail_parts

        head, parts = mail_parts(data)
        pages: list[str] = []
        warnings: list[str] = []
        for name, part in parts:
            try:
                found, notes = self.pages_of(part, inside_mail=True) if name != "body" else (_body(part), ())
            except Unreadable as error:
                warnings.append(f"{name} in the message was not read: {error}")
                continue
            pages += found
            warnings += notes
        if not any(page.strip() for page in pages):
            raise Unreadable("; ".join(warnings) or "a message without text")
        return [head + pages[0], *pages[1:]], tuple(warnings)


def _body(part: bytes) -> list[str]:
    return _written("html" if kind_of(part) == "html" else "text", part)


def _written(kind: str, data: bytes) -> list[str]:
    """The pages of what was written as text in some form."""
    if kind in ("docx", "html"):
        from corpus.office import docx_pages, html_pages

        return docx_pages(data) if kind == "docx" else html_pages(decode(data))
    if kind in ("rtf", "odt"):
        from corpus.rich import odt_text, rtf_text

        return (rtf_text if kind == "rtf" else odt_text)(data).split("\f")
    return decode(data).split("\f")


def _has_picture(page: Any) -> bool:
    """Whether a page without text shows what could be read: a picture, or letters drawn as lines."""
    kinds = [shape.type for shape in islice(page.get_objects(max_depth=3), 1000)]
    return _IMAGE in kinds or kinds.count(_PATH) >= _DRAWN


def _page_warnings(read_by_eye: list[int], unread: list[int]) -> tuple[str, ...]:
    found = []
    if read_by_eye:
        found.append(f"ocr: {_named(read_by_eye)} read from pictures {_CHECK}")
    if unread:
        found.append(f"{_named(unread)} not read: {scan.NO_TEXT}")
    return tuple(found)


def _named(pages: list[int]) -> str:
    numbers = ", ".join(map(str, pages[:12])) + (" and more" if len(pages) > 12 else "")
    return f"{'pages' if len(pages) > 1 else 'page'} {numbers}"
