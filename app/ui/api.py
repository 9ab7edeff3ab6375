"""The four functions the page offers to programs, over HTTP and MCP; each returns the JSON of the command line."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import gradio as gr

from app import answer, passages, precedents
from app.library import Library
from corpus.decision import to_json
from index.errors import PrecedentError, UsageError


def publish(library: Library) -> None:
    def ask(question: str) -> dict[str, Any]:
        """Answer a question about past medical-necessity decisions: complete lists, exact counts, verbatim citations.

        Args:
            question: the question in plain English, e.g. "which ESI denials cited missing radiculopathy findings"
        """
        return answer.ask(library.index(), question, model=library.writer).to_json()

    def search(text: str, k: int = 10) -> dict[str, Any]:
        """Ranked passages for a text; a quoted phrase or a case number is taken literally.

        Args:
            text: the words to look for
            k: how many passages, at most 100
        """
        return {"text": text, "results": passages.found(library.index(), text, max(1, min(k, 100)))}

    def similar(case: str) -> dict[str, Any]:
        """Past decisions nearest to a case: the text of a denial, a request or a whole letter.

        Args:
            case: the text of the case
        """
        return precedents.similar(library.index(), case).to_json()

    def decision(name: str) -> dict[str, Any]:
        """One decision whole: its text, sections, disputed services, outcomes and the reviewer's reasons.

        Args:
            name: an id, a case number or a file name
        """
        catalog = library.index().catalog
        ids = catalog.find_decisions(name)
        if len(ids) != 1:
            raise UsageError(f"{name} stands for {len(ids)} decisions in the index; name one by its id")
        return to_json(catalog.decision(ids[0]))

    for function in (ask, search, similar, decision):
        gr.api(_told(function), api_name=function.__name__)


def _told(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """The function with our errors as sentences for the caller; of any other he hears only that there was one."""

    @wraps(function)
    def told(*args: Any, **options: Any) -> dict[str, Any]:
        try:
            return function(*args, **options)
        except PrecedentError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return told
