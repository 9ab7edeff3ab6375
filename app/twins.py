"""Is the pasted case one of the letters in the index? Told by its own runs of words, not by what all letters share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from corpus.sentences import quoted
from index.search import Index

_WORD = re.compile(r"[a-z0-9]+")
_RUN = 6  # words; shorter runs are shared by letters about the same treatment
_LETTERS = 12  # the nearest by their story are looked at
_COMMON = 2  # a run that more of these letters have is a form's or a guideline's
_SAME, _FEWEST = 0.35, 12  # share of the shorter text's own runs (0.43 with its drugs blacked out), how many at least


def twins_of(index: Index, text: str, decisions: Iterable[str]) -> tuple[str, ...]:
    """Those of the decisions that hold most of the case's own words, or whose own words the case holds."""
    letters = {id_: _runs(index.catalog.decision(id_).text) for id_ in islice(decisions, _LETTERS)}
    times = Counter(run for runs in letters.values() for run in runs)
    common = {run for run, n in times.items() if n > _COMMON}
    case = _runs(_own(text)) - common
    return tuple(id_ for id_, runs in letters.items() if _same(case, runs - common))


def _own(text: str) -> str:
    """The case without its quotations: an appeal may quote the letters it relies on."""
    kept = [0, *(place for span in quoted(text) for place in span), len(text)]
    return " ".join(text[a:b] for a, b in zip(kept[::2], kept[1::2], strict=True))


def _same(case: set[int], letter: set[int]) -> bool:
    both = len(case & letter)
    return both >= _FEWEST and both >= _SAME * min(len(case), len(letter))


def _runs(text: str) -> set[int]:
    words = _WORD.findall(text.lower())
    return {hash(tuple(words[n : n + _RUN])) for n in range(len(words) - _RUN + 1)}
