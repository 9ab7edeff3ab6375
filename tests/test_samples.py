"""The sixty sample letters against their gold: floors that a change may raise and must not lower."""

from collections import defaultdict

import pytest
from letters import SAMPLES, labels, samples

from corpus.parse import decision_from
from corpus.sentences import squeeze

# What the parsers reach today over all sixty letters and 126 issues; raise these when the parsers get better.
COUNTS, OUTCOMES, TREATMENTS, REGIONS = 60, 125, 0.98, 0.93


def gold() -> dict[str, list[dict]]:
    by_file = defaultdict(list)
    for row in labels(*sorted(SAMPLES.glob("gold-*.jsonl"))):
        by_file[row["file"]].append(row)
    return by_file


def pairs() -> list[tuple[dict, object]]:
    """Each gold row with the issue of its number, or None where the letter was cut up otherwise."""
    issues = {(name, i.number): i for name, decision in samples().items() for i in decision.issues}
    return [(row, issues.get((name, row["issue"]))) for name, rows in gold().items() for row in rows]


def f1(label: str, attribute: str) -> float:
    hits = total = 0
    for row, issue in pairs():
        wanted, got = set(row[label]), set(getattr(issue, attribute)) if issue else set()
        hits += len(wanted & got)
        total += len(wanted) + len(got)
    return 2 * hits / total


def test_every_sample_has_gold_and_every_gold_row_a_sample():
    assert set(gold()) == set(samples()) and len(samples()) == 60
    assert all([row["issue"] for row in rows] == list(range(len(rows))) for rows in gold().values())


def test_every_quote_of_the_gold_stands_in_its_letter():
    for name, rows in gold().items():
        text = squeeze(samples()[name].text)
        assert all(squeeze(reason["quote"]) in text for row in rows for reason in row["reasons"]), name


def test_issues_are_counted_right():
    right = [name for name, rows in gold().items() if len(samples()[name].issues) == len(rows)]
    assert len(right) >= COUNTS


def test_outcomes_are_right():
    assert sum(issue is not None and issue.outcome == row["outcome"] for row, issue in pairs()) >= OUTCOMES


def test_treatments_and_regions_are_mostly_right():
    assert f1("treatment", "treatments") >= TREATMENTS
    assert f1("region", "regions") >= REGIONS


def test_no_outcome_is_turned_into_its_opposite():
    plain = {"upheld", "overturned"}
    inverted = [
        (row["file"], row["issue"]) for row, issue in pairs() if issue and {row["outcome"], str(issue.outcome)} == plain
    ]
    assert not inverted


@pytest.mark.parametrize(
    "name",
    [name for name, rows in gold().items() if rows[0]["case"] in (SAMPLES / name).read_text("utf-8")],
)
def test_a_printed_case_number_is_read(name):
    assert samples()[name].case_number == gold()[name][0]["case"]


def test_a_case_number_that_is_not_printed_is_null():
    unprinted = [d for name, d in samples().items() if gold()[name][0]["case"] not in d.text]
    assert unprinted and {d.case_number for d in unprinted} == {None}


@pytest.mark.parametrize("name", ["CM17-9000108.txt", "IRO-900104.txt", "plain-external-review.txt"])
def test_the_same_file_is_always_the_same_decision(name):
    assert decision_from(SAMPLES / name) == samples()[name]
