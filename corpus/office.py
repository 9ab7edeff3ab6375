"""Word and web documents -> text, a line a paragraph, by `unstructured`: imported when one comes, and kept silent."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from corpus.kinds import Unreadable

# Read by `unstructured` when it is imported: without them it looks up its maker's host at every start and every file.
_SILENT = {"DO_NOT_TRACK": "1", "SCARF_NO_ANALYTICS": "1", "UNSTRUCTURED_DISABLE_NOTICE": "1"}
# Private-use characters that carry line breaks and gaps between cells through `unstructured`, which folds white space.
_BREAK, _CELL = "\ue00a", "\ue009"


@cache
def warm() -> None:
    """Import `unstructured` once, with a blank spaCy pipeline where it would download a model."""
    os.environ.update(_SILENT)
    with _without("torch", "tensorflow", "mxnet", "cupy"):
        import spacy
    from unstructured.nlp import tokenize

    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    tokenize._get_nlp = lambda: pipeline  # type: ignore[assignment]
    import unstructured.partition.docx
    import unstructured.partition.html  # noqa: F401


@contextlib.contextmanager
def _without(*modules: str) -> Iterator[None]:
    """As if the modules were not installed: spaCy imports every tensor library there is; a blank pipeline uses none."""
    hidden = [name for name in modules if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: "not there"
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


def docx_pages(data: bytes) -> list[str]:
    """A Word document's pages; one page where Word recorded no breaks."""
    warm()
    from unstructured.partition.docx import partition_docx

    with _damage("Word file"):
        return _pages(partition_docx(file=_laid_out(data)))


def html_pages(markup: str) -> list[str]:
    """A web page's text: blocks, line breaks and table rows each on a line of their own."""
    warm()
    from unstructured.partition.html import partition_html

    if not re.search(r"[^\s<>]", re.sub(r"<[^>]*>", " ", markup)):
        raise Unreadable("a web page without text")
    with _damage("web page"):
        return _pages(partition_html(text=_flat(markup)))


@contextlib.contextmanager
def _damage(what: str) -> Iterator[None]:
    """Whatever the libraries below raise on a broken file says the same to its owner; their list of errors is open."""
    try:
        yield
    except (MemoryError, RecursionError):
        raise
    except Exception as error:
        raise Unreadable(f"a damaged {what} ({type(error).__name__}: {str(error)[:200]})") from error


def _pages(elements: Iterable[Any]) -> list[str]:
    pages: dict[int, list[str]] = {}
    for element in elements:
        text = re.sub(f" *{_BREAK} *", "\n", element.text).replace(_CELL, "   ")
        if text.strip():
            number = element.metadata.page_number or max(pages, default=1)
            pages.setdefault(number, []).append(_bulleted(element.category, text.strip("\n")))
    return ["\n".join(lines) + "\n" for _, lines in sorted(pages.items())]


_NUMBERED = re.compile(r"\s*\(?(?:\d{1,3}|[A-Za-z])[.):]|\s*\[|\W")


def _bulleted(category: str, text: str) -> str:
    """A list item keeps a mark: `unstructured` takes bullets off, and a list of services is told by them."""
    return f"• {text}" if category == "ListItem" and not _NUMBERED.match(text) else text


# ---- web pages -------------------------------------------------------------------------------------------------------

