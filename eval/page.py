"""The report as one HTML page that needs nothing else: the numbers, how sure they are, every question's proof."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from corpus.sentences import squeeze
from eval import curves, plots
from eval.metrics import HEADLINE, LOWER_IS_BETTER, NAMES
from eval.questions import Labelled, Member
from eval.report import against_all, heading, kinds
from eval.run import Answered, Compared, Evaluation, verdict
from eval.said import Cited
from eval.systems import ABLATIONS, MEANING
from index.search import Index

_STYLE = Path(__file__).with_name("page.css")
_TITLES = {
    "list": "Lists",
    "facet": "Facets",
    "count": "Counts",
    "why": "Why",
    "precedent": "Precedents",
    "unanswerable": "Questions without an answer",
}
_QUOTED = 300  # characters of a quote that are shown


def write(path: Path, found: Evaluation, index: Index) -> None:
    path.write_text(page(found, index), "utf-8")


def page(found: Evaluation, index: Index) -> str:
    """The whole report."""
    data = found.to_json()
    pairs = against_all(data)
    main = next(iter(found.systems)) if "ours" not in found.systems else "ours"
    body = [
        f"<h1>How good the answers are</h1><p>{escape(heading(data))}; measured {escape(data['measured'])}.</p>",
        f'<p class="note">{escape(data["told"])}</p>',
        *(f'<p class="note">{escape(line)}</p>' for line in data["left_out"]),
        _systems(found.systems),
        _summary(data, pairs, main),
        _plots(found, index, main),
        "<h2>Every number</h2>",
        *(_table(data, kind, metrics) for kind, metrics in kinds(data).items()),
        _meanings(),
        "<h2>Differences</h2>",
        _differences(pairs, main),
        f"<h2>Every question, as {escape(main)} answered it</h2>",
        *(_question(answered) for answered in found.systems[main]),
    ]
    style = _STYLE.read_text("utf-8")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Precedent: evaluation of {escape(data['commit'])}</title><style>{style}</style></head>"
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def _systems(names: Iterable[str]) -> str:
    told = "; ".join(f"<b>{escape(name)}</b> {escape(MEANING.get(name, 'a run written before'))}" for name in names)
    return f"<p>{told}.</p>"


# ---- what a reader wants first --------------------------------------------------------------------------------------


def _summary(data: dict[str, Any], pairs: list[Compared], main: str) -> str:
    """Each kind by its first number, and in a sentence where ours leads and where that is not certain."""
    names = [name for name in data["systems"] if name not in ABLATIONS]
    rows = []
    for kind, metric in HEADLINE.items():
        values = [data["systems"][name]["metrics"].get(kind, {}).get(metric) for name in names]
        if any(values):
            n = next(value["n"] for value in values if value)
            rows.append([f"{_TITLES[kind]} ({n}), {NAMES[metric]}", *map(_cell, values)])
    head = ["", *names]
    told = _leads(main, [one for one in pairs if one.other in names and one.kind != "all"]) if len(names) > 1 else ""
    return f"<h2>In short</h2>{_html_table(head, rows)}{told}"


def _leads(main: str, pairs: list[Compared]) -> str:
    """Where ours leads with an interval that excludes zero, where the test still sees room for chance, and the rest."""
    ahead = [one for one in pairs if one.apart and one.difference.mean > 0]
    behind = [one for one in pairs if one.apart and one.difference.mean < 0]
    groups = {
        f"Ahead, the interval of the difference excluding zero, is {main} on": ahead,
        "Too few questions for the paired test to rule chance out, of these, on": [o for o in ahead if not o.certain],
        f"Behind, the interval excluding zero, is {main} on": behind,
        "The interval includes zero on": [one for one in pairs if not one.apart],
    }
    told = "".join(f"<li>{escape(said)}: {escape(_list(found)) or 'nothing'}.</li>" for said, found in groups.items())
    return f"<ul>{told}</ul>"


def _list(found: list[Compared]) -> str:
    by_kind: dict[str, list[str]] = {}
    for one in found:
        by_kind.setdefault(_TITLES.get(one.kind, one.kind).lower(), []).append(one.other)
    return "; ".join(f"{kind} against {', '.join(others)}" for kind, others in by_kind.items())


# ---- plots ----------------------------------------------------------------------------------------------------------


def _plots(found: Evaluation, index: Index, main: str) -> str:
    shown = {name: answered for name, answered in found.systems.items() if name not in ABLATIONS}
    metrics = {name: found.metrics(name) for name in found.systems}
    drawn = [
        plots.bars(_by_kind(metrics, list(shown)), "First number of each kind of question, with 95 % intervals"),
        _precision_recall(shown),
        _refusals(shown),
    ]
    ablated = [name for name in found.systems if name in ABLATIONS]
    if ablated:
        drawn.append(plots.bars(_by_kind(metrics, [main, *ablated]), "What each part is worth: ours without it"))
    if main == "ours":
        points = {"ours": curves.speed(index, [q.question for q in found.questions])}
        label = "Median time of an answer over the number of letters (parts of this index)"
        drawn.append(plots.lines(points, label, "letters", "milliseconds"))
    return f'<h2>Plots</h2><div class="plots">{"".join(drawn)}</div>'


def _by_kind(metrics: Mapping[str, Any], names: list[str]) -> dict[str, dict[str, dict[str, float]]]:
    found = {
        kind: {name: metrics[name][kind][metric] for name in names if metric in metrics[name].get(kind, {})}
        for kind, metric in HEADLINE.items()
    }
    return {kind: values for kind, values in found.items() if values}


def _precision_recall(shown: Mapping[str, list[Answered]]) -> str:
    series = {name: line for name, answered in shown.items() if (line := curves.precision_recall(answered))}
    points = {name: at for name, answered in shown.items() if (at := curves.set_point(answered))}
    label = "Lists: precision over recall of the ranking; the large mark is the set that was given as the answer"
    return plots.lines(series, label, "recall", "precision", points) if series else ""


def _refusals(shown: Mapping[str, list[Answered]]) -> str:
    series = {name: line for name, answered in shown.items() if (line := curves.refusals(answered))}
    points = {name: at for name, answered in shown.items() if (at := curves.refused(answered))}
    label = "Refusals: if whatever scores below a bar were refused; the large mark is what the system refused itself"
    axes = "false refusals of what has an answer", "right refusals"
    return plots.lines(series, label, *axes, points) if series else ""


# ---- tables ---------------------------------------------------------------------------------------------------------


def _table(data: dict[str, Any], kind: str, metrics: list[str]) -> str:
    rows = []
    for metric in metrics:
        values = [system["metrics"].get(kind, {}).get(metric) for system in data["systems"].values()]
        arrow = " ↓" if metric in LOWER_IS_BETTER else ""
        rows.append([NAMES[metric] + arrow, *map(_cell, values)])
    return f"<h3>{_TITLES[kind]}</h3>{_html_table(['', *data['systems']], rows)}"


def _cell(value: dict[str, float] | None) -> str:
    if not value:
        return "–"
    return f"{value['mean']:.2f} <small>{value['low']:.2f}–{value['high']:.2f}</small>"


def _html_table(head: list[str], rows: list[list[str]]) -> str:
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>'


def _meanings() -> str:
    return (
        "<p>Means with 95 % bootstrap intervals; ↓ is better low. A sentence is proved if every issue it cites is "
        "right and its citations together hold half of the words that the judges marked as proof; a citation is needed "
        "if it holds some of them. A citation is in another's voice if most of it is history, a retold denial, a "
        "pasted guideline or form text, as this program reads the letter, or is not in the letter at all.</p>"
    )


def _differences(pairs: list[Compared], main: str) -> str:
    if not pairs:
        return "<p>One system alone; nothing to compare.</p>"
    rows = [
        [
            f"{_TITLES.get(one.kind, 'All kinds')}, against {one.other}",
            f"{one.difference.mean:+.3f} <small>{one.difference.low:+.2f} to {one.difference.high:+.2f}</small>",
            f"{one.difference.p:.3f}",
            escape(verdict(one, main)),
        ]
        for one in pairs
    ]
    told = (
        f"<p>{escape(main)} less the other on the same questions, by the first number of each kind: mean with its 95 % "
        "bootstrap interval, and p of the paired randomisation test, each comparison read by itself.</p>"
    )
    return told + _html_table(["", "difference", "p", "verdict"], rows)


# ---- every question -------------------------------------------------------------------------------------------------


def _question(answered: Answered) -> str:
    question, said, scores = answered.question, answered.said, answered.scores
    metric = HEADLINE[question.kind]
    mark = "right" if scores[metric] > 0.999 else "wrong" if scores[metric] == 0 else "partly"
    summary = (
        f'<span class="{mark}">{mark}</span> <b>{escape(question.id)}</b> {escape(question.kind)} · '
        f"{escape(_short(question.question))} <small>{NAMES[metric]} {scores[metric]:.2f}, "
        f"{1000 * answered.seconds:.0f} ms</small>"
    )
    parts = [f"<p>{escape(question.question)}</p>"] if len(question.question) > _QUOTED else []
    if question.kind == "count":
        whole = f" of {question.of}" if question.of is not None else ""
        parts.append(f"<p>Right count: {question.count}{whole}; given: {said.count} of {said.of}.</p>")
    if said.abstained or question.expected:
        given = f"{said.abstained}: {said.because}" if said.abstained else "none"
        parts.append(f"<p>Refusal due: {question.expected or 'none'}; given: {escape(given)}</p>")
    parts += [_found(question, said.members, answered), _missed(question, said.members), _wrong(question, answered)]
    return f'<details class="question"><summary>{summary}</summary>{"".join(parts)}</details>'


def _found(question: Labelled, members: tuple[Member, ...], answered: Answered) -> str:
    right = [member for member in members if member in question.relevant]
    return _members("Found", right, lambda member: _proof(question, member) + _shown(answered, member))


def _missed(question: Labelled, members: tuple[Member, ...]) -> str:
    left = [member for member in question.relevant if member not in members]
    return _members("Missed", left, lambda member: _proof(question, member))


def _wrong(question: Labelled, answered: Answered) -> str:
    both = {*question.relevant, *question.borderline}
    extra = [member for member in answered.said.members if member not in both]
    name = "Wrongly included" if question.kind not in ("why", "precedent") else "Not judged relevant"
    shown = _members(name, extra, lambda member: _shown(answered, member))
    open_ = [member for member in answered.said.members if member in question.borderline]
    return shown + _members("Borderline, counted neither way", open_, lambda member: "")


def _members(title: str, members: list[Member], told) -> str:
    if not members:
        return ""
    rows = "".join(
        f"<li><b>{escape(case)}</b>, issue {number + 1}{told((case, number))}</li>"
        for case, number in dict.fromkeys(members)
    )
    return f"<h4>{title} ({len(dict.fromkeys(members))})</h4><ul>{rows}</ul>"


def _proof(question: Labelled, member: Member) -> str:
    return "".join(f'<q class="gold">{escape(_short(quote))}</q>' for quote in question.quotes.get(member, ()))


def _shown(answered: Answered, member: Member) -> str:
    """What the system itself showed for the issue, each span once."""
    spans: dict[Cited, None] = {}
    for claim in answered.said.claims:
        spans.update(dict.fromkeys(cited for cited in claim.citations if cited.member == member))
    return "".join(f'<q class="shown">{escape(_short(squeeze(cited.quote)))}</q>' for cited in list(spans)[:4])


def _short(text: str) -> str:
    return text if len(text) <= _QUOTED else f"{text[: _QUOTED - 1]}…"
