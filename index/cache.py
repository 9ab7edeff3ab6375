"""How a disposable cache is kept: a manifest beside it, written aside, flushed, renamed, checked on every open."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path


def fresh(folder: Path, expected: Mapping[str, object]) -> bool:
    """Does the cache hold what the catalog holds now, every byte as it was written."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        return manifest["facts"] == expected and manifest["files"] == _hashes(folder)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def publish(folder: Path, facts: Mapping[str, object], write: Callable[[Path], None]) -> None:
    """Write the cache aside, flush it, then let it take the place of the old one."""
    aside = folder.with_name(f"{folder.name}.{os.getpid()}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        write(aside)
        seal(aside, facts)
        shutil.rmtree(folder, ignore_errors=True)
        aside.replace(folder)
        _flush(folder.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def seal(folder: Path, facts: Mapping[str, object]) -> None:
    """Write the manifest, last of all, and flush everything."""
    manifest = json.dumps({"facts": facts, "files": _hashes(folder)})
    (folder / "manifest.json").write_text(manifest, "utf-8")
    for path in [*folder.iterdir(), folder]:
        _flush(path)


def _hashes(folder: Path) -> dict[str, str]:
    names = sorted(
        p.name for p in folder.iterdir() if p.is_file() and p.name != "manifest.json" and not p.name.endswith(".lock")
    )
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
