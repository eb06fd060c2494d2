"""The canvas that plots are drawn on as SVG: its measures, round steps, the grid, and both axes."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_STEPS = (1.0, 2.0, 5.0, 10.0)
_SECONDS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400)
_GLYPH = 7.0  # pixels that a letter takes: there is nothing to measure text with before a browser draws it


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """A sheet in pixels, with its margins; `apart` is how far the marks of an axis keep from each other."""

    name: str
    width: int
    height: int = 210
    left: int = 62
    right: int = 12
    top: int = 26
    bottom: int = 42
    apart: float = 64.0

    @property
    def inner(self) -> int:
        """How wide the drawing is."""
        return self.width - self.left - self.right

    @property
    def ground(self) -> int:
        """Where the drawing ends below."""
        return self.height - self.bottom


WIDE = Canvas(name="broad", width=1040)
NARROW = Canvas(name="slim", width=380, left=54, right=8, apart=46.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the pixel of a value; outside it stays at the edge."""
        share = (min(max(value, self.low), self.high) - self.low) / ((self.high - self.low) or 1.0)
        return self.start + share * (self.end - self.start)


def render_svg(label: str, draw: Callable[[Canvas], Sequence[str]], *canvases: Canvas) -> Markup:
    """Render a plot once for a screen and once for a phone; the style sheet shows one of them.

    A single SVG that scales would shrink its letters with it, on a phone to a third.
    """
    sheets = [
        f'<svg class="{canvas.name}" viewBox="0 0 {canvas.width} {canvas.height}" role="img"'
        f' aria-label="{escape(label)}">{"".join(draw(canvas))}</svg>'
        for canvas in canvases or (WIDE, NARROW)
    ]
    return Markup("".join(sheets))  # noqa: S704 -- made of numbers, and of words that are escaped


def round_steps(low: float, high: float, most: int) -> Sequence[float]:
    """Return round values from below `low` to above `high`, about `most` of them."""
    rough = (high - low) / most or 1.0
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * each for each in _STEPS if size * each >= rough * 0.999)
    first, last = math.floor(low / step + 1e-6), math.ceil(high / step - 1e-6)
    return [round(number * step, 10) for number in range(first, last + 1)]


def second_steps(seconds: float, canvas: Canvas) -> Sequence[float]:
    """Return round seconds from 0 on, far enough apart to be read."""
    rough = seconds * canvas.apart / canvas.inner
    step = next((each for each in _SECONDS if each >= rough), _SECONDS[-1])
    return [float(step * number) for number in range(int(seconds / step + 1e-6) + 1)]


def svg_text(x: float, y: float, words: str, anchor: str = "middle", style: str = "") -> str:
    """Return words on the canvas."""
    named = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(words)}</text>'


def svg_line(x: tuple[float, float], y: tuple[float, float], style: str) -> str:
    """Return a straight line."""
    return f'<line class="{style}" x1="{x[0]:.1f}" x2="{x[1]:.1f}" y1="{y[0]:.1f}" y2="{y[1]:.1f}"/>'


def value_axis(canvas: Canvas, steps: Sequence[float], title: str) -> tuple[Scale, Sequence[str]]:
    """Return the axis of the values: a light grid with its figures, and its title."""
    scale = Scale(low=steps[0], high=steps[-1], start=canvas.ground, end=canvas.top)
    middle = (canvas.top + canvas.ground) / 2
    parts = [
        f'<text transform="translate(13 {middle:.0f}) rotate(-90)" text-anchor="middle">{escape(title)}</text>',
    ]
    for step in steps:
        y = scale.at(step)
        parts.append(svg_line((canvas.left, canvas.width - canvas.right), (y, y), "grid"))
        parts.append(svg_text(canvas.left - 6, y + 4, f"{step:g}", "end"))
    return scale, parts


def time_axis(canvas: Canvas, seconds: float, title: str = "seconds of the film") -> tuple[Scale, Sequence[str]]:
    """Return the axis of time: round seconds, and its title."""
    scale = Scale(low=0.0, high=seconds, start=canvas.left, end=canvas.width - canvas.right)
    parts = [svg_text(canvas.left + canvas.inner / 2, canvas.height - 5, title)]
    for step in second_steps(seconds, canvas):
        x = scale.at(step)
        parts.append(svg_line((x, x), (canvas.ground, canvas.ground + 4), "tick"))
        parts.append(svg_text(x, canvas.ground + 17, f"{step:g}"))
    return scale, parts


def longest_fitting(words: Sequence[str], width: float) -> str:
    """Return the longest of some words that fits, or nothing."""
    return next((each for each in words if len(each) * _GLYPH <= width), "")
