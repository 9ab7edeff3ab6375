"""The vocabulary: a decision survives its JSON whole, and every span in it quotes the text it came from."""

import json
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters import SAMPLE_NAMES, samples

from corpus.decision import Decision, Issue, Outcome, Reason, Section, Voice, from_json, to_json

WORDS = st.text(max_size=20)
LISTS = st.lists(WORDS, max_size=3).map(tuple)


def spans(length: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(0, length), st.integers(0, length)).map(lambda pair: tuple(sorted(pair)))


@st.composite
def decisions(draw) -> Decision:
    """Any decision whatever, its spans inside its text."""
    text = draw(st.text(min_size=1, max_size=60))
    span = spans(len(text))
    reason = st.builds(lambda c, v, s: Reason(c, "absent", v, *s), WORDS, st.sampled_from(Voice), span)
    section = st.builds(
        lambda k, h, s, v, i: Section(k, h, *s, v, i),
        WORDS,
        WORDS,
        span,
        st.sampled_from(Voice),
        st.none() | st.integers(0, 9),
    )
    issue = st.builds(
        Issue,
        number=st.integers(0, 9),
        service=WORDS,
        start=st.just(0),
        end=st.just(len(text)),
        outcome=st.sampled_from(Outcome),
        outcome_span=st.none() | span,
        rationale=st.none() | span,
        treatments=LISTS,
        regions=LISTS,
        drugs=LISTS,
        levels=LISTS,
        side=st.none() | WORDS,
        codes=LISTS,
        guidelines=st.dictionaries(WORDS, st.lists(WORDS, max_size=2), max_size=2),
        reasons=st.lists(reason, max_size=3).map(tuple),
    )
    return Decision(
        id=draw(WORDS),
        source=draw(WORDS),
        sha256=draw(WORDS),
        text=text,
        pages=tuple(draw(st.lists(span, max_size=3))),
        jurisdiction=draw(st.none() | WORDS),
        kind=draw(WORDS),
        case_number=draw(st.none() | WORDS),
        dates=draw(st.dictionaries(WORDS, st.none() | WORDS, max_size=2)),
        patient={"age": draw(st.none() | st.integers(0, 110)), "sex": draw(st.none() | WORDS)},
        sections=tuple(draw(st.lists(section, max_size=3))),
        issues=tuple(draw(st.lists(issue, max_size=3))),
        warnings=draw(LISTS),
    )


@given(decisions())
def test_any_decision_survives_its_json(decision):
    assert from_json(json.loads(json.dumps(to_json(decision)))) == decision


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_every_sample_survives_its_json(name):
    decision = samples()[name]
    written = json.dumps(to_json(decision), ensure_ascii=False)
    again = from_json(json.loads(written))
    assert again == decision
    assert json.dumps(to_json(again), ensure_ascii=False) == written


@given(decisions())
def test_every_reason_in_the_json_carries_its_quote(decision):
    for issue in to_json(decision)["issues"]:
        assert all(r["quote"] == decision.text[r["start"] : r["end"]] for r in issue["reasons"])


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_every_span_of_a_sample_lies_in_its_text(name):
    decision = samples()[name]
    spans = [(s.start, s.end) for s in decision.sections]
    spans += [(i.start, i.end) for i in decision.issues]
    spans += [span for i in decision.issues for span in (i.outcome_span, i.rationale) if span]
    spans += [(r.start, r.end) for i in decision.issues for r in i.reasons]
    for start, end in spans:
        assert 0 <= start < end <= len(decision.text)
    assert [i.number for i in decision.issues] == list(range(len(decision.issues)))


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_reasons_stand_inside_the_rationale_in_the_reviewers_voice(name):
    for issue in samples()[name].issues:
        for reason in issue.reasons:
            assert issue.rationale[0] <= reason.start < reason.end <= issue.rationale[1]
            assert reason.voice is Voice.REVIEWER


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_the_pages_of_a_sample_tile_its_text(name):
    decision = samples()[name]
    assert "".join(decision.quote(*page) for page in decision.pages) == decision.text


def test_read_back_the_closed_words_are_values_again():
    again = from_json(json.loads(json.dumps(to_json(samples()["CM17-9000108.txt"]))))
    voices = [s.voice for s in again.sections] + [r.voice for i in again.issues for r in i.reasons]
    assert voices and {type(voice) for voice in voices} == {Voice}
    assert {type(i.outcome) for i in again.issues} == {Outcome}


def made(**parts) -> Decision:
    return Decision("d", "letter.txt", "0", "one\ntwo\nthree\n", ((0, 4), (4, 8), (8, 14)), None, "letter", **parts)


@pytest.mark.parametrize(("position", "page"), [(0, 1), (3, 1), (4, 2), (7, 2), (8, 3), (13, 3), (99, 3)])
def test_a_position_stands_on_a_page_counted_from_one(position, page):
    assert made().page_of(position) == page


def test_a_position_stands_in_one_section_or_in_none():
    first, last = Section("a", "", 0, 4, Voice.HISTORY), Section("b", "", 8, 14, Voice.REVIEWER)
    decision = made(sections=(first, last))
    assert [decision.section_at(at) for at in (0, 3, 4, 8, 14)] == [first, first, None, last, None]


def test_a_decision_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        made().text = "another"


def test_an_outcome_is_its_word():
    assert f"{Outcome.UPHELD}" == "upheld" and Outcome("unclear") is Outcome.UNCLEAR
    with pytest.raises(ValueError):
        Outcome("perhaps")
