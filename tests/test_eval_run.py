"""The labelled set through every system: each question scored, unknown letters and systems refused before any runs."""

import json

import pytest

from eval.questions import Labelled
from eval.report import as_table
from eval.run import evaluate
from index.errors import UsageError

KEYS = {"list": {"false_abstain", "p", "r", "f1"}, "unanswerable": {"abstained", "kind_right"}}


def labelled(id_, kind, question, *relevant, **more):
    return Labelled(id_, kind, question, dict.fromkeys(relevant, 2), frozenset(), **more)


QUESTIONS = [
    labelled("a", "list", "lumbar MRI denials", ("CM13-9000201", 0), ("CM18-9000103", 0)),
    labelled("b", "list", "opioid denials", ("CM15-9000102", 1), ("900111", 0)),
    labelled("c", "count", "how many lumbar MRIs were denied", ("CM13-9000201", 0), ("CM18-9000103", 0), count=2, of=3),
    labelled("d", "why", "Why was the Norco of CM15-9000102 denied?", ("CM15-9000102", 1)),
    labelled("e", "unanswerable", "gym membership denials", expected="no-match"),
]


@pytest.fixture(scope="module")
def found(index):
    return evaluate(index, QUESTIONS, ["ours", "bm25", "dense", "hybrid"])


def test_every_system_answers_every_question(found):
    assert list(found["systems"]) == ["ours", "bm25", "dense", "hybrid"] and found["questions"] == 5
    for system in found["systems"].values():
        assert [row["id"] for row in system["each"]] == list("abcde") and system["median_ms"] >= 0
        assert {kind: set(metrics) for kind, metrics in system["metrics"].items() if kind in KEYS} == KEYS
        assert all(
            0 <= m["low"] <= m["mean"] <= m["high"] <= 1 for ms in system["metrics"].values() for m in ms.values()
        )


def test_our_scores_are_those_of_the_hand(found):
    each = {row["id"]: row for row in found["systems"]["ours"]["each"]}
    assert (each["a"]["p"], each["a"]["r"], each["a"]["f1"]) == (1, 1, 1)
    assert (each["b"]["p"], each["b"]["r"]) == (1, 0.5)
    assert (each["c"]["exact"], each["d"]["hit1"]) == (1, 1)
    assert (each["e"]["abstained"], each["e"]["kind_right"]) == (1, 1)
    assert found["systems"]["ours"]["metrics"]["list"]["r"]["mean"] == pytest.approx(0.75)


def test_a_system_that_only_ranks_never_abstains_and_rarely_counts(found):
    for name in ("bm25", "dense", "hybrid"):
        each = {row["id"]: row for row in found["systems"][name]["each"]}
        assert each["e"] == {"id": "e", "kind": "unanswerable", "abstained": 0, "kind_right": 0}
        assert each["c"]["exact"] == 0


def test_the_same_run_has_the_same_numbers(found, index):
    again = evaluate(index, QUESTIONS, ["ours"])["systems"]["ours"]
    assert (again["each"], again["metrics"]) == (found["systems"]["ours"]["each"], found["systems"]["ours"]["metrics"])


def test_the_index_is_named(found, index):
    assert found["index"] == {"fingerprint": "stand-in:1", "decisions": 6, "issues": index.catalog.counts()["issues"]}


def test_an_unknown_system_is_a_sentence(index):
    with pytest.raises(UsageError, match="the system 'oracle' is not known; choose among: ours, bm25, dense, hybrid"):
        evaluate(index, QUESTIONS, ["ours", "oracle"])


def test_a_question_about_a_letter_that_is_not_here_is_a_sentence(index):
    question = labelled("z", "list", "?", ("CM99-1234567", 0))
    with pytest.raises(UsageError, match=r"question z is about CM99-1234567, which is not in .*; ingest it first"):
        evaluate(index, [question], ["ours"])


def test_a_question_about_an_issue_that_is_not_there_is_a_sentence(index):
    with pytest.raises(UsageError, match=r"question z judges issue 77 of CM15-9000102, whose issues are 0, 1.*; corr"):
        evaluate(index, [labelled("z", "list", "?", ("CM15-9000102", 77))], ["ours"])


def test_no_questions_are_a_sentence(index):
    with pytest.raises(UsageError, match="no question to measure with"):
        evaluate(index, [], ["ours"])


def test_the_table_shows_every_kind_metric_and_system(found):
    table = as_table(found)
    assert "5 questions over 6 decisions" in table and "| | ours | bm25 | dense | hybrid |" in table
    assert "**list** (2)" in table and "| r | 0.750 (0.50–1.00) |" in table
    assert "'id': 'a'" not in table and "'id': 'a'" in as_table(found, verbose=True)


def test_the_command_prints_one_object(small, stand_in, tmp_path, monkeypatch, capsys):
    from eval.run import command

    file = tmp_path / "questions.jsonl"
    relevant = [{"case": "900104", "issue": 0, "grade": 2}]
    file.write_text(json.dumps({"id": "x", "kind": "list", "question": "MRI approvals", "relevant": relevant}))
    monkeypatch.setenv("PRECEDENT_ENCODER", "stand-in")
    command(file, small, "ours", as_json=True, verbose=False)
    assert json.loads(capsys.readouterr().out)["systems"]["ours"]["each"][0]["f1"] == 1
