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


HEAD = "Independent review\nCase 88-1234, decided 4/5/2019\n\nFACTS\nA 50-year-old man with pain of the right knee.\n\n"
THREE = [("MRI of the right knee", "upheld"), ("Knee brace", "overturned"), ("Acupuncture, 6 visits", "upheld")]
WAYS = {
    "a table": """Service | Decision | Why
MRI of the right knee | UPHELD | Films first.
Knee brace | OVERTURNED | It gives way.
Acupuncture, 6 visits | DENIED | None was tried.""",
    "verdicts first": """UPHELD - MRI of the right knee
Films first.

OVERTURNED - Knee brace
It gives way.

UPHELD - Acupuncture, 6 visits
None was tried.""",
    "labels under each": """ITEM IN DISPUTE #1
MRI of the right knee
DETERMINATION: NOT CERTIFIED
Films first.

ITEM IN DISPUTE #2
Knee brace
DETERMINATION: CERTIFIED
It gives way.

ITEM IN DISPUTE #3
Acupuncture, 6 visits
DETERMINATION: NOT CERTIFIED
None was tried.""",
    "questions": """Question 1: Is an MRI of the right knee medically necessary?
Answer: No. Films first.
Question 2: Is a knee brace medically necessary?
Answer: Yes. It gives way.
Question 3: Are 6 visits of acupuncture medically necessary?
Answer: No. None was tried.""",
    "bullets": """- MRI of the right knee. Affirmed. Films first.
- Knee brace. Reversed. It gives way.
- Acupuncture, 6 visits. Affirmed. None was tried.""",
    "two lists": """SERVICES
1. MRI of the right knee
2. Knee brace
3. Acupuncture, 6 visits

DISCUSSION
Films come first. It gives way. Needles were never tried.

OUTCOME
1. Upheld
2. Overturned
3. Upheld""",
    "items by number": """SERVICES
(a) MRI of the right knee
(b) Knee brace
(c) Acupuncture, 6 visits

DECISION
Items (a) and (c) are not medically necessary. Item (b) is medically necessary.""",
    "followers": """SERVICES
(a) MRI of the right knee
(b) Knee brace
(c) Acupuncture, 6 visits

DECISION
The knee gives way, so that item (b) is medically necessary. Item (a) is not medically necessary.
With (a) falls (c).""",
    "requests in prose": """DECISION
Films first. The request for an MRI of the right knee is not medically necessary. It gives way, and so the request
for a knee brace is medically necessary. None was tried: the request for acupuncture, 6 visits is not medically
necessary.""",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_services_are_told_apart_and_decided_in_every_way(way):
    decision = decided(HEAD + way)
    assert [(i.treatments, str(i.outcome)) for i in decision.issues] == [
        (("mri",), "upheld"),
        (("dme",), "overturned"),
        (("acupuncture",), "upheld"),
    ]
    assert all(issue.rationale for issue in decision.issues)
    assert decision.case_number == "88-1234" and decision.dates["decision"] == "2019-04-05"
    assert "read as 3 services" in " ".join(decision.warnings)


def test_two_clauses_decide_two_services():
    decision = decided(HEAD + "DECISION\nThe MRI is approved; the brace remains denied.")
    assert [(i.treatments, str(i.outcome)) for i in decision.issues] == [(("mri",), "overturned"), (("dme",), "upheld")]


def test_a_list_of_records_is_no_list_of_services():
    records = "RECORDS REVIEWED\n1. MRI of the knee\n2. Physical therapy notes\n\n"
    decision = decided(HEAD + records + "Service: Knee brace\n\nDECISION\nThe brace is medically necessary.")
    assert [i.service for i in decision.issues] == ["Knee brace"]


@pytest.mark.parametrize(
    ("words", "state"),
    [("Texas Department of Insurance", "TX"), ("State of California", "CA"), ("State of Ohio", None)],
)
def test_the_state_is_the_one_the_letter_names(words, state):
    assert decided(f"{words}\n{HEAD}Service: MRI of the knee\nThe MRI is denied.").jurisdiction == state
