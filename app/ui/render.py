"""Values -> HTML through templates that escape every word; the only place where markup is made."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from app.address import Address
from app.labels import OUTCOMES, SECTIONS, VOICES, choices, duration, field_label, value_label
from corpus.sentences import squeeze


@cache
def environment(package: str) -> Environment:
    """The templates of a package that contributes a place, and ours."""
    theirs = [PackageLoader(package, "templates")] if package != "app" else []
    found = Environment(
        loader=ChoiceLoader([*theirs, PackageLoader("app", "ui/templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "squeeze": squeeze,
        "outcome": OUTCOMES.__getitem__,
        "voice": VOICES.__getitem__,
        "section": section_label,
        "field": field_label,
        "thousands": "{:,}".format,
        "duration": duration,
    }
    found.globals |= {"value_label": value_label, "named": named, "choices": choices}
    found.globals |= {"Address": Address, "around": around}
    return found


def render(template: str, package: str = "app", /, **values: Any) -> str:
    return environment(package).get_template(template).render(**values)


def named(field: str, value: str) -> str:
    """A value where it stands alone."""
    label = value_label(field, value)
    return label[:1].upper() + label[1:]


def section_label(kind: str) -> str:
    return SECTIONS.get(kind, kind.replace("-", " ").capitalize())


def around(page: int, pages: int) -> Iterable[int | None]:
    """The page numbers a pager shows, None where it leaves some out."""
    shown = [n for n in range(1, pages + 1) if n in (1, pages) or abs(n - page) <= 2]
    for before, n in zip([0, *shown], shown, strict=False):
        if n - before > 1:
            yield None
        yield n
