"""Facets count exactly what choosing them would list; tables turn their pages on the server."""

from collections import Counter

import pytest

from app.browse import FACETS, PAGE, facet, filters, issues, sheet
from index.catalog import ORDERS


@pytest.mark.parametrize("field", FACETS)
def test_a_facet_counts_what_its_choice_lists(index, field):
    found = facet(index.catalog, field, {})
    for value in found.values:
        assert value.count == len(index.catalog.issues(filters({field: [value.value]}))) > 0
        assert value.label and not value.chosen


@pytest.mark.parametrize("field", [f for f in FACETS if f != "outcome"])
def test_counts_go_with_what_is_chosen_in_other_facets(index, field):
    upheld = {"outcome": ["upheld"]}
    for value in facet(index.catalog, field, upheld).values:
        assert value.outcomes == {"upheld": len(index.catalog.issues(filters({**upheld, field: [value.value]})))}


def test_the_own_choice_leaves_the_other_values_to_compare(index):
    alone, chosen = facet(index.catalog, "outcome", {}), facet(index.catalog, "outcome", {"outcome": ["upheld"]})
    assert [(v.value, v.count) for v in alone.values] == [(v.value, v.count) for v in chosen.values]
    assert [v.value for v in chosen.values if v.chosen] == ["upheld"]


def test_a_choice_nobody_meets_stays_visible_with_nothing(index):
    found = facet(index.catalog, "region", {"region": ["jaw"]})
    assert [(v.value, v.count) for v in found.values if v.chosen] == [("jaw", 0)]
    assert issues(index.catalog, {"region": ["jaw"]}, "", 1).count == 0


@pytest.mark.parametrize("order", [*ORDERS, *(f"-{name}" for name in ORDERS), "", "nonsense"])
def test_every_order_lists_every_issue_once(index, order):
    first = issues(index.catalog, {}, order, 1)
    pages = [issues(index.catalog, {}, order, n) for n in range(1, first.pages + 1)]
    listed = Counter((one.decision.id, one.issue.number) for page in pages for one in page.items)
    assert first.count == len(listed) == index.catalog.counts()["issues"] and set(listed.values()) == {1}


def test_a_column_sorts_both_ways(index):
    def dates(order):
        return [one.decision.dates.get("decision") or "" for one in issues(index.catalog, {}, order, 1).items]

    assert dates("decided") == sorted(dates("decided")) == dates("-decided")[::-1]


def test_an_answer_is_paged_in_its_own_order_unless_a_column_is_named():
    items = list(range(PAGE * 2 + 3))[::-1]
    keys = {"n": lambda n: n}
    assert sheet(items, keys, "", 1).items == tuple(items[:PAGE])
    assert sheet(items, keys, "n", 1).items == tuple(range(PAGE))
    assert len(sheet(items, keys, "-n", 3).items) == 3
    assert sheet(items, keys, "", 99).page == 3 and sheet([], keys, "", 1).pages == 1
