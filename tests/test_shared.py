"""The 65 real letters, read in place where they are: every issue found and every outcome right."""

from collections import defaultdict

import pytest
from letters import SHARED, decisions_in, labels

from corpus.decision import Decision

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the shared decisions are not on this machine")


def letters() -> dict[str, Decision]:
    """The real decisions by the name the ledger gives them: case number, else file name."""
    read = {**decisions_in(SHARED / "seeds", "*.txt"), **decisions_in(SHARED / "california", "*.pdf")}
    cases = ledger()
    return {d.case_number if d.case_number in cases else name.rsplit(".", 1)[0]: d for name, d in read.items()}


def ledger() -> dict[str, list[dict]]:
    by_case = defaultdict(list)
    for row in labels(SHARED / "ledger.jsonl"):
        by_case[row["case"]].append(row)
    return by_case


def test_every_letter_is_in_the_ledger():
    assert set(letters()) == set(ledger()) and len(letters()) == 65


def test_every_letter_has_its_issues():
    assert {case: len(d.issues) for case, d in letters().items()} == {
        case: len(rows) for case, rows in ledger().items()
    }


def test_every_outcome_is_right():
    rows = [row for rows in ledger().values() for row in rows]
    wrong = [
        (row["case"], row["issue"])
        for row in rows
        if letters()[row["case"]].issues[row["issue"]].outcome != row["outcome"]
    ]
    assert len(rows) == 134 and not wrong


@pytest.mark.parametrize(
    ("label", "attribute", "floor"), [("treatment", "treatments", 0.98), ("region", "regions", 0.93)]
)
def test_treatments_and_regions_are_mostly_right(label, attribute, floor):
    pairs = [
        (set(row[label]), set(getattr(letters()[case].issues[row["issue"]], attribute)))
        for case, rows in ledger().items()
        for row in rows
    ]
    assert 2 * sum(len(a & b) for a, b in pairs) / sum(len(a) + len(b) for a, b in pairs) >= floor


def test_every_letter_is_recognised_and_warns_of_nothing():
    assert {d.kind for d in letters().values()} == {"iro", "imr"}
    assert not [case for case, d in letters().items() if "no known form" in " ".join(d.warnings)]
