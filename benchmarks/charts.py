"""Small SVG line charts, standard library only."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 190, 34, 46
COLOURS = ("#0b6e4f", "#c1440e", "#3b5bdb", "#8a3ffc", "#a07000", "#5f6b76", "#d6336c")


@dataclass(frozen=True)
class Line:
    """points: (x, y) · step: hold each value until the next · dashed: a bound rather than a plan."""

    name: str
    points: list[tuple[float, float]]
    colour: str
    step: bool = False
    dashed: bool = False


@dataclass(frozen=True)
class Axis:
    """A scale from data to pixels."""

    low: float
    high: float
    log: bool

    def place(self, value: float) -> float:
        """0 at ``low``, 1 at ``high``."""
        if self.log:
            value = max(value, self.low)
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Powers of ten, or about six round numbers."""
        if self.log:
            first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            return [10.0**e for e in range(first, last + 1) if self.low * 0.999 <= 10.0**e <= self.high * 1.001]
        rough = (self.high - self.low) / 6
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next(unit * f for f in (1, 2, 5, 10) if unit * f >= rough)
        return [step * k for k in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]


def chart(title: str, x_title: str, y_title: str, lines: list[Line], x: Axis, y: Axis) -> str:
    """One SVG document."""

    def px(value: float) -> float:
        return LEFT + x.place(value) * (WIDTH - LEFT - RIGHT)

    def py(value: float) -> float:
        return HEIGHT - BOTTOM - y.place(value) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, 20, title, "start", ' font-weight="bold"'),
    ]
    for tick in x.ticks():
        parts.append(f'<path d="M{px(tick):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#e3e6e8"/>')
        parts.append(_text(px(tick), HEIGHT - BOTTOM + 16, f"{tick:,.10g}"))
    for tick in y.ticks():
        parts.append(f'<path d="M{LEFT} {py(tick):.1f}H{WIDTH - RIGHT}" stroke="#e3e6e8"/>')
        parts.append(_text(LEFT - 6, py(tick) + 4, f"{tick:,.10g}", "end"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_title))
    parts.append(f'<g transform="rotate(-90 16 {HEIGHT / 2})">{_text(16, HEIGHT / 2, y_title)}</g>')
    for n, line in enumerate(lines):
        dash = ' stroke-dasharray="5 4"' if line.dashed else ""
        drawn = f'fill="none" stroke="{line.colour}" stroke-width="2"{dash}'
        parts.append(f'<path d="{_path(line, px, py)}" {drawn}/>')
        if not line.step:
            parts += [f'<circle cx="{px(a):.1f}" cy="{py(b):.1f}" r="3" fill="{line.colour}"/>' for a, b in line.points]
        height, left = TOP + 8 + 18 * n, WIDTH - RIGHT + 12
        parts.append(f'<path d="M{left} {height}h22" {drawn}/>')
        parts.append(_text(left + 28, height + 4, line.name, "start"))
    return "\n".join([*parts, "</svg>", ""])


def _path(line: Line, px: Callable[[float], float], py: Callable[[float], float]) -> str:
    (x0, y0), *rest = line.points
    path = f"M{px(x0):.1f} {py(y0):.1f}"
    for a, b in rest:
        path += f"H{px(a):.1f}V{py(b):.1f}" if line.step else f"L{px(a):.1f} {py(b):.1f}"
    return path


def _text(x: float, y: float, words: str, anchor: str = "middle", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#222"{more}>{escape(words)}</text>'


def exponent(points: list[tuple[float, float]]) -> float | None:
    """The slope of the least-squares line through (log x, log y): y grows like x to that power."""
    logs = [(math.log(a), math.log(b)) for a, b in points if a > 0 and b > 0]
    if len(logs) < 2:
        return None
    mean_x, mean_y = (sum(side) / len(logs) for side in zip(*logs, strict=True))
    spread = sum((a - mean_x) ** 2 for a, _ in logs)
    return sum((a - mean_x) * (b - mean_y) for a, b in logs) / spread if spread > 0 else None
