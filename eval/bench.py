"""The benchmarks, ours beside the stock recipe, on one machine in one run: medians of five, and their ratios."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from app.settings import quiet
from corpus.parse import decision_from
from corpus.passages import passages
from index.build import ingest
from index.encoder import DEFAULT_MODEL, locate, open_encoder
from index.search import Index

_RUNS = 5
_SAMPLES = Path("corpus/samples")
_QUESTIONS = (
    "which ESI denials cited missing radiculopathy findings",
    "physical therapy beyond the guideline",
    "lumbar MRI without red flags",
    "opioids without first-line drugs",
    "topical compound not recommended",
)


def main() -> None:
    quiet()
    files = sorted(_SAMPLES.glob("*.txt"))
    print(f"{len(files)} letters, median of {_RUNS} runs\n")
    parsing(files)
    texts = [p.text for f in files for p in passages(decision_from(f))]
    encoding(texts)
    with tempfile.TemporaryDirectory() as folder:
        ingesting(files, Path(folder))
        asking(Path(folder) / "index")


def timed(work: Callable[[], object], runs: int = _RUNS) -> float:
    """The median seconds of a piece of work."""
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return median(seconds)


def parsing(files: list[Path]) -> None:
    seconds = timed(lambda: [decision_from(f) for f in files])
    half = timed(lambda: [decision_from(f) for f in files[::2]])
    print(
        f"parsing, ledger included   {len(files) / seconds:8.1f} letters/s (half of them: {len(files[::2]) / half:.1f})"
    )
    parsing_pdfs(sys.argv[1:])


def parsing_pdfs(folders: list[str]) -> None:
    """Letters a second of one core's time, beyond start-up, and whether their number matters."""
    pdfs = sorted(path for folder in folders for path in Path(folder).glob("*.pdf"))
    if not pdfs:
        print("parsing PDFs               not measured: name a folder of PDFs (make bench PDFS=FOLDER)")
        return
    rates = []
    for part in (len(pdfs) // 3, 2 * len(pdfs) // 3, len(pdfs)):
        runs = []
        for _ in range(_RUNS):
            started = time.process_time()
            for pdf in pdfs[:part]:
                decision_from(pdf)
            runs.append(part / (time.process_time() - started))
        rates.append(f"{median(runs):.1f} for {part}")
    print(f"parsing PDFs               {', '.join(rates)}: letters a CPU second")


def encoding(texts: list[str]) -> None:
    """Our encoder beside SentenceTransformer.encode at the better of its thread settings."""
    import torch
    from sentence_transformers import SentenceTransformer

    ours = open_encoder()
    stock = SentenceTransformer(locate(DEFAULT_MODEL), device="cpu")
    few = texts[: min(400, len(texts))]
    mine = timed(lambda: ours.encode(few), 3)
    theirs = []
    for threads in (1, torch.get_num_threads()):
        torch.set_num_threads(threads)
        theirs.append(timed(lambda: stock.encode(few), 2))
    cosine = float(np.mean(np.sum(ours.encode(few[:50]) * stock.encode(few[:50], normalize_embeddings=True), axis=1)))
    print(
        f"encoding                   {len(few) / mine:8.1f} passages/s, stock {len(few) / min(theirs):.1f}: "
        f"{min(theirs) / mine:.1f} times (mean cosine {cosine:.3f})"
    )


def ingesting(files: list[Path], folder: Path) -> None:
    """From files to searchable, fresh and unchanged."""
    fresh = [timed(partial(ingest, files, folder / f"fresh{n}"), 1) for n in range(2)]
    ingest(files, folder / "index")
    again = timed(lambda: ingest(files, folder / "index"))
    share = 100 * again / median(fresh)
    print(f"ingest                     {median(fresh):8.2f} s; unchanged {again:.3f} s ({share:.1f} %)")


def asking(folder: Path) -> None:
    """A warm search, and a cold answer from the shell beside importing the stock recipe's encoder."""
    index = Index(folder)
    index.search(_QUESTIONS[0])
    warm = median(timed(partial(index.search, q, 10)) for q in _QUESTIONS)
    ask = [sys.executable, "-m", "app.cli", "ask", _QUESTIONS[0], "--index", str(folder)]
    cold = timed(lambda: subprocess.run(ask, check=True, capture_output=True))
    stock = timed(
        lambda: subprocess.run([sys.executable, "-c", "import sentence_transformers"], check=True, capture_output=True),
        3,
    )
    print(f"search, warm               {1000 * warm:8.1f} ms")
    share = cold / stock
    print(f"ask from the shell         {cold:8.2f} s; import sentence_transformers {stock:.2f} s: {share:.2f} of it")


if __name__ == "__main__":
    main()
