"""The documents say what is there, and the code has nothing in it that a reader must not find."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from app.cli import cli

ROOT = Path(__file__).parents[1]
CONTRACT = ROOT.parent / "shared" / "CONTRACT.md"
README = (ROOT / "README.md").read_text("utf-8")
CODE = sorted(path for room in ("app", "corpus", "index", "eval") for path in (ROOT / room).rglob("*.py"))


@cache
def tracked() -> list[Path]:
    """Every file of the repository, those not yet added included."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


needs_git = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
TARGETS = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE).group(1).split()


@pytest.mark.parametrize("target", TARGETS)
def test_the_readme_names_every_make_target(target):
    assert re.search(rf"\bmake {target}\b", README)


FOLDERS = ("app", "corpus", "docs", "eval", "index", "tests")


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_readme_names_every_top_level_folder(folder):
    assert f"{folder}/" in README


@needs_git
def test_there_is_no_other_top_level_folder():
    folders = {path.relative_to(ROOT).parts[0] for path in tracked() if len(path.relative_to(ROOT).parts) > 1}
    assert {name for name in folders if not name.startswith(".")} == set(FOLDERS)


COMMANDS = [command.name or command.callback.__name__ for command in cli.registered_commands]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_or_the_contract(command):
    named = re.compile(rf"precedent (?:\w+ · )*{command}\b")
    if not named.search(README) and not CONTRACT.exists():
        pytest.skip("the contract is not on this machine")
    assert named.search(README) or named.search(CONTRACT.read_text("utf-8"))


@needs_git
def test_no_file_names_a_place_on_somebodys_machine():
    # Written in pieces, so that this file does not name one either.
    place = re.compile(
        rb"(?<![\w.])/(?:"
        + b"|".join((b"wo" + b"rk", b"ro" + b"ot", b"ho" + b"me/\\w+", b"Us" + b"ers/\\w+"))
        + rb")/\w"
    )
    assert not [str(path.relative_to(ROOT)) for path in tracked() if place.search(path.read_bytes())]


@needs_git
def test_every_relative_link_of_the_documents_leads_somewhere():
    for document in (path for path in tracked() if path.suffix == ".md"):
        for link in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", document.read_text("utf-8")):
            assert (document.parent / link).exists(), f"{document.name}: {link}"


def test_the_readme_shows_the_demo_as_the_makefile_runs_it():
    question = re.search(r'precedent ask "([^"]+)"', (ROOT / "Makefile").read_text("utf-8")).group(1)
    assert question == "which ESI denials cited missing radiculopathy findings" and "make demo" in README


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_opens_with_one_sentence(path):
    said = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert said and said.strip().splitlines()[0].rstrip("`").endswith((".", ":"))


def forbidden(tree: ast.AST):
    """Pickle, code from strings, a shell between us and a program, and YAML or arrays that run code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
            yield from (
                name for name in names if name.split(".")[0] in ("pickle", "marshal", "shelve", "dill", "joblib")
            )
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec", "compile", "__import__"):
                yield node.func.id
            if isinstance(node.func, ast.Attribute) and ast.unparse(node.func) in (
                "os.system",
                "os.popen",
                "yaml.load",
            ):
                yield ast.unparse(node.func)
            switches = {k.arg for k in node.keywords if isinstance(k.value, ast.Constant) and k.value.value is True}
            yield from switches & {"shell", "allow_pickle", "trust_remote_code"}


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_code_runs_what_it_reads(path):
    assert not list(forbidden(ast.parse(path.read_text("utf-8"))))


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from joblib import load",
        "eval('1')",
        "run('ls', shell=True)",
        "np.load(f, allow_pickle=True)",
        "os.system('ls')",
    ],
)
def test_what_is_forbidden_is_recognised(code):
    assert list(forbidden(ast.parse(code)))
