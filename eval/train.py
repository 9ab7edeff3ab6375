"""Trains the classifier of asked reasons (`app/grounds.npz`) from the labelled sentences in `corpus/training`: `python -m eval.train`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from app.grounds import STRETCH
from corpus.cues import criteria
from index.encoder import Encoder, open_encoder

_TRAINING = Path("corpus/training")
_OUT = Path("app/grounds.npz")
_PENALTY = 1.0
_FOLDS = 5


def main() -> None:
    sentences, labels = findings()
    vectors = features(open_encoder(), sentences)
    score = held_out(vectors, labels)
    weights = fit(vectors, labels)
    np.savez(_OUT, criteria=np.array(criteria()), weights=weights.astype(np.float32))
    print(f"{len(sentences)} findings, best criterion right in {score:.3f} of those held out; wrote {_OUT}")


def findings() -> tuple[list[str], np.ndarray]:
    """Every labelled finding with its criteria as a 0/1 row."""
    found: list[tuple[str, list[str]]] = []
    for path in sorted(_TRAINING.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            for sentence in row.get("sentences", [row]):
                if sentence["reasons"]:
                    found.append((sentence["text"], [criterion for criterion, _ in sentence["reasons"]]))
    labels = np.array([[float(c in named) for c in criteria()] for _, named in found])
    return [text for text, _ in found], labels


def features(encoder: Encoder, sentences: list[str]) -> np.ndarray:
    return np.c_[encoder.encode(sentences, kind="query") * STRETCH, np.ones(len(sentences))]


def fit(vectors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """One-vs-rest logistic regression for all criteria at once."""
    size = vectors.shape[1], labels.shape[1]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(size)
        scores = vectors @ weights
        gap = 1 / (1 + np.exp(-scores)) - labels
        value = (np.logaddexp(0, scores) - labels * scores).sum() + 0.5 * _PENALTY * (weights**2).sum()
        return value, (vectors.T @ gap + _PENALTY * weights).ravel()

    return minimize(loss, np.zeros(size[0] * size[1]), jac=True, method="L-BFGS-B", options={"maxiter": 150}).x.reshape(size)


def held_out(vectors: np.ndarray, labels: np.ndarray) -> float:
    """How often the best criterion is one of the labelled, each fifth judged by the rest."""
    fold = np.arange(len(vectors)) % _FOLDS
    right = 0.0
    for n in range(_FOLDS):
        scores = vectors[fold == n] @ fit(vectors[fold != n], labels[fold != n])
        right += labels[fold == n][np.arange((fold == n).sum()), scores.argmax(axis=1)].sum()
    return right / len(vectors)


if __name__ == "__main__":
    main()
