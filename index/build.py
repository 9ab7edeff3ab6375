"""Files -> catalog -> caches: only what changed, each decision whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from corpus.decision import Decision, Passage
from corpus.isolation import decisions, rows
from corpus.kinds import Unreadable
from corpus.passages import passages
from index.caches import KINDS, publish
from index.catalog import Catalog, text_hash
from index.encoder import DEFAULT_MODEL, Encoder, open_encoder
from index.files import Source, files_of, fingerprint
from index.search import check_fingerprint

# Decisions read before they are encoded together: long enough batches, little lost to a kill.
_GROUP = 64


# Seconds of an ingest after which what it has stored so far is published for those who search meanwhile.
_PUBLISH_EVERY = 10.0

Progress = Callable[[int, int, str], None]  # (done, of, what)
Reader = Callable[[Decision], Decision]  # reads a decision's ledger anew; its rows name it


@dataclass
class Report:
    """What an ingest did, file by file."""

    added: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # in the index, but no longer in the folder they came from
    removed: list[str] = field(default_factory=list)
    duplicates: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)


def ingest(
    paths: Iterable[Path],
    folder: Path,
    model: str = DEFAULT_MODEL,
    progress: Progress = lambda done, total, name: None,
    workers: int | None = None,
    prune: bool = False,
    reader: Reader | None = None,
) -> Report:
    """Take files and folders in; unchanged files cost a hash, a failed one never stops the others."""
    paths = list(paths)
    files = list(files_of(paths))
    encoder = open_encoder(model)
    report = Report()
    with contextlib.closing(Catalog(folder, create=True)) as catalog, catalog.writing():
        _same_encoder(catalog, encoder)
        # Cut into passages as they come, while other files are still being read.
        found = (
            _Taken(place, decision, passages(decision))
            for place, decision in _Intake(catalog, report, reader).taken(files, progress, workers)
        )
        published = time.monotonic()
        while group := list(islice(found, 1 if reader else _GROUP)):  # what a slow reader read is kept at once
            _store(catalog, encoder, group)
            if time.monotonic() - published > _PUBLISH_EVERY:
                publish_all(catalog, encoder)
                published = time.monotonic()
        progress(len(files), len(files), "")
        _missing(catalog, paths, report, prune)
        if catalog.sources():
            publish_all(catalog, encoder)
        else:
            _undo(folder)
    return report


def reencode(folder: Path, model: str = DEFAULT_MODEL, progress: Progress = lambda done, total, name: None) -> int:
    """Make every vector anew with another model, all of them or none; how many were made."""
    encoder = open_encoder(model)
    with contextlib.closing(Catalog(folder)) as catalog, catalog.writing():
        if catalog.fingerprint == encoder.fingerprint:
            return 0
        total, done = catalog.counts()["vectors"], 0

        def encoded(texts: list[str]) -> np.ndarray:
            nonlocal done
            vectors = encoder.encode(texts)
            done += len(texts)
            progress(done, total, "passages")
            return vectors

        catalog.reencode(encoder.fingerprint, encoded)
        publish_all(catalog, encoder)
    return total


def remove(names: Iterable[str], folder: Path, model: str = DEFAULT_MODEL) -> list[str]:
    """Forget decisions, by id, case number or file name; nothing of them stays in the index's files."""
    encoder = open_encoder(model)
    with contextlib.closing(Catalog(folder)) as catalog, catalog.writing():
        check_fingerprint(catalog, encoder)
        ids = [catalog.the_one(name) for name in names]
        removed = [catalog.decision(id_).source for id_ in ids]
        catalog.remove(ids)
        for name in KINDS:
            publish(catalog, name, encoder.dimension, anew=True)
        catalog.shrink()
    return removed


def publish_all(catalog: Catalog, encoder: Encoder) -> None:
    """Both caches for what the catalog holds now."""
    for name in KINDS:
        publish(catalog, name, encoder.dimension)


def _missing(catalog: Catalog, paths: list[Path], report: Report, prune: bool) -> None:
    """Decisions whose file is no longer in a folder that was named: told, and forgotten only on request."""
    roots = [path.resolve() for path in paths if path.is_dir()]
    places = {place: Path(place.partition("#")[0]) for place in catalog.sources()} if roots else {}
    gone = [
        place
        for place, path in places.items()
        if any(path.is_relative_to(root) for root in roots) and not path.exists()
    ]
    if prune and gone:
        known = catalog.sources()
        catalog.remove(known[place][0] for place in gone)
        report.removed = gone
    else:
        report.missing = gone


def _undo(folder: Path) -> None:
    """Nothing could be read: leave no empty index behind, nor the folder if it holds nothing else."""
    for kind in KINDS:
        shutil.rmtree(folder / kind, ignore_errors=True)
    for path in [*folder.glob("catalog.sqlite*"), folder / "writer.lock"]:
        path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()


def _same_encoder(catalog: Catalog, encoder: Encoder) -> None:
    """One catalog, one encoder: an empty one takes ours, any other is refused before anything is written."""
    if catalog.fingerprint is None:
        catalog.set_fingerprint(encoder.fingerprint)
    check_fingerprint(catalog, encoder)


@dataclass(frozen=True, slots=True)
class _Taken:
    """A new decision, where it stood, and its passages."""

    place: str
    decision: Decision
    passages: list[Passage]