_INVISIBLE = re.compile(r"<(script|style|template|noscript)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_LINE = re.compile(r"<br\s*/?\s*>|<hr\b[^>]*>", re.IGNORECASE)
_CELL_END = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_TABLE = re.compile(r"<(/?)(?:table|thead|tbody|tfoot|tr|caption)\b[^>]*>", re.IGNORECASE)
_CELL_TAG = re.compile(r"<t[dh]\b[^>]*>", re.IGNORECASE)
_BOX = re.compile(r"<input\b[^>]*\btype\s*=\s*[\"']?(?:checkbox|radio)\b[^>]*>", re.IGNORECASE)


def _flat(markup: str) -> str:
    """Tables as rows of text, breaks and checkboxes as characters, so that nothing is folded into one line."""
    markup = _INVISIBLE.sub(" ", markup)
    markup = _BOX.sub(lambda m: "☒ " if re.search(r"\bchecked\b", m[0], re.IGNORECASE) else "☐ ", markup)
    markup = _CELL_TAG.sub("", _CELL_END.sub(_CELL, _LINE.sub(_BREAK, markup)))
    return _TABLE.sub(lambda m: f"<{m[1]}div>", markup)


# ---- Word documents --------------------------------------------------------------------------------------------------

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_WRAPPERS = tuple(_W + name for name in ("sdt", "ins", "moveTo", "smartTag", "fldSimple", "customXml"))
# Check marks of the symbol fonts, by the low byte of their code.
_SYMBOLS = {0xFE: "☒", 0xFD: "☒", 0xFC: "✓", 0x78: "☒", 0x52: "☒", 0xA8: "☐", 0x6F: "☐", 0x71: "☐", 0x72: "☐"}


def _laid_out(data: bytes) -> io.BytesIO:
    """The document with what python-docx passes over put where it sees it: controls, checkboxes, text boxes, tables."""
    import docx

    document = docx.Document(io.BytesIO(data))
    body = document.element.body
    for change in (_drop_fallbacks, _show_symbols, _show_boxes, _unwrap, _free_text_boxes, _flatten_tables):
        change(body)
    out = io.BytesIO()
    document.save(out)
    out.seek(0)
    return out


def _drop_fallbacks(body: Any) -> None:
    for element in list(body.iter(_FALLBACK)):
        element.getparent().remove(element)


def _show_symbols(body: Any) -> None:
    """Characters of Wingdings as the characters they look like."""
    for symbol in list(body.iter(_W + "sym")):
        code = int(symbol.get(_W + "char") or "0", 16) & 0xFF
        if code in _SYMBOLS:
            _replace(symbol, _text_of(body, _SYMBOLS[code]))


def _show_boxes(body: Any) -> None:
    """Form fields of old and new Word: their state as ☒ or ☐."""
    for box in list(body.iter(_W + "checkBox")):
        state = box.find(_W + "checked")
        state = box.find(_W + "default") if state is None else state
        run = next((a for a in box.iterancestors(_W + "r")), None)
        if run is not None:
            run.append(_text_of(body, "☒ " if state is not None and _on(state, _W) else "☐ "))
    for box in list(body.iter(_W14 + "checkbox")):
        content = next((a.find(_W + "sdtContent") for a in box.iterancestors(_W + "sdt")), None)
        texts = list(content.iter(_W + "t")) if content is not None else []
        if texts:
            checked = box.find(_W14 + "checked")
            texts[0].text = "☒" if checked is not None and _on(checked, _W14) else "☐"


def _on(element: Any, namespace: str) -> bool:
    return element.get(namespace + "val", "1") not in ("0", "false", "off")


def _unwrap(body: Any) -> None:
    """Content controls, tracked insertions and fields: their content in their place."""
    for wrapper in reversed([e for e in body.iter(*_WRAPPERS)]):
        content = wrapper.find(_W + "sdtContent") if wrapper.tag == _W + "sdt" else wrapper
        for child in list(content) if content is not None else ():
            wrapper.addprevious(child)
        wrapper.getparent().remove(wrapper)


def _free_text_boxes(body: Any) -> None:
    """The paragraphs of a text box after the paragraph it is anchored in."""
    for box in reversed(list(body.iter(_W + "txbxContent"))):
        anchor = next(box.iterancestors(_W + "p"), None)
        if anchor is not None:
            for child in reversed(list(box)):
                anchor.addnext(child)


def _flatten_tables(body: Any) -> None:
    """Tables as paragraphs: a row whose cells are single lines becomes one line, any other its cells' paragraphs."""
    for table in reversed(list(body.iter(_W + "tbl"))):
        for row in table.iter(_W + "tr"):
            cells = [[p for p in cell.iter(_W + "p") if _words(p)] for cell in row.iter(_W + "tc")]
            single = all(len(cell) < 2 for cell in cells)
            for paragraph in _one_line(body, cells) if single else [p for cell in cells for p in cell]:
                table.addprevious(paragraph)
        table.getparent().remove(table)


def _one_line(body: Any, cells: list[list[Any]]) -> Iterator[Any]:
    paragraphs = [p for cell in cells for p in cell]
    for paragraph in paragraphs[1:]:
        paragraphs[0].append(_run(body, _CELL))
        for run in list(paragraph):
            if not run.tag.endswith("pPr"):
                paragraphs[0].append(run)
    yield from paragraphs[:1]


def _words(paragraph: Any) -> bool:
    return any((t.text or "").strip() for t in paragraph.iter(_W + "t"))


def _text_of(body: Any, text: str) -> Any:
    element = body.makeelement(_W + "t", {"{http://www.w3.org/XML/1998/namespace}space": "preserve"})
    element.text = text
    return element


def _run(body: Any, text: str) -> Any:
    run = body.makeelement(_W + "r")
    run.append(_text_of(body, text))
    return run


def _replace(element: Any, by: Any) -> None:
    element.addprevious(by)
    element.getparent().remove(element)
