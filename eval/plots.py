"""Plots as inline SVG, plain enough to read in print: bars with intervals, and lines; colours come from the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, log10

Point = tuple[float, float]
_WIDTH, _HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 42
_DOTTED = 12  # points of a line that are marked one by one
# Shapes as well as colours tell the lines apart.
_MARKS = ("circle", "square", "diamond", "triangle", "cross")


def bars(rows: Mapping[str, Mapping[str, Mapping[str, float]]], label: str) -> str:
    """group -> system -> mean with its interval, on a scale from 0 to 1."""
    systems = list(dict.fromkeys(name for group in rows.values() for name in group))
    wide = (_WIDTH - _LEFT - _RIGHT) / max(len(rows), 1)
    each = min(26.0, (wide - 14) / max(len(systems), 1))
    parts = [_frame(_ticks(1), [])]
    for n, (group, values) in enumerate(rows.items()):
        first = _LEFT + n * wide + (wide - each * len(systems)) / 2
        parts.append(_text(_LEFT + (n + 0.5) * wide, _HEIGHT - 24, group, "middle"))
        for m, system in enumerate(systems):
            if value := values.get(system):
                parts.append(_bar(first + m * each, each, value, systems.index(system), f"{group}, {system}"))
    return _svg(parts, label, legend(systems, bars=True))


def _bar(x: float, wide: float, value: Mapping[str, float], colour: int, name: str) -> str:
    mean, low, high = (_y(value[key]) for key in ("mean", "low", "high"))
    middle = x + wide / 2
    told = f"{name}: {value['mean']:.2f} ({value['low']:.2f} to {value['high']:.2f})"
    return (
        f'<g><title>{escape(told)}</title><rect class="s{colour}" x="{x + 1:.1f}" y="{mean:.1f}" '
        f'width="{wide - 2:.1f}" height="{max(_y(0) - mean, 1):.1f}"/>'
        f'<path class="whisker" d="M{middle:.1f} {low:.1f}V{high:.1f}M{middle - 3:.1f} {low:.1f}h6'
        f'M{middle - 3:.1f} {high:.1f}h6"/></g>'
    )


def lines(
    series: Mapping[str, Sequence[Point]],
    label: str,
    x_name: str,
    y_name: str,
    points: Mapping[str, Point] | None = None,
) -> str:
    """Lines over one pair of axes from 0; `points` are single places of the same systems, drawn large."""
    single = points or {}
    names = list(dict.fromkeys([*series, *single]))
    everything = [p for line in series.values() for p in line] + list(single.values())
    right, top = (_nice(max((p[axis] for p in everything), default=1.0)) for axis in (0, 1))
    parts = [_frame(_ticks(top), _ticks(right), x_name, y_name, right, top)]
    for name, line in series.items():
        places = [(_x(x, right), _y(y, top)) for x, y in line]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        parts.append(f'<path class="line l{names.index(name)}" d="M{path}"><title>{escape(name)}</title></path>')
        if len(line) <= _DOTTED:
            told = (f"{name}: {x:.2f}, {y:.2f}" for x, y in line)
            parts += [_mark(x, y, names.index(name), 3, said) for (x, y), said in zip(places, told, strict=True)]
    for name, (x, y) in single.items():
        parts.append(_mark(_x(x, right), _y(y, top), names.index(name), 7, f"{name}: {x:.2f}, {y:.2f}"))
    return _svg(parts, label, legend(names))


def _nice(highest: float) -> float:
    """The end of an axis: 1 for shares, else the next of 1, 2, 2.5, 5 and their tens."""
    if highest <= 1:
        return 1.0
    size = 10.0 ** floor(log10(highest))
    return next(step * size for step in (1, 2, 2.5, 5, 10) if step * size >= highest)


def _mark(x: float, y: float, n: int, size: float, told: str) -> str:
    shape, slant = _MARKS[n % len(_MARKS)], 1.3 * size
    drawn = {
        "circle": f"M{x - size:.1f} {y:.1f}a{size} {size} 0 1 0 {2 * size} 0a{size} {size} 0 1 0 {-2 * size} 0",
        "square": f"M{x - size:.1f} {y - size:.1f}h{2 * size}v{2 * size}h{-2 * size}z",
        "diamond": f"M{x:.1f} {y - slant:.1f}l{slant} {slant}l{-slant} {slant}l{-slant} {-slant}z",
        "triangle": f"M{x:.1f} {y - size * 1.2:.1f}l{size * 1.2} {size * 2.1}h{-size * 2.4}z",
        "cross": f"M{x - size:.1f} {y - size / 3:.1f}h{2 * size}v{size / 1.5}h{-2 * size}z",
    }[shape]
    return f'<path class="s{n}" d="{drawn}"><title>{escape(told)}</title></path>'


def legend(names: Sequence[str], *, bars: bool = False) -> str:
    """What each colour and shape stands for, as HTML under a plot."""
    sample = '<rect class="s{n}" width="12" height="12"/>' if bars else "{mark}"
    items = [
        f'<span><svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">'
        f"{sample.format(n=n, mark=_mark(7, 7, n, 5, name))}</svg>{escape(name)}</span>"
        for n, name in enumerate(names)
    ]
    return f'<p class="legend">{"".join(items)}</p>'


def _frame(
    ys: Sequence[float],
    xs: Sequence[float],
    x_name: str = "",
    y_name: str = "",
    right: float = 1.0,
    top: float = 1.0,
) -> str:
    """Grid, ticks and the names of the axes."""
    parts = []
    for y in ys:
        at = _y(y, top)
        parts.append(
            f'<path class="grid" d="M{_LEFT} {at:.1f}H{_WIDTH - _RIGHT}"/>{_text(_LEFT - 6, at + 4, _number(y), "end")}'
        )
    parts += [_text(_x(x, right), _HEIGHT - 24, _number(x), "middle") for x in xs]
    if x_name:
        parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 6, x_name, "middle"))
    if y_name:
        middle = (_TOP + _HEIGHT - _BOTTOM) / 2
        parts.append(f'<g transform="rotate(-90 12 {middle})">{_text(12, middle, y_name, "middle")}</g>')
    return "".join(parts)


def _ticks(high: float) -> list[float]:
    return [high * n / 5 for n in range(6)]


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.3g}"


def _x(value: float, right: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * value / right


def _y(value: float, top: float = 1.0) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / top)


def _text(x: float, y: float, said: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def _svg(parts: Sequence[str], label: str, below: str) -> str:
    return (
        f"<figure><figcaption>{escape(label)}</figcaption>"
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(label, quote=True)}">{"".join(parts)}</svg>{below}</figure>'
    )
