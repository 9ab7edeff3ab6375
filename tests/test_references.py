"""How a passage is cited: the forms attorneys use, and what the source does not tell."""

from dataclasses import replace

import pytest
from letters import california, decided, issue, samples, texas

from app.references import reference

DENIED = issue("Lumbar MRI: Upheld")


def of(decision, number, words):
    """The reference to the page and section in which the words stand last."""
    place = decision.text.rindex(words)
    section = decision.section_at(place)
    return reference(decision, number, section.kind if section else "body", place)


def test_california_cites_the_issue_and_the_page():
    letter = california(DENIED, issue("Cervical MRI: Upheld"), "\f", issue("Knee MRI: Upheld"), case="CM16-0247274")
    expected = "Cal. IMR Case No. CM16-0247274, Final Determination (Jan. 30, 2017), Issue 3, p. 2"
    assert of(decided(letter), 2, "not medically necessary") == expected


def test_california_cites_the_section_where_no_one_issue_is_meant():
    decision = decided(california(DENIED))
    assert of(decision, None, "51 year old").endswith("Final Determination (Jan. 30, 2017), History, p. 1")


def test_texas_cites_the_analysis():
    decision = decided(texas(case="", date="July 1, 2011"))
    assert decision.case_number is None
    expected = "Tex. IRO Case No. [redacted in source], Review Dec. (July 1, 2011), Analysis, p. 1"
    assert of(decision, 0, "not medically necessary") == expected


def test_texas_names_the_issue_where_there_are_several():
    decision = decided(texas("1. MRI of the lumbar spine\n2. Acupuncture, 6 visits"))
    assert len(decision.issues) == 2
    expected = "Tex. IRO Case No. 900900, Review Dec. (Mar. 14, 2011), Issue 2, Analysis, p. 1"
    assert of(decision, 1, "not medically necessary") == expected


@pytest.mark.parametrize("number", ["XXXX", "XXX-XX-XXXX", "[redacted]", "____", "*****", "", "xxxxxx"])
def test_a_blacked_out_case_number_is_said_to_be_redacted(number):
    decision = decided(texas(case=number))
    assert of(decision, 0, "not medically").startswith("Tex. IRO Case No. [redacted in source], Review Dec. (Mar. 14,")


def test_a_date_that_is_not_there_is_said_to_be_redacted():
    decision = replace(decided(california(DENIED)), dates={"decision": None})
    assert "Final Determination (date redacted in source), Issue 1" in reference(decision, 0, "rationale", 0)


MONTHS = ("Jan.", "Feb.", "Mar.", "Apr.", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.")


@pytest.mark.parametrize(("month", "said"), enumerate(MONTHS, 1))
def test_months_are_shortened_as_lawyers_shorten_them(month, said):
    decision = replace(decided(california(DENIED)), dates={"decision": f"2017-{month:02}-05"})
    assert f"({said} 5, 2017)" in reference(decision, 0, "rationale", 0)


def test_a_letter_of_no_known_form_is_cited_by_its_file():
    decision = samples()["plain-appeal-letter.txt"]
    assert reference(decision, 0, "rationale", 0).startswith("Letter plain-appeal-letter.txt, Decision (")
