"""The command line: arguments in, one answer out; results on stdout, notes on stderr, errors as one sentence."""

from __future__ import annotations

from app.settings import Settings, load, quiet, uploads_below

quiet()

import gc  # noqa: E402
import json  # noqa: E402  (the process must be quiet before anything heavy is imported)
import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Annotated, Any  # noqa: E402

import typer  # noqa: E402
import typer.core  # noqa: E402

from index.encoder import prepare  # noqa: E402
from index.errors import IndexUnusable, PrecedentError, UsageError  # noqa: E402

# These will encode words in a moment: the model is loaded while their arguments are read.
_ASKING = frozenset(("ask", "similar", "search"))


class _Stopped(Exception):
    """Ctrl-C, or a reader of stdout that went away, carried past typer, which has an end of its own for both."""


class _Commands(typer.core.TyperGroup):
    def invoke(self, ctx):
        try:
            done = super().invoke(ctx)
            print(end="", flush=True)
            return done
        except (KeyboardInterrupt, BrokenPipeError) as reason:
            raise _Stopped from reason


cli = typer.Typer(
    cls=_Commands,
    help="What past medical-necessity decisions say, with the exact passages that prove it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

IndexFolder = Annotated[
    Path | None,
    typer.Option("--index", help="Folder of the index; default: PRECEDENT_INDEX, else the user's data folder."),
]
ModelName = Annotated[
    str | None,
    typer.Option("--model", help="Language model as PROVIDER:MODEL, '' for none; default: PRECEDENT_MODEL."),
]
Without = Annotated[list[str] | None, typer.Option(help="Undo a reading, e.g. --without region=lumbar (repeatable).")]
With = Annotated[
    list[str] | None, typer.Option("--with", help="Add a reading, e.g. --with region=cervical (repeatable).")
]
Like = Annotated[str, typer.Option(help="What must be alike: facts, treatment, reason or guideline.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object (JSON Lines where said).")]


def main() -> None:
    """The console command: every error is caught once, here."""
    gc.set_threshold(100_000, 50, 100)  # a command makes much and drops little: looking for garbage costs 50 ms
    try:
        _run()
    finally:
        gc.freeze()  # the process ends: looking through all it imported for garbage once more takes 200 ms


def _run() -> None:
    if not {c.name or c.callback.__name__ for c in cli.registered_commands if c.callback} & set(sys.argv[1:2]):
        from importlib.metadata import entry_points

        for extension in entry_points(group="precedent.commands"):  # a command we lack, or help for all
            cli.add_typer(extension.load(), name=extension.name)
    try:
        if sys.argv[1:2] and sys.argv[1] in _ASKING:
            prepare(load().encoder)
        sys.exit(cli(standalone_mode=False) or 0)
    except typer.Abort:
        sys.exit(130)
    except _Stopped as stopped:
        if isinstance(stopped.__cause__, KeyboardInterrupt):
            print("interrupted; what was added is safe, run the command again for the rest", file=sys.stderr)
            sys.exit(130)
        # Python flushes stdout once more at its end and would complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except PrecedentError as error:
        print(f"precedent: {error}", file=sys.stderr)
        sys.exit(error.code)
    except Exception as error:
        if hasattr(error, "format_message"):  # the command-line library's own: a wrong flag or argument
            print(f"precedent: {error.format_message()} (see precedent --help)", file=sys.stderr)
            sys.exit(2)
        raise


def opened(settings: Settings):
    """The index of the settings, opened."""
    from index.search import Index

    return Index(settings.index, settings.encoder)


def show_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))


