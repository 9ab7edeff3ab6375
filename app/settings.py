"""The one reader of the environment: flags, PRECEDENT_* variables and precedent.toml, and a quiet, offline process."""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import platformdirs

from index.encoder import DEFAULT_MODEL
from index.errors import UsageError

# Libraries below read these when imported: no telemetry, no downloads, no tracing of documents to anybody.
_QUIET = {
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "1",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "true",  # unset, a process started after the first batch complains
    "LANGSMITH_TRACING": "false",
    "LANGSMITH_TRACING_V2": "false",
    "LANGCHAIN_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
}
# What is said to this machine, a local language model included, is not sent through anybody's proxy.
_HERE = "localhost,127.0.0.1,::1"
_LONGEST_WAIT = 3600  # seconds


def quiet() -> None:
    """Set what keeps every library silent; call before importing any of them."""
    os.environ.update(_QUIET)
    for name in ("NO_PROXY", "no_proxy"):
        spared = os.environ.get(name, "")
        os.environ[name] = spared if _HERE in spared else ",".join(filter(None, (spared, _HERE)))


def uploads_below(index: Path) -> None:
    """Where Gradio keeps uploads until they are read: beside the index, for its owner alone, emptied at every start.

    Call before importing gradio. A folder that cannot be written takes no uploads; Gradio's own place is left then.
    """
    folder = index / "uploads"
    if index.is_dir() and os.access(index, os.W_OK):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        os.environ["GRADIO_TEMP_DIR"] = str(folder)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may change, and where each value was found."""

    index: Path
    encoder: str = DEFAULT_MODEL
    model: str | None = None  # "provider:model" of a language model; none by default
    model_url: str | None = None  # its endpoint, where the provider has no fixed one
    model_key: str | None = field(default=None, repr=False)  # the endpoint's key, never printed
    model_seconds: float = 30.0  # the longest wait for the model's part of an answer
    origin: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def shown(self) -> dict[str, dict[str, str | float | None]]:
        """Every setting with its source, secrets hidden."""
        hidden = {"model_key": self.model_key and "set, not shown", "model_url": _without_password(self.model_url)}
        values = {name: hidden[name] if name in hidden else getattr(self, name) for name in NAMES}
        values["index"] = str(self.index)
        return {name: {"value": value, "from": self.origin.get(name, "built in")} for name, value in values.items()}


NAMES = tuple(f.name for f in fields(Settings) if f.name != "origin")


def load(**flags: str | Path | None) -> Settings:
    """Flags beat PRECEDENT_* variables, which beat precedent.toml in the working folder."""
    variables = {name: value for name in NAMES if (value := os.environ.get(_variable(name)))}
    given = {name: str(value) for name, value in flags.items() if value is not None}
    values = _file() | variables | given
    origin = {name: "precedent.toml" for name in values}
    origin |= {name: _variable(name) for name in variables} | {name: f"--{name}" for name in given}
    folder = Path(values.pop("index", "") or platformdirs.user_data_dir("precedent")).expanduser()
    found: dict[str, Any] = {name: value for name, value in values.items() if value}
    if "model_seconds" in found:
        found["model_seconds"] = _seconds(found["model_seconds"], origin["model_seconds"])
    return Settings(index=folder, origin=origin, **found)


def _variable(name: str) -> str:
    return f"PRECEDENT_{name.upper()}"


def _file() -> dict[str, str]:
    """What precedent.toml in the working folder sets."""
    file = Path("precedent.toml")
    if not file.is_file():
        return {}
    try:
        values = {name: str(value) for name, value in tomllib.loads(file.read_text("utf-8")).items()}
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text; save it as UTF-8 ({error.reason})") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} is not valid TOML: {error}") from error
    if unknown := sorted(set(values) - set(NAMES)):
        raise UsageError(f"{file} has an unknown setting {unknown[0]!r}; the settings are: {', '.join(NAMES)}")
    return values


def _seconds(value: str, where: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST_WAIT:
        raise UsageError(f"{where}: model_seconds is a number of seconds up to {_LONGEST_WAIT}, not {value!r}")
    return seconds


def _without_password(url: str | None) -> str | None:
    """The endpoint without what may be written before its @ or behind its ?."""
    return url and re.sub(r"\?.*", "?…", re.sub(r"//[^/@]*@", "//…@", url))
