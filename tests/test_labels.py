"""Making a labelled set: pooled candidates, judgements that stay, judges compared, twins, a split without leaks."""

import pytest

from eval.labels import (
    BORDERLINE,
    Asked,
    Judgement,
    agreement,
    labelled_set,
    near_duplicates,
    open_for,
    pool,
    read_asked,
    read_judgements,
    remember,
    split,
)
from eval.questions import Labelled
from eval.said import Said
from eval.systems import opened
from index.errors import UsageError

A, B, C = ("A", 0), ("A", 1), ("B", 0)
ASKED = [Asked("1", "list", "lumbar MRI denials"), Asked("2", "count", "how many gym memberships?")]


def said(question, member, grade, judge="ann", quote=""):
    return Judgement(question, member, grade, judge, quote)


def test_candidates_are_pooled_from_every_system_each_once(index):
    found = pool(index, ASKED[:1], opened(index, ["ours", "bm25"])[0], depth=5)
    members = [one.member for one in found]
    assert len(members) == len(set(members)) and ("CM13-9000201", 0) in members
    by = {one.member: one for one in found}
    assert by["CM13-9000201", 0].systems == ("ours", "bm25") and {one.question for one in found} == {"1"}
    assert all(one.service and one.text for one in found)
    assert str(by["CM13-9000201", 0]).startswith("CM13-9000201, issue 1: ")


def test_an_answer_is_pooled_whole_and_a_ranking_to_its_depth(index):
    rows = [("CM15-9000102", 0), ("CM15-9000102", 1), ("CM13-9000201", 0)]
    whole = pool(index, ASKED[:1], {"x": lambda text: Said(members=tuple(rows))}, depth=1)
    ranked = pool(index, ASKED[:1], {"x": lambda text: Said(ranking=tuple(rows))}, depth=1)
    assert len(whole) == 3 and len(ranked) == 1


def test_judgements_stay_and_are_not_asked_again(tmp_path, index):
    file = tmp_path / "judged.jsonl"
    candidates = pool(index, ASKED[:1], opened(index, ["bm25"])[0], depth=3)
    remember(file, said("1", candidates[0].member, 2, quote="no red flags"))
    judged = read_judgements(file)
    assert judged == [said("1", candidates[0].member, 2, quote="no red flags")]
    assert open_for("ann", candidates, judged) == candidates[1:] and open_for("bob", candidates, judged) == candidates
    assert read_judgements(tmp_path / "none.jsonl") == []


def test_a_second_judgement_of_one_judge_is_refused(tmp_path):
    file = tmp_path / "judged.jsonl"
    for judge in ("ann", "bob", "ann"):
        remember(file, said("1", A, 2, judge))
    with pytest.raises(UsageError, match="line 3: ann has judged this issue for 1 before; keep one judgement"):
        read_judgements(file)
    with pytest.raises(UsageError, match="7 is no grade; give one of 0, 1, 2, borderline"):
        remember(file, said("1", A, 7))
    file.write_text('{"id": "1", "case": "A", "issue": 0, "grade": "yes", "judge": "ann"}')
    with pytest.raises(UsageError, match="line 1: 'yes' is no grade"):
        read_judgements(file)


def test_two_judges_agree_as_far_as_kappa_says():
    judged = [said("1", ("A", n), grade) for n, grade in enumerate((2, 2, 0, 0))]
    judged += [said("1", ("A", n), grade, "bob") for n, grade in enumerate((2, 0, 0, 0, 1))]
    found = agreement(judged, "ann", "bob")
    assert (found.items, found.same, found.kappa) == (4, 0.75, 0.5) and found.differ == (("1", ("A", 1), 2, 0),)
    with pytest.raises(UsageError, match="ann and eve have judged nothing in common"):
        agreement(judged, "ann", "eve")


def test_judgements_become_a_labelled_set():
    judged = [said("1", A, 2, quote="so"), said("1", A, 2, "bob", "so"), said("1", B, 1), said("1", B, 0, "bob")]
    judged += [said("1", C, 0), said("2", A, 0)]
    found, empty = labelled_set(ASKED, judged)
    assert found == Labelled("1", "list", "lumbar MRI denials", {A: 2}, frozenset({B})) and found.quotes == {A: ("so",)}
    assert (empty.kind, empty.expected, empty.count) == ("unanswerable", "no-match", None)
    (counted,) = labelled_set(ASKED[1:], [said("2", A, 2), said("2", C, BORDERLINE)])
    assert (counted.kind, counted.count, counted.borderline) == ("count", 1, frozenset({C}))
    assert labelled_set(ASKED, []) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "1", "kind": "essay", "question": "?"}', "line 1: the kind 'essay'"),
        ('{"id": "1", "kind": "list"}', "line 1: the field 'question' is missing"),
        ('{"id": 1, "kind": "list", "question": "?"}\n{"id": "1", "kind": "list", "question": "?"}', "line 2: the id"),
    ],
)
def test_faults_of_the_questions_are_named_with_their_line(tmp_path, line, said):
    (tmp_path / "asked.jsonl").write_text(line)
    with pytest.raises(UsageError, match=said):
        read_asked(tmp_path / "asked.jsonl")


def labelled(id_, *members, question="?", kind="list", **more):
    return Labelled(id_, kind, question, dict.fromkeys(members, 2), frozenset(), **more)


def test_questions_that_ask_the_same_are_flagged(stand_in):
    questions = [
        labelled("1", A, question="which lumbar MRI denials are there"),
        labelled("2", A, question="which lumbar MRI denials there are"),
        labelled("3", A, question="opioids and their tapering"),
    ]
    assert [pair[:2] for pair in near_duplicates(questions, stand_in.encode_query)] == [("1", "2")]
    assert near_duplicates([], stand_in.encode_query) == []


MANY = [labelled(f"q{n}", (f"L{n}", 0), (f"L{n}", 1), (f"L{(n * 7) % 20}", 0)) for n in range(20)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("share", [0.3, 0.5])
def test_no_letter_is_judged_in_both_parts(seed, share):
    parts = split(MANY, test=share, seed=seed)
    letters = [{case for q in part for case, _ in q.relevant} for part in parts]
    assert not letters[0] & letters[1] and all(q.relevant for part in parts for q in part)
    assert 0.15 <= len(letters[1]) / len(letters[0] | letters[1]) <= share + 0.15
    assert split(MANY, test=share, seed=seed) == parts


def test_what_is_judged_on_the_other_side_becomes_borderline():
    for part in split(MANY):
        for question in part:
            (whole,) = [q for q in MANY if q.id == question.id]
            assert question.relevant.keys() | question.borderline == whole.relevant.keys()


def test_near_duplicates_stay_on_one_side():
    for seed in range(5):
        parts = split(MANY, [("q1", "q2", 0.95), ("q2", "q9", 0.93)], seed=seed)
        sides = [{q.id for q in part} & {"q1", "q2", "q9"} for part in parts]
        assert not (sides[0] and sides[1])


def test_a_count_over_both_sides_is_a_list_on_one():
    cut = labelled("c", *[(f"L{n}", 0) for n in range(20)], kind="count", count=20)
    (kept,) = [q for part in split([*MANY, cut]) for q in part if q.id == "c"]
    assert (kept.kind, kept.count) == ("list", None) and 0 < len(kept.relevant) < 20


def test_questions_without_an_answer_are_shared_out():
    empty = [labelled(f"u{n}", kind="unanswerable", expected="no-match") for n in range(10)]
    assert {len(part) for part in split(empty)} == {5}
