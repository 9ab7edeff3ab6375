"""Paths a person names -> the files to take in; links, pipes and disguised folders are refused by name, unopened."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.kinds import Unreadable
from corpus.read import MAX_FILE, size_of
from corpus.table import SUFFIXES, recognises
from index.errors import UsageError

# In a folder these are notes, code and settings beside the letters; named on their own they are read like any file.
_SKIPPED = frozenset((".json", ".md", ".toml", ".py", ".bib", ".lock"))
_LETTERS = frozenset((".pdf", ".docx", ".doc", ".html", ".htm", ".txt", ".rtf", ".odt", ".eml"))


@dataclass(frozen=True, slots=True)
class Source:
    """A file to take in, or the reason why it is not touched."""

    path: Path
    refused: str = ""

    @property
    def place(self) -> Path:
        """Where it stands in the catalog: its resolved path; a refused link by its own name."""
        return self.path.absolute() if self.refused else self.path.resolve()


def files_of(paths: Iterable[Path]) -> Iterator[Source]:
    """Every file named, and every document below a folder named, in order and once."""
    seen: set[Path] = set()
    for path in paths:
        for source in _named(path):
            if source.path not in seen:
                seen.add(source.path)
                yield source


def fingerprint(path: Path) -> str:
    """A file's SHA-256, read in pieces."""
    size = size_of(path)
    if not size:
        raise Unreadable("empty")
    if size > MAX_FILE and path.suffix.lower() not in SUFFIXES:
        raise Unreadable(f"{size:,} bytes; a decision has fewer than {MAX_FILE:,}")
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Unreadable(f"cannot be opened ({error.strerror})") from error


def _named(path: Path) -> Iterator[Source]:
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        reason = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be opened ({error})"
        raise UsageError(f"{path} {reason}; name a file or folder of decisions") from error
    if not stat.S_ISDIR(mode):
        yield Source(path)
        return
    found = list(_below(path))
    if not found:
        raise UsageError(f"{path} holds no documents; name a folder with PDF or text files")
    yield from found


def _below(folder: Path) -> Iterator[Source]:
    root = folder.resolve()
    for here, folders, names in os.walk(folder):
        for name in sorted(folders):
            if reason := _folder_refusal(Path(here, name)):
                yield Source(Path(here, name), reason)
        folders[:] = sorted(n for n in folders if not n.startswith(".") and not _folder_refusal(Path(here, n)))
        for name in sorted(names):
            path = Path(here, name)
            if reason := _refusal(path, root):
                yield Source(path, reason)
            elif _is_wanted(path):
                yield Source(path)


def _folder_refusal(path: Path) -> str:
    if path.is_symlink():
        return "a link to a folder; name the folder itself to take it in"
    return "a folder, not a file" if path.suffix.lower() in _LETTERS else ""


def _refusal(path: Path, root: Path) -> str:
    """Why a name in a folder is not followed: it leads out of the folder, or its letters are none."""
    try:
        path.name.encode()
    except UnicodeEncodeError:
        return "its name is not valid Unicode; rename it"
    if not path.is_symlink():
        return ""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return "a link that leads nowhere"
    return "" if target.is_relative_to(root) else "a link out of the folder; name the file itself to take it in"


def _is_wanted(path: Path) -> bool:
    """Letters and tables of decisions; hidden files, notes and tables of other things are left alone."""
    suffix = path.suffix.lower()
    if path.name.startswith((".", "~$")) or suffix in _SKIPPED:
        return False
    if suffix not in SUFFIXES:
        return True
    try:
        return recognises(path)
    except (Unreadable, OSError):
        return True  # the report says why
