"""Reading measured against a hand-read ledger: issues, outcomes, treatments, regions, and reasons by criterion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus.cues import criteria, has_polarity
from corpus.decision import Decision, Issue, Outcome
from eval.questions import fault_in, json_lines
from index.errors import UsageError
from index.search import Index

# Criteria whose status the readers of a ledger leave open.
_OPEN = ("other", "diagnosis-unclear")
Key = tuple[str, int]


@dataclass
class Tally:
    """What was found, what was wanted, and how much of it is both."""

    hits: int = 0
    found: int = 0
    wanted: int = 0

    def add(self, found: set, wanted: set) -> None:
        self.hits += len(found & wanted)
        self.found += len(found)
        self.wanted += len(wanted)

    @property
    def scores(self) -> tuple[float, float, float]:
        """Precision, recall and F1; what is neither found nor wanted is right."""
        p = self.hits / self.found if self.found else float(not self.wanted)
        r = self.hits / self.wanted if self.wanted else float(not self.found)
        return p, r, 2 * p * r / (p + r) if p + r else 0.0


@dataclass
class Reading:
    """How letters were read, beside a ledger."""

    letters: int = 0
    counted: int = 0  # letters with as many issues as the ledger has
    issues: int = 0
    outcomes: int = 0
    treatments: Tally = field(default_factory=Tally)
    regions: Tally = field(default_factory=Tally)
    reasons: Tally = field(default_factory=Tally)  # criterion and, where it says something, status
    named: Tally = field(default_factory=Tally)  # criterion alone
    by_criterion: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    wrong: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        tallies = {name: getattr(self, name) for name in ("treatments", "regions", "reasons", "named")}
        named = {"letters": self.letters, "issue_counts_right": self.counted, "issues": self.issues}
        scores = {name: dict(zip(("p", "r", "f1"), tally.scores, strict=True)) for name, tally in tallies.items()}
        by = {
            name: {
                **dict(zip(("p", "r", "f1"), tally.scores, strict=True)),
                "found": tally.found,
                "wanted": tally.wanted,
            }
            for name, tally in sorted(self.by_criterion.items())
        }
        return {**named, "outcomes_right": self.outcomes, **scores, "by_criterion": by, "wrong": self.wrong}


def read_ledger(path: Path) -> dict[Key, dict[str, Any]]:
    """The rows of a ledger by case and issue; the first fault is named with its line."""
    if not path.is_file():
        raise UsageError(f"{path} does not exist; name a ledger: one JSON object for each issue")
    rows: dict[Key, dict[str, Any]] = {}
    for number, row in json_lines(path):
        with fault_in(path, number):
            key = str(row["case"]), int(row["issue"])
            if key in rows:
                raise ValueError(f"issue {key[1]} of {key[0]} is there twice; keep one row")
            if row["outcome"] not in list(Outcome):
                raise ValueError(f"the outcome {row['outcome']!r} is not one of {', '.join(Outcome)}; choose one")
            strange = [r["criterion"] for r in row["reasons"] if r["criterion"] not in criteria()]
            if strange:
                raise ValueError(f"the criterion {strange[0]!r} is not in the closed list; choose one of it")
            row["treatment"], row["region"]
        rows[key] = row
    if not rows:
        raise UsageError(f"{path}, line 1: there is no row in the file; write one JSON object for each issue")
    return rows


def measure(letters: Iterable[Decision], ledger: Mapping[Key, dict[str, Any]]) -> Reading:
    """Every letter of the ledger against what was read in it."""
    wanted: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for (case, number), row in ledger.items():
        wanted[case][number] = row
    read = {name: letter for letter in letters for name in (Path(letter.source).stem, letter.case_number) if name}
    if missing := [case for case in wanted if case not in read]:
        raise UsageError(f"the ledger is about {missing[0]}, which is not among the letters; ingest it first")
    found = Reading()
    for case, rows in wanted.items():
        _letter(found, case, read[case], rows)
    return found


def of_index(index: Index, ledger: Mapping[Key, dict[str, Any]]) -> Reading:
    """The letters as the index holds them."""
    return measure(map(index.catalog.decision, index.catalog.decision_ids()), ledger)


def _letter(found: Reading, case: str, letter: Decision, rows: Mapping[int, dict[str, Any]]) -> None:
    found.letters += 1
    found.counted += len(letter.issues) == len(rows)
    if len(letter.issues) != len(rows):
        found.wrong.append(f"{case}: {len(letter.issues)} issues, the ledger has {len(rows)}")
    for number, row in sorted(rows.items()):
        issue = letter.issues[number] if number < len(letter.issues) else None
        found.issues += 1
        outcome = str(issue.outcome) if issue else "none"
        found.outcomes += outcome == row["outcome"]
        if outcome != row["outcome"]:
            found.wrong.append(f"{case}, issue {number}: outcome {outcome}, the ledger has {row['outcome']}")
        found.treatments.add(set(issue.treatments) if issue else set(), set(row["treatment"]))
        found.regions.add(set(issue.regions) if issue else set(), set(row["region"]))
        _reasons(found, issue, row)


def _reasons(found: Reading, issue: Issue | None, row: dict[str, Any]) -> None:
    given = {_told(r.criterion, r.status) for r in issue.reasons} if issue else set()
    wanted = {_told(r["criterion"], r["status"]) for r in row["reasons"]}
    found.reasons.add(given, wanted)
    named = {criterion for criterion, _ in given}, {criterion for criterion, _ in wanted}
    found.named.add(*named)
    for criterion in named[0] | named[1]:
        found.by_criterion[criterion].add(named[0] & {criterion}, named[1] & {criterion})


def _told(criterion: str, status: str) -> tuple[str, str]:
    """A reason as it is compared: with its status only where the criterion's status says something."""
    return criterion, status if has_polarity(criterion) and criterion not in _OPEN else ""


def as_markdown(reading: Reading, told: str) -> str:
    """The same for people."""
    lines = [
        f"{reading.letters} letters, {reading.issues} issues. {told}",
        "",
        f"issue counts right: {reading.counted} of {reading.letters} letters; "
        f"outcomes right: {reading.outcomes} of {reading.issues} issues",
        "",
        "| | precision | recall | F1 |",
        "|---|---|---|---|",
    ]
    names = {
        "treatments": reading.treatments,
        "regions": reading.regions,
        "reasons, with status": reading.reasons,
        "reasons, criterion alone": reading.named,
    }
    lines += [f"| {name} | " + " | ".join(f"{s:.3f}" for s in tally.scores) + " |" for name, tally in names.items()]
    lines += ["", "| criterion | precision | recall | F1 | found | wanted |", "|---|---|---|---|---|---|"]
    for name, tally in sorted(reading.by_criterion.items(), key=lambda pair: -pair[1].wanted):
        scores = " | ".join(f"{s:.2f}" for s in tally.scores)
        lines.append(f"| {name} | {scores} | {tally.found} | {tally.wanted} |")
    return "\n".join([*lines, "", *(f"- {line}" for line in reading.wrong)])
