"""Trains the two small models from labelled sentences: `python -m eval.train [LETTERS LEDGER]`.

`corpus/reader.npz` reads reasons out of rationales; `app/grounds.npz` reads the reason a question asks for. The
sentences are those of `corpus/training` and the sample letters; given a folder of letters and their hand-read ledger,
the reader learns from these too and is judged on letters left out. No text of a letter is stored.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.optimize import minimize

from app.grounds import STRETCH
from corpus.cues import criteria
from corpus.parse import parse
from corpus.read import read
from corpus.reader import SLOTS, features, slot
from corpus.reasons import TAKEN
from corpus.roles import rationale_roles, role_of
from corpus.sentences import sentences, squeeze
from eval import learned
from index.encoder import open_encoder

_TRAINING, _SAMPLES = Path("corpus/training"), Path("corpus/samples")
_READER, _GROUNDS = Path("corpus/reader.npz"), Path("app/grounds.npz")
FOLDS = 5
# Chosen by folds over letters: real letters count fourfold; weights of cues are held back less than those of words.
_PENALTY, _CUE_PENALTY, _REAL = 2.0, 0.2, 4.0
_GROUND_PENALTY = 1.0


@dataclass
class Rationale:
    """The sentences of one rationale with the criteria each gives, for training and for judging."""

    letter: str
    outcome: str
    treatments: tuple[str, ...]
    sentences: list[str]
    roles: list[str]
    labels: list[set[str]]
    weight: float = 1.0
    said_as: list[str] | None = None  # the role of each sentence, where its writer gave it


def main() -> None:
    written, real = labelled(), real_letters(*map(Path, sys.argv[1:3])) if len(sys.argv) > 2 else []
    if real:
        print(judge(written, real))
    train_reader([*written, *real])
    learned.write([_SAMPLES, *map(Path, sys.argv[1:2])])
    train_grounds([*lone_sentences(), *written_rationales()])


# ---- labelled text --------------------------------------------------------------------------------------------------


def labelled() -> list[Rationale]:
    """All labelled text of the project: written sentences and rationales, and the sample letters."""
    return [*lone_sentences(), *written_rationales(), *letters(_SAMPLES, _gold(_SAMPLES.glob("gold-*.jsonl")), 1.0)]


def real_letters(folder: Path, ledger: Path) -> list[Rationale]:
    """Real letters with their hand-read ledger."""
    return letters(folder, _gold([ledger]), _REAL)


def lone_sentences() -> list[Rationale]:
    rows = _lines(_TRAINING.glob("sentences-*.jsonl"))
    return [
        Rationale(
            "",
            r["outcome"],
            (r.get("treatment") or "other",),
            [r["text"]],
            [role_of(r["text"])],
            [_criteria(r)],
            said_as=[r["role"]],
        )
        for r in rows
    ]


def written_rationales() -> list[Rationale]:
    found = []
    for row in _lines(_TRAINING.glob("rationales-*.jsonl")):
        texts = [s["text"] for s in row["sentences"]]
        found.append(
            Rationale(
                "",
                row["outcome"],
                tuple(row["treatment"]),
                texts,
                [role_of(t) for t in texts],
                [_criteria(s) for s in row["sentences"]],
                said_as=[s["role"] for s in row["sentences"]],
            )
        )
    return found


def letters(folder: Path, gold: dict[tuple[str, int], dict], weight: float) -> list[Rationale]:
    """The rationales of real or sample letters, each reason laid on the sentence that holds its quote."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".pdf", ".txt")):
        decision = parse(read(path))
        for issue in decision.issues:
            number = decision.case_number
            case = number if number is not None and (number, issue.number) in gold else path.stem
            if issue.rationale is None or (case, issue.number) not in gold:
                continue
            spans = sentences(decision.text, *issue.rationale)
            texts = [squeeze(decision.text[a:b]) for a, b in spans]
            labels: list[set[str]] = [set() for _ in texts]
            for reason in gold[case, issue.number]["reasons"]:
                place = _place(reason["quote"], texts)
                if place is not None:
                    labels[place].add(reason["criterion"])
            roles = [str(r) for r in rationale_roles(decision.text, spans)]
            found.append(Rationale(case, str(issue.outcome), issue.treatments, texts, roles, labels, weight))
    return found


def _place(quote: str, texts: list[str]) -> int | None:
    """The sentence that holds a quote, else the one that shares most of its words."""
    wanted = re.sub(r"\W+", "", quote.lower())
    inside = [n for n, text in enumerate(texts) if wanted in re.sub(r"\W+", "", text.lower())]
    if inside:
        return inside[0]
    words = set(quote.lower().split())
    shared, place = max(((len(words & set(t.lower().split())), n) for n, t in enumerate(texts)), default=(0, 0))
    return place if shared * 2 > len(words) else None


