"""The real model: nothing is cut, a text means the same in any company, and damage is noticed."""

import json
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from index.encoder import DEFAULT_MODEL, Encoder, _kept, open_encoder
from index.errors import IndexUnusable, PrecedentError
from index.export import export

pytestmark = pytest.mark.model
ROOT = Path(__file__).parents[1]

TEXTS = [
    "MRI",
    "no evidence of radiculopathy on examination",
    "Twelve visits of physical therapy exceed what the guideline allows for a strain of the low back.",
    "The reviewer notes that the worker tried naproxen, ice and a home program before the injection was asked for. "
    * 3,
]
# Activations are quantized over the whole batch, so a text's company moves its vector a little (0.984 was seen);
# a padding that counted, or texts swapped, would move it far more.
ROUNDING = 0.97


@pytest.fixture(scope="module")
def encoder():
    return open_encoder()


@pytest.fixture
def exported(encoder, tmp_path):
    """A copy of the exported model's folder."""
    return shutil.copytree(encoder.folder, tmp_path / "exported")


def cosines(a, b):
    return (a * b).sum(axis=-1)


def test_vectors_are_unit_vectors_of_the_stated_dimension(encoder):
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_are_no_vectors(encoder):
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_meaning_is_near_and_other_matters_are_far(encoder):
    question = encoder.encode_query("the exam shows no nerve root findings")
    near, far = encoder.encode(["no evidence of radiculopathy on examination", "Hotel bookings for the summer"])
    assert cosines(question, near) > cosines(question, far) + 0.2


def test_a_long_text_is_split_and_not_cut(encoder):
    filler = "The history was reviewed and the records were read. " * 60
    ends = encoder.encode(
        [filler + end for end in ("", "Chiropractic care was refused. " * 20, "An MRI was granted. " * 20)]
    )
    assert cosines(ends[0], ends[1]) < 0.99 and cosines(ends[1], ends[2]) < 0.99


def test_a_long_text_lies_between_its_parts(encoder):
    parts = ["Acupuncture for the neck was granted. " * 40, "The urine drug screen was refused. " * 40]
    (one, other), (whole,) = encoder.encode(parts), encoder.encode(["".join(parts)])
    assert min(cosines(whole, one), cosines(whole, other)) > cosines(one, other) + 0.1


def test_equal_texts_have_equal_vectors(encoder):
    first, _, again = encoder.encode([TEXTS[1], TEXTS[2], TEXTS[1]])
    assert np.array_equal(first, again)


def test_the_order_of_a_batch_does_not_matter(encoder):
    assert np.allclose(encoder.encode(TEXTS)[::-1], encoder.encode(TEXTS[::-1]), atol=1e-6)


def test_company_changes_a_text_by_no_more_than_rounding(encoder):
    alone = np.array([encoder.encode_query(text) for text in TEXTS])
    assert cosines(encoder.encode(TEXTS), alone).min() > ROUNDING


def test_many_texts_are_encoded_as_few_are(encoder):
    many = [f"Visit {n} of {n + 3} was requested." for n in range(130)]
    assert cosines(encoder.encode(many)[:4], encoder.encode(many[:4])).min() > ROUNDING


@pytest.mark.parametrize("text", ["", " ", "\x00", "😀" * 50, "x" * 5000, "ﬁ", "؟ 你好", "\ud800"])
def test_any_text_has_a_finite_vector(encoder, text):
    assert np.isfinite(encoder.encode([text])).all()


def test_the_fingerprint_belongs_to_the_weights_and_not_to_the_folder(encoder, exported):
    assert Encoder(exported, encoder.name).fingerprint == encoder.fingerprint
    assert Encoder(exported, "another-name").fingerprint != encoder.fingerprint


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("weights", "0" * 64),
        ("max_tokens", 64),
        ("document_prompt", "passage: "),
        ("query_prompt", "query: "),
    ],
)
def test_whatever_changes_the_vectors_changes_the_fingerprint(encoder, exported, fact, value):
    facts = json.loads((exported / "encoder.json").read_text())
    (exported / "encoder.json").write_text(json.dumps(facts | {fact: value}))
    assert Encoder(exported, encoder.name).fingerprint != encoder.fingerprint


