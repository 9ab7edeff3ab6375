"""What every test stands on: steady invented cases, a stand-in encoder, and small indexes built once a run."""

import re
import shutil
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from letters import SAMPLES

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

# Six letters of both states for what needs an index; eighteen, with every ESI of the samples, for what needs answers.
FEW = ("CM13-9000201", "CM15-9000102", "CM18-9000103", "IRO-900104", "IRO-900111", "IRO-900118")
MANY = (
    *("CM13-9000201", "CM13-9000202", "CM13-9000211", "CM15-9000102", "CM16-9000104", "CM16-9000114", "CM17-9000108"),
    *("CM17-9000120", "CM18-9000103", "CM22-9000106", "CM24-9000101", "IRO-900101", "IRO-900102", "IRO-900104"),
    *("IRO-900116", "IRO-900117", "IRO-900119", "IRO-900303"),
)


class StandIn:
    """An encoder without a model: texts are as near as the words they share. Its name is part of its fingerprint."""

    dimension = 64

    def __init__(self, name="stand-in"):
        self.name, self.fingerprint = name, f"{name}:1"

    def encode_query(self, text):
        return self.encode([text], kind="query")[0]

    def encode(self, texts, kind="document", progress=None):
        return np.array([self._bag(text) for text in texts], np.float32).reshape(len(texts), self.dimension)

    def _bag(self, text):
        vector = np.full(self.dimension, 1e-3)
        for word in re.findall(r"\w+", text.lower()):
            vector[zlib.crc32(word.encode("utf-8", "replace")) % self.dimension] += 1
        return vector / np.linalg.norm(vector)


@pytest.fixture(scope="session")
def stand_in():
    """Models named "stand-in…" are stand-ins wherever an encoder is opened; every other name is what it always was."""
    from app import cli
    from index import build, encoder, search

    real = encoder.open_encoder

    def opened(model=encoder.DEFAULT_MODEL):
        return StandIn(model) if model.startswith("stand-in") else real(model)

    with pytest.MonkeyPatch.context() as patch:
        for module in (build, encoder, search):
            patch.setattr(module, "open_encoder", opened)
        patch.setattr(cli, "prepare", lambda model: None)
        yield StandIn()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """No test waits for a lock that is not going to be free."""
    monkeypatch.setattr("index.lock.PATIENCE", 0.1)


@pytest.fixture(scope="session")
def few_letters(tmp_path_factory) -> Path:
    """A folder with six sample letters."""
    folder = tmp_path_factory.mktemp("few")
    for name in FEW:
        shutil.copy(SAMPLES / f"{name}.txt", folder)
    return folder


@pytest.fixture(scope="session")
def small(few_letters, stand_in, tmp_path_factory) -> Path:
    """The folder of an index over six letters, made with the stand-in; only to be read."""
    from index.build import ingest

    folder = tmp_path_factory.mktemp("small") / "index"
    assert len(ingest([few_letters], folder, "stand-in").added) == len(FEW)
    return folder


@pytest.fixture(scope="session")
def index(small):
    """The small index, opened; only to be read."""
    from index.search import Index

    return Index(small, "stand-in")


@pytest.fixture(scope="session")
def library(stand_in, tmp_path_factory):
    """An opened index over all the samples, made with the stand-in; only to be read."""
    from index.build import ingest
    from index.search import Index

    folder = tmp_path_factory.mktemp("library") / "index"
    assert not ingest([SAMPLES], folder, "stand-in").failed
    return Index(folder, "stand-in")


@pytest.fixture
def copied(small, tmp_path) -> Path:
    """A copy of the small index to break."""
    return Path(shutil.copytree(small, tmp_path / "index"))


@pytest.fixture(scope="session")
def real_folder(tmp_path_factory) -> Path:
    """The folder of an index over eighteen sample letters, made with the real model; only to be read."""
    from index.build import ingest

    folder = tmp_path_factory.mktemp("real") / "index"
    assert len(ingest([SAMPLES / f"{name}.txt" for name in MANY], folder).added) == len(MANY)
    return folder


@pytest.fixture(scope="session")
def real(real_folder):
    """The index over eighteen letters, opened; only to be read."""
    from index.search import Index

    return Index(real_folder)


@pytest.fixture(scope="session")
def asked(real):
    """The answer to a question over the eighteen letters; each question is answered once a run."""
    from app.answer import ask

    return cache(lambda question: ask(real, question))
