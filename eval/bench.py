"""The claims about speed, each measured beside what a user would otherwise build, in one run on one machine.

`make bench` runs them all; `python -m eval.bench encoding asking` some. A line says what was measured, how fast each
is, and the ratio with the bar it is held against. Figures are medians of at least five runs. Everything is generated or
bundled; LETTERS=folder takes PDF letters of your own for the ingest.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import count
from pathlib import Path
from statistics import mean, median, quantiles

import numpy as np

from app.settings import quiet
from corpus.isolation import decision_of
from corpus.parse import decision_from
from corpus.passages import passages
from corpus.synthetic import letter, letters
from eval.grown import grow
from eval.metrics import interval, score
from eval.peers import Stock, Txtai
from eval.questions import read_questions
from eval.said import Said
from index.build import ingest
from index.encoder import DEFAULT_MODEL, locate, open_encoder
from index.search import Index

_RUNS = 5
_K = 10
_SAMPLES = Path("corpus/samples")
_QUESTIONS = Path("eval/questions.jsonl")
_SIZES = {1_000: 5, 10_000: 5, 100_000: 3, 1_000_000: 0}  # passages -> how many times faster than the stock recipe


@dataclass(frozen=True, slots=True)
class Grown:
    """How a question fares over so many passages; bytes are a passage's."""

    passages: int
    median: float
    p95: float
    recall: float
    disk: float
    memory: float


# ---- the claims ---------------------------------------------------------------------------------


def encoding() -> None:
    """1,000 passages of letters: at least three times SentenceTransformer.encode at the better of its threads."""
    import torch
    from sentence_transformers import SentenceTransformer

    texts, ours = _passages()[:1000], open_encoder()
    theirs = SentenceTransformer(locate(DEFAULT_MODEL), device="cpu")

    def original(threads: int) -> None:
        torch.set_num_threads(threads)
        theirs.encode(texts)

    mine, *either = alternately(lambda: ours.encode(texts), lambda: original(1), lambda: original(os.cpu_count() or 1))
    tell(f"encoding {len(texts):,} passages", mine, {"SentenceTransformer": min(either)}, at_least=3)
    difference, low, high = _ndcg_difference(ours.encode, lambda t: theirs.encode(t, normalize_embeddings=True))
    print(
        f"  its nDCG@10 less the original model's, paired over questions  {difference:+.3f} [{low:+.3f}, {high:+.3f}]"
    )


def ingesting() -> None:
    """Letters from file to searchable, parsing and ledger included: four times the stock recipe on their text."""
    files, stock = _letters(), Stock()
    texts = [decision_of(path).text for path in files]
    with tempfile.TemporaryDirectory() as place:
        runs = iter(range(1000))
        ours, theirs = alternately(
            lambda: ingest(files, Path(place) / str(next(runs))),
            lambda: stock.ingest(texts),
        )
        tell(f"ingest of {len(files)} letters ({files[0].suffix[1:]})", ours, {stock.name: theirs}, at_least=4)
        again = timed(lambda: ingest(files, Path(place) / "0"))
        tell("  the same letters again, unchanged", again, {stock.name: theirs}, at_least=1 / 0.03)


def one_more() -> None:
    """One new letter into 10,000 is found within a second and a half."""
    new = [letter(n, seed=7) for n in range(_RUNS)]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "index"
        grow(folder, 10_000 * 20)
        with closing(Index(folder)) as running:
            running.search("a first question opens it", _K)
            seconds = []
            for number, one in enumerate(new):
                path = Path(place) / one.name
                path.write_text(f"{one.text}\nThe reviewer adds the word zanzibar{number}.\n")
                started = time.perf_counter()
                ingest([path], folder)
                assert running.lexical.search(f"zanzibar{number}", 1)
                seconds.append(time.perf_counter() - started)
        tell("one new letter into 10,000, until found", median(seconds), at_most=1.5)


def asking() -> None:
    """A question over ever more passages, warm, beside both peers with the same passages and vectors."""
    stock, growth = Stock(), []
    peers = [stock, Txtai(stock)]
    for size, bar in _SIZES.items():
        with tempfile.TemporaryDirectory() as place:
            texts, vectors = grow(Path(place), size)
            with closing(Index(Path(place))) as index:
                growth.append(_over(index, size, bar, texts, vectors, peers if bar else []))
    print("     passages    median       p95   recall@50   on disk   in memory (a passage)")
    for g in growth:
        print(
            f"  {g.passages:>11,} {_seconds(g.median):>9} {_seconds(g.p95):>9} {g.recall:11.3f}"
            f" {g.disk:7,.0f} B {g.memory:9,.0f} B   {'▇' * max(1, round(1000 * g.median))}"
        )


def _over(index: Index, size: int, bar: float, texts: list[str], vectors: np.ndarray, peers: list) -> Grown:
    """Every question through every system over so many passages."""
    before = _memory()
    index.search("a first question opens it", _K)
    memory = (_memory() - before) / size
    ours = [timed(_anew(index.search, q)) for q in _questions()]
    theirs = {}
    for peer in peers:
        peer.hold(texts, vectors)
        theirs[peer.name] = median(timed(_anew(peer.search, q)) for q in _questions())
    what = f"a question over {size:,} passages"
    if bar:
        tell(what, median(ours), theirs, at_least=bar)
    else:
        tell(what, median(ours), at_most=0.040)
    if size == 100_000:
        raw = [timed(_anew(lambda q, k: peers[0].raw(index.encoder.encode_query(q), k), q)) for q in _questions()]
        tell("  beside encoding it and a raw flat faiss search", median(ours), {"raw": median(raw)}, at_least=1 / 2)
    asked = [index.encoder.encode_query(q) for q in _questions()]
    found = [{i - 1 for i, _ in index.dense.search(q, 50)} & _nearest(vectors, q, 50) for q in asked]
    disk = sum(path.stat().st_size for path in index.folder.rglob("*") if path.is_file()) / size
    return Grown(size, median(ours), quantiles(ours, n=20)[-1], mean(map(len, found)) / 50, disk, memory)