DAMAGED = pytest.mark.parametrize("name", ["model.onnx", "encoder.json", "tokenizer.json", "manifest.json"])


def damage(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.fixture
def own_cache(exported, monkeypatch, tmp_path):
    """A model already exported on this machine; exporting it anew fails at once instead of taking half a minute."""
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / name))
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    return shutil.copytree(exported, _kept("some/model"))


def test_an_exported_model_is_used_as_it_is(own_cache):
    assert open_encoder("some/model").folder == own_cache


@DAMAGED
def test_a_changed_byte_of_the_exported_model_is_noticed(own_cache, name):
    damage(own_cache / name)
    with pytest.raises(PrecedentError, match="cannot be prepared"):
        open_encoder("some/model")


@DAMAGED
def test_a_changed_byte_of_the_delivered_model_is_noticed(exported, monkeypatch, name):
    monkeypatch.setattr("index.encoder._PREPARED", exported)
    damage(exported / name)
    with pytest.raises(IndexUnusable, match="not as it was delivered; install"):
        open_encoder()


def test_the_delivered_models_need_no_torch_and_leave_no_trace(tmp_path):
    """onnxruntime writes an identifier into the home folder, and reports, unless it is told not to."""
    check = """
import sys
from corpus.careful import scores
from index.encoder import open_encoder
scores(["The request is not supported."], "upheld", ("esi",))
assert open_encoder().encode(["a letter"]).shape == (1, 384)
assert not {"torch", "transformers", "sentence_transformers"} & set(sys.modules)
"""
    home = tmp_path / "home"
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home)}
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, env=environment, check=True)
    assert not home.exists()


@pytest.mark.slow
def test_the_delivered_model_is_what_the_export_gives(encoder, tmp_path):
    export(DEFAULT_MODEL, tmp_path / "anew")
    anew = Encoder(tmp_path / "anew", DEFAULT_MODEL)
    assert anew.fingerprint == encoder.fingerprint
    assert cosines(anew.encode(TEXTS), encoder.encode(TEXTS)).min() > 0.999


def test_a_model_that_is_not_there_is_one_sentence(own_cache, capfd):
    with pytest.raises(PrecedentError, match="the model no/such-model cannot be prepared"):
        open_encoder("no/such-model")


def test_the_original_weights_give_nearly_the_same_vectors(encoder, monkeypatch):
    """What a graphics card would do, done by torch on the processor."""
    many = [f"Visit {n} of {n + 3} was requested. " * (1 + n % 40) for n in range(60)]
    expected = encoder.encode(many)
    monkeypatch.setattr("index.encoder._WORTH_A_GPU", 10)
    monkeypatch.setattr("index.encoder._GPU", Path("/"))
    monkeypatch.setattr(encoder, "_on_gpu", partial(encoder._on_gpu, "cpu"))
    assert cosines(encoder.encode(many), expected).min() > 0.9


def test_other_weights_than_those_it_was_prepared_from_are_refused(exported):
    facts = json.loads((exported / "encoder.json").read_text())
    (exported / "encoder.json").write_text(json.dumps(facts | {"weights": "0" * 64}))
    with pytest.raises(IndexUnusable, match=r"not those .* prepared from"):
        Encoder(exported, DEFAULT_MODEL, DEFAULT_MODEL)._on_gpu("cpu")


def test_without_a_card_torch_is_not_asked(encoder, monkeypatch):
    monkeypatch.setattr("index.encoder._WORTH_A_GPU", 1)
    monkeypatch.setattr("index.encoder._GPU", Path("/nowhere"))
    monkeypatch.setattr(encoder, "_on_gpu", lambda: pytest.fail("torch was asked"))
    assert len(encoder.encode(TEXTS)) == len(TEXTS)
