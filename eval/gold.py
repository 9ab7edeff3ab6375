"""The gold against the letters: is every judged issue there, where do the proving words stand, who speaks in a span."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from corpus.decision import Decision, Span, Voice
from eval.metrics import Proofs
from eval.questions import Labelled
from eval.said import Cited
from index.errors import UsageError
from index.search import Index


class Letters:
    """The letters of an index by the names labelled questions use, and whose words stand where in them."""

    def __init__(self, index: Index):
        self._folder = index.folder
        self._named: dict[str, list[Decision]] = defaultdict(list)
        self._voices: dict[str, list[tuple[int, int, Voice]]] = defaultdict(list)
        self._letters = {id_: index.catalog.decision(id_) for id_ in index.catalog.decision_ids()}
        for letter in self._letters.values():
            for name in {letter.case_number, Path(letter.source).stem} - {None}:
                self._named[str(name)].append(letter)
        for _, _, passage in index.catalog.passages():
            self._voices[passage.decision].append((passage.start, passage.end, passage.voice))

    def check(self, questions: Iterable[Labelled]) -> None:
        """Every issue that is judged is here, or a sentence says which is not."""
        for question in questions:
            place = f"question {question.id}" + (f" (line {question.line})" if question.line else "")
            for case, number in [*question.relevant, *sorted(question.borderline)]:
                if case not in self._named:
                    raise UsageError(f"{place} is about {case}, which is not in {self._folder}; ingest it first")
                have = sorted({issue.number for letter in self._named[case] for issue in letter.issues})
                if number not in have:
                    numbers = ", ".join(map(str, have)) or "none at all"
                    raise UsageError(
                        f"{place} judges issue {number} of {case}, whose issues are {numbers}; correct the number"
                    )

    def proofs(self, question: Labelled) -> Proofs:
        """Where the proving words of each relevant issue stand; none for words that are not in the letter."""
        found = {}
        for member in question.relevant:
            places = [self._place(member[0], quote) for quote in question.quotes.get(member, ())]
            if places and all(places):
                found[member] = tuple(place for place in places if place)
        return found

    def _place(self, case: str, quote: str) -> Span | None:
        pattern = re.compile(r"\W+".join(map(re.escape, re.findall(r"\w+", quote))))
        matches = (pattern.search(letter.text) for letter in self._named[case])
        return next((match.span() for match in matches if match), None)

    def voice(self, cited: Cited) -> Voice | None:
        """Whose words most of a cited span are; None where the letter does not read so."""
        letter = self._letters.get(cited.decision)
        if letter is None or letter.quote(cited.start, cited.end) != cited.quote:
            return None
        shares: dict[Voice, int] = defaultdict(int)
        for start, end, voice in self._voices[cited.decision]:
            shares[voice] += max(0, min(end, cited.end) - max(start, cited.start))
        return max(shares, key=lambda voice: shares[voice], default=Voice.UNKNOWN)
