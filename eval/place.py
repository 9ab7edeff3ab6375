"""The place Evaluate: a labelled set run with a bar, its numbers and curves, every question opened, results judged."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from app.address import Address
from app.library import Library
from app.ui.place import Place, download
from app.ui.render import render
from eval import curves, labels, plots
from eval.formats import write_set
from eval.metrics import HEADLINE, NAMES
from eval.questions import Labelled, Member, read_questions
from eval.run import Answered, Evaluation, evaluate
from index.errors import PrecedentError, UsageError

OWN = Path(__file__).with_name("questions.jsonl")  # over the bundled sample letters
SYSTEMS = ("ours", "bm25", "dense", "hybrid")
JUDGEMENTS = "judgements.jsonl"  # beside the catalog
_JUDGE = "page"
_EVERY = 0.3  # seconds between two looks at how far it is


class Run:
    """A labelled set on its way through the systems, in a thread of its own."""

    def __init__(self, library: Library, questions: Path, systems: Iterable[str]):
        self.found: Evaluation | None = None
        self.error, self.done, self.total, self.at = "", 0, 0, ""
        self._over = threading.Event()
        work = (library, questions, tuple(systems))
        threading.Thread(target=self._measure, args=work, name="evaluation", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Is it over, now or within this time."""
        return self._over.wait(seconds)

    def _measure(self, library: Library, path: Path, systems: tuple[str, ...]) -> None:
        def tell(line: str) -> None:
            self.at = line

        def tick() -> None:
            self.done += 1

        try:
            questions = read_questions(path)
            self.total = len(questions) * len(systems)
            self.found = evaluate(library.index(), questions, systems, name=path.stem, tell=tell, tick=tick)
        except PrecedentError as error:
            self.error = str(error)
        finally:
            self._over.set()


_runs: list[Run] = []  # the last one: what the place shows to everybody at this server


def controls(library: Library) -> None:
    def run(upload: str | None, systems: list[str]) -> Iterator[str]:
        one = Run(library, Path(upload) if upload else OWN, systems or SYSTEMS[:1])
        while not one.wait(_EVERY):
            yield render("evaluating.html", "eval", run=one)
        if one.found:
            _runs[:] = [one]
        yield render("evaluating.html", "eval", run=one)

    def labelled() -> str:
        return str(export(library, Path(tempfile.mkdtemp())))

    with gr.Row():
        file = gr.File(label="Labelled questions (JSON Lines); none: the project’s own", elem_id="set", height=120)
        systems = gr.CheckboxGroup(list(SYSTEMS), value=list(SYSTEMS), label="Systems", elem_id="systems")
    with gr.Row():
        go = gr.Button("Run", variant="primary", elem_id="run", scale=0, min_width=96)
        take = gr.Button("Take the labels away", elem_id="labelled", scale=0, min_width=210)
        file_of_labels = gr.DownloadButton("labelled.jsonl", elem_id="labelled-file", visible="hidden")
    told = gr.HTML(elem_id="evaluating", apply_default_css=False)
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    go.click(run, [file, systems], told, concurrency_id="evaluation", concurrency_limit=1, **quiet)
    take.click(labelled, None, file_of_labels, **quiet).success(None, js=download("labelled-file"))


def view(library: Library, here: Address, given: str) -> Iterator[str]:
    found = _runs[-1].found if _runs else None
    if found is None:
        yield render("evaluate.html", "eval", here=here, found=None)
        return
    if given:
        judge(library, given)
    ours = found.systems.get("ours") or next(iter(found.systems.values()))
    if here.one("question"):
        yield render("question.html", "eval", here=here, **_question(library, ours, here.one("question")))
        return
    failing = sorted(ours, key=lambda a: (a.scores[HEADLINE[a.question.kind]], a.question.kind, a.question.id))
    metrics = {name: found.metrics(name) for name in found.systems}
    yield render(
        "evaluate.html",
        "eval",
        here=here,
        found=found,
        metrics=metrics,
        kinds=[kind for kind in HEADLINE if any(kind in m for m in metrics.values())],
        headline=HEADLINE,
        names=NAMES,
        each=failing,
        plots=_plots(found),
    )


