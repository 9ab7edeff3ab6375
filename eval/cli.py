"""`precedent eval`: arguments in, numbers out; no logic."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
import typer.core

from app.settings import load
from index.errors import PrecedentError

_FIRST = "questions"


class _Questions(typer.core.TyperGroup):
    """A group whose first command needs no name: `precedent eval QUESTIONS.jsonl`."""

    def parse_args(self, ctx, args):
        named = args and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named or not args else [_FIRST, *args])


door = typer.Typer(
    cls=_Questions,
    help="Measure answers on labelled questions, beside the stock recipe and plain searches: precedent eval QUESTIONS",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

IndexFolder = Annotated[Path | None, typer.Option("--index", help="Folder of the index.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def _note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@door.command(_FIRST)
def measure(
    questions: Annotated[Path, typer.Argument(help="Labelled questions: JSON Lines, a BEIR folder or TREC topics.")],
    index: IndexFolder = None,
    systems: Annotated[str | None, typer.Option(help="Comma-separated; default: ours,stock,bm25,dense,hybrid.")] = None,
    ablations: Annotated[bool, typer.Option("--ablations", help="Ours with each of its parts taken out, too.")] = False,
    run: Annotated[list[Path] | None, typer.Option(help="A further system: the file of ask --batch --json.")] = None,
    qrels: Annotated[Path | None, typer.Option(help="The judgements that belong to TREC topics.")] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write the report as one page, every question with its proof.")
    ] = None,
    trec: Annotated[Path | None, typer.Option(help="Write each system's answers here as a TREC run.")] = None,
    save: Annotated[Path | None, typer.Option(help="Keep the numbers in this folder, by set and commit.")] = None,
    name: Annotated[str | None, typer.Option(help="What the set is called; default: the file's name.")] = None,
    as_json: AsJson = False,
) -> None:
    """Every system on every question: means with intervals, and which differences are more than chance."""
    from app.model import open_model
    from eval.ablations import ABLATIONS
    from eval.formats import read_set, write_run
    from eval.report import as_markdown
    from eval.run import evaluate
    from eval.said import read_run
    from eval.systems import USUAL
    from index.search import Index

    labelled = read_set(questions, qrels)
    runs = {path.stem: read_run(path) for path in run or []}
    settings = load(index=index)
    model = open_model(settings)
    usual = (*USUAL, "model") if model else USUAL
    names = [*(systems.split(",") if systems else usual), *(ABLATIONS if ablations else ())]
    searcher = Index(settings.index, settings.encoder)
    found = evaluate(searcher, labelled, names, runs, name or questions.stem, model, _note)
    for line in found.left_out:
        _note(line)
    print(json.dumps(found.to_json()) if as_json else as_markdown(found))
    if trec:
        trec.mkdir(parents=True, exist_ok=True)
        for system, answered in found.systems.items():
            write_run(trec / f"{system}.run", system, ((a.question, a.said) for a in answered))
    if save:
        from eval.results import keep

        _note(f"kept in {keep(found.to_json(), save)}")
    if html:
        from eval.page import write

        write(html, found, searcher)
        _note(f"wrote {html}")


@door.command()
def compare(
    old: Annotated[Path, typer.Argument(help="A result that --save or --json wrote, or a folder: its newest.")],
    new: Annotated[Path, typer.Argument(help="A later result of the same set.")],
    system: Annotated[str, typer.Option(help="Whose numbers are compared.")] = "ours",
) -> None:
    """Two commits on the same questions; exit code 1 if anything was lost that is more than chance."""
    from eval.report import in_figures
    from eval.results import changes, lost, moved, newest, read

    after = read(new)
    before = read(newest(after["set"], old) if old.is_dir() else old)
    found = changes(before, after, system)
    print("\n".join([*(in_figures(one, after["commit"]) for one in found), *moved(before, after, system)]))
    if losses := lost(found):
        raise PrecedentError(
            f"{after['commit']} is worse than {before['commit']} on {', '.join(one.kind for one in losses)}, more than "
            "chance explains; the lines above name the questions"
        )


@door.command()
def table(
    write: Annotated[bool, typer.Option("--write", help="Put it into README.md instead of printing it.")] = False,
) -> None:
    """The README's table, from the newest kept result of each set."""
    from eval import results

    if write:
        results.README.write_text(results.in_readme(), "utf-8")
        _note(f"wrote {results.README.name}")
    else:
        print(results.table())


