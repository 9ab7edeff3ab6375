"""The systems that are measured, by name: ours, ours with a part taken out, the stock recipe and plain searches."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from app.answer import ask
from app.model import Model
from eval.ablations import ABLATIONS
from eval.baselines import BASELINES
from eval.said import Said, System, of_answer
from eval.stock import missing, stock
from index.errors import UsageError
from index.search import Index

USUAL = ("ours", "stock", *BASELINES)
KNOWN = (*USUAL, "model", *ABLATIONS)
# What each name stands for, for people.
MEANING = {
    "ours": "Precedent as it ships",
    "model": "Precedent with the language model that is named",
    "stock": "the stock LangChain recipe",
    "bm25": "BM25",
    "dense": "dense search",
    "hybrid": "dense and BM25 fused",
    **{name: f"ours, {what}" for name, (what, _) in ABLATIONS.items()},
}


def opened(index: Index, names: Iterable[str], model: Model | None = None) -> tuple[dict[str, System], list[str]]:
    """The named systems, ready to be asked, and a sentence for each that cannot run here."""
    names = list(dict.fromkeys(names))
    if unknown := [name for name in names if name not in KNOWN]:
        raise UsageError(f"the system {unknown[0]!r} is not known; choose among: {', '.join(KNOWN)}")
    if "model" in names and model is None:
        raise UsageError("the system 'model' needs a language model; name one with PRECEDENT_MODEL=provider:model")
    left_out = [why for name in names if name == "stock" and (why := missing())]
    kept = [name for name in names if name != "stock" or not left_out]
    return {name: _open(index, name, model) for name in kept}, left_out


def _open(index: Index, name: str, model: Model | None) -> System:
    if name in ("ours", "model"):
        return partial(_ours, index, model if name == "model" else None)
    if name == "stock":
        return stock(index)
    return partial(BASELINES[name], index) if name in BASELINES else ABLATIONS[name][1](index)


def _ours(index: Index, model: Model | None, question: str) -> Said:
    return of_answer(ask(index, question, model=model).to_json())
