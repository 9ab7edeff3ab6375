"""What an answer is: sentences that cite, results that are counted, and what was left out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from corpus.decision import Outcome, Voice

PLAIN = {
    Outcome.UPHELD: "upheld (denial stands)",
    Outcome.OVERTURNED: "overturned (treatment approved)",
    Outcome.MIXED: "partly overturned",
    Outcome.UNCLEAR: "unclear",
}


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim span with everything a reader needs to find and quote it."""

    n: int
    decision: str
    case_number: str | None
    source: str
    issue: int | None
    section: str
    voice: Voice
    page: int
    start: int
    end: int
    quote: str
    reference: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the answer and the citations that support it."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """An issue of the answer."""

    decision: str
    case_number: str | None
    source: str
    issue: int
    service: str
    outcome: Outcome
    score: float
    citations: tuple[int, ...]
    found_by: str = "ledger"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the doors show; `to_json` is the contract.

    `relaxations` are the conditions an empty answer could do without, each with how many issues that would give;
    `notices` say in a line each what a reader should know of how the answer came about; `proposals` are readings of an
    odd question that a language model suggests and nobody has applied.
    """

    question: str
    intent: str
    interpretation: tuple[dict[str, str], ...] = ()
    answer: tuple[Sentence, ...] = ()
    count: int | None = None
    of: int | None = None
    results: tuple[Result, ...] = ()
    excluded: tuple[dict[str, Any], ...] = ()
    citations: tuple[Citation, ...] = ()
    abstained: str | None = None
    because: str = ""
    relaxations: tuple[dict[str, Any], ...] = ()
    model: str | None = None
    index: dict[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    proposals: tuple[dict[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def __add__(self, later: Answer) -> Answer:
        """A later answer takes the earlier one's place: LangChain adds up what a stream gives."""
        return later
