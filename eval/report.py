"""The numbers as people read them: a table a kind of question, a column a system, and how sure each difference is."""

from __future__ import annotations

from typing import Any

from eval.metrics import NAMES
from eval.run import Compared, Evaluation, compared, verdict


def as_markdown(found: Evaluation) -> str:
    """The whole comparison in Markdown, each mean with its 95 % interval."""
    data = found.to_json()
    lines = [heading(data), "", data["told"], ""]
    for kind, metrics in kinds(data).items():
        systems = data["systems"].values()
        n = sum(q.kind == kind for q in found.questions)
        lines += [
            f"**{kind}** ({n})",
            "",
            "| | " + " | ".join(data["systems"]) + " |",
            "|---" * (len(systems) + 1) + "|",
        ]
        for metric in metrics:
            cells = [cell(system["metrics"][kind].get(metric)) for system in systems]
            lines.append(f"| {NAMES[metric]} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += [f"- {said}" for said in differences(data)]
    times = ", ".join(f"{name} {system['median_ms']}" for name, system in data["systems"].items())
    return "\n".join([*lines, "", f"median ms a question: {times}", *data["left_out"]])


def heading(data: dict[str, Any]) -> str:
    index = data["index"]
    return (
        f"{data['questions']} questions ({data['set']}) over {index['decisions']} decisions, {index['issues']} issues; "
        f"commit {data['commit']}, index {index['fingerprint']}" + (f", model {data['model']}" if data["model"] else "")
    )


def kinds(data: dict[str, Any]) -> dict[str, list[str]]:
    """kind -> the metrics any system has for it, in their order."""
    found: dict[str, list[str]] = {}
    for system in data["systems"].values():
        for kind, metrics in system["metrics"].items():
            known = found.setdefault(kind, [])
            known += [metric for metric in metrics if metric not in known]
    return {kind: [name for name in NAMES if name in metrics] for kind, metrics in found.items()}


def cell(value: dict[str, float] | None) -> str:
    return f"{value['mean']:.3f} ({value['low']:.2f}–{value['high']:.2f})" if value else "–"


def against_all(data: dict[str, Any], ours: str = "ours") -> list[Compared]:
    """The first system, or ours, against each of the others, kind by kind."""
    systems = data["systems"]
    first = ours if ours in systems else next(iter(systems))
    return [one for other in systems if other != first for one in compared(systems[first], systems[other], other)]


def differences(data: dict[str, Any], ours: str = "ours") -> list[str]:
    """Each comparison as a sentence with its figures."""
    first = ours if ours in data["systems"] else next(iter(data["systems"]))
    return [f"{first} against {one.other}, {in_figures(one, first)}" for one in against_all(data, ours)]


def in_figures(one: Compared, ours: str = "ours") -> str:
    d = one.difference
    return (
        f"{one.kind} ({NAMES.get(one.metric, one.metric)}): {d.mean:+.3f} ({d.low:+.2f} to {d.high:+.2f}), "
        f"p {d.p:.3f}: {verdict(one, ours)}"
    )
