"""The labelled set through every system: each question scored, unknown letters and systems refused before any runs."""

import json

import pytest
from typer.testing import CliRunner

from eval.cli import door
from eval.metrics import HEADLINE
from eval.questions import Labelled
from eval.report import as_markdown
from eval.run import compared, evaluate, verdict
from eval.said import Said
from index.errors import UsageError

KEYS = {
    "list": {"false_abstain", "unanswered", "p", "r", "f1", "wrong_voice", "seconds"},
    "unanswerable": {"abstained", "kind_right", "seconds"},
}
RANKERS = ("bm25", "dense", "hybrid")


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
def evaluated(index):
    return evaluate(index, QUESTIONS, ["ours", *RANKERS])


@pytest.fixture(scope="module")
def found(evaluated):
    return evaluated.to_json()


def test_every_system_answers_every_question(found):
    assert list(found["systems"]) == ["ours", "bm25", "dense", "hybrid"] and found["questions"] == 5
    for system in found["systems"].values():
        assert [row["id"] for row in system["each"]] == list("abcde") and system["median_ms"] >= 0
        assert {kind: set(metrics) for kind, metrics in system["metrics"].items() if kind in KEYS} == KEYS
        assert all(0 <= m["low"] <= m["mean"] <= m["high"] for ms in system["metrics"].values() for m in ms.values())


def test_our_scores_are_those_of_the_hand(found):
    each = {row["id"]: row for row in found["systems"]["ours"]["each"]}
    assert (each["a"]["p"], each["a"]["r"], each["a"]["f1"]) == (1, 1, 1)
    assert (each["b"]["p"], each["b"]["r"]) == (1, 0.5)
    assert (each["c"]["exact"], each["d"]["hit1"]) == (1, 1)
    assert (each["e"]["abstained"], each["e"]["kind_right"]) == (1, 1)
    assert found["systems"]["ours"]["metrics"]["list"]["r"]["mean"] == pytest.approx(0.75)


def test_a_system_that_only_ranks_never_abstains_and_rarely_counts(found):
    for name in RANKERS:
        each = {row["id"]: row for row in found["systems"][name]["each"]}
        assert each["e"] == {"id": "e", "kind": "unanswerable", "abstained": 0, "kind_right": 0}
        assert each["c"]["exact"] == 0


def test_the_same_run_has_the_same_numbers(found, index):
    again = evaluate(index, QUESTIONS, ["ours"]).to_json()["systems"]["ours"]
    assert again["each"] == found["systems"]["ours"]["each"]
    for kind, metrics in found["systems"]["ours"]["metrics"].items():
        assert {name: m for name, m in again["metrics"][kind].items() if name != "seconds"} == {
            name: m for name, m in metrics.items() if name != "seconds"
        }


def test_the_index_and_the_program_are_named(found, index):
    held = {name: index.catalog.counts()[name] for name in ("decisions", "issues", "reasons", "passages")}
    assert found["index"] == {"fingerprint": "stand-in:1", **held} and held["decisions"] == 6
    assert found["commit"] and found["measured"].endswith("+00:00")
    assert "learned from 6 of these 6 letters" in found["told"]


def test_an_unknown_system_is_a_sentence(index):
    with pytest.raises(
        UsageError, match="the system 'oracle' is not known; choose among: ours, stock, bm25, dense, hybrid,"
    ):
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


def test_the_table_shows_every_kind_metric_and_system(evaluated):
    table = as_markdown(evaluated)
    assert "5 questions (questions) over 6 decisions" in table and "| | ours | bm25 | dense | hybrid |" in table
    assert "**list** (2)" in table and "| recall of the set | 0.750 (0.50–1.00) |" in table
    assert "ours against bm25, list (set F1): " in table and "not distinguishable on these 2 questions" in table


def test_a_run_that_was_written_before_is_a_system_too(index, found):
    said = {q.id: Said(tuple(q.relevant), q.expected, q.count, q.of) for q in QUESTIONS}
    again = evaluate(index, QUESTIONS, [], {"gold": said}).to_json()["systems"]
    assert list(again) == ["gold"]
    firsts = [row[HEADLINE[row["kind"]]] for row in again["gold"]["each"]]
    assert firsts == [1] * 5


def test_a_run_without_an_answer_to_every_question_is_a_sentence(index):
    with pytest.raises(UsageError, match="the run half has no answer to question b; run all 5 questions"):
        evaluate(index, QUESTIONS, [], {"half": {"a": Said()}})


def rows(*values, kind="list", metric="f1"):
    return {"each": [{"id": str(n), "kind": kind, metric: value} for n, value in enumerate(values)]}


def test_a_difference_that_chance_could_make_is_called_so():
    (one,) = compared(rows(1, 1, 0.5), rows(0, 1, 0.5), "bm25")
    assert verdict(one) == "not distinguishable on these 3 questions" and one.difference.mean == pytest.approx(1 / 3)
    (same,) = compared(rows(1), rows(0), "bm25")
    assert verdict(same) == "not distinguishable on this question"


def test_a_difference_that_chance_does_not_make_names_the_better():
    better, worse = rows(*[1.0] * 12), rows(*[0.2] * 12)
    assert verdict(compared(better, worse, "bm25")[0]) == "ours is better on these 12 questions"
    assert verdict(compared(worse, better, "bm25")[0]) == "bm25 is better on these 12 questions"


def test_kinds_are_compared_apart_and_together_and_only_on_common_questions():
    why = [{"id": "w", "kind": "why", "hit1": 1.0}, {"id": "z", "kind": "why", "hit1": 0}]
    ours = {"each": rows(1, 1)["each"] + why}
    theirs = {"each": rows(0, 1)["each"] + [{"id": "w", "kind": "why", "hit1": 1.0}]}
    found = {one.kind: one.difference for one in compared(ours, theirs)}
    assert {kind: (d.n, d.mean) for kind, d in found.items()} == {"list": (2, 0.5), "why": (1, 0), "all": (3, 1 / 3)}


@pytest.fixture
def sheet(tmp_path):
    file = tmp_path / "mine.jsonl"
    relevant = [{"case": "900104", "issue": 0, "grade": 2}]
    file.write_text(json.dumps({"id": "x", "kind": "list", "question": "MRI approvals", "relevant": relevant}))
    return file


def command(*words):
    return CliRunner().invoke(door, [str(word) for word in words], catch_exceptions=False)


def test_the_command_needs_no_name_and_prints_one_object(small, stand_in, sheet, monkeypatch):
    monkeypatch.setenv("PRECEDENT_ENCODER", "stand-in")
    done = command(sheet, "--index", small, "--systems", "ours", "--json")
    data = json.loads(done.stdout)
    assert data["systems"]["ours"]["each"][0]["f1"] == 1 and data["set"] == "mine"
    assert done.stderr == "ours: 1 questions\n"


def test_the_command_writes_markdown(small, stand_in, sheet, monkeypatch):
    monkeypatch.setenv("PRECEDENT_ENCODER", "stand-in")
    done = command("--systems", "ours,bm25", "--index", small, sheet, "--name", "own")
    assert "1 questions (own) over 6 decisions" in done.stdout and "| | ours | bm25 |" in done.stdout
