"""`cues.toml` compiled: which criterion a sentence speaks of, whether it says so or denies it, and who is talking."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

# How far, in characters, a negation reaches over a list before or behind the finding.
_REACH_BEFORE, _REACH_AFTER = 160, 90


@dataclass(frozen=True, slots=True)
class Mention:
    """A criterion's cue in a sentence, and whether the grammar around it denies it."""

    criterion: str
    start: int
    end: int
    negated: bool


@cache
def tables() -> dict[str, Any]:
    return tomllib.loads(files("corpus").joinpath("cues.toml").read_text("utf-8"))


def compile_cues(cues: list[str] | tuple[str, ...]) -> re.Pattern[str]:
    """Cues in the notation of `cues.toml` as one pattern of whole words; no cues match nothing."""
    if not cues:
        return re.compile(r"(?!)")
    return re.compile("|".join(_one(cue) for cue in cues), re.IGNORECASE)


def _one(cue: str) -> str:
    pattern = re.sub(r"(?<=\w)\*", r"[\\w'’]*", cue)
    pattern = pattern.replace(" ... ", r"\W+(?:[\w'’/%#-]+\W+){0,5}?")
    pattern = re.sub(r"(?<![\[\\]) (?![\]])", r"\\s+", pattern)
    edge = r"(?<!\w)" if re.match(r"[\w(\\]", cue) else ""
    return rf"(?:{edge}(?:{pattern})(?!\w))"


@cache
def criteria() -> tuple[str, ...]:
    return tuple(tables()["criterion"])


@cache
def _criterion_cues(asked: bool) -> dict[str, re.Pattern[str]]:
    table = tables()["criterion"]
    return {name: compile_cues(t["cues"] + (t.get("ask", []) if asked else [])) for name, t in table.items()}


@cache
def _grammar(name: str) -> re.Pattern[str]:
    return compile_cues(tables()["polarity"][name])


@cache
def role_cues(name: str) -> re.Pattern[str]:
    return compile_cues(tables()["roles"][name])


def label(criterion: str) -> str:
    return str(tables()["criterion"][criterion]["label"])


def has_polarity(criterion: str) -> bool:
    return criterion not in tables()["default"]["no-polarity"]


def mentions(sentence: str, *, asked: bool = False) -> list[Mention]:
    """Every criterion the sentence names, once each, with its polarity; `asked` adds the words of questions."""
    found = []
    for criterion, pattern in _criterion_cues(asked).items():
        hits = list(pattern.finditer(sentence))
        if hits:
            denied = [negated(sentence, hit.start(), hit.end()) for hit in hits]
            best = next((n for n, is_denied in enumerate(denied) if is_denied), 0)
            found.append(Mention(criterion, hits[best].start(), hits[best].end(), denied[best]))
    return found


def negated(sentence: str, start: int, end: int) -> bool:
    """Does the grammar around a finding deny it: a negation before it, not yet ended, or one behind it."""
    plain = _grammar("pseudo").sub(lambda m: " " * len(m.group(0)), sentence)
    before = plain[max(0, start - _REACH_BEFORE) : start]
    stops = list(_grammar("stop").finditer(before))
    before = before[stops[-1].end() :] if stops else before
    inside = plain[start:end]
    denials = len(_grammar("before").findall(before)) + len(_grammar("before").findall(inside))
    after = plain[end : end + _REACH_AFTER]
    stop = _grammar("stop").search(after)
    after = after[: stop.start()] if stop else after
    return denials > 0 or bool(_grammar("after").search(after))
