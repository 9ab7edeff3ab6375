"""The place Precedents: a pasted case as read, the nearest decision won and lost, what they part on, how often."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from app.address import Address
from app.browse import FACETS
from app.library import Library
from app.likeness import LIKE
from app.precedents import Rate, similar
from app.ui.place import Place, pair
from app.ui.render import render
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
    upload.upload(text_of, upload, case, api_visibility="private", show_progress="hidden")


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
    like = here.one("like", "facts")
    found = similar(
        library.index(),
        given,
        map(pair, here.all("off")),
        map(pair, here.all("with")),
        like if like in LIKE else "facts",
    )
    yield render(
        "precedents.html",
        here=here,
        found=found,
        dial=LIKE,
        cited={c.n: c for c in found.answer.citations},
        listed=listed,
    )


def listed(rate: Rate) -> str:
    """The address of the issues a rate counts, where Browse has a facet for each condition."""
    fields = [("reason" if field == "criterion" else field, value) for field, value in rate.conditions]
    known = all(field in FACETS for field, _ in fields)
    return Address("browse", "", tuple(fields)).href if known else ""


PLACE = Place("precedents", "Precedents", view, controls)
