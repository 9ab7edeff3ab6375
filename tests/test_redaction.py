"""What a letter masks is told apart from what it does not say."""

import pytest
from letters import california, decided, texas


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Date of Injury: xx/xx/xxxx", "dates.injury"),
        ("Date of Injury: XX-XX-XX", "dates.injury"),
        ("Date of Injury: [redacted]", "dates.injury"),
        ("Date of Injury:", "dates.injury"),
        ("Date of Injury: ██████", "dates.injury"),
        ("Date Assigned:   UR Denial Date: 4/2/2015", "dates.assigned"),
        ("He was injured at work on xx/xx/xx.", "dates.injury"),
    ],
)
def test_a_masked_value_is_redacted(line, name):
    decision = decided(california(dates=line))
    assert name in decision.redacted
    assert decision.dates[name.removeprefix("dates.")] is None


@pytest.mark.parametrize("line", ["", "Priority: Standard", "Date of Injury: 5/6/2011", "Date of Injury\n5/6/2011"])
def test_what_is_not_masked_is_not_redacted(line):
    assert "dates.injury" not in decided(california(dates=line)).redacted


def test_case_number_and_age():
    decision = decided(texas(case="", history="An XX-year-old man with pain."))
    assert {"case_number", "patient.age"} <= set(decision.redacted)
    assert not {"case_number", "patient.age"} & set(decided(texas()).redacted)