@cli.command()
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders of decisions.")] = None,
    index: IndexFolder = None,
    encoder: Annotated[str | None, typer.Option(help="Sentence model, by name or folder.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Reading processes; default: one a core.")] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Forget decisions whose file is no longer there.")] = False,
    reencode: Annotated[bool, typer.Option("--reencode", help="First make all vectors anew with this model.")] = False,
    reader: Annotated[str, typer.Option(help="Who reads the reasons: built-in, or model.")] = "built-in",
    model: ModelName = None,
    as_json: AsJson = False,
) -> None:
    """Take decisions in; unchanged files cost nothing, broken ones are named and never stop the others."""
    from index.build import Report
    from index.build import ingest as take_in
    from index.build import reencode as make_anew

    settings = load(index=index, encoder=encoder, model=model)
    if not paths and not reencode:
        raise UsageError("ingest what? name files or folders of decisions")
    read_ledger = _ledger_reader(reader, settings)
    progress = Progress() if sys.stderr.isatty() else lambda *_: None
    made = make_anew(settings.index, settings.encoder, progress) if reencode else None
    report = Report()
    if paths:
        report = take_in(paths, settings.index, settings.encoder, progress, workers, prune, read_ledger)
    if read_ledger and report.unchanged:
        print(
            f"{len(report.unchanged)} unchanged files keep the reasons they have; ingest them into a new folder to "
            "have the model read them",
            file=sys.stderr,
        )
    for path, reason in report.failed.items():
        print(f"{path}: {reason}", file=sys.stderr)
    for path, warnings in report.warnings.items():
        for warning in warnings:
            print(f"{path}: note: {warning}", file=sys.stderr)
    if report.missing:
        print(
            f"{len(report.missing)} decisions are kept whose files are gone, {report.missing[0]} among them; "
            "--prune forgets them",
            file=sys.stderr,
        )
    if as_json:
        lists = {name: getattr(report, name) for name in report.__dataclass_fields__}
        show_json({"index": str(settings.index), **lists} | ({} if made is None else {"reencoded": made}))
    else:
        parts = [
            (made, "passages encoded anew"),
            (len(report.added), "added"),
            (len(report.replaced), "replaced"),
            (len(report.moved), "moved"),
            (len(report.removed), "removed"),
            (len(report.duplicates), "already here under another name"),
            (len(report.unchanged), "unchanged"),
            (len(report.failed), "failed"),
        ]
        print(", ".join(f"{n} {what}" for n, what in parts if n) or "nothing to do")
    if report.failed:
        raise typer.Exit(5)


def _ledger_reader(reader: str, settings: Settings):
    """What reads reasons besides the built-in reader, if anything does."""
    if reader not in ("built-in", "model"):
        raise UsageError(f"--reader {reader} is not known; choose built-in or model")
    if reader == "built-in":
        return None
    from app.ledger import ModelReader
    from app.model import open_model

    if not (named := open_model(settings)):
        raise UsageError("--reader model needs a language model; name one: PRECEDENT_MODEL=provider:model or --model")
    return ModelReader(named)


class Progress:
    """How far it is, how fast it goes and how long it will take, on one line of the terminal."""

    def __init__(self) -> None:
        self._started, self._shown = time.monotonic(), 0.0

    def __call__(self, done: int, total: int, what: str) -> None:
        from app.labels import duration

        now = time.monotonic()
        if done < total and now - self._shown < 0.1:
            return
        self._shown = now
        rate = done / max(now - self._started, 1e-6)
        left = f", {duration((total - done) / rate)} left" if 0 < done < total else ""
        line = f"{done:,}/{total:,}, {rate:.1f} a second{left}  {what[:40]}"
        print(f"\r{line:<90}", end="\n" if done == total else "", file=sys.stderr, flush=True)


@cli.command()
def remove(
    names: Annotated[list[str], typer.Argument(help="Decisions, by id, case number or file name.")],
    index: IndexFolder = None,
    as_json: AsJson = False,
) -> None:
    """Forget decisions; nothing of them stays in the index."""
    from index.build import remove as forget

    settings = load(index=index)
    removed = forget(names, settings.index, settings.encoder)
    if as_json:
        show_json({"index": str(settings.index), "removed": removed})
    else:
        print(f"removed {', '.join(removed)}")


