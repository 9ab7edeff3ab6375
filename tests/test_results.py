"""Numbers kept by set and commit: written, read, compared, and shown in the README as they are."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval import results
from eval.cli import door
from eval.results import changes, in_readme, keep, lost, moved, newest, read, table
from index.errors import PrecedentError, UsageError

ROOT = Path(__file__).parents[1]


def system(values, kind="list", metric="f1"):
    each = [{"id": f"q{n}", "kind": kind, metric: value} for n, value in enumerate(values)]
    mean = sum(values) / len(values)
    held = {"mean": mean, "low": mean / 2, "high": (1 + mean) / 2, "n": len(values)}
    return {"metrics": {kind: {metric: held}}, "median_ms": 5.0, "seconds": 1.0, "each": each}


def result(commit="aaa111", measured="2026-01-01T00:00:00+00:00", name="samples", **systems):
    facts = {"set": name, "questions": 12, "commit": commit, "measured": measured, "model": None, "told": "Told."}
    index = {"fingerprint": "x:1", "decisions": 6, "issues": 9}
    return {**facts, "index": index, "left_out": [], "systems": systems or {"ours": system([1.0] * 12)}}


def test_a_result_is_kept_and_read_back(tmp_path):
    data = result(ours=system([1.0, 0.25]), stock=system([0.5, 0.0]))
    path = keep(data, tmp_path)
    assert path.name == "samples-aaa111.json" and read(path) == data
    assert sum('"id": "q' in line for line in path.read_text().splitlines()) == 4


def test_a_program_with_changed_files_has_no_result(tmp_path):
    with pytest.raises(UsageError, match="files were changed since the last commit; commit them"):
        keep(result(commit="aaa111+"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_newest_result_of_a_set_is_the_one_measured_last(tmp_path):
    keep(result("zzz", "2026-01-01T00:00:00+00:00"), tmp_path)
    keep(result("aaa", "2026-02-01T00:00:00+00:00"), tmp_path)
    keep(result("bbb", "2026-03-01T00:00:00+00:00", name="letters"), tmp_path)
    assert newest("samples", tmp_path).name == "samples-aaa.json"
    with pytest.raises(UsageError, match="has no result of the set others; make one with precedent eval"):
        newest("others", tmp_path)


@pytest.mark.parametrize("text", ["", "[]", '{"set": 1}', "{"])
def test_what_is_no_result_is_a_sentence(tmp_path, text):
    (tmp_path / "odd.json").write_text(text)
    with pytest.raises(UsageError, match=r"odd\.json is not what precedent eval --save writes"):
        read(tmp_path / "odd.json")
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "none.json")


def test_a_loss_on_every_question_is_a_loss_and_a_gain_is_none():
    old, new = result("old", ours=system([1.0] * 12)), result("new", ours=system([0.5] * 12))
    assert [one.kind for one in lost(changes(old, new))] == ["list"] and lost(changes(new, old)) == []
    assert moved(old, new)[0] == "q0 (list): set F1 1.000 → 0.500" and len(moved(old, new)) == 12


def test_a_change_that_chance_could_make_is_no_loss():
    old, new = result(ours=system([1.0] * 12)), result(ours=system([1.0] * 10 + [0.0, 0.5]))
    assert lost(changes(old, new)) == [] and len(moved(old, new)) == 2


def test_two_sets_or_a_missing_system_are_a_sentence():
    with pytest.raises(UsageError, match="samples and letters are two sets"):
        changes(result(), result(name="letters"))
    with pytest.raises(UsageError, match="has no system stock; measure with --systems stock"):
        changes(result(), result(), "stock")


def test_the_command_fails_on_a_loss_and_names_it(tmp_path):
    good, bad = keep(result("good"), tmp_path), keep(result("bad", ours=system([0.0] * 12)), tmp_path)
    with pytest.raises(PrecedentError, match="bad is worse than good on list, more than chance explains"):
        CliRunner().invoke(door, ["compare", str(good), str(bad)], catch_exceptions=False)
    done = CliRunner().invoke(door, ["compare", str(bad), str(good)], catch_exceptions=False)
    assert (
        done.exit_code == 0 and "list (set F1): +1.000 (+1.00 to +1.00)" in done.stdout and "q11 (list)" in done.stdout
    )


def test_the_table_shows_each_set_with_its_systems(tmp_path):
    keep(result(ours=system([1.0, 0.5]), stock=system([0.5, 0.0])), tmp_path)
    told = table(tmp_path)
    assert "**samples**: 12 questions over 6 letters. Told. Commit aaa111." in told
    assert "| lists, set F1 (2) | 0.75 (0.38–0.88) | 0.25 (0.12–0.62) |" in told


def test_the_readme_is_written_between_its_marks(tmp_path):
    keep(result(), tmp_path / "results")
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{results._BEGIN}\nstale\n{results._END}\nafter\n")
    text = in_readme(readme, tmp_path / "results")
    assert "stale" not in text and "**samples**" in text and text.startswith("before\n") and text.endswith("after\n")
    readme.write_text("no place")
    with pytest.raises(PrecedentError, match="has no place for the table; put in the lines"):
        in_readme(readme, tmp_path / "results")


def test_our_readme_shows_the_newest_results():
    assert in_readme() == results.README.read_text("utf-8"), "run: precedent eval table --write"


def test_our_results_hold_numbers_and_no_words():
    files = list((ROOT / "eval" / "results").glob("*.json"))
    assert {read(path)["set"] for path in files} >= {"samples", "letters"}
    for path in files:
        assert all(
            isinstance(value, float | int) or name in ("id", "kind")
            for found in json.loads(path.read_text("utf-8"))["systems"].values()
            for row in found["each"]
            for name, value in row.items()
        )
