"""`cues.toml` compiled: which criterion a sentence speaks of, whether it says so or denies it, and who is talking."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from corpus.data import toml

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
    return toml("corpus", "cues.toml")


def compile_cues(cues: list[str] | tuple[str, ...]) -> re.Pattern[str]:
    """Cues in the notation of `cues.toml` as one pattern of whole words; no cues match nothing."""
    if not cues:
        return re.compile(r"(?!)")
    return re.compile("|".join(_one(cue) for cue in cues), re.IGNORECASE)


def _one(cue: str) -> str:
    pattern = re.sub(r"(?<=\w)\*", r"[\\w'’]*", cue)
    pattern = pattern.replace(" ... ", r"\W++(?:\w[\w'’/%#-]*+\W++){0,5}?")
    pattern = re.sub(r"(?<![\[\\]) (?![\]])", r"\\s+", pattern)
    edge = r"(?<!\w)" if re.match(r"[\w(\\]", cue) else ""
    return rf"(?:{edge}(?:{pattern})(?!\w))"


@cache
def criteria() -> tuple[str, ...]:
    return tuple(tables()["criterion"])


class Openers:
    """The cues of every criterion by the word each begins with, so a sentence tries only those its words open."""

    def __init__(self, cues: dict[str, list[str]]):
        self._whole: dict[str, list[tuple[str, str]]] = {}
        self._begun: dict[str, list[tuple[str, str]]] = {}
        for criterion, wordings in cues.items():
            for cue in wordings:
                for word, whole in _first_words(cue):
                    (self._whole if whole else self._begun).setdefault(word.lower(), []).append((criterion, cue))
        self._lengths = sorted({len(word) for word in self._begun})
        self._opened = lru_cache(maxsize=1 << 14)(self._opened_by)

    def hits(self, sentence: str) -> dict[str, list[tuple[int, int]]]:
        """criterion -> the spans its cues match, in order."""
        found: dict[str, list[tuple[int, int]]] = {}
        for token in _TOKEN.finditer(sentence):
            for criterion, pattern in self._opened(token.group(0).lower()):
                if match := pattern.match(sentence, token.start()):
                    found.setdefault(criterion, []).append(match.span())
        return found

    def compile(self) -> None:
        """Make every pattern now."""
        for cues in (*self._whole.values(), *self._begun.values()):
            for _, cue in cues:
                _compiled(cue)

    def _opened_by(self, word: str) -> list[tuple[str, re.Pattern[str]]]:
        """The cues that can begin with a word."""
        begun = (e for n in self._lengths if n <= len(word) for e in self._begun.get(word[:n], ()))
        return [(criterion, _compiled(cue)) for criterion, cue in (*self._whole.get(word, ()), *begun)]


@cache
def _compiled(cue: str) -> re.Pattern[str]:
    """One cue's pattern, made when a word first opens it: most never are."""
    return compile_cues([cue])


_TOKEN = re.compile(r"[\w%]+")


def _first_words(cue: str) -> list[tuple[str, bool]]:
    """The words a cue can begin with, each with whether it is whole ("nerve") or only begun ("radiculopath*")."""
    if cue.startswith("("):
        close = _closing(cue)
        inner = [word for part in _alternatives(cue[1:close]) for word in _first_words(part)]
        rest = cue[close + 1 :]
        return inner + _first_words(rest[1:].lstrip()) if rest.startswith("?") else inner
    word = re.match(r"[\w%]+", cue)
    if word is None:
        raise ValueError(f"cues.toml: the cue {cue!r} must begin with a word")
    after = cue[word.end() : word.end() + 1]
    return [(word.group(0), after in ("", " "))]


def _closing(cue: str) -> int:
    """Where the bracket that opens a cue closes."""
    depth = 0
    for place, sign in enumerate(cue):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return place
    raise ValueError(f"cues.toml: a bracket of the cue {cue!r} is not closed")


def _alternatives(inner: str) -> list[str]:
    """The parts of a bracket between its own bars."""
    parts, depth = [""], 0
    for sign in inner:
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


@cache
def _criterion_cues(asked: bool) -> Openers:
    table = tables()["criterion"]
    return Openers({name: t["cues"] + (t.get("ask", []) if asked else []) for name, t in table.items()})


def warm() -> None:
    """Compile every cue of a letter: once for all the children of a process that does it before they are born."""
    _criterion_cues(False).compile()


@cache
def _grammar(name: str) -> re.Pattern[str]:
    return compile_cues(tables()["polarity"][name])


@cache
def role_cues(name: str) -> re.Pattern[str]:
    return compile_cues(tables()["roles"][name])


@lru_cache(maxsize=1 << 13)
def heard(role: str, sentence: str) -> re.Match[str] | None:
    """The first cue of a role in a sentence; whoever reads roles or reasons asks about the same sentences."""
    return role_cues(role).search(sentence)


def label(criterion: str) -> str:
    return str(tables()["criterion"][criterion]["label"])


def has_polarity(criterion: str) -> bool:
    return criterion not in tables()["default"]["no-polarity"]


@lru_cache(maxsize=4096)
def mentions(sentence: str, *, asked: bool = False, only: Container[str] | None = None) -> tuple[Mention, ...]:
    """Every criterion the sentence names, once each, with its polarity; `asked` adds the words of questions.

    Letters repeat themselves: a sentence read before is not read again.
    """
    found = []
    for criterion, spans in _criterion_cues(asked).hits(sentence).items():
        if only is not None and criterion not in only:
            continue
        denied = [negated(sentence, start, end) for start, end in spans]
        best = next((n for n, is_denied in enumerate(denied) if is_denied), 0)
        found.append(Mention(criterion, *spans[best], denied[best]))
    return tuple(found)


def negated(sentence: str, start: int, end: int) -> bool:
    """Does the grammar around a finding deny it: a negation before it, not yet ended, or one behind it."""
    before, inside, after = (_plain(part) for part in (sentence[:start], sentence[start:end], sentence[end:]))
    before = before[-_REACH_BEFORE:]
    stops = list(_grammar("stop").finditer(before))
    before = _open_clause(before[stops[-1].end() :] if stops else before)
    after = after[:_REACH_AFTER]
    stop = _grammar("stop").search(after)
    after = after[: stop.start()] if stop else after
    denied = _grammar("before").search(before) or _grammar("before").search(inside)
    return bool(denied or _grammar("after").search(after))


_CONTRACTION = re.compile(r"(?<=\w)n['’]t\b", re.IGNORECASE)
_COMMA = re.compile(r",\s")
_FINITE = re.compile(r"\w\W+(?:is|are|was|were|has|have|had|does|do|did|can|could|will|would)\b", re.IGNORECASE)


def _plain(words: str) -> str:
    """The words with 'not' written out, and without what only looks like a negation."""
    return _grammar("pseudo").sub(lambda m: " " * len(m.group(0)), _CONTRACTION.sub(" not", words))


def _open_clause(before: str) -> str:
    """What stands before a finding, from the last comma that ended a denial with a verb of its own.

    "No fever was noted, ..." is over at its comma; "no sign of weakness, ..." goes on as a list.
    """
    for comma in reversed(list(_COMMA.finditer(before))):
        denial = _grammar("before").search(before, 0, comma.start())
        if denial and _FINITE.search(before, denial.end(), comma.start()):
            return before[comma.end() :]
    return before
