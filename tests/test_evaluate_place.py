"""The place Evaluate: a set is run, its numbers shown, a question opened, its results judged and taken away."""

import json
import re

import pytest
from test_ui import harmless

from app.address import read
from app.library import Library
from app.settings import Settings
from eval import place
from eval.questions import read_questions
from index.errors import UsageError

QUESTION = {
    "id": "q1",
    "kind": "list",
    "question": "lumbar MRI denials",
    "relevant": [{"case": "CM15-9000102", "issue": 0, "grade": 2, "quotes": ["epidural"]}],
}


@pytest.fixture
def library(copied):
    return Library(Settings(copied, "stand-in"))


@pytest.fixture
def measured(library, tmp_path):
    """A library over which the set of one question has been run."""
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps(QUESTION) + "\n", "utf-8")
    run = place.Run(library, path, ["ours", "bm25"])
    assert run.wait(60) and not run.error and run.done == run.total == 2
    place._runs[:] = [run]
    yield library
    place._runs.clear()


def shown(library, url, given=""):
    page = list(place.PLACE.view(library, read(url), given))[-1]
    return harmless(re.sub(r"<(style|svg).*?</\1>", "", page, flags=re.DOTALL))  # ours, with no word of a letter


def test_before_a_run_the_place_says_what_it_is_for(library):
    assert "A labelled set" in shown(library, "/evaluate").words


def test_a_run_shows_its_numbers_and_every_question(measured):
    page = shown(measured, "/evaluate")
    assert "set F1" in page.words and "bm25" in page.words and "/evaluate?question=q1" in page.links()


def test_a_judgement_is_kept_replaced_and_taken_away_in_the_labelled_format(measured, tmp_path):
    member = ("CM15-9000102", 0)
    for grade in (2, "borderline"):
        given = json.dumps({"question": "q1", "case": member[0], "issue": member[1], "grade": grade})
        page = shown(measured, "/evaluate?question=q1", given)
        assert ("aria-pressed", "true") in page.attributes
    given = json.dumps({"question": "q1", "case": "IRO-900104", "issue": 0, "grade": 2})
    shown(measured, "/evaluate?question=q1", given)
    (again,) = read_questions(place.export(measured, tmp_path))
    assert again.relevant == {("IRO-900104", 0): 2} and again.borderline == {member}


@pytest.mark.parametrize("given", ["nonsense", "{}", '{"question": "q1", "case": "x", "issue": 0, "grade": 7}'])
def test_what_is_no_judgement_is_refused(measured, given):
    with pytest.raises(UsageError):
        list(place.PLACE.view(measured, read("/evaluate?question=q1"), given))


def test_a_set_about_other_letters_is_refused_in_a_sentence(library, tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps(QUESTION | {"relevant": [{"case": "CM99-0000000", "issue": 0}]}) + "\n", "utf-8")
    run = place.Run(library, path, ["ours"])
    assert run.wait(60) and "CM99-0000000" in run.error and run.found is None
