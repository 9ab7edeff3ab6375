"""What a place of the page is; rooms above `app` contribute theirs through the entry-point group `precedent.places`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points

from app.address import Address
from app.library import Library

# (the index as it is now, the address, text that came beside it) -> HTML, each piece in place of the one before.
View = Callable[[Library, Address, str], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """A place: its name opens its addresses, its controls are Gradio components that stand above its view."""

    name: str
    title: str
    view: View
    controls: Callable[[Library], None] | None = None
    in_menu: bool = True


def contributed() -> list[Place]:
    """The places of rooms above, by name: each entry point gives a Place."""
    return [entry.load() for entry in sorted(entry_points(group="precedent.places"), key=lambda e: e.name)]


def pair(text: str) -> tuple[str, str]:
    """'region:lumbar' in an address -> a field and its value; no value stands for every value."""
    field, _, value = text.partition(":")
    return field, value


def download(elem_id: str) -> str:
    """JavaScript that presses a DownloadButton kept out of sight, once the server has given it its file."""
    return f"() => {{ setTimeout(() => document.querySelector('#{elem_id}').click(), 100) }}"
