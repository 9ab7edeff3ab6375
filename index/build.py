"""Files -> catalog -> caches: only what changed, each decision whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corpus.decision import Decision
from corpus.parse import decide
from corpus.passages import passages
from corpus.read import Unreadable, read
from index.catalog import Catalog, text_hash
from index.encoder import DEFAULT_MODEL, Encoder, open_encoder
from index.errors import UsageError
from index.search import Index, check_fingerprint

# Decisions read before they are encoded together: long enough batches, little lost to a kill.
_GROUP = 64
_SKIPPED = (".jsonl", ".json", ".csv", ".md", ".toml", ".py")


@dataclass
class Report:
    """What an ingest did, file by file."""

    added: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    duplicates: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)


def ingest(
    paths: Iterable[Path],
    folder: Path,
    model: str = DEFAULT_MODEL,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> Report:
    """Take files and folders in; unchanged files cost a hash, a failed one never stops the others."""
    files = list(_files(paths))
    encoder = open_encoder(model)
    catalog = Catalog(folder, create=True)
    report = Report()
    with contextlib.closing(catalog), catalog.writing():
        _same_encoder(catalog, encoder)
        before = catalog.generation
        known = catalog.sources()
        for first in range(0, len(files), _GROUP):
            group = files[first : first + _GROUP]
            read_now = []
            for n, path in enumerate(group, first):
                progress(n, len(files), path.name)
                if taken := _take(path, catalog, known, report):
                    read_now.append(taken)
            _store(catalog, encoder, read_now)
        progress(len(files), len(files), "")
        if catalog.generation != before:
            catalog.sweep()
    with contextlib.closing(Index(folder, model)) as index:
        index.refresh()
    return report


def _same_encoder(catalog: Catalog, encoder: Encoder) -> None:
    """One catalog, one encoder: an empty one takes ours, any other is refused before anything is written."""
    if catalog.fingerprint is None:
        catalog.set_fingerprint(encoder.fingerprint)
    check_fingerprint(catalog, encoder)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """Every file named, and every file below a folder named, in order; links out of a folder are not followed."""
    for path in paths:
        if path.is_dir():
            found = [p for p in sorted(path.rglob("*")) if not p.is_dir() and p.suffix not in _SKIPPED and not p.name.startswith(".")]
            if not found:
                raise UsageError(f"{path} holds no documents; name a folder with PDF or text files")
            yield from found
        elif path.exists():
            yield path
        else:
            raise UsageError(f"{path} does not exist; name a file or folder of decisions")


def _take(path: Path, catalog: Catalog, known: dict[str, tuple[str, str]], report: Report) -> tuple[str, Decision] | None:
    """The file's decision, unless its content is already here or it cannot be read; the report hears of it either way."""
    place = str(path.resolve())
    try:
        sha = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        if sha and known.get(place, ("", ""))[1] == sha:
            report.unchanged.append(place)
            return None
        if sha and (twin := _twin(sha, known)):
            _same_content(path, place, twin, catalog, known, report)
            return None
        decision = decide(read(path))
    except Unreadable as error:
        report.failed[place] = str(error)
        return None
    except OSError as error:
        report.failed[place] = f"cannot be opened ({error.strerror})"
        return None
    (report.replaced if place in known else report.added).append(place)
    known[place] = decision.id, decision.sha256
    if decision.warnings:
        report.warnings[place] = list(decision.warnings)
    return place, decision


def _twin(sha: str, known: dict[str, tuple[str, str]]) -> str | None:
    return next((path for path, (_, other) in known.items() if other == sha), None)


def _same_content(path: Path, place: str, twin: str, catalog: Catalog, known: dict[str, tuple[str, str]], report: Report) -> None:
    """A known content under a new name: a move if the old file is gone, a duplicate if it is still there."""
    if Path(twin).exists():
        report.duplicates[place] = twin
        return
    catalog.move(known[twin][0], place, path.name)
    known[place] = known.pop(twin)
    report.moved.append(place)


def _store(catalog: Catalog, encoder: Encoder, taken: list[tuple[str, Decision]]) -> None:
    """Encode what is new in the group at once, then write each decision in a transaction of its own."""
    parts = [passages(decision) for _, decision in taken]
    texts = {text_hash(p.text): p.text for of_one in parts for p in of_one}
    known = catalog.known_vectors(texts)
    new = [h for h in texts if h not in known]
    vectors = dict(zip(new, encoder.encode([texts[h] for h in new]), strict=True))
    for (place, decision), of_one in zip(taken, parts, strict=True):
        own = {h: vectors[h] for h in (text_hash(p.text) for p in of_one) if h in vectors}
        catalog.put(decision, place, of_one, own)
