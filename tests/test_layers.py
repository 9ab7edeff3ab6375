"""Imports run eval -> app -> index -> corpus and never back; guests stay in the room they are invited to."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("corpus", "index", "app", "eval")


@cache
def imported(path: Path) -> set[str]:
    """The top-level names a file imports, inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("place", range(len(ROOMS)), ids=ROOMS)
def test_a_room_imports_only_rooms_below_it(place):
    for path in (ROOT / ROOMS[place]).rglob("*.py"):
        assert not imported(path) & set(ROOMS[place + 1 :]), path.name


@pytest.mark.parametrize(
    ("guest", "rooms"),
    [
        ("faiss", {"index"}),
        ("tantivy", {"index"}),
        ("apsw", {"index", "app"}),
        ("gradio", {"app", "eval"}),
        ("langchain_core", {"app", "eval"}),
        ("langchain", {"app"}),
        ("unstructured", {"corpus"}),
        ("pypdfium2", {"corpus"}),
    ],
)
def test_a_guest_stays_in_its_room(guest, rooms):
    found = {
        path.parts[len(ROOT.parts)] for room in ROOMS for path in (ROOT / room).rglob("*.py") if guest in imported(path)
    }
    assert found <= rooms


@pytest.mark.parametrize("room", ["corpus", "index", "app"])
def test_torch_is_imported_by_the_exporter_and_for_a_graphics_card_alone(room):
    found = {
        path.name
        for path in (ROOT / room).rglob("*.py")
        if imported(path) & {"torch", "sentence_transformers", "transformers"}
    }
    assert found <= ({"export.py", "encoder.py"} if room == "index" else set())


def test_the_contract_of_import_linter_holds():
    pytest.importorskip("importlinter", reason="import-linter is not installed; `make check` runs it")
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
