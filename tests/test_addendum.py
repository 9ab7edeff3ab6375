"""An addendum that changes the outcome is the outcome."""

import pytest
from letters import california, decided, issue, texas

NEW = "The missing note has come. The MRI is medically necessary and the denial is overturned."


@pytest.mark.parametrize("heading", ["ADDENDUM", "ADDENDUM of 03/19/2018", "AMENDED DECISION", "CORRECTION:"])
@pytest.mark.parametrize("letter", [texas(), california(issue("Lumbar MRI: Upheld"))])
def test_the_addendum_decides(letter, heading):
    assert decided(letter).issues[0].outcome == "upheld"
    decision = decided(f"{letter}\n{heading}\n{NEW}\n")
    assert decision.issues[0].outcome == "overturned"
    assert "overturned" in decision.quote(*decision.issues[0].outcome_span)
    assert any("addendum" in warning for warning in decision.warnings)


def test_of_several_services_it_changes_the_one_it_names():
    letter = california(issue("Lumbar MRI: Upheld"), issue("Acupuncture, 6 visits: Upheld"))
    decision = decided(f"{letter}\nADDENDUM\nThe MRI is medically necessary.\n")
    assert [str(i.outcome) for i in decision.issues] == ["overturned", "upheld"]


@pytest.mark.parametrize("said", ["The spelling of the name was corrected.", "The MRI is not medically necessary."])
def test_an_addendum_that_changes_nothing_warns_of_nothing(said):
    decision = decided(f"{texas()}\nADDENDUM\n{said}\n")
    assert decision.issues[0].outcome == "upheld" and not decision.warnings
