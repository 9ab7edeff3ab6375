"""The doors of the evaluation in the terminal: what is typed goes in, what was judged stays."""

import json

import pytest
from typer.testing import CliRunner

from eval.cli import door
from eval.labels import read_judgements
from eval.questions import read_questions
from index.errors import UsageError


@pytest.fixture
def run(small, stand_in, monkeypatch):
    monkeypatch.setenv("PRECEDENT_ENCODER", "stand-in")
    monkeypatch.setenv("PRECEDENT_INDEX", str(small))

    def call(*words, typed=""):
        done = CliRunner().invoke(door, [str(word) for word in words], input=typed, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    return call


@pytest.fixture
def asked(tmp_path):
    file = tmp_path / "asked.jsonl"
    rows = [{"id": "m", "kind": "list", "question": "lumbar MRI denials"}]
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


def test_a_set_is_judged_and_labelled_in_the_terminal(run, asked, tmp_path):
    judged = tmp_path / "judged.jsonl"
    told = run("judge", asked, judged, "--judge", "ann", "--systems", "ours", typed="x\n2\nno red flags\nb\nq\n")
    assert "[1/" in told and "lumbar MRI denials" in told and "issue 1: " in told
    first, second = read_judgements(judged)
    assert (first.grade, first.quote, first.judge) == (2, "no red flags", "ann") and second.grade == "borderline"
    run("judge", asked, judged, "--judge", "bob", "--systems", "ours", typed="2\n\n0\n")
    told = run("label", asked, judged, tmp_path / "set.jsonl")
    assert "1 questions in" in told and "ann and bob: kappa" in told and "on 2 issues, 50% the same" in told
    (question,) = read_questions(tmp_path / "set.jsonl")
    assert question.relevant == {first.member: 2} and question.borderline == {second.member}


def test_what_is_judged_is_not_shown_again_and_what_is_skipped_is(run, asked, tmp_path):
    judged = tmp_path / "judged.jsonl"
    many = run("judge", asked, judged, "--judge", "ann", "--systems", "ours", typed="0\ns\nq\n").count("issue ")
    assert f"[1/{many - 1}]" in run("judge", asked, judged, "--judge", "ann", "--systems", "ours", typed="q\n")


def test_the_recall_of_a_list_is_estimated_in_the_terminal(run):
    told = run("recall", "lumbar MRI denials", "-n", "3", typed="n\ny\nn\n")
    assert told.count("does it belong to the answer?") == 3
    assert "recall about 0." in told and "(95 % between 0." in told


def test_a_set_is_converted_there_and_back(run, small, sheet, tmp_path):
    assert "3 questions in" in run("convert", sheet, tmp_path / "beir", "--index", small)
    assert "documents in" in run("convert", tmp_path / "beir", tmp_path / "back.jsonl", "--letters", tmp_path / "all")
    assert read_questions(tmp_path / "back.jsonl") == read_questions(sheet)


@pytest.fixture
def sheet(tmp_path):
    file = tmp_path / "mine.jsonl"
    relevant = [{"case": "900104", "issue": 0, "grade": 2}]
    rows = [
        {"id": "a", "kind": "list", "question": "MRI approvals", "relevant": relevant},
        {"id": "b", "kind": "list", "question": "approvals of MRI", "relevant": relevant},
        {"id": "c", "kind": "list", "question": "opioids", "relevant": [{"case": "CM15-9000102", "issue": 1}]},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


def test_a_set_is_split_in_the_terminal(run, sheet, tmp_path):
    told = run("split", sheet, tmp_path / "dev.jsonl", tmp_path / "test.jsonl")
    parts = [read_questions(tmp_path / name) for name in ("dev.jsonl", "test.jsonl")]
    assert sorted(len(part) for part in parts) == [1, 2] and told.count(" questions on 1 letters in ") == 2


def test_the_ledger_of_an_index_is_measured_in_the_terminal(run, tmp_path):
    row = {
        "case": "900104",
        "issue": 0,
        "outcome": "overturned",
        "reasons": [],
        "treatment": ["mri"],
        "region": ["lumbar"],
    }
    (tmp_path / "ledger.jsonl").write_text(json.dumps(row))
    assert "outcomes right: 1 of 1 issues" in run("ledger", tmp_path / "ledger.jsonl")
    assert json.loads(run("ledger", tmp_path / "ledger.jsonl", "--json"))["outcomes_right"] == 1


def test_the_report_is_written_as_a_page(run, sheet, tmp_path):
    run(sheet, "--systems", "ours,bm25", "--html", tmp_path / "report.html", "--trec", tmp_path)
    assert (tmp_path / "ours.run").read_text().startswith("a Q0 900104#0 1 -1.0 ours\n")
    assert "MRI approvals" in (tmp_path / "report.html").read_text("utf-8")


def test_a_written_run_is_measured_beside(run, sheet, tmp_path):
    answers = [{"id": id_, "results": [], "abstained": None} for id_ in "abc"]
    (tmp_path / "other.jsonl").write_text("\n".join(map(json.dumps, answers)))
    told = run(sheet, "--systems", "ours", "--run", tmp_path / "other.jsonl")
    assert (
        "| | ours | other |" in told and "| left empty without a word | 0.000 (0.00–0.00) | 1.000 (1.00–1.00) |" in told
    )


def test_nothing_runs_where_something_is_wrong(run, sheet):
    with pytest.raises(UsageError, match="the system 'oracle' is not known"):
        run(sheet, "--systems", "ours,oracle")
