"""The page of a decision's own file as a picture, the cited passage highlighted; only while the file is unchanged."""

from __future__ import annotations

from app.letter import span_of
from corpus.isolation import picture_of
from corpus.kinds import Unreadable
from index.catalog import Catalog
from index.errors import UsageError
from index.files import fingerprint


def page_as_png(catalog: Catalog, decision_id: str, number: int, mark: str) -> bytes:
    decision, path = catalog.decision(decision_id), catalog.file_of(decision_id)
    if not 1 <= number <= len(decision.pages):
        raise UsageError(f"{decision.source} has {len(decision.pages)} pages, not {number}")
    start, end = span_of(mark, len(decision.text)) or (0, 0)
    first, last = decision.pages[number - 1]
    try:
        if fingerprint(path) != decision.sha256:
            raise UsageError(f"{decision.source} was changed since it was taken in; ingest it again")
        return picture_of(path, number, decision.text[max(start, first) : min(end, last)])
    except Unreadable as error:
        raise UsageError(f"the page of {decision.source} cannot be shown: {error}") from error
