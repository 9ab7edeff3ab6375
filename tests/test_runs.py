"""Run files with known scores, worked out by hand; and the shared scorer on the same files."""

import json
import random
import subprocess
import sys
from math import log2
from pathlib import Path

import pytest

from eval.metrics import score, summary
from eval.questions import read_questions
from eval.said import read_run
from index.errors import UsageError

SHARED = Path(__file__).parents[2] / "shared"
A, B, C, D = ("A", 0), ("A", 1), ("B", 0), ("C", 2)


def issues(*members, **grades):
    return [{"case": case, "issue": number, "grade": grades.get(f"{case}{number}", 2)} for case, number in members]


def question(id_, kind, *relevant, borderline=(), grades=None, **more):
    judged = issues(*relevant, **(grades or {}))
    return {"id": id_, "kind": kind, "question": "?", "relevant": judged, "borderline": issues(*borderline), **more}


def answer(id_, *members, abstained=None, **more):
    results = [{"decision": "d", "case_number": case, "source": "s", "issue": n} for case, n in members]
    return {"id": id_, "results": results, "abstained": abstained, **more}


def gain(*grades):
    return sum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(grades))


# questions and answers of a run -> what the hand finds: kind -> metric -> mean
RUNS = {
    "two lists, one whole and one half": (
        [question("1", "list", A, B), question("2", "list", A, B)],
        [answer("1", B, A), answer("2", A)],
        {"list": {"p": 1, "r": 3 / 4, "f1": (1 + 2 / 3) / 2}},
    ),
    "nothing found and nothing said": (
        [question("1", "list", A)],
        [answer("1")],
        {"list": {"p": 0, "r": 0, "f1": 0, "unanswered": 1, "false_abstain": 0}},
    ),
    "refused though there is an answer": (
        [question("1", "facet", A), question("2", "facet", A)],
        [answer("1", abstained="no-match"), answer("2", A)],
        {"facet": {"f1": 1 / 2, "unanswered": 0, "false_abstain": 1 / 2}},
    ),
    "the same issue three times": (
        [question("1", "list", A, B)],
        [answer("1", A, A, A, C)],
        {"list": {"p": 1 / 2, "r": 1 / 2, "f1": 1 / 2}},
    ),
    "borderline issues alone": (
        [question("1", "list", A, borderline=[C, D])],
        [answer("1", C, D)],
        {"list": {"p": 0, "r": 0, "f1": 0, "unanswered": 0}},
    ),
    "borderline issues beside": (
        [question("1", "list", A, borderline=[C, D])],
        [answer("1", C, A, D)],
        {"list": {"p": 1, "r": 1, "f1": 1}},
    ),
    "counts, right with and without the whole": (
        [question("1", "count", A, B, count=2, of=5), question("2", "count", A, count=1)],
        [answer("1", A, B, count=2, of=4), answer("2", A, count=1, of=9)],
        {"count": {"f1": 1, "exact": 1 / 2, "count_error": 0}},
    ),
    "a count without a number": (
        [question("1", "count", A, B, count=2)],
        [answer("1", A, B)],
        {"count": {"f1": 1, "exact": 0, "count_error": 2}},
    ),
    "a count far off": (
        [question("1", "count", A, count=1)],
        [answer("1", B, C, D, count=3)],
        {"count": {"f1": 0, "exact": 0, "count_error": 2}},
    ),
    "a why in second place, and one in fourth behind a duplicate": (
        [question("1", "why", A), question("2", "why", A)],
        [answer("1", C, A), answer("2", C, C, B, D, A)],
        {"why": {"hit1": 0, "hit3": 1 / 2, "rr": (1 / 2 + 1 / 4) / 2}},
    ),
    "equal grades in either order are a tie": (
        [question("1", "precedent", A, B), question("2", "precedent", A, B)],
        [answer("1", A, B), answer("2", B, A)],
        {"precedent": {"ndcg10": 1, "rr": 1, "r10": 1}},
    ),
    "the lesser grade first": (
        [question("1", "precedent", A, B, grades={"A0": 1, "A1": 2})],
        [answer("1", A, B)],
        {"precedent": {"ndcg10": gain(1, 2) / gain(2, 1), "rr": 1}},
    ),
    "a wrong one and a duplicate before the right one": (
        [question("1", "precedent", A)],
        [answer("1", C, C, A)],
        {"precedent": {"ndcg10": gain(0, 2) / gain(2), "rr": 1 / 2, "r10": 1}},
    ),
    "a ranking of borderline issues only": (
        [question("1", "precedent", A, borderline=[C])],
        [answer("1", C)],
        {"precedent": {"ndcg10": 0, "rr": 0, "r10": 0, "unanswered": 0}},
    ),
    "more relevant issues than ten places": (
        [question("1", "precedent", *[("X", n) for n in range(20)])],
        [answer("1", *[("X", n) for n in range(5)], *[("Y", n) for n in range(20)])],
        {"precedent": {"r10": 1 / 2, "rr": 1, "ndcg10": gain(*[2] * 5) / gain(*[2] * 10)}},
    ),
    "refusals right, of the wrong kind, and none": (
        [question(str(n), "unanswerable", expected="no-match") for n in range(3)],
        [answer("0", abstained="no-match"), answer("1", abstained="out-of-scope"), answer("2", A)],
        {"unanswerable": {"abstained": 2 / 3, "kind_right": 1 / 3}},
    ),
}


