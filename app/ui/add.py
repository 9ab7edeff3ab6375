"""The place Add: documents by upload, one line a file that failed, while everybody goes on searching."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from app.address import Address
from app.intake import Intake
from app.library import Library
from app.ui.place import Place
from app.ui.render import render

_EVERY = 0.3  # seconds between two looks at how far it is


def controls(library: Library) -> None:
    running: list[Intake] = []

    def take(uploads: list[str] | None) -> Iterator[tuple[str, None]]:
        if not uploads:
            return
        intake = Intake(library.settings, map(Path, uploads))
        running[:] = [intake]
        while not intake.wait(_EVERY):
            yield render("adding.html", intake=intake), None
        yield render("adding.html", intake=intake), None

    def stop() -> None:
        for intake in running:
            intake.stop()

    with gr.Row():
        files = gr.File(label="Documents", file_count="multiple", elem_id="files", height=150)
        folder = gr.File(label="A folder of documents", file_count="directory", elem_id="folder", height=150)
    told = gr.HTML(elem_id="adding", apply_default_css=False)
    cancel = gr.Button("Stop", elem_id="stop", scale=0, min_width=90)
    for upload in (files, folder):
        # One at a time: whoever comes meanwhile waits in the queue.
        upload.upload(
            take,
            upload,
            [told, upload],
            api_visibility="private",
            concurrency_id="intake",
            concurrency_limit=1,
            show_progress="hidden",
        )
    cancel.click(stop, None, None, api_visibility="private", show_progress="hidden")


def view(library: Library, here: Address, given: str) -> Iterator[str]:
    yield render("add.html", counts=library.index().catalog.counts())


PLACE = Place("add", "Add", view, controls)