@door.command()
def ledger(
    ledger: Annotated[Path, typer.Argument(help="The hand-read ledger: one JSON object for each issue.")],
    index: IndexFolder = None,
    as_json: AsJson = False,
) -> None:
    """How the letters of the index were read: issues, outcomes, treatments, regions, and reasons by criterion."""
    from eval.learned import honesty, in_words
    from eval.ledger import as_markdown, of_index, read_ledger
    from index.search import Index

    rows = read_ledger(ledger)
    settings = load(index=index)
    searcher = Index(settings.index, settings.encoder)
    found, told = of_index(searcher, rows), in_words(honesty(searcher))
    print(json.dumps({**found.to_json(), "told": told}) if as_json else as_markdown(found, told))


@door.command("leave-out")
def leave_out(
    letters: Annotated[Path, typer.Argument(help="A folder of letters.")],
    ledger: Annotated[Path, typer.Argument(help="Their hand-read ledger.")],
    index: Annotated[Path, typer.Option("--index", help="The new folder of the index.")],
) -> None:
    """An index whose letters were each read by a reader of reasons trained without them, to measure honestly with."""
    from eval.folds import leave_out as build
    from index.encoder import open_encoder

    print(f"{build(letters, ledger, index, open_encoder(load().encoder), _note)} letters in {index}")


@door.command()
def convert(
    questions: Annotated[Path, typer.Argument(help="Labelled questions: JSON Lines, a BEIR folder or TREC topics.")],
    into: Annotated[Path, typer.Argument(help="NAME.jsonl, NAME.trec (and NAME.qrels), or a folder for BEIR.")],
    qrels: Annotated[Path | None, typer.Option(help="The judgements that belong to TREC topics.")] = None,
    index: Annotated[Path | None, typer.Option("--index", help="Its issues become BEIR's corpus.")] = None,
    letters: Annotated[Path | None, typer.Option(help="Write the documents of a BEIR folder here, to ingest.")] = None,
) -> None:
    """A labelled set in another form."""
    from eval.formats import letters_of, read_set, write_set
    from index.search import Index

    found = read_set(questions, qrels)
    write_set(into, found, Index(load(index=index).index) if index else None)
    print(f"{len(found)} questions in {into}")
    if letters:
        print(f"{letters_of(questions, letters)} documents in {letters}")


@door.command()
def judge(
    asked: Annotated[Path, typer.Argument(help='Questions to label: {"id", "kind", "question"} a line.')],
    judgements: Annotated[Path, typer.Argument(help="Where the judgements are kept; made if it is not there.")],
    name: Annotated[str, typer.Option("--judge", help="Who judges.")],
    index: IndexFolder = None,
    systems: Annotated[str | None, typer.Option(help="Comma-separated; whose candidates are pooled.")] = None,
    depth: Annotated[int, typer.Option(min=1, help="How far each ranking is pooled.")] = 20,
) -> None:
    """Judge pooled candidates: 0 no, 1 partly, 2 clearly, b borderline, s skip, q stop; what is judged is kept."""
    from eval import labels
    from eval.systems import USUAL, opened
    from index.search import Index

    questions, judged = labels.read_asked(asked), labels.read_judgements(judgements)
    settings = load(index=index)
    searcher = Index(settings.index, settings.encoder)
    ready, left_out = opened(searcher, systems.split(",") if systems else USUAL)
    for line in left_out:
        _note(line)
    left = labels.open_for(name, labels.pool(searcher, questions, ready, depth), judged)
    text = {question.id: question.question for question in questions}
    for place, one in enumerate(left, 1):
        print(f"\n[{place}/{len(left)}] {text[one.question]}\n{one}")
        key = _pressed()
        if key == "q":
            break
        if key != "s":
            grade = labels.BORDERLINE if key == "b" else int(key)
            quote = typer.prompt("the words that prove it", default="", show_default=False) if grade in (1, 2) else ""
            labels.remember(judgements, labels.Judgement(one.question, one.member, grade, name, quote))


