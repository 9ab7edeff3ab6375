"""Reading against a hand-read ledger, and an index whose letters were left out of the training."""

import json
from dataclasses import replace

import pytest
from letters import SAMPLES, SHARED, california, decided, issue

from eval import folds
from eval.learned import honesty, in_words
from eval.ledger import Tally, as_markdown, measure, of_index, read_ledger
from index.errors import UsageError
from index.search import Index


def row(case="CM16-9900001", number=0, outcome="upheld", reasons=(("red-flags", "absent"),), **more):
    told = [{"criterion": c, "status": s, "quote": "…"} for c, s in reasons]
    return {"case": case, "issue": number, "outcome": outcome, "reasons": told, "treatment": ["mri"]} | {
        "region": ["cervical"],
        **more,
    }


@pytest.fixture(scope="module")
def letter():
    return decided(california(issue("Cervical MRI: Upheld", "There are no red flags. The request is not necessary.")))


def read(letter, *rows):
    return measure([letter], {(r["case"], r["issue"]): r for r in rows})


def test_a_letter_read_right_is_all_right(letter):
    given = [(r.criterion, r.status) for r in letter.issues[0].reasons]
    found = read(letter, row(reasons=given))
    assert (found.counted, found.outcomes, found.treatments.scores, found.reasons.scores) == (
        1,
        1,
        (1, 1, 1),
        (1, 1, 1),
    )
    assert found.wrong == []


def test_what_is_missed_and_what_is_made_up_count_apart(letter):
    issue = replace(letter.issues[0], reasons=tuple(r for r in letter.issues[0].reasons if r.criterion == "red-flags"))
    found = read(replace(letter, issues=(issue,)), row(reasons=[("red-flags", "present"), ("timing", "absent")]))
    assert found.named.scores == (1, 1 / 2, 2 / 3) and found.reasons.scores == (0, 0, 0)
    assert found.by_criterion["timing"].scores == (0, 0, 0) and found.by_criterion["red-flags"].scores == (1, 1, 1)


def test_a_status_that_says_nothing_is_not_compared(letter):
    issue = letter.issues[0]
    other = tuple(replace(r, criterion="other", status="n/a") for r in issue.reasons[:1])
    found = read(replace(letter, issues=(replace(issue, reasons=other),)), row(reasons=[("other", "absent")]))
    assert found.reasons.scores == (1, 1, 1)


def test_wrong_outcomes_and_missing_issues_are_named(letter):
    found = read(letter, row(outcome="overturned"), row(number=1))
    assert (found.counted, found.outcomes, found.issues) == (0, 0, 2)
    assert found.wrong == [
        "CM16-9900001: 1 issues, the ledger has 2",
        "CM16-9900001, issue 0: outcome upheld, the ledger has overturned",
        "CM16-9900001, issue 1: outcome none, the ledger has upheld",
    ]
    told = as_markdown(found, "Told.")
    assert "issue counts right: 0 of 1 letters; outcomes right: 0 of 2 issues" in told and "| red-flags |" in told


def test_a_letter_that_is_not_there_is_a_sentence(letter):
    with pytest.raises(UsageError, match="the ledger is about CM00-1, which is not among the letters"):
        read(letter, row(case="CM00-1"))


def test_nothing_found_where_nothing_is_wanted_is_right():
    assert Tally().scores == (1, 1, 1) and Tally(0, 2, 0).scores == (0, 0, 0)


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (row(outcome="won"), "line 1: the outcome 'won' is not one of upheld"),
        (row(reasons=[("weather", "absent")]), "line 1: the criterion 'weather' is not in the closed list"),
        ({"case": "A", "issue": 0}, "line 1: the field 'outcome' is missing"),
    ],
)
def test_faults_of_a_ledger_are_named_with_their_line(tmp_path, odd, said):
    (tmp_path / "ledger.jsonl").write_text(json.dumps(odd))
    with pytest.raises(UsageError, match=said):
        read_ledger(tmp_path / "ledger.jsonl")


