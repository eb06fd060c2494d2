"""Plots as SVG text: lines over the time of the film with its seams, and bars over the time of the work."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 960, 120
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 10, 22
_PLENTY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measure over time: pairs of seconds and value; `name` stands in the legend, `style` is its class."""

    name: str
    points: Sequence[tuple[float, float]]
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What all plots of a film share: its length and its seams, in seconds."""

    seconds: float
    seams: Sequence[float]

    def across(self, at: float) -> float:
        """A moment as a place on the paper."""
        return _LEFT + at / max(self.seconds, 0.001) * (WIDTH - _LEFT - _RIGHT)


def lines(frame: Frame, title: str, shown: Sequence[Line], unit: str, limit: float | None = None) -> Markup:
    """Lines over the film's time; `limit` is drawn as a dashed line."""
    values = [value for line in shown for _, value in line.points]
    if not values:
        return Markup()
    low, high = _span([*values, *([limit] if limit is not None else [])])
    drawn = [_axes(frame, low, high, unit)]
    drawn += [_path(frame, line, low, high) for line in shown]
    if limit is not None:
        place = _down(limit, low, high)
        drawn.append(f'<line class="limit" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{place:.1f}" y2="{place:.1f}"/>')
    names = ", ".join(line.name for line in shown)
    return _svg(title, f"{names} from {min(values):.3g} to {max(values):.3g} {unit}", drawn, HEIGHT)


def stems(frame: Frame, title: str, points: Sequence[tuple[float, float, str]], limit: float) -> Markup:
    """A value at each seam, as a stem whose class says how it was judged."""
    if not points:
        return Markup()
    low, high = _span([0.0, limit, *(value for _, value, _ in points)])
    ground, drawn = _down(0.0, low, high), [_axes(frame, low, high, "")]
    for at, value, grade in points:
        x, top = frame.across(at), _down(value, low, high)
        drawn.append(f'<line class="stem {grade}" x1="{x:.1f}" x2="{x:.1f}" y1="{ground:.1f}" y2="{top:.1f}"/>')
        drawn.append(f'<circle class="dot {grade}" cx="{x:.1f}" cy="{top:.1f}" r="4"/>')
    place = _down(limit, low, high)
    drawn.append(f'<line class="limit" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{place:.1f}" y2="{place:.1f}"/>')
    worst = max(points, key=lambda point: point[1])
    return _svg(title, f"at most {worst[1]:.2f}, at {worst[0]:.1f} s; {limit:g} is remarked on", drawn, HEIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row of a waterfall: its label, and stretches of seconds with their class, one after another from `start`."""

    label: str
    start: float
    parts: Sequence[tuple[str, float]]


def waterfall(title: str, bars: Sequence[Bar]) -> Markup:
    """Rows of work over time, in seconds from the first."""
    if not bars:
        return Markup()
    end = max(bar.start + sum(length for _, length in bar.parts) for bar in bars) or 1.0
    row, left = 22, 96
    height, drawn = row * len(bars) + _BOTTOM, list[str]()
    scale = (WIDTH - left - _RIGHT) / end
    for number, bar in enumerate(bars):
        x, y = left + bar.start * scale, number * row
        drawn.append(f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{escape(bar.label)}</text>')
        drawn += _stretches(bar, x, y, scale)
    marks = [(left + quarter / 4 * end * scale, quarter / 4 * end) for quarter in range(5)]
    drawn += [f'<text x="{x:.1f}" y="{height - 5}" text-anchor="middle">{at:.0f} s</text>' for x, at in marks]
    return _svg(title, f"{len(bars)} hops in {end:.0f} s", drawn, height)


def _stretches(bar: Bar, x: float, y: int, scale: float) -> Iterator[str]:
    for style, length in bar.parts:
        wide = max(length * scale, 0.5)
        yield f'<rect class="{style}" x="{x:.1f}" y="{y + 4}" width="{wide:.1f}" height="14"/>'
        x += length * scale


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high - low > 1e-9 else (low - 1, high + 1)  # noqa: PLR2004 -- a flat line needs some height


def _down(value: float, low: float, high: float) -> float:
    return _TOP + (high - value) / (high - low) * (HEIGHT - _TOP - _BOTTOM)


def _axes(frame: Frame, low: float, high: float, unit: str) -> str:
    """Seams as thin lines, the span of the values at the left, seconds below."""
    bottom = HEIGHT - _BOTTOM
    places = [f"{frame.across(at):.1f}" for at in frame.seams]
    parts = [f'<line class="seam" x1="{x}" x2="{x}" y1="{_TOP}" y2="{bottom}"/>' for x in places]
    for value in (high, low):
        words = f"{value:.3g}{f' {unit}' if unit and value == high else ''}"
        parts.append(f'<text x="{_LEFT - 6}" y="{_down(value, low, high) + 4:.1f}" text-anchor="end">{words}</text>')
    every = max(1, len(frame.seams) // _PLENTY + 1)
    marks = (0.0, *frame.seams[::every], frame.seconds)
    below = HEIGHT - 6
    parts += [f'<text x="{frame.across(at):.1f}" y="{below}" text-anchor="middle">{at:.0f}</text>' for at in marks]
    return "".join(parts)


def _path(frame: Frame, line: Line, low: float, high: float) -> str:
    places = " ".join(f"{frame.across(at):.1f},{_down(value, low, high):.1f}" for at, value in line.points)
    return f'<polyline class="{line.style}" points="{places}"/>'


def _svg(title: str, words: str, drawn: Sequence[str], height: int) -> Markup:
    label = escape(f"{title}: {words}")
    return Markup(  # noqa: S704 -- made of numbers and of words that are escaped here
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}" preserveAspectRatio="none">'
        f"{''.join(drawn)}</svg>"
    )
