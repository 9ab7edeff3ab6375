"""California IMR letters in odd shapes: wrapped titles with full stops, verdicts on their own line, old forms."""

from itertools import pairwise

import pytest
from letters import LAYOUTS, NECESSARY, UNNECESSARY, california, decided, issue, samples

from corpus.california import recognises
from corpus.read import document


def rows(text: str) -> list[tuple[str, str]]:
    return [(i.service, str(i.outcome)) for i in decided(text).issues]


THREE = california(
    issue("Cervical MRI: Upheld", "No weakness was found. " + UNNECESSARY),
    issue("Norco 10/325mg #60: Overturned", "The drug helps. " + NECESSARY),
    issue("Acupuncture, 6 visits: Partially Overturned", "Three visits are enough."),
)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_no_layout_changes_what_was_decided(layout):
    decision = decided(layout(THREE))
    assert (decision.jurisdiction, decision.kind, decision.case_number) == ("CA", "imr", "CM16-9900001")
    assert decision.dates | {"received": None} == {
        "decision": "2017-01-30",
        "injury": "2011-05-06",
        "assigned": "2017-01-03",
        "received": None,
        "ur_denial": "2016-12-01",
    }
    assert decision.patient == {"age": 51, "sex": "female"}
    assert decision.reviewer["licensure"] == ["California"]
    assert [(i.number, i.service, str(i.outcome)) for i in decision.issues] == [
        (0, "Cervical MRI", "upheld"),
        (1, "Norco 10/325mg #60", "overturned"),
        (2, "Acupuncture, 6 visits", "mixed"),
    ]


def test_every_issue_has_its_own_words_and_sources():
    decision = decided(THREE)
    assert [decision.quote(*i.rationale).split(".")[0] for i in decision.issues] == [
        "No weakness was found",
        "The drug helps",
        "Three visits are enough",
    ]
    verdicts = [decision.quote(*i.outcome_span) for i in decision.issues]
    assert verdicts == ["Upheld", "Overturned", "Partially Overturned"]
    assert all(i.guidelines == {"administrator": ["MTUS"], "reviewer": ["ODG"]} for i in decision.issues)
    assert all(i.service in decision.quote(i.start, i.end) for i in decision.issues)


LONG_REQUEST = (
    "Physical therapy 2x6 was the original request. The Claims Administrator authorized 4 visits. "
    "The remaining portion of the original request of 8 visits of physical therapy is: Upheld"
)


@pytest.mark.parametrize(
    ("title", "service", "outcome"),
    [
        ("Cervical MRI: Upheld", "Cervical MRI", "upheld"),
        ("Cervical MRI:  UPHELD", "Cervical MRI", "upheld"),
        ("Cervical MRI:\nOverturned", "Cervical MRI", "overturned"),
        ("Cervical MRI:\n\nOverturned", "Cervical MRI", "overturned"),
        ("1. Cervical MRI: Upheld", "Cervical MRI", "upheld"),
        ("Issue #1: Cervical MRI: Upheld", "Cervical MRI", "upheld"),
        ("1) Regarding the request for cervical MRI: Upheld", "cervical MRI", "upheld"),
        ("Decision for Cervical MRI: Upheld", "Cervical MRI", "upheld"),
        ("Norco 10/325mg, 1 tab\nby mouth, #60: Upheld", "Norco 10/325mg, 1 tab by mouth, #60", "upheld"),
        ("Norco 5 mg. 1 tab\np.o. q.h.s. #30: Overturned", "Norco 5 mg. 1 tab p.o. q.h.s. #30", "overturned"),
        ("Norco 5 mg. 1 tab p.o. q.h.s.\n#30: Overturned", "Norco 5 mg. 1 tab p.o. q.h.s. #30", "overturned"),
        ("MRI, i.e. of the neck\n(C3-C7), plain: Upheld", "MRI, i.e. of the neck (C3-C7), plain", "upheld"),
        ("MRI of the neck (C3-C7)\nwithout contrast: Upheld", "MRI of the neck (C3-C7) without contrast", "upheld"),
        ("Cervical MRI: Modified", "Cervical MRI", "mixed"),
        ("Cervical MRI - Upheld", "Cervical MRI", "upheld"),
        ("Three blocks: Overturned (one block only)", "Three blocks", "mixed"),
        ("Is the requested MRI medically necessary?\nDecision: Upheld", "MRI", "upheld"),
        ("Cervical MRI is not medically necessary", "Cervical MRI", "upheld"),
        (LONG_REQUEST, "8 visits of physical therapy", "upheld"),
    ],
)
def test_a_title_gives_service_and_outcome_even_as_the_second_of_the_letter(title, service, outcome):
    before = issue("Gym membership: Upheld", "He may walk at home. " + UNNECESSARY)
    assert rows(california(issue(title))) == [(service, outcome)]
    assert rows(california(before, issue(title))) == [("Gym membership", "upheld"), (service, outcome)]


