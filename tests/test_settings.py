"""Settings: flags beat variables, variables beat the file, the file beats what is built in."""

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from app.settings import Settings, load, quiet
from index.encoder import DEFAULT_MODEL
from index.errors import UsageError

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """An empty working folder and no PRECEDENT_* variable."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PRECEDENT_")]:
        monkeypatch.delenv(name)
    return tmp_path


def test_without_a_word_everything_has_a_default():
    assert load() == Settings(Path(platformdirs.user_data_dir("precedent")), DEFAULT_MODEL, None, None)


@pytest.mark.parametrize(
    ("file", "variable", "flag", "expected"),
    [
        (None, None, None, DEFAULT_MODEL),
        ("of-file", None, None, "of-file"),
        (None, "of-variable", None, "of-variable"),
        (None, None, "of-flag", "of-flag"),
        ("of-file", "of-variable", None, "of-variable"),
        ("of-file", None, "of-flag", "of-flag"),
        (None, "of-variable", "of-flag", "of-flag"),
        ("of-file", "of-variable", "of-flag", "of-flag"),
        ("of-file", "", None, "of-file"),
    ],
)
def test_the_nearest_word_counts(own_folder, monkeypatch, file, variable, flag, expected):
    if file:
        (own_folder / "precedent.toml").write_text(f'encoder = "{file}"\n')
    if variable is not None:
        monkeypatch.setenv("PRECEDENT_ENCODER", variable)
    assert load(encoder=flag).encoder == expected


def test_each_setting_comes_from_its_own_place(own_folder, monkeypatch):
    (own_folder / "precedent.toml").write_text('index = "a"\nmodel = "openai:x"\nmodel_url = "http://localhost:1"\n')
    monkeypatch.setenv("PRECEDENT_INDEX", "b")
    assert load(index=None) == Settings(Path("b"), DEFAULT_MODEL, "openai:x", "http://localhost:1")


def test_a_home_folder_is_spelt_out(monkeypatch, own_folder):
    monkeypatch.setenv("HOME", str(own_folder))
    assert load(index="~/index").index == own_folder / "index"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b'colour = "red"',
            "unknown setting 'colour'; the settings are: index, encoder, model, model_url, model_key, model_seconds",
        ),
        (b'Index = "a"', "unknown setting 'Index'"),
        (b"index = ", "not valid TOML"),
        (b'index = "a"\nindex = "b"', "not valid TOML"),
        (b'index = "\xff"', "precedent.toml is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_meant_is_a_sentence(own_folder, content, said):
    (own_folder / "precedent.toml").write_bytes(content)
    with pytest.raises(UsageError, match=said) as caught:
        load()
    assert caught.value.code == 2


@pytest.mark.parametrize("seconds", ["soon", "0", "-1", "nan", "1e9"])
def test_a_wait_that_cannot_be_meant_is_a_sentence(monkeypatch, seconds):
    monkeypatch.setenv("PRECEDENT_MODEL_SECONDS", seconds)
    with pytest.raises(UsageError, match="PRECEDENT_MODEL_SECONDS: model_seconds is a number of seconds up to 3600"):
        load()


def test_a_wait_is_a_number(monkeypatch):
    monkeypatch.setenv("PRECEDENT_MODEL_SECONDS", "2.5")
    assert load().model_seconds == 2.5


def test_settings_of_other_programs_in_the_environment_are_ignored(monkeypatch):
    monkeypatch.setenv("PRECEDENT_COLOUR", "red")
    assert load().encoder == DEFAULT_MODEL


def test_a_quiet_process_sends_nothing(monkeypatch):
    quiet()
    assert (os.environ["DO_NOT_TRACK"], os.environ["HF_HUB_OFFLINE"]) == ("1", "1")
    assert all(here in os.environ["NO_PROXY"] for here in ("localhost", "127.0.0.1", "::1"))
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False" and os.environ["LANGSMITH_TRACING"] == "false"


def test_the_command_line_is_quiet_before_anything_else_is_imported():
    loaded = "*(name in sys.modules for name in ('langchain_core', 'gradio'))"
    check = f"import app.cli, os, sys; print(os.environ['DO_NOT_TRACK'], {loaded})"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "False", "False"]
