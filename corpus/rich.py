"""RTF, ODT and mail -> text by small readers of our own: `unstructured` would need pandoc for the first two."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from email import policy
from email.errors import MessageError
from email.parser import BytesParser
from typing import Any

from corpus.kinds import ARCHIVE_ERRORS, Unreadable

# ---- RTF -------------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"\\([a-z]{1,32})(-?\d{1,9})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.IGNORECASE,
)
_SPOKEN = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\f", "row": "\n", "cell": "   ", "tab": "\t", "emdash": "—",
    "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
}  # fmt: skip
# Groups that hold fonts, styles and pictures, not words of the letter.
_SILENT = frozenset(
    (
        *("fonttbl", "colortbl", "stylesheet", "listtable", "listoverridetable", "info", "pict", "object", "filetbl"),
        *("themedata", "colorschememapping", "latentstyles", "datastore", "xmlnstbl", "rsidtbl", "generator", "revtbl"),
        *("fldinst", "pntext", "nonshppict"),
    )
)
_CODE_PAGES = (b"1250", b"1251", b"1252", b"1254", b"437", b"850")


def rtf_text(data: bytes) -> str:
    """The words of a Rich Text file; control words give line and page breaks, the rest of them nothing."""
    page = re.search(rb"\\ansicpg(\d{3,5})", data[:2000])
    charset = f"cp{page[1].decode()}" if page and page[1] in _CODE_PAGES else "cp1252"
    out: list[str] = []
    silent, skip, fallback, stack = False, 0, 1, []
    for token in _TOKEN.finditer(data.decode("cp1252", errors="replace")):
        word, number, code, sign, brace, text = token.groups()
        if brace == "{":
            stack.append((silent, fallback))
        elif brace == "}":
            silent, fallback = stack.pop() if stack else (silent, fallback)
        elif sign == "*" or word in _SILENT:
            silent = True
        elif word == "uc":
            fallback = int(number or 1)
        elif word == "u" and number and not silent:
            out.append(chr(int(number) % 0x10000))
            skip = fallback
        elif code and skip:
            skip -= 1
        elif not silent:
            said = text[min(skip, len(text)) :] if text else _said(word, code, sign, charset)
            skip = max(0, skip - len(text)) if text else skip
            out.append(said)
    return "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _said(word: str | None, code: str | None, sign: str | None, charset: str) -> str:
    if code:
        return bytes.fromhex(code).decode(charset, errors="replace")
    if sign:
        return {"~": " ", "_": "-", "\n": "\n", "\r": "\n"}.get(sign, sign if sign in "\\{}" else "")
    return _SPOKEN.get(word or "", "")


# ---- ODT -------------------------------------------------------------------------------------------------------------

_T = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_ROW = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}table-row"
_DROPPED = (_T + "tracked-changes", "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}annotation")


def odt_text(data: bytes) -> str:
    """The paragraphs of an OpenDocument text, a line each; a table row of single lines is one line."""
    from lxml import etree

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            content = archive.read("content.xml")
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except (*ARCHIVE_ERRORS, etree.XMLSyntaxError) as error:
        raise Unreadable(f"a damaged OpenDocument file ({error})") from error
    return "\n".join(_lines(root)) + "\n"


def _lines(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag in (_T + "p", _T + "h"):
            yield "".join(_words(child))
        elif child.tag == _ROW:
            cells = [list(_lines(cell)) for cell in child]
            single = all(len(cell) < 2 for cell in cells)
            yield from ["   ".join(c[0] for c in cells if c)] if single else [line for cell in cells for line in cell]
        elif child.tag not in _DROPPED:
            yield from _lines(child)


def _words(element: Any) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == _T + "s":
            yield " " * min(int(child.get(_T + "c", "1")), 80)
        elif child.tag in (_T + "tab", _T + "line-break"):
            yield "\t" if child.tag == _T + "tab" else "\n"
        elif isinstance(child.tag, str) and child.tag not in _DROPPED:
            yield from _words(child)
        yield child.tail or ""


# ---- mail ------------------------------------------------------------------------------------------------------------


def mail_parts(data: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """A message's own words, and its bodies and attachments as (name, bytes); nothing is written anywhere."""
    try:
        message: Any = BytesParser(policy=policy.default).parsebytes(data)
        body = message.get_body(preferencelist=("plain", "html"))
        parts = [("body", _payload(body))] if body is not None else []
        parts += [(part.get_filename() or "attachment", _payload(part)) for part in message.iter_attachments()]
    except (MessageError, LookupError, ValueError, AttributeError, TypeError) as error:
        raise Unreadable(f"a damaged mail message ({error})") from error
    head = "".join(f"{name}: {message[name]}\n" for name in ("Date", "Subject") if message[name])
    return head, [(name, payload) for name, payload in parts if payload]


def _payload(part: Any) -> bytes:
    if part.get_content_maintype() == "text":
        return part.get_content().encode("utf-8", "replace")
    return part.get_payload(decode=True) or b""
