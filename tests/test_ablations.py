"""Ours with a part taken out differs where the part matters, and only there."""

import pytest

from app.answer import ask
from eval.ablations import ABLATIONS
from eval.said import Said, of_answer
from eval.systems import opened
from index.errors import UsageError

ASKED = "which ESI denials cited missing radiculopathy findings"
WHOLE = "lumbar MRI denials"


@pytest.fixture(scope="module")
def without(index):
    return lambda name, question: ABLATIONS[name][1](index)(question)


def ours(index, question) -> Said:
    return of_answer(ask(index, question).to_json())


QUICK = [name for name in ABLATIONS if name != "fp32"]


@pytest.mark.parametrize("name", [name for name in QUICK if name not in ("no-facets", "no-abbreviations")])
def test_a_question_that_needs_no_part_is_answered_alike(index, without, name):
    assert set(without(name, WHOLE).members) == set(ours(index, WHOLE).members)


@pytest.mark.parametrize("name", QUICK)
def test_the_index_itself_is_left_as_it_was(index, without, name):
    before = ours(index, ASKED)
    without(name, ASKED)
    assert ours(index, ASKED) == before


def test_without_the_ledger_no_issue_gives_a_reason(index, without):
    question = "MRI denials because no red flags were present"
    assert ours(index, question).members and without("no-ledger", question) != ours(index, question)


def test_without_voices_whoever_names_a_finding_counts(index, without):
    question = "which denials cited missing radiculopathy findings"
    assert len(without("no-voices", question).members) > len(ours(index, question).members)


def test_without_facets_every_service_is_meant(index, without):
    assert len(without("no-facets", WHOLE).members) > len(ours(index, WHOLE).members)


def test_without_abbreviations_an_abbreviation_says_nothing(index, without):
    assert ours(index, "MRI approvals").members == (("900104", 0),)
    assert len(without("no-abbreviations", "MRI approvals").members) > 1
    spelled = "magnetic resonance imaging approvals"
    assert without("no-abbreviations", spelled).members == ours(index, spelled).members


@pytest.mark.slow
def test_full_precision_answers_nearly_as_the_small_model(real):
    (found,) = opened(real, ["fp32"])[0].values()
    assert set(found(ASKED).members) == set(ours(real, ASKED).members)


@pytest.mark.slow
def test_the_stock_recipe_finds_the_letters_that_use_the_words(real):
    pytest.importorskip("langchain_text_splitters", reason="the bench extra is not installed")
    (found,) = opened(real, ["stock"])[0].values()
    said = found("Why was the epidural steroid injection of CM24-9000101 denied?")
    assert 1 <= len(said.members) <= 10 and said.abstained is None and said.count == len(said.members)
    letters = {name for name, _ in said.ranking}
    assert any(cited.quote for claim in said.claims for cited in claim.citations) and "CM24-9000101" in letters


def test_the_stock_recipe_is_left_out_with_a_sentence_where_its_packages_are_missing(index, monkeypatch):
    monkeypatch.setattr("eval.stock.importlib.util.find_spec", lambda name: None)
    ready, left_out = opened(index, ["stock", "bm25"])
    assert list(ready) == ["bm25"] and "pip install '.[bench]'" in left_out[0] and "left out" in left_out[0]


def test_the_model_is_refused_where_none_is_named(index):
    with pytest.raises(UsageError, match="needs a language model; name one with PRECEDENT_MODEL"):
        opened(index, ["model"])
