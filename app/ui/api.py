"""The four functions the page offers to programs, over HTTP and MCP; each returns the JSON of the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import gradio as gr

from app import answer, passages, precedents
from app.library import Library
from corpus.decision import to_json
from index.errors import PrecedentError


def publish(library: Library, mcp: bool) -> None:
    # Gradio's MCP server shows a value as Python writes it, so for MCP the JSON is a text; and it calls what is queued
    # through HTTP without anybody's token, so for MCP nothing is queued.

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
        return to_json(catalog.decision(catalog.the_one(name)))

    for function in (ask, search, similar, decision):
        gr.api(_told(function, mcp), api_name=function.__name__, queue=not mcp)


def _told(function: Callable[..., dict[str, Any]], as_text: bool) -> Callable[..., Any]:
    """The function with our errors as sentences for the caller; of any other he hears only that there was one."""

    @wraps(function)
    def told(*args: Any, **options: Any) -> Any:
        try:
            found = function(*args, **options)
        except PrecedentError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return json.dumps(found, ensure_ascii=False) if as_text else found

    told.__annotations__ = function.__annotations__ | {"return": str if as_text else dict[str, Any]}
    return told