def _plots(found: Evaluation) -> list[tuple[str, str]]:
    """Precision over recall of the lists, and refusals: a title and a drawing each, where there is something."""
    drawn = []
    for title, axes, line, point in (
        ("Lists", ("recall", "precision"), curves.precision_recall, curves.set_point),
        ("Refusals", ("false refusals", "right refusals"), curves.refusals, curves.refused),
    ):
        series = {name: shown for name, answered in found.systems.items() if (shown := line(answered))}
        points = {name: at for name, answered in found.systems.items() if (at := point(answered))}
        if series:
            drawn.append((title, plots.lines(series, title, *axes, points)))
    return drawn


# ---- one question ---------------------------------------------------------------------------------------------------


def _question(library: Library, answered: Iterable[Answered], name: str) -> dict[str, Any]:
    """What a question was to find and what was found, each issue with how it was judged."""
    one = next((a for a in answered if a.question.id == name), None)
    if one is None:
        raise UsageError(f"question {name} is not in the last run; run the set again")
    question = one.question
    by_hand = {j.member: j.grade for j in _judgements(library) if j.question == name}
    gold: dict[Member, int | str] = {**question.relevant, **dict.fromkeys(question.borderline, labels.BORDERLINE)}
    members = list(dict.fromkeys([*one.said.members, *gold]))
    issues = {c.member: c for c in labels.candidates(library.index(), name, dict.fromkeys(members, ()))}
    rows = [(m, issues.get(m), m in one.said.members, gold.get(m), by_hand.get(m)) for m in members]
    return {"one": one, "rows": rows, "names": NAMES, "headline": HEADLINE, "grades": _GRADES}


_GRADES = {2: "relevant", 1: "partly", 0: "not", labels.BORDERLINE: "borderline"}


# ---- judging --------------------------------------------------------------------------------------------------------


def judge(library: Library, given: str) -> None:
    """Keep a judgement that the page sends: {"question", "case", "issue", "grade"}; a later one replaces an earlier."""
    try:
        row = json.loads(given)
        member = str(row["case"]), int(row["issue"])
        one = labels.Judgement(str(row["question"]), member, row["grade"], _JUDGE)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError("that is no judgement of this page; open the question again") from error
    path = library.settings.index / JUDGEMENTS
    kept = [j for j in _judgements(library) if (j.question, j.member) != (one.question, one.member)]
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    for judgement in [*kept, one]:
        labels.remember(aside, judgement)
    aside.replace(path)


def _judgements(library: Library) -> list[labels.Judgement]:
    return labels.read_judgements(library.settings.index / JUDGEMENTS)


def export(library: Library, folder: Path) -> Path:
    """The questions of the last run as they are labelled after judging, as JSON Lines."""
    if not _runs or not _runs[-1].found:
        raise gr.Error("there is nothing to take away yet; run a labelled set first", print_exception=False)
    path = folder / "labelled.jsonl"
    write_set(path, [relabelled(q, _judgements(library)) for q in _runs[-1].found.questions])
    return path


def relabelled(question: Labelled, judged: Iterable[labels.Judgement]) -> Labelled:
    """A question with the judgements made here over its own."""
    relevant, borderline = dict(question.relevant), set(question.borderline)
    for one in judged:
        if one.question == question.id:
            relevant.pop(one.member, None)
            borderline.discard(one.member)
            if one.grade == labels.BORDERLINE:
                borderline.add(one.member)
            elif one.grade:
                relevant[one.member] = int(one.grade)
    return replace(question, relevant=relevant, borderline=frozenset(borderline))


PLACE = Place("evaluate", "Evaluate", view, controls)