class _Intake:
    """What is known while files are taken in: which content stands where, and what waits for it."""

    def __init__(self, catalog: Catalog, report: Report, reader: Reader | None):
        self._catalog, self._report, self._reader = catalog, report, reader
        self._known = catalog.sources()
        self._paths = {sha: path for path, (_, sha) in self._known.items()}
        self._old = 0  # files that need not be read
        self._pending: dict[str, str] = {}  # content being read -> where
        self._twins: defaultdict[str, list[str]] = defaultdict(list)  # where -> the same content elsewhere

    def taken(self, files: list[Source], progress: Progress, workers: int | None) -> Iterator[tuple[str, Decision]]:
        """Every new decision with its place; the report hears of all the other files."""
        for read, (path, found) in enumerate(decisions(self._new(files), workers)):
            progress(read + self._old, len(files), path.name)
            place = str(path.resolve())
            if isinstance(found, Decision):
                yield from self._take(place, found)
            elif found is None:
                yield from self._table(path, place)
            else:
                self._report.failed[place] = str(found)
            self._settle(place)

    def _new(self, files: list[Source]) -> Iterator[Path]:
        for file in files:
            if self._is_new(file):
                yield file.path
            else:
                self._old += 1

    def _is_new(self, file: Source) -> bool:
        """Whether a file must be read: not if its content is here, was just handed on, or cannot be had."""
        place = str(file.place)
        try:
            if file.refused:
                raise Unreadable(file.refused)
            sha = fingerprint(file.path)
        except Unreadable as error:
            self._report.failed[place] = str(error)
            return False
        if self._known.get(place, ("", ""))[1] == sha:
            self._report.unchanged.append(place)
        elif sha in self._pending:
            self._twins[self._pending[sha]].append(place)
        elif twin := self._paths.get(sha):
            self._same_content(file.path, place, twin)
        else:
            self._pending[sha] = place
            return True
        return False

    def _take(self, place: str, decision: Decision) -> Iterator[tuple[str, Decision]]:
        (self._report.replaced if place in self._known else self._report.added).append(place)
        self._known[place] = decision.id, decision.sha256
        self._paths[decision.sha256] = place
        decision = self._reader(decision) if self._reader else decision
        if decision.warnings:
            self._report.warnings[place] = list(decision.warnings)
        yield place, decision

    def _settle(self, place: str) -> None:
        """Files with the content of one that was just read share its fate."""
        for twin in self._twins.pop(place, ()):
            if place in self._report.failed:
                self._report.failed[twin] = self._report.failed[place]
            else:
                self._report.duplicates[twin] = place

    def _same_content(self, path: Path, place: str, twin: str) -> None:
        """A known content under a new name: a move if the old file is gone, a duplicate if it is still there."""
        if Path(twin).exists():
            self._report.duplicates[place] = twin
            return
        self._catalog.move(self._known[twin][0], place, path.name)
        self._known[place] = self._known.pop(twin)
        self._paths[self._known[place][1]] = place
        self._report.moved.append(place)

    def _table(self, path: Path, place: str) -> Iterator[tuple[str, Decision]]:
        """The new rows of a table, each at a place of its own; repeated names and texts are reported."""
        names: dict[str, int] = {}
        texts: dict[str, str] = {}
        without: list[str] = []
        try:
            for row in rows(path, lambda sha: sha not in self._paths):
                names[row.key] = names.get(row.key, 0) + 1
                of_row = f"{place}#{row.key}" + (f" ({names[row.key]})" if names[row.key] > 1 else "")
                if row.reason:
                    without.append(f"{row.key}: {row.reason}")
                elif (twin := self._paths.get(row.sha256)) == of_row:
                    self._report.unchanged.append(of_row)
                elif twin:
                    self._report.duplicates[of_row] = twin
                elif row.decision:
                    yield from self._take(of_row, row.decision)
                    first = texts.setdefault(_argument(row.decision), row.key)
                    if first != row.key:
                        self._warn(of_row, f"its findings are word for word those of {first}")
        except Unreadable as error:
            self._report.failed[place] = str(error)
        repeated = [name for name, count in names.items() if count > 1]
        if repeated:
            self._warn(place, f"{len(repeated)} ids stand in more than one row, all kept: {_some(repeated)}")
        if without and place not in self._report.failed:
            self._report.failed[place] = f"{len(without)} rows are not in, the others are: {_some(without)}"

    def _warn(self, place: str, warning: str) -> None:
        self._report.warnings.setdefault(place, []).append(warning)


def _argument(decision: Decision) -> str:
    """What identifies a row's findings, whatever its id."""
    span = decision.issues[0].rationale if decision.issues else None
    return hashlib.sha256(decision.quote(*span or (0, len(decision.text))).encode()).hexdigest()


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" and more" if len(names) > 3 else "")


def _store(catalog: Catalog, encoder: Encoder, taken: list[_Taken]) -> None:
    """Encode what is new in the group at once, then write each decision in a transaction of its own."""
    texts = {text_hash(p.text): p.text for one in taken for p in one.passages}
    known = catalog.known_vectors(texts)
    new = [h for h in texts if h not in known]
    vectors = dict(zip(new, encoder.encode([texts[h] for h in new]), strict=True))
    for one in taken:
        own = {h: vectors[h] for h in (text_hash(p.text) for p in one.passages) if h in vectors}
        catalog.put(one.decision, one.place, one.passages, own)
