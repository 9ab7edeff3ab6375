"""The program's own TOML tables, parsed once on a machine: tomllib, in Python, needs 60 ms for terms.toml alone."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import platformdirs


def toml(package: str, name: str) -> dict[str, Any]:
    """A table beside a package's modules; its parsed form is kept in the user's cache under the file's hash."""
    source = files(package).joinpath(name).read_bytes()
    kept = Path(platformdirs.user_cache_dir("precedent")) / "tables" / f"{name}-{_sha(source)[:16]}.json"
    try:
        seal, _, text = kept.read_bytes().partition(b"\n")
        if seal == _sha(text).encode():
            return json.loads(text)
    except OSError:
        pass  # not kept yet
    parsed = tomllib.loads(source.decode("utf-8"))
    with contextlib.suppress(OSError):  # a cache that cannot be kept costs its time again, no more
        _keep(kept, json.dumps(parsed).encode())
    return parsed


def _keep(path: Path, text: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}")
    aside.write_bytes(_sha(text).encode() + b"\n" + text)
    aside.replace(path)


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
