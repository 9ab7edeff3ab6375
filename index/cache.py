"""How a disposable cache is kept: sealed folders that never change, one of which a pointer calls the current one."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from index.errors import PrecedentError

_MANIFEST = "manifest.json"
_POINTER = "current"
_ATTEMPTS = 20  # to delete an old snapshot that a reader is just opening


def publish(folder: Path, write: Callable[[Path], Mapping[str, Any]]) -> None:
    """Let `write` fill a new folder and give its facts, seal it, then point to it; readers of the old one keep it."""
    old = current(folder)
    made = folder / uuid.uuid4().hex[:12]
    try:
        made.mkdir(parents=True, mode=0o700)
        facts = write(made)
        seal(made, facts, _linked(made, old))
        _point(folder, made.name)
    except OSError as error:
        shutil.rmtree(made, ignore_errors=True)
        raise _cannot(folder, error) from error
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    for other in folder.iterdir():
        if other.name not in (_POINTER, made.name):
            _discard(other)


def _discard(old: Path) -> None:
    """Delete what nobody points to any more, again where a reader has just left a mark there (tantivy a lock)."""
    for left in reversed(range(_ATTEMPTS)):
        try:
            shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
            return
        except OSError as error:
            if not left:  # what was forgotten must not stay unnoticed
                raise _cannot(old, error) from error
            time.sleep(0.01)


def current(folder: Path) -> Path | None:
    """The published folder, unread and unchecked."""
    try:
        name = (folder / _POINTER).read_text("ascii")
    except (OSError, ValueError):
        return None
    return folder / name if name.isalnum() and (folder / name).is_dir() else None


def facts_of(folder: Path) -> dict[str, Any] | None:
    """What a sealed folder says of itself."""
    manifest = _manifest(folder)
    return manifest and manifest["facts"]


def hashes_of(folder: Path) -> dict[str, str]:
    """The hash of each file of a sealed folder, as its manifest has them."""
    manifest = _manifest(folder)
    return manifest["files"] if manifest else {}


def whole(folder: Path, known: Mapping[str, str] | None = None) -> bool:
    """Is every byte as it was sealed; files known by hash from an earlier look are not read again."""
    sealed = hashes_of(folder)
    try:
        return bool(sealed) and sealed == _hashes(folder, dict(sealed.items() & (known or {}).items()))
    except OSError:
        return False


def fresh(folder: Path, expected: Mapping[str, object]) -> bool:
    """Does the folder hold what is expected, every byte as it was sealed."""
    return facts_of(folder) == expected and whole(folder)


def seal(folder: Path, facts: Mapping[str, Any], known: Mapping[str, str] | None = None) -> None:
    """Flush everything, then write the manifest, last of all; files of a known hash were sealed and flushed before."""
    files = _hashes(folder, known or {})
    for name in files.keys() - (known or {}).keys():
        _flush(folder / name)
    manifest = {"facts": facts, "files": files}
    (folder / _MANIFEST).write_text(json.dumps(manifest | {"seal": _seal(manifest)}), "utf-8")
    _flush(folder / _MANIFEST)
    _flush(folder)


def link(source: Path, target: Path) -> None:
    """The same file under a second name, or its copy where the file system has no such names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _manifest(folder: Path) -> dict[str, Any] | None:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
        return manifest if manifest.pop("seal") == _seal(manifest) else None
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return None


def _seal(manifest: dict[str, Any]) -> str:
    """The manifest's own hash."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _linked(made: Path, old: Path | None) -> dict[str, str]:
    """The hashes of files that are the old folder's own: they are not read again; the next reader checks them."""
    sealed = hashes_of(old) if old else {}
    return {
        name: sealed[name]
        for name in sealed
        if old and (made / name).exists() and (old / name).exists() and (made / name).samefile(old / name)
    }


def _hashes(folder: Path, known: Mapping[str, str]) -> dict[str, str]:
    names = sorted(p.name for p in folder.iterdir() if p.name != _MANIFEST and p.suffix != ".lock")
    return {name: known.get(name) or _hash(folder / name) for name in names}


def _hash(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _point(folder: Path, name: str) -> None:
    aside = folder / f"{name}.pointer"
    aside.write_text(name, "ascii")
    _flush(aside)
    aside.replace(folder / _POINTER)
    _flush(folder)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot(folder: Path, error: OSError) -> PrecedentError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    reason = "no space left" if full else f"cannot write ({error.strerror or error})"
    return PrecedentError(f"{folder}: {reason}; what was added is safe in the catalog, free some space or let me write")
