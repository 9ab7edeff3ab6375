"""The whole index by its facets: live counts, one page of issues in any order, tallies for charts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.labels import field_label, value_label
from corpus.decision import Decision, Issue
from index.catalog import ORDERS, Catalog, Filter

FACETS = ("jurisdiction", "outcome", "treatment", "region", "reason", "guideline", "specialty", "year")
CHARTED = ("year", "treatment", "reason")
PAGE = 25
Chosen = Mapping[str, Sequence[str]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet: how many issues have it beside everything else that is chosen, by outcome."""

    value: str
    label: str
    outcomes: dict[str, int]
    chosen: bool

    @property
    def count(self) -> int:
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet with its values, the most frequent first; years in their order."""

    field: str
    label: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Sheet(Generic[T]):
    """One page of many."""

    items: tuple[T, ...]
    count: int
    page: int
    size: int = PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // self.size))


@dataclass(frozen=True, slots=True)
class Listed:
    """An issue with its letter, for a table."""

    decision: Decision
    issue: Issue


def filters(chosen: Chosen, *skip: str) -> list[Filter]:
    """The chosen values as conditions; values of one facet are alternatives."""
    return [Filter(field, tuple(values)) for field, values in chosen.items() if values and field not in skip]


def facet(catalog: Catalog, field: str, chosen: Chosen) -> Facet:
    """A facet's values among the issues that meet every other facet's choice."""
    outcomes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for value, outcome, count in catalog.tally(field, filters(chosen, field)):
        outcomes[value][outcome] += count
    wanted = set(chosen.get(field, ()))
    for value in wanted:
        outcomes[value] += Counter()
    values = [Value(v, value_label(field, v), dict(by), v in wanted) for v, by in outcomes.items()]
    if field == "year":
        values.sort(key=lambda v: v.value)
    else:
        values.sort(key=lambda v: (-v.count, v.label))
    return Facet(field, field_label(field), tuple(values))


def issues(catalog: Catalog, chosen: Chosen, order: str, page: int) -> Sheet[Listed]:
    """A page of the issues that meet every choice, sorted by a column; a minus before its name turns it round."""
    column = order.removeprefix("-")
    column = column if column in ORDERS else "case"
    conditions = filters(chosen)
    count, rows = catalog.page(conditions, column, order.startswith("-"), PAGE, (page - 1) * PAGE)
    return Sheet(tuple(Listed(catalog.decision(r.decision), catalog.issue(r)) for r in rows), count, page)


def sheet(items: Sequence[T], keys: Mapping[str, Callable[[T], Any]], order: str, page: int) -> Sheet[T]:
    """A page of what an answer lists; the answer's own order where no column is named."""
    column = order.removeprefix("-")
    if column in keys:
        items = sorted(items, key=keys[column], reverse=order.startswith("-"))
    page = min(page, max(1, -(-len(items) // PAGE)))
    return Sheet(tuple(items[(page - 1) * PAGE : page * PAGE]), len(items), page)


def totals(values: Iterable[Value]) -> int:
    """The longest bar of a chart."""
    return max((v.count for v in values), default=1) or 1
