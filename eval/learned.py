"""What the shipped reader of reasons has learned from, so that no number on them passes for one on new letters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from index.search import Index

# SHA-256 of every letter whose hand-read reasons went into `corpus/reader.npz`; written by `eval.train`.
LEARNED = Path(__file__).parent / "learned.json"
_LETTERS = (".pdf", ".txt")
# Beside an index whose letters were each read by a reader that had not seen them; written by `eval.folds`.
LEFT_OUT = "left-out.json"


def write(folders: Iterable[Path]) -> None:
    """Remember the letters of the folders as learned from."""
    files = (path for folder in folders for path in folder.rglob("*") if path.suffix in _LETTERS)
    known = sorted({hashlib.sha256(path.read_bytes()).hexdigest() for path in files})
    LEARNED.write_text(json.dumps(known, indent=0) + "\n", "utf-8")


def honesty(index: Index) -> dict[str, Any]:
    """How many letters of the index its reader had learned from, and in how many folds they were left out."""
    ids = index.catalog.decision_ids()
    if (index.folder / LEFT_OUT).is_file():
        return {"letters": len(ids), "learned_from": 0, **json.loads((index.folder / LEFT_OUT).read_text("utf-8"))}
    known = set(json.loads(LEARNED.read_text("utf-8")))
    seen = sum(index.catalog.decision(id_).sha256 in known for id_ in ids)
    return {"letters": len(ids), "learned_from": seen, "folds": None}


def in_words(reader: dict[str, Any]) -> str:
    """The same as a sentence for the head of a report."""
    if reader["folds"]:
        return (
            f"Each of the {reader['letters']} letters was read by a linear reader of reasons trained without it "
            f"(letters left out in {reader['folds']} folds)."
        )
    if not reader["learned_from"]:
        return "The reader of reasons has learned from none of these letters."
    return (
        f"The reader of reasons has learned from {reader['learned_from']} of these {reader['letters']} letters, so "
        "numbers that rest on reasons are higher here than on new letters; precedent eval leave-out measures without."
    )
