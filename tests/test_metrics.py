"""The numbers, computed by hand; and beside the scorer that others use."""

import importlib.util
from math import log2
from pathlib import Path

import pytest

from corpus.decision import Voice
from eval.chance import interval
from eval.metrics import citing, summary
from eval.metrics import score as score_said
from eval.questions import Labelled
from eval.said import Cited, Claim, Said

SCORER = Path(__file__).parents[2] / "shared" / "score.py"
A, B, C, D, E = (("A", 0), ("A", 1), ("B", 0), ("C", 0), ("C", 3))


def labelled(kind="list", relevant=(A, B), borderline=(), **more):
    grades = relevant if isinstance(relevant, dict) else dict.fromkeys(relevant, 2)
    return Labelled("q", kind, "?", grades, frozenset(borderline), **more)


def score(question, got, abstained, count, of):
    return score_said(question, Said(tuple(got), abstained, count, of))


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
    assert set(found) == {"p", "r", "f1", "false_abstain", "unanswered"}


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


def test_an_empty_answer_without_a_word_is_unanswered():
    assert score(labelled(), [], None, None, None)["unanswered"] == 1
    assert score(labelled(), [], "no-match", None, None)["unanswered"] == 0
    assert score(labelled(), [C], None, None, None)["unanswered"] == 0


@pytest.mark.parametrize(("said", "error"), [(2, 0), (5, 3), (None, 2), (0, 2)])
def test_the_error_of_a_count(said, error):
    assert score(labelled("count", count=2), [A, B], None, said, None)["count_error"] == error


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


# ---- citations: a letter whose characters 100 to 200 prove A, and 300 to 320 B ---------------------------------------

PROOFS = {A: ((100, 200),), B: ((300, 320),)}


def cited(member, start, end):
    return Cited(member, "letter", start, end, "…")


def cites(*claims, question=None, voices=()):
    said = Said(claims=tuple(Claim("…", spans) for spans in claims))
    speaks = {c: Voice.REVIEWER for claim in said.claims for c in claim.citations} | dict(voices)
    return citing(question or labelled(), said, PROOFS, speaks)


CITED = {
    "the proof and no more": ([(cited(A, 100, 200),)], 1, 1),
    "half of the proof is enough": ([(cited(A, 50, 150),)], 1, 1),
    "less than half is not": ([(cited(A, 50, 149),)], 0, 0),
    "two that are enough together": ([(cited(A, 100, 130), cited(A, 130, 160))], 1, 1),
    "one of two proves": ([(cited(A, 100, 200), cited(A, 700, 800))], 1, 1 / 2),
    "another issue's place": ([(cited(A, 300, 320),)], 0, 0),
    "an issue that is wrong": ([(cited(C, 100, 200),)], 0, 0),
    "one sentence for two issues, both proved": ([(cited(A, 100, 200), cited(B, 300, 320))], 1, 1),
    "one sentence for two issues, one wrong": ([(cited(A, 100, 200), cited(C, 300, 320))], 0, 0),
    "a sentence proved and one not": ([(cited(A, 100, 200),), (cited(B, 0, 9),)], 1 / 2, 1 / 2),
}


@pytest.mark.parametrize(("claims", "proved", "needed"), CITED.values(), ids=CITED)
def test_sentences_proved_and_citations_needed(claims, proved, needed):
    found = cites(*claims)
    assert (found["citation_r"], found["citation_p"]) == pytest.approx((proved, needed))


def test_a_borderline_issue_is_not_judged():
    found = cites((cited(C, 0, 9),), (cited(A, 100, 200),), question=labelled(borderline=(C,)))
    assert found["citation_r"] == 1
    assert set(cites((cited(C, 0, 9),), question=labelled(borderline=(C,)))) == {"wrong_voice"}


def test_a_quote_that_is_not_in_the_letter_proves_nothing_and_is_nobodys_voice():
    made_up = cited(A, 100, 200)
    assert cites((made_up,), voices={made_up: None}) == {"wrong_voice": 1, "citation_r": 0, "citation_p": 0}


@pytest.mark.parametrize(
    ("voice", "wrong"),
    [(voice, voice not in (Voice.REVIEWER, Voice.UNKNOWN)) for voice in Voice],
    ids=str,
)
def test_a_citation_in_anothers_voice_is_wrong(voice, wrong):
    one = cited(A, 100, 200)
    assert cites((one,), voices={one: voice})["wrong_voice"] == wrong


@pytest.mark.parametrize("kind", ["facet", "count", "precedent"])
def test_only_lists_and_reasons_have_gold_that_proves_the_sentence(kind):
    assert set(cites((cited(A, 100, 200),), question=labelled(kind, count=2))) == {"wrong_voice"}


def test_nothing_is_said_of_the_citations_of_no_answer():
    assert cites() == {} and cites((cited(A, 0, 9),), question=labelled("unanswerable", (), expected="no-match")) == {}
