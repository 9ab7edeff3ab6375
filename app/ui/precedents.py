"""The place Precedents: a pasted case as read, the nearest decision won and lost, what they part on, how often."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import gradio as gr

from app.address import Address, read
from app.browse import FACETS
from app.library import Library
from app.likeness import LIKE
from app.precedents import Precedents, Rate, similar
from app.ui.place import Place, download, pair
from app.ui.render import render
from app.worksheet import write_worksheet
from corpus.isolation import decision_of
from corpus.kinds import Unreadable


def controls(library: Library) -> None:
    case = gr.Textbox(
        label="The case",
        info="Paste a denial, a request or a whole letter. It stays in this tab and is stored nowhere.",
        lines=5,
        max_lines=14,
        interactive=True,
        elem_id="case",
    )
    with gr.Row(elem_id="case-row"):
        gr.Button("Find precedents", variant="primary", elem_id="find", scale=0, min_width=160)
        upload = gr.UploadButton("Read it from a file", elem_id="case-file", scale=0, min_width=160)
        sheet = gr.Button("Worksheet for Word", elem_id="worksheet", scale=0, min_width=180)
    where = gr.Textbox(visible="hidden")  # takes what the address says
    file = gr.DownloadButton("worksheet.docx", elem_id="worksheet-file", visible="hidden")
    upload.upload(text_of, upload, case, api_visibility="private", show_progress="hidden")
    sheet.click(
        partial(worksheet, library),
        [case, where],
        file,
        js="(text, where) => [text, location.search]",
        api_visibility="private",
        show_progress="hidden",
    ).success(None, js=download("worksheet-file"))


def worksheet(library: Library, case: str, where: str) -> str:
    """The precedents of a case as they are shown, as a Word file."""
    index, path = library.index(), Path(tempfile.mkdtemp()) / "worksheet.docx"
    with open(path, "wb") as out:
        write_worksheet(index, _found(library, read(f"/precedents{where}"), case), "docx", out)
    return str(path)


def text_of(upload: str) -> str:
    """The text of an uploaded case, or why there is none; the upload is gone then."""
    path = Path(upload)
    try:
        return decision_of(path).text
    except Unreadable as error:
        raise gr.Error(f"{path.name}: {error}", print_exception=False) from error
    finally:
        path.unlink(missing_ok=True)


def view(library: Library, here: Address, given: str) -> Iterator[str]:
    if not given.strip():
        yield render("precedents.html", here=here, found=None, asked=bool(here.one("case")))
        return
    found = _found(library, here, given)
    yield render(
        "precedents.html",
        here=here,
        found=found,
        dial=LIKE,
        cited={c.n: c for c in found.answer.citations},
        listed=listed,
    )


def _found(library: Library, here: Address, case: str) -> Precedents:
    like = here.one("like", "facts")
    off, added = map(pair, here.all("off")), map(pair, here.all("with"))
    return similar(library.index(), case, off, added, like if like in LIKE else "facts")


def listed(rate: Rate) -> str:
    """The address of the issues a rate counts, where Browse has a facet for each condition."""
    fields = [("reason" if field == "criterion" else field, value) for field, value in rate.conditions]
    known = all(field in FACETS for field, _ in fields)
    return Address("browse", "", tuple(fields)).href if known else ""


PLACE = Place("precedents", "Precedents", view, controls)