def _pressed() -> str:
    while (key := typer.prompt("0 / 1 / 2 / b / s / q").strip().lower()) not in ("0", "1", "2", "b", "s", "q"):
        _note("give 0 (no), 1 (partly), 2 (clearly), b (borderline), s (skip) or q (stop)")
    return key


@door.command()
def label(
    asked: Annotated[Path, typer.Argument(help="The questions that were judged.")],
    judgements: Annotated[Path, typer.Argument(help="Their judgements.")],
    into: Annotated[Path, typer.Argument(help="The labelled set to write, NAME.jsonl.")],
    expected: Annotated[
        str, typer.Option(help="How a question without a relevant issue is to be refused.")
    ] = "no-match",
) -> None:
    """A labelled set from judgements: agreement of each two judges, near-duplicate questions flagged."""
    from itertools import combinations

    from eval import labels
    from eval.formats import write_set
    from index.encoder import open_encoder

    judged = labels.read_judgements(judgements)
    found = labels.labelled_set(labels.read_asked(asked), judged, expected)
    write_set(into, found)
    print(f"{len(found)} questions in {into}")
    for one, other in combinations(sorted({j.judge for j in judged}), 2):
        agreed = labels.agreement(judged, one, other)
        print(f"{one} and {other}: kappa {agreed.kappa:.2f} on {agreed.items} issues, {agreed.same:.0%} the same")
        for question, (case, number), a, b in agreed.differ:
            print(f"  {question}: {case}, issue {number + 1}: {a} and {b}")
    for first, second, alike in labels.near_duplicates(found, open_encoder(load().encoder).encode_query):
        print(f"{first} and {second} ask nearly the same (cosine {alike:.2f})")


@door.command()
def split(
    questions: Annotated[Path, typer.Argument(help="A labelled set.")],
    development: Annotated[Path, typer.Argument(help="NAME.jsonl to write.")],
    test: Annotated[Path, typer.Argument(help="NAME.jsonl to write.")],
    share: Annotated[float, typer.Option(min=0.1, max=0.9, help="The test's share of the letters.")] = 0.5,
    seed: Annotated[int, typer.Option(help="Another number splits otherwise.")] = 0,
) -> None:
    """Development and test, no letter judged in both and near-duplicate questions on one side."""
    from eval import labels
    from eval.formats import read_set, write_set
    from index.encoder import open_encoder

    found = read_set(questions)
    twins = labels.near_duplicates(found, open_encoder(load().encoder).encode_query)
    parts = labels.split(found, twins, share, seed)
    for path, part in zip((development, test), parts, strict=True):
        write_set(path, part)
        print(f"{len(part)} questions on {len({case for q in part for case, _ in q.relevant})} letters in {path}")


@door.command()
def recall(
    question: Annotated[str, typer.Argument(help="A question that is answered with a list.")],
    size: Annotated[int, typer.Option("-n", min=1, help="How many left-out issues are judged.")] = 20,
    seed: Annotated[int, typer.Option(help="Another number draws another sample.")] = 0,
    index: IndexFolder = None,
) -> None:
    """What a list may have missed: judge a sample of what it left out, y or n, and see the interval."""
    from app.answer import ask
    from eval.labels import candidates
    from eval.recall import estimate, sample
    from index.search import Index

    settings = load(index=index)
    searcher = Index(settings.index, settings.encoder)
    answer = ask(searcher, question)
    strata = sample(searcher, answer, size, seed)
    _note(f"{len(answer.results)} issues in the answer, taken as right; {sum(s.size for s in strata)} left out")
    relevant = {}
    for stratum in strata:
        for one in candidates(searcher, question, dict.fromkeys(stratum.drawn, ())):
            print(f"\n{question}\n{one}")
            relevant[one.member] = typer.confirm("does it belong to the answer?")
    print(estimate(len(answer.results), strata, relevant))
