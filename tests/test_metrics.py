"""The numbers, computed by hand; and beside the scorer that others use."""

import importlib.util
from math import log2
from pathlib import Path

import pytest

from eval.metrics import interval, score, summary
from eval.questions import Labelled

SCORER = Path(__file__).parents[2] / "shared" / "score.py"
A, B, C, D, E = (("A", 0), ("A", 1), ("B", 0), ("C", 0), ("C", 3))


def labelled(kind="list", relevant=(A, B), borderline=(), **more):
    grades = relevant if isinstance(relevant, dict) else dict.fromkeys(relevant, 2)
    return Labelled("q", kind, "?", grades, frozenset(borderline), **more)


def gain(*grades):
    return sum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(grades))


SETS = {
    "all and no more": ((A, B), [B, A], (1, 1, 1)),
    "nothing": ((A, B), [], (0, 0, 0)),
    "only wrong ones": ((A, B), [C, D], (0, 0, 0)),
    "half found": ((A, B), [A], (1, 1 / 2, 2 / 3)),
    "one wrong beside": ((A, B), [A, B, C], (2 / 3, 1, 4 / 5)),
    "half and half": ((A, B), [A, C], (1 / 2, 1 / 2, 1 / 2)),
    "the same twice": ((A, B), [A, A, A, C], (1 / 2, 1 / 2, 1 / 2)),
    "one of one": ((A,), [A, B, C, D], (1 / 4, 1, 2 / 5)),
    "issues of one letter are not one": ((A,), [B], (0, 0, 0)),
}


@pytest.mark.parametrize(("relevant", "got", "expected"), SETS.values(), ids=SETS)
@pytest.mark.parametrize("kind", ["list", "facet"])
def test_precision_recall_and_their_mean(kind, relevant, got, expected):
    found = score(labelled(kind, relevant), got, None, None, None)
    assert (found["p"], found["r"], found["f1"]) == pytest.approx(expected)
    assert set(found) == {"p", "r", "f1", "false_abstain"}


def test_borderline_issues_count_neither_way():
    question = labelled(relevant=(A, B), borderline=(C,))
    with_it, without = (score(question, got, None, None, None) for got in ([A, C, B], [A, B]))
    assert with_it == without and with_it["f1"] == 1


def test_grades_do_not_matter_to_sets():
    assert score(labelled(relevant={A: 1, B: 2}), [A], None, None, None)["r"] == 0.5


@pytest.mark.parametrize(
    ("count", "of", "said", "expected"),
    [
        (2, None, (2, None), 1),
        (2, None, (2, 9), 1),
        (2, 5, (2, 5), 1),
        (2, 5, (2, 6), 0),
        (2, 5, (2, None), 0),
        (2, None, (3, None), 0),
        (2, None, (None, None), 0),
    ],
)
def test_a_count_is_exact_or_not(count, of, said, expected):
    assert score(labelled("count", count=count, of=of), [A, B], None, *said)["exact"] == expected


@pytest.mark.parametrize(
    ("got", "hit1", "hit3"),
    [([A], 1, 1), ([C, A], 0, 1), ([C, D, B], 0, 1), ([C, D, E, A], 0, 0), ([C, C, C, A], 0, 1), ([], 0, 0)],
)
def test_why_is_a_hit_at_one_and_at_three(got, hit1, hit3):
    found = score(labelled("why"), got, None, None, None)
    assert (found["hit1"], found["hit3"]) == (hit1, hit3)


RANKED = {
    "perfect": ({A: 2, B: 1}, [A, B], gain(2, 1) / gain(2, 1), 1),
    "turned round": ({A: 2, B: 1}, [B, A], gain(1, 2) / gain(2, 1), 1),
    "one behind two wrong ones": ({A: 2}, [C, D, A], gain(0, 0, 2) / gain(2), 1),
    "half": ({A: 2, B: 2}, [A], gain(2) / gain(2, 2), 1 / 2),
    "nothing": ({A: 2}, [], 0, 0),
    "equal grades in any order": ({A: 2, B: 2}, [B, A], 1, 1),
    "the same twice": ({A: 2, B: 1}, [A, A, B], 1, 1),
    "eleventh": ({A: 2}, [("X", n) for n in range(10)] + [A], 0, 0),
    "more relevant than ten places": ({("X", n): 2 for n in range(20)}, [("X", n) for n in range(10)], 1, 1),
}


