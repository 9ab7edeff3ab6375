"""`precedent eval`: arguments in, numbers out; no logic."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
import typer.core

from app.settings import load

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
    save: Annotated[Path | None, typer.Option(help="Keep the numbers in this folder, by set and commit.")] = None,
    name: Annotated[str | None, typer.Option(help="What the set is called; default: the file's name.")] = None,
    as_json: AsJson = False,
) -> None:
    """Every system on every question: means with intervals, and which differences are more than chance."""
    from eval.ablations import ABLATIONS
    from eval.formats import read_set
    from eval.report import as_markdown
    from eval.run import evaluate
    from eval.said import read_run
    from eval.systems import USUAL
    from index.search import Index

    labelled = read_set(questions, qrels)
    runs = {path.stem: read_run(path) for path in run or []}
    names = [*(systems.split(",") if systems else USUAL), *(ABLATIONS if ablations else ())]
    settings = load(index=index)
    searcher = Index(settings.index, settings.encoder)
    found = evaluate(searcher, labelled, names, runs, name or questions.stem, _note)
    for line in found.left_out:
        _note(line)
    print(json.dumps(found.to_json()) if as_json else as_markdown(found))
    if save:
        from eval.results import keep

        _note(f"kept in {keep(found.to_json(), save)}")
    if html:
        from eval.page import write

        write(html, found, searcher)
        _note(f"wrote {html}")
