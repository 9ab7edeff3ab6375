"""The one reader of the environment: flags, PRECEDENT_* variables and precedent.toml, and a quiet, offline process."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

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
    "TOKENIZERS_PARALLELISM": "false",
    "LANGSMITH_TRACING": "false",
    "LANGSMITH_TRACING_V2": "false",
    "LANGCHAIN_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
}


def quiet() -> None:
    """Set what keeps every library silent; call before importing any of them."""
    os.environ.update(_QUIET)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may change."""

    index: Path
    encoder: str = DEFAULT_MODEL
    model: str | None = None  # "provider:model" of a language model; none by default
    model_url: str | None = None


def load(**flags: str | Path | None) -> Settings:
    """Flags beat PRECEDENT_* variables, which beat precedent.toml in the working folder."""
    values: dict[str, str] = {}
    file = Path("precedent.toml")
    names = [f.name for f in fields(Settings)]
    if file.is_file():
        try:
            values |= {k: str(v) for k, v in tomllib.loads(file.read_text("utf-8")).items()}
        except UnicodeDecodeError as error:
            raise UsageError(f"{file} is not UTF-8 text; save it as UTF-8 ({error.reason})") from error
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{file} is not valid TOML: {error}") from error
        if unknown := sorted(set(values) - set(names)):
            raise UsageError(f"{file} has an unknown setting {unknown[0]!r}; the settings are: {', '.join(names)}")
    values |= {n: os.environ[f"PRECEDENT_{n.upper()}"] for n in names if os.environ.get(f"PRECEDENT_{n.upper()}")}
    values |= {name: str(value) for name, value in flags.items() if value is not None}
    folder = Path(values.pop("index", "") or platformdirs.user_data_dir("precedent")).expanduser()
    return Settings(index=folder, **values)