@pytest.mark.parametrize(
    "ending",
    [
        UNNECESSARY,
        "Therefore, it is not necessary (see above).",
        'He wrote "no relief."',
        "The dose of 10 mg was too high.",
    ],
)
def test_a_title_never_eats_the_end_of_the_rationale_before_it(ending):
    decision = decided(california(issue("Gym membership: Upheld", ending), issue("Cervical MRI: Upheld")))
    assert decision.issues[1].service == "Cervical MRI"
    assert decision.quote(*decision.issues[0].rationale) == ending


def test_a_page_break_inside_a_rationale_does_not_end_it():
    text = california(issue("Cervical MRI: Upheld", "No weakness\n\f\nwas found. " + UNNECESSARY), issue("CT: Upheld"))
    decision = decided(text)
    assert [i.service for i in decision.issues] == ["Cervical MRI", "CT"]
    assert decision.quote(*decision.issues[0].rationale).endswith(UNNECESSARY)


def test_the_administrator_named_in_a_rationale_opens_no_service():
    said = "It helped.\nThe Claims Administrator based its denial on an old note. " + NECESSARY
    decision = decided(california(issue("Gym membership: Overturned", said), issue("Cervical MRI: Upheld")))
    assert [decision.quote(*i.rationale) for i in decision.issues] == [said, UNNECESSARY]


def test_a_service_without_the_administrators_statement_is_still_one():
    first = issue("Gym membership: Overturned").split("\n")
    assert rows(california("\n".join([first[0], *first[2:]]), issue("CT: Upheld"))) == [
        ("Gym membership", "overturned"),
        ("CT", "upheld"),
    ]


def test_what_follows_the_last_rationale_is_no_part_of_it():
    decision = decided(california() + "\nPROOF OF SERVICE BY MAIL\nI served this letter.\n")
    assert decision.quote(*decision.issues[0].rationale) == UNNECESSARY


@pytest.mark.parametrize(
    "label",
    ["Decision rationale:", "Rationale:", "Rationale for the decision:", "The Expert Reviewer’s decision rationale:"],
)
def test_the_label_of_the_rationale_varies(label):
    text = california(issue("Cervical MRI: Upheld", "No weakness was found.", label=label))
    decision = decided(text)
    assert decision.quote(*decision.issues[0].rationale) == "No weakness was found."


@pytest.mark.parametrize(
    "body",
    [
        "IMR ISSUES, DECISIONS AND RATIONALES",
        "IMR DECISION(S) AND RATIONALE(S)",
        "IMR Issues, Decisions\nand Rationales",
        "IMR DECISIONS AND RATIONALES",
    ],
)
def test_the_heading_of_the_decisions_varies(body):
    assert rows(california(body=body)) == [("Cervical MRI", "upheld")]


QUESTIONS = (
    "Independent Medical Review\nCase Number: CM16-9900002\nISSUES AT DISPUTE\n{services}\n"
    "CASE SUMMARY\nA woman of 51 years.\nGUIDELINES CONSULTED\nODG\n{rationales}\n"
    "REVIEWER'S QUALIFICATIONS\nA neurologist.\n"
)


def test_the_form_that_lists_first_and_argues_later_gives_each_service_its_own_argument():
    text = QUESTIONS.format(
        services="1. Cervical MRI\n2. Acupuncture, 6 visits",
        rationales=(
            "RATIONALE FOR WHY THE MRI IS NOT MEDICALLY NECESSARY\nNo weakness. The MRI is not medically necessary.\n"
            "RATIONALE FOR WHY THE ACUPUNCTURE IS MEDICALLY NECESSARY\nIt helped. Acupuncture is medically necessary."
        ),
    )
    assert rows(text) == [("Cervical MRI", "upheld"), ("Acupuncture, 6 visits", "overturned")]


