"""Line charts as SVG, for figures that grow over orders of magnitude: both axes logarithmic."""
from __future__ import annotations

import dataclasses
import math
import pathlib
from collections.abc import Callable
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 84, 220, 64, 62  # what labels need around the field
COLOURS = ["#1b6ca8", "#c8501e", "#2d8a4e", "#7b4ea8", "#a8811b", "#5a6270"]
FONT = "font-family='Helvetica, Arial, sans-serif'"


@dataclasses.dataclass
class Series:
    name: str
    points: list[tuple[float, float]]  # positive; others are left out


@dataclasses.dataclass
class Limit:
    """A horizontal line that curves should stay below."""
    name: str
    value: float


class _Scale:
    """Maps a range of positive values, widened to whole decades or 1-2-5 steps, to pixels."""

    def __init__(self, values: list[float], begin: float, end: float) -> None:
        self.low, self.high = min(values), max(values)
        steps = self._steps(self.low / 10, self.high * 10)
        self.low = max(step for step in steps if step <= self.low * 1.001)
        self.high = min(step for step in steps if step >= self.high * 0.999 and step > self.low)
        self.begin, self.end = begin, end

    @staticmethod
    def _steps(low: float, high: float) -> list[float]:
        exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        return [factor * 10.0 ** exponent for exponent in exponents for factor in (1, 2, 5)]

    def __call__(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.begin + share * (self.end - self.begin)

    def ticks(self) -> list[float]:
        inside = [step for step in self._steps(self.low, self.high)
                  if self.low * 0.999 <= step <= self.high * 1.001]
        decades = [step for step in inside if abs(math.log10(step) - round(math.log10(step))) < 1e-9]
        return inside if len(decades) < 3 else decades


def number(value: float) -> str:
    """20000 -> "20 k", 0.002 -> "0.002"."""
    for unit, suffix in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= unit:
            return f"{value / unit:.3g}{suffix}"
    return f"{value:.3g}" if value >= 1e-4 else f"{value:.0e}"


def _text(x: float, y: float, text: str, size: int, anchor: str = "start", more: str = "") -> str:
    return (f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' text-anchor='{anchor}' {FONT} "
            f"{more}>{escape(text)}</text>")


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' {style}/>"


def _grid(x: _Scale, y: _Scale, x_format: Callable, y_format: Callable) -> list[str]:
    grid, out = "stroke='#e3e6ea' stroke-width='1'", []
    for tick in x.ticks():
        out.append(_line(x(tick), TOP, x(tick), HEIGHT - BOTTOM, grid))
        out.append(_text(x(tick), HEIGHT - BOTTOM + 18, x_format(tick), 12, "middle", "fill='#444'"))
    for tick in y.ticks():
        out.append(_line(LEFT, y(tick), WIDTH - RIGHT, y(tick), grid))
        out.append(_text(LEFT - 8, y(tick) + 4, y_format(tick), 12, "end", "fill='#444'"))
    axis = "stroke='#666' stroke-width='1.2'"
    out.append(_line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, axis))
    out.append(_line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, axis))
    return out


def _spread(wanted: list[float], apart: float) -> list[float]:
    """The same heights, moved down where they would lie on each other, and up again at the end."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    placed = dict.fromkeys(order, 0.0)
    previous = -math.inf
    for index in order:
        previous = placed[index] = max(wanted[index], previous + apart)
    bound = HEIGHT - BOTTOM
    for index in reversed(order):
        placed[index] = min(placed[index], bound)
        bound = placed[index] - apart
    return [placed[index] for index in range(len(wanted))]


def chart(path: pathlib.Path, title: str, x_label: str, y_label: str, series: list[Series], *,
          limits: list[Limit] = (), subtitle: str = "", x_format: Callable[[float], str] = number,
          y_format: Callable[[float], str] = number) -> None:
    """Writes one chart. Each curve carries its name at its right end; a light background."""
    curves = [Series(s.name, [(a, b) for a, b in s.points if a > 0 and b > 0]) for s in series]
    curves = [s for s in curves if s.points]
    if not curves:
        return
    x = _Scale([a for s in curves for a, _ in s.points], LEFT, WIDTH - RIGHT)
    y = _Scale([b for s in curves for _, b in s.points] + [limit.value for limit in limits],
               HEIGHT - BOTTOM, TOP)
    out = [f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{HEIGHT}' "
           f"viewBox='0 0 {WIDTH} {HEIGHT}'>", f"<rect width='{WIDTH}' height='{HEIGHT}' fill='#fdfdfc'/>",
           _text(LEFT, 26, title, 17, more="font-weight='bold' fill='#222'"),
           _text(LEFT, 46, subtitle, 12, more="fill='#666'")]
    out += _grid(x, y, x_format, y_format)
    middle = (TOP + HEIGHT - BOTTOM) / 2
    out.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 18, x_label, 13, "middle", "fill='#222'"))
    out.append(_text(20, middle, y_label, 13, "middle", f"fill='#222' transform='rotate(-90 20 {middle})'"))
    labels: list[tuple[str, float, float, str]] = []
    for limit in limits:
        out.append(_line(LEFT, y(limit.value), WIDTH - RIGHT, y(limit.value),
                         "stroke='#b00020' stroke-width='1.2' stroke-dasharray='6 4'"))
        labels.append((limit.name, WIDTH - RIGHT, y(limit.value), "#b00020"))
    for index, curve in enumerate(curves):
        colour = COLOURS[index % len(COLOURS)]
        pixels = [(x(a), y(b)) for a, b in curve.points]
        path_text = " ".join(f"{px:.1f},{py:.1f}" for px, py in pixels)
        out.append(f"<polyline points='{path_text}' fill='none' stroke='{colour}' stroke-width='2.2'/>")
        out += [f"<circle cx='{px:.1f}' cy='{py:.1f}' r='3.4' fill='{colour}'/>" for px, py in pixels]
        labels.append((curve.name, *pixels[-1], colour))
    heights = _spread([at for _, _, at, _ in labels], 15)
    for (name, px, at, colour), height in zip(labels, heights):
        out.append(_line(px + 4, at, WIDTH - RIGHT + 12, height, f"stroke='{colour}' stroke-width='0.6'"))
        out.append(_text(WIDTH - RIGHT + 15, height + 4, name, 12, more=f"fill='{colour}'"))
    path.write_text("\n".join([*out, "</svg>\n"]))
