"""The paper that plots are drawn on: its measures, round steps, the grid, and the hops along the top."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_STEPS = (1.0, 2.0, 5.0, 10.0)
_SECONDS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400)
_GLYPH = 7.0  # pixels that a letter takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
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


WIDE = Paper(name="broad", width=1040)
NARROW = Paper(name="slim", width=380, left=54, right=8, apart=46.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value; outside it stays at the edge."""
        share = (min(max(value, self.low), self.high) - self.low) / ((self.high - self.low) or 1.0)
        return self.start + share * (self.end - self.start)


def drawn(label: str, draw: Callable[[Paper], Sequence[str]], *papers: Paper) -> Markup:
    """A plot once for a screen and once for a phone, where letters must not shrink; one of them is shown."""
    sheets = [
        f'<svg class="{paper.name}" viewBox="0 0 {paper.width} {paper.height}" role="img"'
        f' aria-label="{escape(label)}">{"".join(draw(paper))}</svg>'
        for paper in papers or (WIDE, NARROW)
    ]
    return Markup("".join(sheets))  # noqa: S704 -- made of numbers, and of words that are escaped


def round_steps(low: float, high: float, most: int) -> Sequence[float]:
    """Round values from below `low` to above `high`, about `most` of them."""
    rough = (high - low) / most or 1.0
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * each for each in _STEPS if size * each >= rough * 0.999)
    first, last = math.floor(low / step + 1e-6), math.ceil(high / step - 1e-6)
    return [round(number * step, 10) for number in range(first, last + 1)]


def second_steps(seconds: float, paper: Paper) -> Sequence[float]:
    """Round seconds from 0 on, far enough apart to be read."""
    rough = seconds * paper.apart / paper.inner
    step = next((each for each in _SECONDS if each >= rough), _SECONDS[-1])
    return [float(step * number) for number in range(int(seconds / step + 1e-6) + 1)]


def text(x: float, y: float, words: str, anchor: str = "middle", style: str = "") -> str:
    """Words on the paper."""
    named = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(words)}</text>'


def rule(x: tuple[float, float], y: tuple[float, float], style: str) -> str:
    """A straight line."""
    return f'<line class="{style}" x1="{x[0]:.1f}" x2="{x[1]:.1f}" y1="{y[0]:.1f}" y2="{y[1]:.1f}"/>'


def down(paper: Paper, steps: Sequence[float], title: str) -> tuple[Scale, Sequence[str]]:
    """The axis of the values: a light grid with its figures, and its title."""
    scale = Scale(low=steps[0], high=steps[-1], start=paper.ground, end=paper.top)
    middle = (paper.top + paper.ground) / 2
    parts = [
        f'<text transform="translate(13 {middle:.0f}) rotate(-90)" text-anchor="middle">{escape(title)}</text>',
    ]
    for step in steps:
        y = scale.at(step)
        parts.append(rule((paper.left, paper.width - paper.right), (y, y), "grid"))
        parts.append(text(paper.left - 6, y + 4, f"{step:g}", "end"))
    return scale, parts


def across(paper: Paper, seconds: float, title: str = "seconds of the film") -> tuple[Scale, Sequence[str]]:
    """The axis of time: round seconds, and its title."""
    scale = Scale(low=0.0, high=seconds, start=paper.left, end=paper.width - paper.right)
    parts = [text(paper.left + paper.inner / 2, paper.height - 5, title)]
    for step in second_steps(seconds, paper):
        x = scale.at(step)
        parts.append(rule((x, x), (paper.ground, paper.ground + 4), "tick"))
        parts.append(text(x, paper.ground + 17, f"{step:g}"))
    return scale, parts


def fitted(words: Sequence[str], width: float) -> str:
    """The longest of some words that fits, or nothing."""
    return next((each for each in words if len(each) * _GLYPH <= width), "")
