"""The language model a user named: opened by LangChain, heard within a time limit, its every fault one sentence."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app.settings import Settings
from index.errors import PrecedentError, UsageError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_MOST_WRITTEN = 20_000  # characters; no answer is that long
_CLIENTS_GRACE = 5  # seconds; ours is the limit that tells, the client's only ends a call that nobody waits for
# A local server asks for no key, but its client library insists on sending one.
_NO_KEY = "none"
# What stands in the names of the client libraries' errors, and what happened; the first that fits.
_FAULTS = (
    ("Timeout", "did not answer in time"),
    ("RemoteProtocolError", "broke off its answer"),
    ("ReadError", "broke off its answer"),
    ("ConnectError", "cannot be reached"),
    ("ConnectionError", "cannot be reached"),
    ("ParserException", "answered what cannot be read"),
    ("ValueError", "answered what cannot be read"),
)
_EXTRAS = ("anthropic", "ollama", "openai")  # of pyproject.toml


class ModelFailed(PrecedentError):
    """Why the model gave nothing that can be used; the program's own answer stands."""


class Model:
    """An opened language model; it is given text and gives text, it has no tools and decides nothing."""

    def __init__(self, chat: BaseChatModel, name: str, seconds: float):
        self._chat, self.name, self._seconds = chat, name, seconds

    def write(self, rules: str, task: str) -> Iterator[str]:
        """The model's text, piece by piece."""
        written = 0
        for piece in self._heard(lambda: self._chat.stream([("system", rules), ("human", task)])):
            written += len(piece.text)
            if written > _MOST_WRITTEN:
                raise self._failed(f"wrote more than {_MOST_WRITTEN:,} characters")
            yield str(piece.text)

    def rows(self, what: str, columns: Mapping[str, Sequence[str]], rules: str, task: str) -> list[dict[str, str]]:
        """Rows of text that the model finds, by structured output; columns with a closed list may hold anything yet."""
        form = self._chat.with_structured_output(_schema(what, columns))
        (filled,) = self._heard(lambda: [form.invoke([("system", rules), ("human", task)])])
        rows = filled.get("rows") if isinstance(filled, dict) else None
        if not isinstance(rows, list):
            raise self._failed("answered what cannot be read")
        return [{name: str(row.get(name, "")) for name in columns} for row in rows if isinstance(row, dict)]

    def _heard(self, speak: Callable[[], Iterable[Any]]) -> Iterator[Any]:
        """What a call gives, as it comes, until the time is up; a call that goes on then is left alone in its thread.

        The limit is kept here because the libraries' own limits start anew with every byte.
        """
        said: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        left = threading.Event()
        threading.Thread(target=_speak, args=(speak, said, left), name="language model", daemon=True).start()
        deadline = time.monotonic() + self._seconds
        try:
            while (left_over := deadline - time.monotonic()) > 0:
                kind, piece = said.get(timeout=left_over)
                if kind == "end":
                    return
                if kind == "fault":
                    raise self._failed(_happened(piece)) from piece
                yield piece
            raise queue.Empty
        except queue.Empty:
            raise self._failed(f"did not finish within {self._seconds:g} seconds") from None
        finally:
            left.set()

    def _failed(self, happened: str) -> ModelFailed:
        return ModelFailed(f"{self.name} {happened}")


def _schema(what: str, columns: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """JSON schema of {"rows": [{column: text}]}."""
    cells = {name: {"type": "string"} | ({"enum": list(closed)} if closed else {}) for name, closed in columns.items()}
    row = {"type": "object", "properties": cells, "required": list(cells), "additionalProperties": False}
    return {
        "title": what,
        "description": f"The {what} found; none is an empty list.",
        "type": "object",
        "properties": {"rows": {"type": "array", "items": row}},
        "required": ["rows"],
        "additionalProperties": False,
    }


def _speak(speak: Callable[[], Iterable[Any]], said: queue.SimpleQueue, left: threading.Event) -> None:
    try:
        for piece in speak():
            said.put(("piece", piece))
            if left.is_set():
                return
        said.put(("end", None))
    except Exception as error:
        said.put(("fault", error))


def _happened(error: BaseException) -> str:
    """What an error of a client library means; its own words may hold a key or a document, so they are not shown."""
    if status := getattr(error, "status_code", None):
        return f"answered with HTTP status {status}"
    names = " ".join(kind.__name__ for one in _with_causes(error) for kind in type(one).__mro__)
    return next((happened for part, happened in _FAULTS if part in names), f"failed ({type(error).__name__})")


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def open_model(settings: Settings) -> Model | None:
    """The model the settings name, ready to be asked; None if they name none."""
    if not settings.model:
        return None
    where = settings.origin.get("model", "the setting model")
    provider, colon, name = settings.model.partition(":")
    if not (provider and colon and name):
        raise UsageError(f"{where} is {settings.model!r}; name provider and model, for example ollama:llama3.1")
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"temperature": 0}
    patience = settings.model_seconds + _CLIENTS_GRACE
    if provider == "ollama":
        options["client_kwargs"] = {"timeout": patience}
    else:
        options |= {"timeout": patience, "max_retries": 0}
    if settings.model_url:
        # Never the key of the provider itself: it is not meant for another address.
        options |= {"base_url": settings.model_url, "api_key": settings.model_key or _NO_KEY}
    elif settings.model_key:
        options["api_key"] = settings.model_key
    try:
        return Model(init_chat_model(name, model_provider=provider, **options), settings.model, settings.model_seconds)
    except ImportError as error:
        raise UsageError(f"{where} is {settings.model}: {_missing(provider)}") from error
    except ValueError as error:
        raise UsageError(f"{where} is {settings.model}: LangChain cannot open it; name a provider it knows") from error
    except Exception as error:
        raise UsageError(
            f"{where} is {settings.model}: it cannot be opened ({type(error).__name__}); is its key set?"
        ) from error


def _missing(provider: str) -> str:
    package = f"'precedent[{provider}]'" if provider in _EXTRAS else f"langchain-{provider.replace('_', '-')}"
    return f"the package for {provider} is not installed; run: pip install {package}"
