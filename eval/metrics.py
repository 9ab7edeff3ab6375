"""Numbers for one answer: sets, counts, ranks, refusals, and whether the citations prove what they stand under."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import mean

import ir_measures
from ir_measures import RR, R, nDCG

from corpus.decision import Span, Voice
from eval.chance import interval
from eval.questions import Labelled, Member
from eval.said import Cited, Claim, Said

# The number each kind of question is judged by first; the others explain it.
HEADLINE = {
    "list": "f1",
    "facet": "f1",
    "count": "exact",
    "why": "hit1",
    "precedent": "ndcg10",
    "unanswerable": "kind_right",
}
# What each number means, for people.
NAMES = {
    "p": "precision of the set",
    "r": "recall of the set",
    "f1": "set F1",
    "exact": "counts exactly right",
    "count_error": "error of the count",
    "hit1": "right issue first",
    "hit3": "right issue among three",
    "rr": "reciprocal rank (MRR)",
    "ndcg10": "nDCG@10",
    "r10": "recall@10",
    "abstained": "refused",
    "kind_right": "refused for the right reason",
    "false_abstain": "refused though there is an answer",
    "unanswered": "left empty without a word",
    "citation_p": "citations needed",
    "citation_r": "sentences proved",
    "wrong_voice": "citations in another's voice",
    "seconds": "seconds",
}
LOWER_IS_BETTER = ("count_error", "false_abstain", "unanswered", "wrong_voice", "seconds")
# Kinds whose gold quotes prove what is asked; those of a facet or a precedent are one reason of several.
_PROVED = ("list", "why")
# A span in one of these voices, or one that is not in the letter, is no proof of a decision; a title or a box is.
_OTHERS = (Voice.UTILIZATION_REVIEW, Voice.PROVIDER, Voice.GUIDELINE, Voice.HISTORY, Voice.BOILERPLATE, None)
# A claim is proved where its citations together hold this share of the words that prove it.
_ENOUGH = 0.5


def score(question: Labelled, said: Said) -> dict[str, float]:
    """The metrics that belong to the question's kind; borderline issues count neither way."""
    got = [m for m in dict.fromkeys(said.members) if m not in question.borderline]
    if question.kind == "unanswerable":
        refused = said.abstained is not None
        return {"abstained": float(refused), "kind_right": float(said.abstained == question.expected)}
    common = {
        "false_abstain": float(said.abstained is not None),
        "unanswered": float(said.abstained is None and not said.members),
    }
    if question.kind in ("list", "facet", "count"):
        return common | sets(question, got) | (_counting(question, said) if question.kind == "count" else {})
    ranked = _ranking(question, got)
    if question.kind == "why":
        hits = {f"hit{k}": float(any(m in question.relevant for m in got[:k])) for k in (1, 3)}
        return common | hits | {"rr": ranked["rr"]}
    return common | ranked


def sets(question: Labelled, got: list[Member]) -> dict[str, float]:
    """Precision, recall and F1 of a set of issues."""
    hits = sum(m in question.relevant for m in got)
    p, r = hits / len(got) if got else 0.0, hits / len(question.relevant)
    return {"p": p, "r": r, "f1": 2 * p * r / (p + r) if p + r else 0.0}


def _counting(question: Labelled, said: Said) -> dict[str, float]:
    right = said.count == question.count and (question.of is None or said.of == question.of)
    return {"exact": float(right), "count_error": float(abs((said.count or 0) - (question.count or 0)))}


def _ranking(question: Labelled, got: list[Member]) -> dict[str, float]:
    """nDCG with gains 2^grade - 1, recall of what ten places can hold, and the first hit's rank, by ir_measures."""
    names = {m: f"{m[0]}#{m[1]}" for m in [*got, *question.relevant]}
    qrels = [ir_measures.Qrel("q", names[m], 2**grade - 1) for m, grade in question.relevant.items()]
    run = [ir_measures.ScoredDoc("q", names[m], -float(place)) for place, m in enumerate(got)]
    values = ir_measures.calc_aggregate([nDCG @ 10, R @ 10, RR], qrels, run) if run else {}
    most = min(10, len(question.relevant)) / len(question.relevant)
    return {"ndcg10": values.get(nDCG @ 10, 0.0), "r10": values.get(R @ 10, 0.0) / most, "rr": values.get(RR, 0.0)}


# ---- citations ------------------------------------------------------------------------------------------------------

Proofs = Mapping[Member, tuple[Span, ...]]


def citing(question: Labelled, said: Said, proofs: Proofs, voices: Mapping[Cited, Voice | None]) -> dict[str, float]:
    """How well the citations prove the answer; nothing where there are none.

    A sentence is proved if every issue it cites is relevant and its citations hold at least half of the words that
    prove the issue; a citation is needed if it holds some of them under a sentence that is proved. Sentences on
    borderline issues are not judged, nor are questions whose gold lacks a proof. `voices` gives the speaker of each,
    None where the quote is not what the letter says there.
    """
    shown = {cited for claim in said.claims for cited in claim.citations}
    if question.kind == "unanswerable" or not shown:
        return {}
    found = {"wrong_voice": mean(voices[cited] in _OTHERS for cited in shown)}
    told = all(proofs.get(member) for member in question.relevant)
    judged = [c for c in said.claims if c.citations and not {x.member for x in c.citations} & question.borderline]
    if question.kind not in _PROVED or not told or not judged:
        return found
    proved = [_proved(question, claim, proofs, voices) for claim in judged]
    needed = [
        is_proved and voices[cited] is not None and _held([cited], proofs.get(cited.member, ())) > 0
        for claim, is_proved in zip(judged, proved, strict=True)
        for cited in claim.citations
    ]
    return found | {"citation_r": mean(proved), "citation_p": mean(needed)}


def _proved(question: Labelled, claim: Claim, proofs: Proofs, voices: Mapping[Cited, Voice | None]) -> bool:
    by_member: dict[Member, list[Cited]] = {}
    for cited in claim.citations:
        if voices[cited] is not None:
            by_member.setdefault(cited.member, []).append(cited)
    members = {cited.member for cited in claim.citations}
    return all(m in question.relevant and _held(by_member.get(m, []), proofs[m]) >= _ENOUGH for m in members)


def _held(citations: Iterable[Cited], proof: tuple[Span, ...]) -> float:
    """The share of the proving characters that the citations hold."""
    places = {at for a, b in proof for at in range(a, b)}
    held = {at for c in citations for at in range(c.start, c.end) if at in places}
    return len(held) / len(places) if places else 0.0


# ---- many answers ---------------------------------------------------------------------------------------------------


def summary(rows: list[tuple[str, dict[str, float]]]) -> dict[str, dict[str, dict[str, float]]]:
    """kind -> metric -> mean with its interval and the number of questions that have it."""
    kinds = dict.fromkeys(kind for kind, _ in rows)
    return {kind: _of_kind([scores for k, scores in rows if k == kind]) for kind in kinds}


def _of_kind(rows: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    found = {}
    for metric in [name for name in NAMES if any(name in row for row in rows)]:
        values = [row[metric] for row in rows if metric in row]
        low, high = interval(values)
        found[metric] = {"mean": mean(values), "low": low, "high": high, "n": len(values)}
    return found
