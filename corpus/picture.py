"""A page of a PDF as a picture with a passage highlighted; drawn in a child process under limits, like reading."""

from __future__ import annotations

import io
from typing import Any

_WIDTH = 1100  # pixels; a letter page read at this width is sharp on a laptop
_MOST = 4_000_000  # pixels
_YELLOW = (255, 226, 89)


def drawn(data: bytes, number: int, passage: str) -> bytes:
    """The page, counted from 1, as PNG; `passage` is highlighted wherever the page has it."""
    import pypdfium2
    from PIL import Image, ImageChops, ImageDraw

    with pypdfium2.PdfDocument(data) as pdf:
        page = pdf[number - 1]
        width, height = page.get_size()
        scale = min(_WIDTH / max(width, 1), (_MOST / max(width * height, 1)) ** 0.5)
        picture = page.render(scale=scale).to_pil().convert("RGB")
        ink = Image.new("RGB", picture.size, "white")
        pen = ImageDraw.Draw(ink)
        for left, bottom, right, top in _boxes(page.get_textpage(), passage):
            corners = (left * scale - 2, (height - top) * scale - 2, right * scale + 2, (height - bottom) * scale + 2)
            pen.rectangle(corners, fill=_YELLOW)
        out = io.BytesIO()
        ImageChops.multiply(picture, ink).save(out, "PNG")
    return out.getvalue()


def _boxes(textpage: Any, passage: str) -> list[tuple[float, float, float, float]]:
    """The rectangles of a passage's lines: found letter by letter, since line ends and spaces differ."""
    import pypdfium2.raw as pdfium

    said = (chr(pdfium.FPDFText_GetUnicode(textpage, n)) for n in range(textpage.count_chars()))
    letters = [(c, n) for n, c in enumerate(said) if c.isalnum()]
    wanted = "".join(c for c in passage if c.isalnum())
    at = "".join(c for c, _ in letters).find(wanted) if wanted else -1
    if at < 0:
        return []
    first, last = letters[at][1], letters[at + len(wanted) - 1][1]
    return [textpage.get_rect(n) for n in range(textpage.count_rects(first, last - first + 1))]
