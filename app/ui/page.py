"""The Gradio app: a frame, the controls of each place, and one view that shows what the address asks for."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import gradio as gr

from app.address import read
from app.library import Library
from app.ui import add, api, ask, browse, decision, precedents
from app.ui.place import Place, contributed
from app.ui.render import render
from index.errors import PrecedentError

log = logging.getLogger(__name__)

# One view at a time a tab: while one is made, only the last address asked for waits.
_AT_ONCE = 4
_QUEUE = 64
_HOUR = 3600  # seconds after which an upload that nobody took in is deleted
# page.js meets Gradio here: it asks for views by this event and hears when one has been drawn.
_SCRIPT = '<script src="/page/page.js"></script>'
_WIRE = "window.precedent.wire(address => trigger('go', address), watch)"


def places() -> list[Place]:
    return [ask.PLACE, precedents.PLACE, browse.PLACE, *contributed(), add.PLACE, decision.PLACE]


def show(library: Library, every: list[Place], url: str, given: str) -> Iterator[str]:
    """What an address shows; whatever goes wrong is a sentence on the page, and no word of a document in the log."""
    here = read(url)
    place = next((p for p in every if p.name == here.place), None)
    if place is None:
        yield _said("There is no such place", f"“{here.place}” is no place of this page.")
        return
    try:
        yield from place.view(library, here, given)
    except PrecedentError as error:
        yield _said("That did not work", str(error))
    except Exception as error:
        log.error("%s in the place %r: %s", type(error).__name__, place.title, _where(error))
        yield _said("The program failed here", "It is not your doing; the log of the server says where.")


def build(library: Library, mcp: bool = False) -> gr.Blocks:
    every = places()

    def go(event: gr.EventData) -> Iterator[str]:
        yield from show(library, every, str(event.address), str(event.given or ""))

    with gr.Blocks(title="Precedent", analytics_enabled=False, fill_width=True, delete_cache=(_HOUR, _HOUR)) as page:
        gr.HTML(render("frame.html", places=every), elem_id="frame", apply_default_css=False)
        for place in every:
            if place.controls:
                with gr.Column(elem_id=f"in-{place.name or 'ask'}", elem_classes="controls"):
                    place.controls(library)
        view = gr.HTML(elem_id="view", js_on_load=_WIRE, head=_SCRIPT, apply_default_css=False)
        view.go(
            go,
            None,
            view,
            show_progress="hidden",
            api_visibility="private",
            trigger_mode="always_last",
            concurrency_limit=_AT_ONCE,
        )
        api.publish(library, mcp)
    page.queue(max_size=_QUEUE, default_concurrency_limit=_AT_ONCE)
    return page


def _said(kind: str, said: str) -> str:
    return render("said.html", kind=kind, said=said)


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno}" if trace else "nowhere"