def write(folder, questions, answers):
    for name, rows in (("questions", questions), ("run", answers)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return folder / "questions.jsonl", folder / "run.jsonl"


def scored(questions, run):
    said = read_run(run)
    return summary([(q.kind, score(q, said[q.id])) for q in read_questions(questions)])


@pytest.mark.parametrize(("questions", "answers", "expected"), RUNS.values(), ids=RUNS)
def test_a_run_scores_what_the_hand_finds(tmp_path, questions, answers, expected):
    found = scored(*write(tmp_path, questions, answers))
    means = {kind: {name: found[kind][name]["mean"] for name in told} for kind, told in expected.items()}
    assert set(found) == set(expected)
    assert all(means[kind] == pytest.approx(told, abs=1e-6) for kind, told in expected.items())


def test_a_run_that_answers_twice_is_refused(tmp_path):
    _, run = write(tmp_path, [], [answer("1", A), answer("2", A), answer("1", B)])
    with pytest.raises(UsageError, match=r"run\.jsonl, line 3: the question '1' is answered twice; keep one answer"):
        read_run(run)


def test_a_run_that_is_not_there_or_no_run_is_a_sentence(tmp_path):
    with pytest.raises(UsageError, match="does not exist; name a file that precedent ask --batch"):
        read_run(tmp_path / "none.jsonl")
    (tmp_path / "odd.jsonl").write_text('{"results": []}')
    with pytest.raises(UsageError, match="line 1: the field 'id' is missing"):
        read_run(tmp_path / "odd.jsonl")


def spoiled(gold, chance):
    """An answer near the gold: issues lost, wrong or borderline ones mixed in, some twice, sometimes a refusal."""
    others = [(row["case"], row["issue"]) for row in gold["borderline"]] + [("CM00-0000000", n) for n in range(4)]
    kept = [(row["case"], row["issue"]) for row in gold["relevant"] if chance.random() < 0.8]
    mixed = kept + chance.sample(others, chance.randint(0, 3)) + kept[: chance.randint(0, 2)]
    chance.shuffle(mixed)
    refused = chance.choice([None, None, None, "no-match", gold.get("expected")])
    told = {"count": gold.get("count", 0) + chance.choice([0, 0, 1]), "of": gold.get("of")}
    return answer(gold["id"], *mixed, abstained=refused, **told)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared scorer is not on this machine")
@pytest.mark.parametrize("seed", range(3))
def test_a_whole_run_scores_as_the_shared_scorer_does(tmp_path, seed):
    questions = SHARED / "decisions" / "questions.jsonl"
    chance = random.Random(seed)
    gold = [json.loads(line) for line in questions.read_text("utf-8").splitlines()]
    _, run = write(tmp_path, [], [spoiled(row, chance) for row in gold])
    done = subprocess.run([sys.executable, SHARED / "score.py", questions, run], capture_output=True, check=True)
    theirs, ours = json.loads(done.stdout), scored(questions, run)
    for kind, told in ours.items():
        same = theirs[kind].keys() & told.keys()
        assert same == theirs[kind].keys() - {"n"} and theirs[kind]["n"] == next(iter(told.values()))["n"]
        assert {name: round(told[name]["mean"], 3) for name in same} == {name: theirs[kind][name] for name in same}
