"""An index whose letters were each read by a reader of reasons that had not seen them: the honest way to measure it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np

from corpus import reader
from corpus.cues import criteria
from corpus.decision import Decision
from corpus.parse import completed, parse
from corpus.passages import passages
from corpus.read import read
from eval.learned import LEFT_OUT
from eval.train import FOLDS, fit_reader, labelled, real_letters
from index.catalog import Catalog, text_hash
from index.encoder import Encoder
from index.errors import UsageError


def leave_out(
    letters: Path, ledger: Path, folder: Path, encoder: Encoder, tell: Callable[[str], None] = lambda line: None
) -> int:
    """Index a folder of letters, each read by a reader trained on the others' folds; how many letters there are."""
    if (folder / "catalog.sqlite").exists():
        raise UsageError(f"{folder} already holds an index; name a new folder with --index")
    parsed = {path: parse(read(path)) for path in sorted(letters.rglob("*")) if path.suffix in (".pdf", ".txt")}
    written, real = labelled(), real_letters(letters, ledger)
    names = sorted({rationale.letter for rationale in real})
    if len(names) < FOLDS:
        raise UsageError(f"{ledger} judges {len(names)} letters of {letters}; leaving letters out needs {FOLDS}")
    if strange := [path for path, letter in parsed.items() if not _names(path, letter) & set(names)]:
        raise UsageError(f"{strange[0]} is not in {ledger}; only letters that were read by hand can be left out")
    catalog = Catalog(folder, create=True)
    catalog.set_fingerprint(encoder.fingerprint)
    for fold in range(FOLDS):
        out = set(names[fold::FOLDS])
        tell(f"fold {fold + 1} of {FOLDS}: a reader without {len(out)} letters")
        with _reading_with(*fit_reader([*written, *(r for r in real if r.letter not in out)])):
            for path in [path for path, letter in parsed.items() if _names(path, letter) & out]:
                _put(catalog, encoder, completed(parsed[path]), path)
    catalog.close()
    (folder / LEFT_OUT).write_text(json.dumps({"folds": FOLDS}), "utf-8")
    return len(parsed)


def _names(path: Path, letter: Decision) -> set[str]:
    return {path.stem, letter.case_number or path.stem}


@contextmanager
def _reading_with(slots: np.ndarray, weights: np.ndarray) -> Iterator[None]:
    """Meanwhile reasons are read with these weights instead of those that ship."""
    table = np.zeros(reader.SLOTS, np.int32)
    table[slots] = np.arange(1, len(slots) + 1)
    model = list(criteria()), table, np.vstack([np.zeros(weights.shape[1]), weights])
    with patch.object(reader, "_model", lambda: model):
        yield


def _put(catalog: Catalog, encoder: Encoder, letter: Decision, path: Path) -> None:
    found = passages(letter)
    texts = [passage.text for passage in found]
    vectors = dict(zip(map(text_hash, texts), encoder.encode(texts), strict=True))
    catalog.put(letter, str(path), found, vectors)
