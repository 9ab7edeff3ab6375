"""The place Ask: a question, how it was understood, the answer with its evidence, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.address import Address
from app.answer import answers
from app.browse import sheet
from app.cited import Answer
from app.library import Library
from app.question import Piece
from app.ui.place import Place, pair
from app.ui.render import render

EXAMPLES = (
    "which ESI denials cited missing radiculopathy findings",
    "how many physical therapy denials were for too many visits",
    "MRI requests that were overturned",
    "why was the chiropractic care refused in CM16-9000104",
)
# Readings an address can set; every other can be undone.
CHANGEABLE = ("intent", "outcome", "treatment", "region", "reason", "jurisdiction", "guideline", "specialty")
_COLUMNS = {
    "case": lambda r: (r.case_number or r.source).lower(),
    "service": lambda r: r.service.lower(),
    "outcome": lambda r: r.outcome,
}


def controls(library: Library) -> None:
    with gr.Row(elem_id="question-row"):
        gr.Textbox(
            label="Question",
            placeholder=EXAMPLES[0],
            lines=1,
            max_lines=4,
            elem_id="question",
            html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=True),
        )
        gr.Button("Ask", variant="primary", elem_id="ask", scale=0, min_width=96)


def view(library: Library, here: Address, given: str) -> Iterator[str]:
    index, question = library.index(), here.one("q")
    if not question:
        yield render("ask.html", here=here, answer=None, examples=EXAMPLES, counts=index.catalog.counts())
        return
    chosen = tuple(Piece(field, value, "chosen") for field, value in here.values if field in CHANGEABLE)
    off = {pair(text) for text in here.all("off")} | {(piece.field, "") for piece in chosen}
    grown: Answer | None = None
    for answer in answers(index, question, off, chosen, library.writer):
        if grown:
            yield render("ask.html", **_shown(here, grown), whole=False)
        grown = answer
    if grown:
        yield render("ask.html", **_shown(here, grown), whole=True)


def _shown(here: Address, answer: Answer) -> dict[str, Any]:
    """An answer's page of results with their citations, and what was put in by hand."""
    return {
        "here": here,
        "answer": answer,
        "sheet": sheet(answer.results, _COLUMNS, here.one("sort"), here.page),
        "cited": {c.n: c for c in answer.citations},
        "put": {field for field, _ in here.values},
    }


PLACE = Place("", "Ask", view, controls)
