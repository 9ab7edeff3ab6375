"""The numbers as people read them: a table a kind of question, a column a system."""

from __future__ import annotations

from typing import Any


def as_table(found: dict[str, Any], verbose: bool = False) -> str:
    """Markdown: one table for each kind, mean with its 95 % interval."""
    systems = found["systems"]
    lines = [
        f"{found['questions']} questions over {found['index']['decisions']} decisions, "
        f"{found['index']['issues']} issues",
        "",
    ]
    first = next(iter(systems.values()))
    for kind, metrics in first["metrics"].items():
        n = next(iter(metrics.values()))["n"]
        lines += [f"**{kind}** ({n})", "", "| | " + " | ".join(systems) + " |", "|---|" + "---|" * len(systems)]
        for metric in metrics:
            cells = [_cell(system["metrics"][kind][metric]) for system in systems.values()]
            lines.append(f"| {metric} | " + " | ".join(cells) + " |")
        lines.append("")
    lines.append(
        "median ms a question: " + ", ".join(f"{name} {system['median_ms']}" for name, system in systems.items())
    )
    if verbose:
        lines += ["", *(str(row) for row in systems.get("ours", first)["each"])]
    return "\n".join(lines)


def _cell(value: dict[str, float]) -> str:
    return f"{value['mean']:.3f} ({value['low']:.2f}–{value['high']:.2f})"