def test_the_heading_of_the_rationale_may_wrap_over_a_blank_line():
    heading = "RATIONALE FOR WHY THE REQUESTED TREATMENT/SERVICE IS OR IS NOT\n\nMEDICALLY NECESSARY:"
    text = QUESTIONS.format(services="Cervical MRI", rationales=f"{heading}\nNo weakness. {UNNECESSARY}")
    assert (decided(text).kind, rows(text)) == ("imr", [("Cervical MRI", "upheld")])


def test_prose_decides_where_the_title_carries_no_verdict():
    old = california(
        issue("1) Regarding the request for cervical MRI:", "Weakness is new. " + NECESSARY),
        issue("2) Regarding the request for acupuncture:", "It was tried. " + UNNECESSARY),
    )
    assert rows(old) == [("cervical MRI", "overturned"), ("acupuncture", "upheld")]


def test_an_outcome_nobody_states_is_unclear_without_a_span():
    (only,) = decided(california(issue("Cervical MRI:", "The neck was looked at."))).issues
    assert (only.outcome, only.outcome_span) == ("unclear", None)


def test_a_verdict_in_the_history_is_not_the_outcome():
    history = "Utilization review found the MRI medically necessary, then the denial was upheld on 1/2/2016."
    assert rows(california(issue("Cervical MRI: Overturned"), history=history)) == [("Cervical MRI", "overturned")]


def test_a_letter_that_lost_its_header_keeps_its_issues_and_its_nulls():
    text = california()
    decision = decided(text[text.index("CLINICAL CASE SUMMARY") :])
    assert (decision.kind, decision.case_number) == ("imr", None)
    assert set(decision.dates.values()) == {None}
    assert len(decision.issues) == 1


@pytest.mark.parametrize("dates", ["Date Assigned:\nDate of Injury: xx/xx/2011\nDecision Date: REDACTED", ""])
def test_redacted_dates_are_null(dates):
    assert set(decided(california(dates=dates)).dates.values()) == {None}


def test_each_part_of_an_issue_is_a_section_in_its_voice():
    decision = decided(THREE)
    parts = [(s.kind, str(s.voice)) for s in decision.sections if s.issue == 1]
    assert parts == [
        ("service", "unknown"),
        ("administrator-guideline", "guideline"),
        ("reviewer-guideline", "guideline"),
        ("rationale", "reviewer"),
    ]


def test_sections_come_in_order_and_never_overlap():
    sections = decided(THREE).sections
    assert all(a.end <= b.start for a, b in pairwise(sections))


def test_a_texas_letter_is_not_californian():
    text = "IRO CASE #: 1\nIndependent Medical Review\n"
    assert not recognises(document("x", text.encode(), [text]))


def test_every_california_sample_is_recognised():
    californian = [d for name, d in samples().items() if name.startswith("CM")]
    assert len(californian) >= 33 and {d.kind for d in californian} == {"imr"}


def test_a_numbered_title_with_nothing_but_a_sentence_behind_it_is_a_service():
    said = "The request is {} and appropriate."
    stated = (
        "{n}. {title} is {verdict} and appropriate.\nThe Claims Administrator based its decision on the MTUS.\n"
        "The Physician Reviewer based his/her decision on the MTUS.\n"
        "The Physician Reviewer's decision rationale: {said}"
    )
    no, yes = "not medically necessary", "medically necessary"
    body = (
        stated.format(n=1, title="Left knee arthroscopy", verdict=no, said=said.format(no)),
        f"2. Assistant surgeon is {no} and appropriate.\nSince the surgery is {no}, no associated service is.",
        stated.format(n=3, title="Knee brace", verdict=yes, said=said.format(yes)),
    )
    decision = decided(california(*body, body="IMR DECISION(S) AND RATIONALE(S)"))
    assert [(i.service, str(i.outcome)) for i in decision.issues] == [
        ("Left knee arthroscopy", "upheld"),
        ("Assistant surgeon", "upheld"),
        ("Knee brace", "overturned"),
    ]
    assert decision.quote(*decision.issues[1].rationale).startswith("Since the surgery")
