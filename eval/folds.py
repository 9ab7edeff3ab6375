"""An index whose letters were each read by a reader of reasons that had not seen them: the honest way to measure it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np

from corpus import reader, reasons
from corpus.cues import criteria
from corpus.decision import Decision
from corpus.parse import completed, parse
from corpus.passages import passages
from corpus.read import read
from eval.learned import LEFT_OUT
from eval.train import FOLDS, Rationale, fit_reader, labelled, real_letters
from index.catalog import Catalog, text_hash
from index.encoder import Encoder
from index.errors import UsageError

Likelihoods = Callable[..., list[dict[str, float]]]


def leave_out(
    letters: Path,
    ledger: Path,
    folder: Path,
    encoder: Encoder,
    tell: Callable[[str], None] = lambda line: None,
    fit: Callable[[list[Rationale]], Likelihoods] | None = None,
) -> int:
    """Index a folder of letters, each read by a reader trained on the others' folds; how many letters there are."""
    if (folder / "catalog.sqlite").exists():
        raise UsageError(f"{folder} already holds an index; name a new folder with --index")
    parsed = {path: parse(read(path)) for path in sorted(letters.rglob("*")) if path.suffix in (".pdf", ".txt")}
    fit = fit or linear
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
        likelihoods = fit([*written, *(r for r in real if r.letter not in out)])
        with patch.object(reasons, "likelihoods", likelihoods):
            for path in [path for path, letter in parsed.items() if _names(path, letter) & out]:
                _put(catalog, encoder, completed(parsed[path]), path)
    catalog.close()
    (folder / LEFT_OUT).write_text(json.dumps({"folds": FOLDS}), "utf-8")
    return len(parsed)


def _names(path: Path, letter: Decision) -> set[str]:
    return {path.stem, letter.case_number or path.stem}


def linear(rationales: list[Rationale]) -> Likelihoods:
    """The linear reader fitted to labelled rationales, in the form of `reader.likelihoods`.

    Where another half reads beside it, that half has no part here: it takes a GPU to train five times.
    """
    slots, weights = fit_reader(rationales)
    table = np.full(reader.SLOTS, len(slots))
    table[slots] = np.arange(len(slots))
    rows = np.vstack([weights, np.zeros(weights.shape[1])])

    def likelihoods(sentences, roles, outcome, treatments, skipped=()) -> list[dict[str, float]]:
        found: list[dict[str, float]] = []
        for place, role in enumerate(roles):
            named = reader.features(sentences, roles, place, outcome, treatments) if role not in skipped else []
            scores = rows[[table[reader.slot(name)] for name in named]].sum(axis=0)
            found.append(dict(zip(criteria(), 1 / (1 + np.exp(-scores)), strict=True)) if named else {})
        return found

    return likelihoods


def _put(catalog: Catalog, encoder: Encoder, letter: Decision, path: Path) -> None:
    found = passages(letter)
    texts = [passage.text for passage in found]
    vectors = dict(zip(map(text_hash, texts), encoder.encode(texts), strict=True))
    catalog.put(letter, str(path), found, vectors)