def cold() -> None:
    """`precedent ask` from the shell at 1,000 passages: one and a half times Python importing the libraries."""
    with tempfile.TemporaryDirectory() as place:
        grow(Path(place), 1_000)
        ask = [sys.executable, "-m", "app.cli", "ask", _questions()[0], "--index", place]
        bare = [sys.executable, "-c", "import numpy, onnxruntime, faiss, tantivy, langchain_core"]
        # Where Python may not keep what it compiled, ours would be compiled anew each time and the libraries would not.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        run = partial(subprocess.run, check=True, capture_output=True, env=environment)
        ours, theirs = alternately(partial(run, ask), partial(run, bare))
    tell("ask from the shell", ours, {"bare imports": theirs}, at_least=1 / 1.5)


CLAIMS = {claim.__name__: claim for claim in (encoding, ingesting, one_more, asking, cold)}


# ---- how they are measured ----------------------------------------------------------------------


def main(names: list[str]) -> None:
    quiet()
    print(f"medians of at least {_RUNS} runs on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    for name in names or CLAIMS:
        CLAIMS[name]()


def tell(
    what: str,
    ours: float,
    theirs: dict[str, float] | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
) -> None:
    """One line: our time, the others' as multiples of it, and whether the first of them meets the bar."""
    told = [f"{name} {_seconds(t)}: {t / ours:.2f} ×" for name, t in (theirs or {}).items()]
    if at_least is not None and theirs:
        held = next(iter(theirs.values())) / ours >= at_least
        told.append(f"[at least {at_least:.2f} ×: {'held' if held else 'NOT HELD'}]")
    if at_most is not None:
        told.append(f"[at most {_seconds(at_most)}: {'held' if ours <= at_most else 'NOT HELD'}]")
    print(f"{what:<58} {_seconds(ours):>9}   {'   '.join(told)}", flush=True)


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.1f} ms"


def timed(work: Callable[[], object], runs: int = _RUNS) -> float:
    """The median seconds of a piece of work."""
    return alternately(work, runs=runs)[0]


def alternately(*works: Callable[[], object], runs: int = _RUNS) -> list[float]:
    """The median seconds of each, taken in turns so that a busy moment meets them all."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(runs):
        for work, own in zip(works, seconds, strict=True):
            started = time.perf_counter()
            work()
            own.append(time.perf_counter() - started)
    return [median(own) for own in seconds]


@cache
def _questions() -> list[str]:
    return [question.question for question in read_questions(_QUESTIONS)][:50]


@cache
def _passages() -> list[str]:
    """The passages of the bundled letters, then of synthetic ones, each once."""
    with tempfile.TemporaryDirectory() as place:
        for one in letters(40):
            (Path(place) / one.name).write_text(one.text)
        files = [*sorted(_SAMPLES.glob("*.txt")), *sorted(Path(place).iterdir())]
        decisions = [decision_from(path) for path in files]
    return list(dict.fromkeys(p.text for decision in decisions for p in passages(decision)))


def _letters() -> list[Path]:
    """LETTERS' PDFs, or the bundled letters."""
    own = os.environ.get("LETTERS")
    return sorted(Path(own).glob("*.pdf") if own else _SAMPLES.glob("*.txt"))[:60]


def _anew(ask: Callable[[str, int], object], question: str) -> Callable[[], object]:
    """The question as nobody asked it before, each time: no vector is remembered."""
    return lambda: ask(f"{question} ({next(_ASKED)})", _K)


_ASKED = count()


def _nearest(vectors: np.ndarray, question: np.ndarray, k: int) -> set[int]:
    scores = vectors @ question
    return set(np.argpartition(-scores, k)[:k].tolist())


def _ndcg_difference(ours: Callable, theirs: Callable) -> tuple[float, float, float]:
    """nDCG@10 of issues ranked by their nearest passage, ours less theirs: mean and 95 % interval, paired."""
    decisions = [decision_from(path) for path in sorted(_SAMPLES.glob("*.txt"))]
    parts = [(d, p) for d in decisions for p in passages(d) if p.issue is not None]
    issues = [(d.case_number or Path(d.source).stem, p.issue) for d, p in parts]
    questions = [replace(q, kind="precedent") for q in read_questions(_QUESTIONS) if q.relevant]
    scores = []
    for encode in (ours, theirs):
        held, asked = encode([p.text for _, p in parts]), encode([q.question for q in questions])
        ranked = [[issues[n] for n in np.argsort(-(held @ vector))] for vector in asked]
        scores.append([score(q, Said(tuple(got)))["ndcg10"] for q, got in zip(questions, ranked, strict=True)])
    differences = [a - b for a, b in zip(*scores, strict=True)]
    return mean(differences), *interval(differences)


def _memory() -> int:
    """Bytes this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    main(sys.argv[1:])
