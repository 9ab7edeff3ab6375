"""For whoever extends `terms.toml`: what makes a word of it ambiguous, and what a phrase is read as."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.terms import (
    code_range,
    codes_in,
    form_words,
    label,
    levels_in,
    regions_in,
    service_treatments,
    services,
    side_in,
    treatment_of,
)

# The tables whose forms are looked for together: within one group a form must mean one thing.
_GROUPS = (
    ("treatment", "rider", "twofold", "drug"),
    ("region",),
    ("limb",),
    ("guideline",),
    ("chapter",),
    ("specialty",),
)
TERMS = Path(__file__).with_name("terms.toml")
_KEYS = {"label", "forms", "codes", "treatment", "treatments"}


def faults(path: Path) -> list[str]:
    """Every fault of a list of terms, a sentence each."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return [f"{path.name} is not TOML: {error}; a missing quote or comma is the usual cause"]
    return [*_odd_entries(tables), *_ambiguous_forms(tables), *_ambiguous_codes(tables)]


def _odd_entries(tables: dict[str, Any]) -> Iterator[str]:
    for kind, table in tables.items():
        for name, entry in table.items():
            for key in sorted(set(entry) - _KEYS):
                yield f"[{kind}.{name}] has a key {key!r}; known are {', '.join(sorted(_KEYS))}"
            for form in entry.get("forms", []):
                if not form_words(form):
                    yield f"[{kind}.{name}] has a form without a word: {form!r}; take it out"
            meant = [*entry.get("treatments", []), *([entry["treatment"]] if "treatment" in entry else [])]
            for treatment in meant:
                if treatment not in tables.get("treatment", {}):
                    yield f"[{kind}.{name}] stands for the treatment {treatment!r}, which has no table of its own"


def _ambiguous_forms(tables: dict[str, Any]) -> Iterator[str]:
    """Forms, plurals included, that stand under two entries which are looked for together."""
    for group in _GROUPS:
        places: dict[str, set[str]] = defaultdict(set)
        for kind in group:
            for name, entry in tables.get(kind, {}).items():
                for form in [*entry.get("forms", []), *([name.replace("-", " ")] if kind == "drug" else [])]:
                    for words in form_words(form):
                        places[" ".join(words)].add(f"[{kind}.{name}]")
        for phrase, found in places.items():
            if len(found) > 1:
                yield f"“{phrase}” stands under {' and '.join(sorted(found))}; leave it under one of them"


def _ambiguous_codes(tables: dict[str, Any]) -> Iterator[str]:
    places: dict[str, set[str]] = defaultdict(set)
    for name, entry in tables.get("treatment", {}).items():
        for code in entry.get("codes", []):
            try:
                for single in code_range(code):
                    places[single].add(f"[treatment.{name}]")
            except ValueError as error:
                yield str(error)
    for code, found in places.items():
        if len(found) > 1:
            yield f"the code {code} stands under {' and '.join(sorted(found))}; leave it under one of them"


def reading(phrase: str) -> list[tuple[str, str, str]]:
    """What a phrase is read as: kind, value, and the words it was read from."""
    found = []
    for term in services().find(phrase, any_case=True):
        value = term.value if term.kind != "drug" else f"{term.value} ({label('treatment', treatment_of(term))})"
        found.append((term.kind, value, term.form))
    found += [("region", region, "") for region in regions_in(phrase)]
    found += [("level", level, "") for level in levels_in(phrase)]
    found += [("side", side, "") for side in [side_in(phrase)] if side]
    found += [("code", code, "") for code in codes_in(phrase)]
    return [("as a service", " and ".join(label("treatment", t) for t in service_treatments(phrase)), ""), *found]
