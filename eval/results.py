"""Numbers kept by set and commit, the README's table of the newest, and what was lost between two of them."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

from eval.ablations import ABLATIONS
from eval.chance import LEVEL
from eval.metrics import HEADLINE, NAMES
from eval.run import Compared, compared
from index.errors import PrecedentError, UsageError

RESULTS = Path(__file__).parent / "results"
README = Path(__file__).parents[1] / "README.md"
_BEGIN, _END = "<!-- numbers: precedent eval table -->", "<!-- end of numbers -->"
_WIDTH = 118  # of a line of the README
# What the README calls each kind's first number.
_ROWS = {
    "list": "lists, set F1",
    "facet": "facets, set F1",
    "count": "counts exactly right",
    "why": "why, right issue first",
    "precedent": "precedents, nDCG@10",
    "unanswerable": "unanswerable, refused for the right reason",
}


def keep(data: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write the numbers of a run under its set and commit; a program with changed files has no commit to stand for."""
    if data["commit"].endswith("+"):
        raise UsageError("files were changed since the last commit; commit them, then measure and save")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{data['set']}-{data['commit']}.json"
    systems = data["systems"].items()
    rows = [f"  {json.dumps(name)}: {_lines(system)}" for name, system in systems]
    head = {key: value for key, value in data.items() if key != "systems"}
    path.write_text(f'{json.dumps(head)[:-1]},\n "systems": {{\n' + ",\n".join(rows) + "\n}}\n", "utf-8")
    return path


def _lines(system: dict[str, Any]) -> str:
    """A system with a line for each question, so that two commits differ in the lines that changed."""
    head = {key: value for key, value in system.items() if key != "each"}
    each = ",\n    ".join(
        json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}) for row in system["each"]
    )
    return f'{json.dumps(head)[:-1]},\n   "each": [\n    {each}]}}'


def read(path: Path) -> dict[str, Any]:
    """The numbers of a kept file."""
    try:
        data = json.loads(path.read_text("utf-8"))
        data["set"], data["commit"], data["systems"]
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read ({error.strerror}); name a file that precedent eval --save has written"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is not what precedent eval --save writes ({error}); measure again") from error
    return data


def newest(name: str, folder: Path = RESULTS) -> Path:
    """The kept file of a set that was measured last."""
    files = [path for path in folder.glob("*.json") if read(path)["set"] == name]
    if not files:
        raise UsageError(f"{folder} has no result of the set {name}; make one with precedent eval … --save")
    return max(files, key=lambda path: (read(path)["measured"], path.name))


# ---- the README's table ---------------------------------------------------------------------------------------------


def table(folder: Path = RESULTS) -> str:
    """For each set the newest result: ours, the stock recipe and the best other search, by each kind's first number."""
    sets = sorted({read(path)["set"] for path in folder.glob("*.json")})
    return "\n\n".join(_table(read(newest(name, folder))) for name in sets)


def _table(data: dict[str, Any]) -> str:
    others = [name for name in data["systems"] if name != "ours" and name not in ABLATIONS]
    lines = [f"{_about(data)}\n", "| | Precedent | " + " | ".join(others) + " |", "|---" * (len(others) + 2) + "|"]
    for kind, metric in HEADLINE.items():
        found = [data["systems"][name]["metrics"].get(kind, {}).get(metric) for name in ("ours", *others)]
        if found[0]:
            cells = [_cell(value) for value in found]
            lines.append(f"| {_ROWS[kind]} ({found[0]['n']}) | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(value: dict[str, float] | None) -> str:
    return f"{value['mean']:.2f} ({value['low']:.2f}–{value['high']:.2f})" if value else "–"


def _about(data: dict[str, Any]) -> str:
    said = f"**{data['set']}**: {data['questions']} questions over {data['index']['decisions']} letters. {data['told']}"
    return textwrap.fill(f"{said} Commit {data['commit']}.", _WIDTH)


def in_readme(readme: Path = README, folder: Path = RESULTS) -> str:
    """The README with its table made anew."""
    text = readme.read_text("utf-8")
    if text.count(_BEGIN) != 1 or text.count(_END) != 1:
        raise PrecedentError(f"{readme} has no place for the table; put in the lines {_BEGIN} and {_END}")
    return re.sub(rf"(?s){_BEGIN}.*{_END}", lambda _: f"{_BEGIN}\n{table(folder)}\n{_END}", text)


# ---- what changed between two commits -------------------------------------------------------------------------------


def changes(old: dict[str, Any], new: dict[str, Any], system: str = "ours") -> list[Compared]:
    """A system then and now on the same questions, kind by kind; `difference` is now less then."""
    for data in (old, new):
        if system not in data["systems"]:
            raise UsageError(f"the result of {data['commit']} has no system {system}; measure with --systems {system}")
    if old["set"] != new["set"]:
        raise UsageError(f"{old['set']} and {new['set']} are two sets; compare two results of one")
    return compared(new["systems"][system], old["systems"][system], old["commit"])


def lost(found: list[Compared]) -> list[Compared]:
    """The changes for the worse that are more than chance."""
    return [one for one in found if one.difference.mean < 0 and one.apart and one.corrected < LEVEL]


def moved(old: dict[str, Any], new: dict[str, Any], system: str = "ours") -> list[str]:
    """Each question whose first number changed, as a line."""
    before = {row["id"]: row for row in old["systems"][system]["each"]}
    lines = []
    for row in new["systems"][system]["each"]:
        metric = HEADLINE[row["kind"]]
        was = before.get(row["id"], {}).get(metric)
        if was is not None and abs(row[metric] - was) > 1e-3:
            lines.append(f"{row['id']} ({row['kind']}): {NAMES[metric]} {was:.3f} → {row[metric]:.3f}")
    return lines