@cli.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question; '-' reads it from stdin.")] = None,
    batch: Annotated[
        Path | None, typer.Option(help='A file with {"id","question"} a line; answers come as JSON Lines.')
    ] = None,
    without: Without = None,
    with_: With = None,
    model: ModelName = None,
    index: IndexFolder = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question with complete lists, exact counts and verbatim citations."""
    from app.answer import ask as answer_to
    from app.answer import cleaned
    from app.model import open_model

    switched_off = frozenset(_reading(pair) for pair in without or [])
    added = tuple(_added(pair) for pair in with_ or [])
    settings = load(index=index, model=model)
    writer = open_model(settings)
    if batch is not None:
        questions = list(_batch(batch))
        searcher = opened(settings)
        failed = 0
        for line in questions:
            answered = _answered(
                lambda question: answer_to(searcher, question, switched_off, added, writer), line["question"]
            )
            show_json({"id": line["id"], **answered})
            failed += "error" in answered
        if failed:
            raise PrecedentError(f"{failed} of {len(questions)} questions failed; each says why in its line's error")
        return
    if question is None:
        raise UsageError('ask what? e.g. precedent ask "which ESI denials cited missing radiculopathy findings"')
    text = cleaned(sys.stdin.read() if question == "-" else question)
    answer = answer_to(opened(settings), text, switched_off, added, writer)
    _print_answer(answer, as_json)


def _added(pair: str):
    from app.readings import piece

    return piece(*_reading(pair, "--with"), words="--with")


def _reading(pair: str, flag: str = "--without") -> tuple[str, str]:
    field, equals, value = pair.partition("=")
    if not equals:
        raise UsageError(f"{flag} takes FIELD=VALUE as the answer's interpretation shows them, not {pair!r}")
    return field, value


def _answered(answer_to, question: str) -> dict[str, Any]:
    """The answer, or the sentence that says why this question has none; an unusable index fails them all."""
    try:
        return answer_to(question).to_json()
    except IndexUnusable:
        raise
    except PrecedentError as error:
        return {"error": str(error)}
    except Exception as error:
        return {"error": f"the program failed on this question ({type(error).__name__}: {error}); please report it"}


def _batch(path: Path):
    if not path.is_file():
        raise UsageError(f"{path} does not exist; name a JSON Lines file of questions")
    try:
        lines = path.read_text("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text; save it as UTF-8 ({error.reason})") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found = json.loads(line)
                yield {"id": found["id"], "question": str(found["question"])}
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(f'{path}, line {number}: not {{"id", "question"}} ({error})') from error


def _print_answer(answer, as_json: bool) -> None:
    if as_json:
        show_json(answer.to_json())
    else:
        from app.text import as_text

        print(as_text(answer))


@cli.command()
def similar(
    file: Annotated[str, typer.Argument(help="A file with the pasted case; '-' reads it from stdin.")],
    like: Like = "facts",
    without: Without = None,
    with_: With = None,
    index: IndexFolder = None,
    as_json: AsJson = False,
) -> None:
    """Precedents for a pasted case of any length: nearest won and lost, what they turn on, how often each way."""
    from app.precedents import similar as precedents_for

    settings = load(index=index)
    off, added = [_reading(pair) for pair in without or []], [_reading(pair, "--with") for pair in with_ or []]
    found = precedents_for(opened(settings), _text_of(file).text, off, added, like)
    if as_json:
        show_json(found.to_json())
    else:
        from app.text import precedents_as_text

        print(precedents_as_text(found))


def _text_of(file: str):
    """A file of any readable form, or stdin, as a document."""
    from corpus.isolation import decision_of
    from corpus.read import Document, Unreadable, document, tidy

    try:
        if file == "-":
            typed = sys.stdin.read()
            return document("stdin", typed.encode("utf-8", "replace"), [tidy(typed)])
        read = decision_of(Path(file))
    except (Unreadable, OSError) as error:
        raise UsageError(f"{file}: {error}; name a readable file or '-'") from error
    return Document(read.source, read.sha256, read.text, read.pages, read.warnings)


@cli.command()
def check(
    file: Annotated[str, typer.Argument(help="The draft, in any readable form; '-' reads it from stdin.")],
    index: IndexFolder = None,
    as_json: AsJson = False,
) -> None:
    """Hold a draft's case numbers, quotations, outcomes, dates and pages against the index; 1 if anything is wrong."""
    from app.check import check_draft

    settings = load(index=index)
    report = check_draft(opened(settings), _text_of(file))
    if as_json:
        show_json(report.to_json())
    else:
        from app.text import report_as_text

        print(report_as_text(report))
    if report.problems:
        raise typer.Exit(1)


