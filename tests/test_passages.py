"""Passages: every one is the letter's own words, in one voice, of one issue, and short enough to be encoded whole."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from letters import NECESSARY, SAMPLE_NAMES, UNNECESSARY, california, decided, issue, samples, texas

from corpus.decision import Decision, Voice
from corpus.passages import passages
from corpus.sentences import sentences, squeeze

LONGEST, LONGEST_SENTENCE = 800, 1500
# Where the form's own label of a rationale stands between two parts, nothing is lost by leaving it out.
LABEL = re.compile(
    r"(?:The (?:Physician|Expert) Reviewer[’']s )?decision rationale:|rationale:|Final Determination Letter for .* \d+",
    re.IGNORECASE,
)


def own_rationales(decision: Decision) -> bool:
    """Does each issue have a rationale of its own, apart from the others'?"""
    spans = sorted(i.rationale for i in decision.issues if i.rationale)
    return len(spans) == len(decision.issues) and all(a[1] <= b[0] for a, b in pairwise(spans))


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_every_passage_is_its_span_on_one_line(name):
    decision = samples()[name]
    for passage in passages(decision):
        assert passage.text == squeeze(decision.quote(passage.start, passage.end)) != ""
        assert passage.decision == decision.id


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_passages_come_in_order_and_leave_out_nothing_but_labels_and_running_lines(name):
    decision, at, left_out = samples()[name], 0, []
    for start, end in dict.fromkeys((p.start, p.end) for p in passages(decision)):
        assert start >= at
        left_out.append(squeeze(decision.text[at:start]))
        at = end
    left_out.append(squeeze(decision.text[at:]))
    assert not [words for words in left_out if words and not LABEL.fullmatch(words)]


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_each_place_is_there_once_for_an_issue(name):
    places = [(p.start, p.end, p.issue) for p in passages(samples()[name])]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_a_passage_is_of_every_issue_whose_rationale_holds_it(name):
    decision = samples()[name]
    for passage in passages(decision):
        holders = {
            i.number for i in decision.issues if i.rationale and i.rationale[0] <= passage.start < i.rationale[1]
        }
        owners = {p.issue for p in passages(decision) if (p.start, p.end) == (passage.start, passage.end)}
        assert owners == holders or not holders


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_no_passage_is_too_long_unless_a_single_sentence_is(name):
    decision = samples()[name]
    for passage in passages(decision):
        assert len(passage.text) <= LONGEST_SENTENCE
        single = len(sentences(decision.text, passage.start, passage.end)) == 1
        assert len(passage.text) <= LONGEST or single


def test_a_very_long_rationale_is_cut_between_sentences():
    cut = passages(decided(texas(analysis="The patient has no weakness of the left leg. " * 200)))
    rationale = [p for p in cut if p.section == "rationale"]
    assert len(rationale) > 10
    assert all(p.text.endswith("leg.") and len(p.text) <= LONGEST for p in rationale)


def test_a_sentence_without_end_is_cut_too():
    assert max(len(p.text) for p in passages(decided(texas(analysis="weak " * 2000)))) <= LONGEST_SENTENCE


def test_each_voice_has_its_own_passages():
    analysis = (
        "ODG recommends imaging only for weakness. The carrier denied the scan for want of weakness. "
        "The surgeon argues that weakness is plain. The patient has no weakness. The patient's reflexes are equal."
    )
    found = [(p.voice, p.text) for p in passages(decided(texas(analysis=analysis))) if p.section == "rationale"]
    order = [Voice.GUIDELINE, Voice.UTILIZATION_REVIEW, Voice.PROVIDER, Voice.REVIEWER]
    assert [voice for voice, _ in found] == order
    assert found[-1][1] == "The patient has no weakness. The patient's reflexes are equal."


def test_history_form_and_reviewer_are_never_mixed_up():
    by_section = {p.section: p.voice for p in passages(decided(texas()))}
    assert by_section["history"] is Voice.HISTORY
    assert by_section["criteria"] is Voice.BOILERPLATE
    assert by_section["rationale"] is Voice.REVIEWER


def test_a_retold_denial_in_the_history_is_not_the_reviewers():
    history = "He fell. The claims administrator denied the scan since no radiculopathy was found."
    (denial,) = [p for p in passages(decided(texas(history=history))) if "claims administrator" in p.text]
    assert denial.voice is Voice.UTILIZATION_REVIEW


def test_parts_of_a_california_letter_know_their_issue():
    decision = decided(california(issue("Cervical MRI: Upheld", UNNECESSARY), issue("CT: Overturned", NECESSARY)))
    parts = [(p.issue, p.section) for p in passages(decision) if p.issue is not None]
    assert parts == [
        (number, section)
        for number in (0, 1)
        for section in ("service", "administrator-guideline", "reviewer-guideline", "rationale")
    ]


def test_in_a_letter_of_one_service_the_argument_is_its_own():
    assert {p.issue for p in passages(decided(texas())) if p.section in ("rationale", "outcome", "dispute")} == {0}


def test_an_argument_shared_by_all_services_is_there_for_each():
    decision = decided(texas("1. Lumbar MRI\n2. Acupuncture", analysis="Nothing is documented."))
    shared = [(p.issue, p.text) for p in passages(decision) if p.section == "rationale"]
    assert [number for number, _ in shared] == [0, 1] and len({text for _, text in shared}) == 1


def test_an_issue_without_a_rationale_has_the_passage_that_names_it():
    whole = decided(texas("1. Lumbar MRI\n2. Acupuncture"))
    decision = replace(whole, issues=tuple(replace(i, rationale=None) for i in whole.issues))
    named = {p.issue: p.text for p in passages(decision) if p.issue is not None}
    assert "Lumbar MRI" in named[0] and "Acupuncture" in named[1]


def test_the_argument_of_a_letter_of_no_known_form_is_its_issues():
    decision = decided("Dear Sir,\n\nHISTORY:\nHe fell.\n\nRATIONALE:\nThe knee MRI is not medically necessary.\n")
    assert [(p.issue, p.text) for p in passages(decision)][-1] == (
        0,
        "RATIONALE: The knee MRI is not medically necessary.",
    )


def test_no_passage_crosses_from_one_issues_rationale_into_the_next():
    analysis = "The MRI shows nothing. Acupuncture did not help."
    decision = decided(texas("1. Lumbar MRI\n2. Acupuncture", analysis=analysis))
    assert own_rationales(decision)
    borders = {i.rationale[0] for i in decision.issues[1:]}
    assert not [p for p in passages(decision) for border in borders if p.start < border < p.end]


def test_every_issue_with_a_rationale_of_its_own_has_passages_of_its_own():
    lost = [
        (name, i.number)
        for name, decision in samples().items()
        if own_rationales(decision)
        for i in decision.issues
        if not any(p.issue == i.number and p.section in ("rationale", "body") for p in passages(decision))
    ]
    assert not lost