def _lines(paths: Iterable[Path]) -> list[dict]:
    return [json.loads(line) for path in sorted(paths) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _gold(paths: Iterable[Path]) -> dict[tuple[str, int], dict]:
    return {(row["case"], row["issue"]): row for row in _lines(paths)}


def _criteria(row: dict) -> set[str]:
    return {criterion for criterion, _ in row["reasons"]}


# ---- the reader -----------------------------------------------------------------------------------------------------


def train_reader(rationales: list[Rationale]) -> None:
    slots, weights = fit_reader(rationales)
    kept = np.abs(weights).max(axis=1) > 1e-3
    np.savez_compressed(
        _READER, criteria=np.array(criteria()), slots=slots[kept], weights=weights[kept].astype(np.float16)
    )
    print(f"{sum(len(r.sentences) for r in rationales)} sentences, {int(kept.sum())} features; wrote {_READER}")


def fit_reader(rationales: list[Rationale]) -> tuple[np.ndarray, np.ndarray]:
    """Slots seen more than once and their weights for each criterion."""
    matrix, labels, importance, easy = _matrix(rationales)
    used = np.flatnonzero(np.asarray((matrix != 0).sum(axis=0)).ravel() >= 2)
    penalty = np.where(np.isin(used, list(easy)), _CUE_PENALTY, _PENALTY)
    return used, fit(matrix[:, used].tocsr(), labels, importance, penalty)


def _matrix(rationales: list[Rationale]) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray, set[int]]:
    rows, columns, labels, importance, easy, number = [], [], [], [], set(), 0
    for rationale in rationales:
        for place, given in enumerate(rationale.labels):
            for name in features(rationale.sentences, rationale.roles, place, rationale.outcome, rationale.treatments):
                rows.append(number)
                columns.append(slot(name))
                if name.startswith("cue ") or name == "bias":
                    easy.add(slot(name))
            labels.append([float(c in given) for c in criteria()])
            importance.append(rationale.weight)
            number += 1
    matrix = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(number, SLOTS))
    matrix.data[:] = 1.0
    return matrix.tocsc(), np.array(labels), np.array(importance), easy


def fit(matrix, labels: np.ndarray, importance: np.ndarray, penalty: np.ndarray | float, steps: int = 60) -> np.ndarray:
    """One-vs-rest logistic regression for all criteria at once."""
    size = matrix.shape[1], labels.shape[1]
    weight, held = importance[:, None], np.broadcast_to(np.asarray(penalty, float), (size[0],))[:, None]
    turned = matrix.T.tocsr() if sparse.issparse(matrix) else matrix.T

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(size)
        scores = matrix @ weights
        gap = weight * (1 / (1 + np.exp(-np.clip(scores, -30, 30))) - labels)
        value = (weight * (np.logaddexp(0, scores) - labels * scores)).sum() + 0.5 * (held * weights**2).sum()
        return value, (turned @ gap + held * weights).ravel()

    start = np.zeros(size[0] * size[1])
    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 6}).x.reshape(size)


def judge(written: list[Rationale], real: list[Rationale]) -> str:
    """How the linear half alone reads real letters, each judged by a reader new to it."""
    names = sorted({r.letter for r in real})
    found: dict[int, np.ndarray] = {}
    for fold in range(FOLDS):
        out = set(names[fold::FOLDS])
        fitted = fit_reader([*written, *(r for r in real if r.letter not in out)])
        found |= {n: scores(fitted, r) for n, r in enumerate(real) if r.letter in out}
    return f"the linear half, letters left out: {micro_f1([found[n] for n in range(len(real))], real)}"


def scores(fitted: tuple[np.ndarray, np.ndarray], rationale: Rationale) -> np.ndarray:
    """One row of scores a sentence."""
    slots, weights = fitted
    return _matrix([rationale])[0][:, slots] @ weights


def micro_f1(scored: list[np.ndarray], rationales: list[Rationale]) -> str:
    """Micro precision, recall and F1 of criteria per issue, at the threshold that ships."""
    bar = np.log(TAKEN / (1 - TAKEN))
    hits = taken = wanted = 0
    for rows, rationale in zip(scored, rationales, strict=True):
        got = {c for c, score in zip(criteria(), rows.max(axis=0), strict=True) if score > bar}
        gold = set().union(*rationale.labels)
        hits, taken, wanted = hits + len(got & gold), taken + len(got), wanted + len(gold)
    p, r = hits / max(taken, 1), hits / wanted
    return f"P {p:.3f} R {r:.3f} F1 {2 * p * r / max(p + r, 1e-9):.3f} of criteria over {len(rationales)} issues"


# ---- the reader of asked reasons ------------------------------------------------------------------------------------


def train_grounds(rationales: list[Rationale]) -> None:
    pairs = [(text, given) for r in rationales for text, given in zip(r.sentences, r.labels, strict=True) if given]
    encoded = open_encoder().encode([text for text, _ in pairs], kind="query")
    vectors = np.c_[encoded * STRETCH, np.ones(len(pairs))]
    labels = np.array([[float(c in given) for c in criteria()] for _, given in pairs])
    everyone, fold = np.ones(len(pairs)), np.arange(len(pairs)) % FOLDS
    right = 0.0
    for n in range(FOLDS):
        weights = fit(vectors[fold != n], labels[fold != n], everyone[fold != n], _GROUND_PENALTY, 150)
        best = (vectors[fold == n] @ weights).argmax(axis=1)
        right += labels[fold == n][np.arange(len(best)), best].sum()
    weights = fit(vectors, labels, everyone, _GROUND_PENALTY, 150)
    np.savez(_GROUNDS, criteria=np.array(criteria()), weights=weights.astype(np.float32))
    print(
        f"{len(pairs)} findings, best criterion right in {right / len(pairs):.3f} of those held out; wrote {_GROUNDS}"
    )


if __name__ == "__main__":
    main()