@cli.command()
def search(
    text: str,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    index: IndexFolder = None,
    as_json: AsJson = False,
) -> None:
    """Ranked passages for a text; a quoted phrase or a case number is taken literally."""
    from app.passages import found as passages_found

    text = text.encode("utf-8", "replace").decode("utf-8")
    found = passages_found(opened(load(index=index)), text, k)
    if as_json:
        show_json({"text": text, "results": found})
    for one in [] if as_json else found:
        print(f"{one['reference']} [{one['voice']}]\n  {' '.join(one['quote'].split())}\n")


@cli.command()
def show(
    name: Annotated[str, typer.Argument(help="Our id, a case number or a file name.")],
    index: IndexFolder = None,
    as_json: AsJson = False,
) -> None:
    """One decision: its issues, outcomes and reasons."""
    from app.text import decision_as_text
    from corpus.decision import to_json

    settings = load(index=index)
    catalog = opened(settings).catalog
    decision = catalog.decision(catalog.the_one(name))
    if as_json:
        show_json(to_json(decision))
    else:
        print(decision_as_text(decision))


@cli.command()
def worksheet(
    file: Annotated[str, typer.Argument(help="A file with the pasted case; '-' reads it from stdin.")],
    format_: Annotated[str, typer.Option("--format", help="docx, csv, bibtex or jsonl.")] = "docx",
    like: Like = "facts",
    without: Without = None,
    with_: With = None,
    index: IndexFolder = None,
) -> None:
    """Precedents criterion by criterion, to take away: what winners documented and losers lacked."""
    from app.precedents import similar as precedents_for
    from app.worksheet import write_worksheet

    off, added = [_reading(pair) for pair in without or []], [_reading(pair, "--with") for pair in with_ or []]
    searcher = opened(load(index=index))
    found = precedents_for(searcher, _text_of(file).text, off, added, like)
    write_worksheet(searcher, found, format_, sys.stdout.buffer)


@cli.command()
def export(
    question: Annotated[str | None, typer.Argument(help="Take away its answer; without one, the whole index.")] = None,
    format_: Annotated[
        str, typer.Option("--format", help="jsonl: every decision, whole; csv: an issue a line; docx; bibtex.")
    ] = "jsonl",
    without: Without = None,
    with_: With = None,
    index: IndexFolder = None,
) -> None:
    """An answer or everything in the index, to take away."""
    from app.answer import ask as answer_to
    from app.export import write
    from app.readings import piece
    from app.worksheet import write_answer

    searcher = opened(load(index=index))
    if question is None:
        write(searcher.catalog, format_, sys.stdout.buffer)
        return
    off = frozenset(_reading(pair) for pair in without or [])
    added = tuple(piece(*_reading(pair, "--with"), words="--with") for pair in with_ or [])
    write_answer(searcher, answer_to(searcher, question, off, added), format_, sys.stdout.buffer)


@cli.command()
def verify(index: IndexFolder = None, as_json: AsJson = False) -> None:
    """Check the catalog, its hashes and counts, the vectors and both caches."""
    from index.verify import faults

    settings = load(index=index)
    found = faults(opened(settings))
    if as_json:
        show_json({"index": str(settings.index), "faults": found})
    else:
        print("\n".join(found) if found else "no fault found")
    if found:
        raise typer.Exit(3)


