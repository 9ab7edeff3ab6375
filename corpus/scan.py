"""Pages that are pictures -> text by tesseract, where it is installed; nothing else of the program needs it."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Any

from corpus.kinds import Unreadable

# 300 dots an inch is what tesseract was trained on; a page of pixels beyond this is no page of a letter.
_DOTS_PER_INCH = 300
_MAX_PIXELS = 40_000_000
# Pages: a scanned letter has fewer than ten. Seconds: a dense page takes 3 on one core.
MAX_SCANNED = 60
_SECONDS_A_PAGE = 30

NO_TEXT = "no text layer; install tesseract to read scanned pages"


def available() -> bool:
    return shutil.which("tesseract") is not None


def text_of(page: Any) -> str:
    """What tesseract reads on a page of a PDF."""
    width, height = page.get_size()
    scale = min(_DOTS_PER_INCH / 72, (_MAX_PIXELS / max(width * height, 1)) ** 0.5)
    return text_in_picture(_grey_map(page.render(scale=scale, grayscale=True)))


def _grey_map(bitmap: Any) -> bytes:
    """A bitmap as a PGM picture, which tesseract reads without any other library here."""
    pixels, stride = bytes(bitmap.buffer), bitmap.stride
    rows = b"".join(pixels[y * stride : y * stride + bitmap.width] for y in range(bitmap.height))
    return b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + rows


def text_in_picture(picture: bytes) -> str:
    """What tesseract reads in a picture; it runs under the limits of the process that calls it."""
    if not available():
        raise Unreadable(NO_TEXT)
    command = ["tesseract", "stdin", "stdout", "--psm", "3"]
    single = os.environ | {"OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(command, input=picture, capture_output=True, timeout=_SECONDS_A_PAGE, env=single)
    except subprocess.TimeoutExpired as error:
        raise Unreadable(f"tesseract needed more than {_SECONDS_A_PAGE} seconds for one page") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Unreadable(f"tesseract could not read it ({said[-1][:120] if said else f'exit code {done.returncode}'})")
    return done.stdout.decode("utf-8", "replace").replace("\f", "")
