"""Labelled questions: every fault of a file is named with its line, and nothing is half read."""

import json
from pathlib import Path

import pytest

from eval.questions import Labelled, read_questions
from index.errors import UsageError

OWN = Path(__file__).parents[1] / "eval" / "questions.jsonl"
GOOD = {"id": "q1", "kind": "list", "question": "which?", "relevant": [{"case": "A", "issue": 0, "grade": 2}]}
REFUSED = {"id": "q2", "kind": "unanswerable", "question": "who?", "relevant": [], "expected": "no-match"}


def line(**odd) -> str:
    return json.dumps({key: value for key, value in (GOOD | odd).items() if value is not ...})


def read(tmp_path, *lines: str) -> list[Labelled]:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    return read_questions(path)


def test_a_question_keeps_everything_it_says(tmp_path):
    judged = [{"case": "A", "issue": 0, "grade": 1}, {"case": "B", "issue": 2}]
    rows = (
        line(kind="count", relevant=judged, borderline=[{"case": "C", "issue": 0}], count=2, of=5),
        "",
        json.dumps(REFUSED),
    )
    counted, refused = read(tmp_path, *rows)
    assert counted == Labelled("q1", "count", "which?", {("A", 0): 1, ("B", 2): 2}, frozenset([("C", 0)]), 2, 5)
    assert refused == Labelled("q2", "unanswerable", "who?", {}, frozenset(), expected="no-match")


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ("{", "line 2: "),
        ("[]", "line 2: "),
        ("7", "line 2: "),
        (line(kind=...), "line 2: the field 'kind' is missing; add it"),
        (line(id=..., kind="why"), "line 2: the field 'id' is missing"),
        (line(question=...), "line 2: the field 'question' is missing"),
        (line(relevant=...), "line 2: the field 'relevant' is missing"),
        (line(relevant=[{"case": "A"}]), "line 2: the field 'issue' is missing"),
        (line(kind="essay"), "line 2: the kind 'essay' is not one of list, facet"),
        (line(relevant=[]), "line 2: no relevant issue"),
        (line(relevant=[{"case": "A", "issue": 0}] * 2), "line 2: an issue is judged twice"),
        (line(kind="unanswerable", relevant=[]), "line 2: an unanswerable question needs 'expected'"),
        (
            line(kind="unanswerable", relevant=[], expected="perhaps"),
            "line 2: an unanswerable question needs 'expected'",
        ),
        (line(id="q2"), "line 2: the id 'q2' is used twice"),
    ],
)
def test_every_fault_is_named_with_its_line(tmp_path, odd, said):
    with pytest.raises(UsageError) as caught:
        read(tmp_path, json.dumps(REFUSED), odd)
    assert said in str(caught.value) and "questions.jsonl" in str(caught.value) and caught.value.code == 2


@pytest.mark.parametrize(
    "odd",
    [
        {"relevant": [{"case": "A", "issue": "0"}]},
        {"relevant": [{"case": "A", "issue": 0, "grade": "high"}]},
        {"kind": "count"},
        {"question": ""},
        {"question": 7},
        {"id": None},
        {"id": True},
        {"kind": ["list"]},
        {"relevant": 7},
        {"relevant": ["A"]},
        {"relevant": [{"case": ["A"], "issue": 0}]},
        {"relevant": [{"case": "A", "issue": True}]},
        {"relevant": [{"case": "A", "issue": -1}]},
        {"relevant": [{"case": "A", "issue": 0, "grade": 0}]},
        {"borderline": {"case": "A"}},
        {"kind": "count", "count": "2"},
        {"kind": "count", "count": 2, "of": 3.5},
        {"kind": "unanswerable", "relevant": [], "expected": ["no-match"]},
    ],
    ids=str,
)
def test_values_of_the_wrong_kind_are_faults_too(tmp_path, odd):
    with pytest.raises(UsageError, match=r"line 1: .+(; (write|add|choose) |needs 'expected', one of)"):
        read(tmp_path, line(**odd))


def test_a_file_that_is_no_utf_8_is_a_sentence(tmp_path):
    (tmp_path / "q.jsonl").write_bytes(json.dumps(GOOD).encode() + b'\n{"id": "\xff"}')
    with pytest.raises(UsageError, match="line 2: not UTF-8; save the file as UTF-8"):
        read_questions(tmp_path / "q.jsonl")


def test_line_ends_of_other_systems_and_marks_inside_a_question_are_no_faults(tmp_path):
    (tmp_path / "q.jsonl").write_bytes(
        b"\xef\xbb\xbf" + json.dumps(GOOD | {"question": "a\u2028b"}, ensure_ascii=False).encode() + b"\r\n"
    )
    assert [(q.question, q.line) for q in read_questions(tmp_path / "q.jsonl")] == [("a\u2028b", 1)]


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(UsageError, match="does not exist; name a JSON Lines file"):
        read_questions(tmp_path / "none.jsonl")


def test_a_file_without_questions_is_a_sentence(tmp_path):
    with pytest.raises(UsageError, match="line 1: there is no question in the file; write one"):
        read(tmp_path, "", "  ")


def test_our_own_questions_are_sound():
    questions = read_questions(OWN)
    assert len(questions) >= 100 and {q.kind for q in questions} >= {
        "list",
        "facet",
        "count",
        "why",
        "precedent",
        "unanswerable",
    }