@pytest.mark.parametrize(("relevant", "got", "ndcg", "recall"), RANKED.values(), ids=RANKED)
def test_rankings_by_gain_and_by_what_ten_places_can_hold(relevant, got, ndcg, recall):
    found = score(labelled("precedent", relevant), got, None, None, None)
    assert (found["ndcg10"], found["r10"]) == pytest.approx((ndcg, recall), abs=1e-6)


@pytest.mark.parametrize(("got", "expected"), [([A], 1), ([C, A], 1 / 2), ([C, D, E, B], 1 / 4), ([C], 0)])
def test_the_first_hits_rank(got, expected):
    assert score(labelled("precedent"), got, None, None, None)["rr"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("abstained", "expected", "found"),
    [("no-match", "no-match", (1, 1)), ("no-match", "out-of-scope", (1, 0)), (None, "no-match", (0, 0))],
)
def test_a_refusal_and_its_kind(abstained, expected, found):
    got = score(labelled("unanswerable", (), expected=expected), [], abstained, None, None)
    assert got == {"abstained": found[0], "kind_right": found[1]}


@pytest.mark.parametrize("kind", ["list", "facet", "count", "why", "precedent"])
def test_to_abstain_from_what_has_an_answer_is_false(kind):
    assert score(labelled(kind), [], "no-match", None, None)["false_abstain"] == 1
    assert score(labelled(kind), [A], None, 1, None)["false_abstain"] == 0


def test_intervals_hold_the_mean_and_are_the_same_twice():
    assert interval([0.5] * 9) == (0.5, 0.5) and interval([1.0]) == (1.0, 1.0)
    low, high = interval([0.0, 1.0] * 20)
    assert 0.3 < low < 0.5 < high < 0.7 and interval([0.0, 1.0] * 20) == (low, high)
    wide, narrow = interval([0.0, 1.0] * 3), interval([0.0, 1.0] * 100)
    assert wide[1] - wide[0] > narrow[1] - narrow[0]


def test_the_summary_is_a_mean_for_each_kind():
    found = summary([("list", {"f1": 1.0}), ("why", {"hit1": 0.0}), ("list", {"f1": 0.0})])
    assert list(found) == ["list", "why"] and found["why"]["hit1"] == {"mean": 0, "low": 0, "high": 0, "n": 1}
    assert (found["list"]["f1"]["mean"], found["list"]["f1"]["n"]) == (0.5, 2)
    assert summary([]) == {}


RUN = [
    (labelled("list", {A: 2, B: 1}, [C]), [A, C, D], None, None, None),
    (labelled("facet", (A, B)), [], "no-match", None, None),
    (labelled("count", (A, B), count=2, of=4), [B, A, A], None, 2, 4),
    (labelled("count", (A, B), count=2, of=4), [B, A, D], None, 3, 4),
    (labelled("count", (A, B), count=2), [B], None, 2, 7),
    (labelled("why", (E,)), [D, E], None, None, None),
    (labelled("precedent", {A: 2, B: 1, C: 1}, [D]), [C, D, E, A, A], None, None, None),
    (labelled("precedent", {("X", n): 1 + n % 2 for n in range(14)}), [("X", n) for n in range(12)], None, None, None),
    (labelled("unanswerable", (), expected="out-of-scope"), [], "no-match", None, None),
    (labelled("unanswerable", (), expected="no-match"), [], None, None, None),
]


def as_json(question: Labelled) -> dict:
    data = {"id": "q", "kind": question.kind, "count": question.count, "expected": question.expected}
    data["relevant"] = [{"case": case, "issue": n, "grade": grade} for (case, n), grade in question.relevant.items()]
    data["borderline"] = [{"case": case, "issue": n} for case, n in question.borderline]
    return data | ({"of": question.of} if question.of is not None else {})


@pytest.mark.skipif(not SCORER.exists(), reason="the shared scorer is not on this machine")
@pytest.mark.parametrize("row", RUN, ids=lambda row: row[0].kind)
def test_they_are_the_shared_scorers_to_three_decimals(row):
    spec = importlib.util.spec_from_file_location("shared_score", SCORER)
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    question, got, abstained, count, of = row
    results = [{"case_number": case, "issue": issue} for case, issue in got]
    theirs = scorer.score(as_json(question), {"results": results, "abstained": abstained, "count": count, "of": of})
    ours = score(*row)
    shared = set(ours) & set(theirs)
    assert shared >= set(theirs) - {"id", "kind"}
    assert {name: round(ours[name], 3) for name in shared} == {name: round(theirs[name], 3) for name in shared}
