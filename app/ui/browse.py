"""The place Browse: facets with live counts, charts whose bars are links, the issues as a table."""

from __future__ import annotations

from collections.abc import Iterator

from app.address import Address
from app.browse import CHARTED, FACETS, facet, issues
from app.library import Library
from app.ui.place import Place
from app.ui.render import render


def view(library: Library, here: Address, given: str) -> Iterator[str]:
    catalog = library.index().catalog
    chosen = {field: here.all(field) for field in FACETS}
    facets = {field: facet(catalog, field, chosen) for field in FACETS}
    # A chart shows what is chosen in its own facet too: the other bars stay, to be compared with.
    charts = [facets[field] for field in CHARTED]
    sheet = issues(catalog, chosen, here.one("sort"), here.page)
    yield render("browse.html", here=here, facets=list(facets.values()), charts=charts, sheet=sheet, chosen=chosen)


PLACE = Place("browse", "Browse", view)
