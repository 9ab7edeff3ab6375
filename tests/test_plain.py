"""Letters of no known form: what can be told is told, what cannot is null or unclear, and nothing raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters import LAYOUTS, decided

from corpus.read import Unreadable

APPEAL = """Second Level Appeals

March 3, 2018

Reference number: 77-1234
Service: MRI of the right knee
Dear Ms. O.,

WHAT HAPPENED
The member is a 37-year-old woman. The plan denied the scan in January.

WHAT OUR POLICY SAYS
A scan must follow six weeks of exercise.

REASONS FOR THE DECISION
The knee locks and gives way. {verdict}

Sincerely,
The Committee
"""


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_no_layout_changes_what_was_decided(layout):
    decision = decided(layout(APPEAL.format(verdict="The scan is medically necessary.")))
    (issue,) = decision.issues
    assert (decision.kind, decision.jurisdiction) == ("letter", None)
    assert (decision.case_number, decision.dates["decision"]) == ("77-1234", "2018-03-03")
    assert (issue.service, issue.treatments, issue.regions, issue.side) == (
        "MRI of the right knee",
        ("mri",),
        ("knee",),
        "right",
    )
    assert issue.outcome == "overturned"
    assert decision.patient == {"age": 37, "sex": "female"}


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        ("The scan is not medically necessary.", "upheld"),
        ("The denial is overturned.", "overturned"),
        ("The scan is medically necessary; the sedation is not.", "mixed"),
        ("Call us with any question.", "unclear"),
    ],
)
def test_the_prose_gives_the_outcome_or_leaves_it_unclear(verdict, outcome):
    decision = decided(APPEAL.format(verdict=verdict))
    assert decision.issues[0].outcome == outcome
    assert ("the outcome is not stated plainly" in decision.warnings) is (outcome == "unclear")


def test_the_outcome_is_quoted_from_the_letter():
    decision = decided(APPEAL.format(verdict="The scan is not medically necessary."))
    assert decision.quote(*decision.issues[0].outcome_span) == "The scan is not medically necessary."


def test_headings_give_story_policy_and_reasons_their_voices():
    voices = {s.heading: str(s.voice) for s in decided(APPEAL).sections}
    assert voices["WHAT HAPPENED"] == "history"
    assert voices["WHAT OUR POLICY SAYS"] == "guideline"
    assert voices["REASONS FOR THE DECISION"] == "reviewer"


def test_the_rationale_is_the_argument_and_not_the_story():
    decision = decided(APPEAL)
    rationale = decision.quote(*decision.issues[0].rationale)
    assert "gives way" in rationale and "six weeks of exercise" not in rationale


def test_without_a_label_the_first_treatment_named_is_the_service():
    (issue,) = decided("Dear Sir,\nyou asked about acupuncture for your neck. We said no.\n").issues
    assert (issue.service, issue.treatments) == ("acupuncture", ("acupuncture",))


def test_the_date_of_the_injury_is_not_the_date_of_the_decision():
    decision = decided("Service: MRI of the knee\nDate of injury: 1/16/2013\nThe MRI is not medically necessary.\n")
    assert decision.dates["decision"] is None


def test_a_number_is_read_without_what_follows_it():
    assert decided("Claim number: 77-1234 DATE OF REVIEW\nThe MRI is denied.\n").case_number == "77-1234"


@pytest.mark.parametrize("text", ["x", "?\n", "Hello.\n" * 3, "IRO\n", "Independent Medical Review\n", "1)\n2)\n"])
def test_next_to_nothing_is_one_unclear_issue_with_a_warning(text):
    decision = decided(text)
    (issue,) = decision.issues
    assert (issue.outcome, decision.case_number) == ("unclear", None)
    assert decision.warnings


@given(st.text(min_size=1).filter(str.strip))
def test_no_text_at_all_makes_the_parser_fail(text):
    try:
        decision = decided(text)
    except Unreadable:
        return
    for issue in decision.issues:
        assert 0 <= issue.start <= issue.end <= len(decision.text)


@given(st.permutations(APPEAL.split("\n\n")))
def test_parts_in_any_order_still_name_the_service(parts):
    assert decided("\n\n".join(parts)).issues[0].service == "MRI of the right knee"