@cli.command()
def stats(index: IndexFolder = None, as_json: AsJson = False) -> None:
    """Counts, and the ledger as criterion × status × outcome."""
    from app.text import ledger_table, stats_of

    found = stats_of(opened(load(index=index)).catalog)
    if as_json:
        show_json(found)
    else:
        print(ledger_table(found))


@cli.command()
def cues(sentence: str) -> None:
    """Which cues fire for a sentence: who speaks, which criteria it names, and whether it denies them."""
    from app.text import cues_as_text

    print(cues_as_text(sentence))


@cli.command()
def terms(
    phrase: Annotated[str | None, typer.Argument(help='A service in any words, e.g. "Synvisc left knee".')] = None,
    check: Annotated[bool, typer.Option("--check", help="Look for words that would be ambiguous.")] = False,
    file: Annotated[Path | None, typer.Option(help="Check this list instead of the one in use.")] = None,
) -> None:
    """What a phrase is read as; --check says which words of the list of terms are ambiguous."""
    from corpus.termcheck import TERMS, faults, reading

    if check == (phrase is not None):
        raise UsageError('either precedent terms "Synvisc injection left knee", or precedent terms --check')
    if phrase is not None:
        for kind, value, words in reading(phrase):
            print(f"{kind}: {value}" + (f" (“{words}”)" if words else ""))
        return
    path = file or TERMS
    if not path.is_file():
        raise UsageError(f"{path} does not exist; name a list of terms like {TERMS}")
    found = faults(path)
    print("\n".join(found) if found else f"{path}: no ambiguous word")
    if found:
        raise typer.Exit(1)


@cli.command()
def doctor(index: IndexFolder = None) -> None:
    """What this installation has, and whether it can work."""
    from importlib.metadata import version

    import apsw

    settings = load(index=index)
    print(f"precedent {version('precedent')}, Python {sys.version.split()[0]}, SQLite {apsw.sqlite_lib_version()}")
    for package in (
        "sentence-transformers",
        "onnxruntime",
        "faiss-cpu",
        "tantivy",
        "langchain-core",
        "gradio",
        "unstructured",
        "pypdfium2",
    ):
        print(f"{package} {version(package)}")
    from index.encoder import open_encoder

    print(f"encoder {open_encoder(settings.encoder).fingerprint}")
    state = opened(settings).catalog.counts() if (settings.index / "catalog.sqlite").is_file() else "no index yet"
    print(f"index {settings.index}: {state}")


@cli.command()
def serve(
    index: IndexFolder = None,
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.")] = 7860,
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but this machine's own needs a token.")
    ] = "127.0.0.1",
    token: Annotated[
        str | None, typer.Option(envvar="PRECEDENT_TOKEN", help="What a browser must show once: /?token=…")
    ] = None,
    model: ModelName = None,
    mcp: Annotated[bool, typer.Option("--mcp", help="Offer ask, search, similar and decision over MCP too.")] = False,
) -> None:
    """The page, on http://127.0.0.1:7860."""
    settings = load(index=index, model=model)
    uploads_below(settings.index)

    from app.library import Library
    from app.model import open_model
    from app.ui.serve import serve as serve_page

    serve_page(Library(settings, open_model(settings)), host=host, port=port, token=token, mcp=mcp)


@cli.command()
def config(index: IndexFolder = None, model: ModelName = None, as_json: AsJson = False) -> None:
    """The settings in effect and where each comes from; keys are not shown."""
    shown = load(index=index, model=model).shown()
    if as_json:
        show_json(shown)
    for name, one in {} if as_json else shown.items():
        print(f"{name:<15}{'none' if one['value'] is None else one['value']}  ({one['from']})")


if __name__ == "__main__":
    main()
