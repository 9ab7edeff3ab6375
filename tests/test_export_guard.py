"""What keeps a wrong model out: an export that disagrees with its original is not published."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.encoder import open_encoder
from index.export import _check as guard

ROOT = Path(__file__).parents[1]


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
