"""What keeps a wrong model out: an export that disagrees with its original is not published."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.encoder import DEFAULT_MODEL, Encoder, locate, open_encoder
from index.export import _check as guard
from index.export import export

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


def causal(folder: Path) -> None:
    from transformers import Qwen2Config, Qwen2Model

    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "max_position_embeddings": 256}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
    Qwen2Model(Qwen2Config(vocab_size=30522, **sizes, **heads)).save_pretrained(folder)


def with_attention_of_its_own(folder: Path) -> None:
    from transformers import MPNetConfig, MPNetModel

    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "max_position_embeddings": 300}
    MPNetModel(MPNetConfig(vocab_size=30522, num_attention_heads=4, **sizes)).save_pretrained(folder)


@pytest.mark.slow
@pytest.mark.parametrize("made", [causal, with_attention_of_its_own])
def test_models_of_other_builds_give_their_own_vectors_without_padding(made, tmp_path):
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import AutoTokenizer

    torch.manual_seed(0)
    made(tmp_path / "bare")
    AutoTokenizer.from_pretrained(locate(DEFAULT_MODEL)).save_pretrained(tmp_path / "bare")
    words = Transformer(str(tmp_path / "bare"), max_seq_length=200)
    model = SentenceTransformer(modules=[words, Pooling(64)])
    model.save(str(tmp_path / "whole"))
    export(str(tmp_path / "whole"), tmp_path / "exported")
    texts = ["No evidence of radiculopathy.", "MRI", "The requested visits exceed the guideline. " * 4]
    ours = Encoder(tmp_path / "exported", "tiny").encode(texts)
    assert (ours * model.encode(texts, normalize_embeddings=True)).sum(axis=1).min() > 0.99