def test_a_ledger_that_judges_twice_or_nothing_is_refused(tmp_path):
    (tmp_path / "ledger.jsonl").write_text(f"{json.dumps(row())}\n{json.dumps(row())}")
    with pytest.raises(UsageError, match="line 2: issue 0 of CM16-9900001 is there twice"):
        read_ledger(tmp_path / "ledger.jsonl")
    (tmp_path / "ledger.jsonl").write_text("\n")
    with pytest.raises(UsageError, match="there is no row in the file"):
        read_ledger(tmp_path / "ledger.jsonl")


# ---- letters left out -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gold(few_letters, tmp_path_factory):
    """The gold of the six letters as one ledger."""
    stems = {path.stem.removeprefix("IRO-") for path in few_letters.glob("*.txt")}
    rows = [line for file in SAMPLES.glob("gold-*.jsonl") for line in file.read_text("utf-8").splitlines()]
    kept = [line for line in rows if json.loads(line)["case"].removeprefix("IRO-") in stems]
    ledger = tmp_path_factory.mktemp("gold") / "ledger.jsonl"
    ledger.write_text("\n".join(kept), "utf-8")
    return ledger


@pytest.fixture(scope="module")
def left_out(few_letters, gold, stand_in, tmp_path_factory):
    """An index over the six letters, each read without itself; trained on nothing else, so that it takes no time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folds, "labelled", lambda: [])
        fitted = []
        fit = folds.fit_reader
        patch.setattr(folds, "fit_reader", lambda rows: fitted.append({r.letter for r in rows}) or fit(rows))
        folder = tmp_path_factory.mktemp("left-out") / "index"
        assert folds.leave_out(few_letters, gold, folder, stand_in) == 6
    return folder, fitted


def test_every_letter_is_read_by_a_reader_that_has_not_seen_it(left_out, gold, index):
    folder, fitted = left_out
    names = {row["case"] for row in read_ledger(gold).values()}
    assert len(fitted) == folds.FOLDS and all(fold < names for fold in fitted)
    assert set().union(*(names - fold for fold in fitted)) == names
    honest = Index(folder, "stand-in")
    assert honest.catalog.counts()["issues"] == index.catalog.counts()["issues"]
    assert of_index(honest, read_ledger(gold)).named.scores[2] < of_index(index, read_ledger(gold)).named.scores[2]


def test_the_report_says_which_reader_read(left_out, index):
    assert in_words(honesty(index)).startswith("The reader of reasons has learned from 6 of these 6 letters")
    assert "trained without it (letters left out in 5 folds)" in in_words(honesty(Index(left_out[0], "stand-in")))
    assert in_words({"letters": 3, "learned_from": 0, "folds": None}).endswith(
        "has learned from none of these letters."
    )


def test_the_shipped_reader_reads_again_afterwards(left_out, letter):
    again = decided(california(issue("Cervical MRI: Upheld", "There are no red flags. The request is not necessary.")))
    assert again.issues[0].reasons == letter.issues[0].reasons


def test_an_index_that_is_there_is_not_written_over(few_letters, gold, small, stand_in):
    with pytest.raises(UsageError, match="already holds an index; name a new folder"):
        folds.leave_out(few_letters, gold, small, stand_in)


def test_a_letter_nobody_has_read_by_hand_cannot_be_left_out(few_letters, gold, stand_in, tmp_path, monkeypatch):
    monkeypatch.setattr(folds, "labelled", lambda: [])
    for path in few_letters.glob("*.txt"):
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    (tmp_path / "odd.txt").write_text(california(case="CM11-0000001"))
    with pytest.raises(UsageError, match=r"odd\.txt is not in .*; only letters that were read by hand can be left out"):
        folds.leave_out(tmp_path, gold, tmp_path / "index", stand_in)
    assert not (tmp_path / "index").exists()


@pytest.mark.skipif(not SHARED.exists(), reason="the shared decisions are not on this machine")
def test_the_real_letters_are_parsed_as_the_ledger_says():
    from test_shared import letters

    found = measure(letters().values(), read_ledger(SHARED / "ledger.jsonl"))
    assert (found.letters, found.counted, found.issues, found.outcomes) == (65, 65, 134, 134)
