"""What a system said to a question, in one form for all of them: issues, count, refusal, sentences with citations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.questions import Member, fault_in, json_lines
from index.errors import UsageError


@dataclass(frozen=True, slots=True)
class Cited:
    """A span shown as proof of an issue."""

    member: Member
    decision: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer and the citations that are to support it."""

    text: str
    citations: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as it is measured; `ranking` goes on where `members` ends, `score` is how sure the system is."""

    members: tuple[Member, ...] = ()
    abstained: str | None = None
    count: int | None = None
    of: int | None = None
    claims: tuple[Claim, ...] = ()
    ranking: tuple[Member, ...] = ()
    score: float = 0.0
    because: str = ""


System = Callable[[str], Said]


def of_answer(data: dict[str, Any]) -> Said:
    """An answer of ours in its JSON form (`precedent ask --json`)."""
    cited = {c["n"]: _cited(c) for c in data.get("citations", ())}
    results = data.get("results", [])
    members = tuple(name_of(r.get("case_number"), r.get("source") or r["decision"], r["issue"]) for r in results)
    claims = [Claim(s["text"], tuple(cited[n] for n in s["citations"] if n in cited)) for s in data.get("answer", ())]
    score = max((r.get("score", 0.0) for r in results), default=0.0)
    count, of = data.get("count"), data.get("of")
    return Said(members, data.get("abstained"), count, of, tuple(claims), members, score, data.get("because", ""))


def _cited(c: dict[str, Any]) -> Cited:
    return Cited(
        name_of(c.get("case_number"), c["source"], c["issue"] or 0), c["decision"], c["start"], c["end"], c["quote"]
    )


def name_of(case_number: str | None, source: str, issue: int) -> Member:
    """How labelled questions name an issue: by the case number, else by the file's name."""
    return case_number or Path(source).stem, issue


def read_run(path: Path) -> dict[str, Said]:
    """The answers of a run file, as `precedent ask --batch --json` writes it, by the id of their questions."""
    if not path.is_file():
        raise UsageError(f"{path} does not exist; name a file that precedent ask --batch … --json has written")
    found: dict[str, Said] = {}
    for number, data in json_lines(path):
        with fault_in(path, number):
            if data["id"] in found:
                raise ValueError(f"the question {data['id']!r} is answered twice; keep one answer")
            found[data["id"]] = of_answer(data)
    return found
