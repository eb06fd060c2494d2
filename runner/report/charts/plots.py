"""Plots over the time of the film: lines, and a bar at each seam."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from runner.report.charts.canvas import (
    Canvas,
    Scale,
    longest_fitting,
    render_svg,
    round_steps,
    svg_line,
    svg_text,
    time_axis,
    value_axis,
)

_SMALLEST = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class HopSpan:
    """A hop on the axis of time, in seconds, with its name; `note` is said in the plot where there is nothing."""

    index: int
    start: float
    end: float
    name: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measure: for each hop its pairs of seconds and value; `style` is its class."""

    name: str
    runs: Sequence[Sequence[tuple[float, float]]]
    style: str

    @property
    def values(self) -> Sequence[float]:
        """Every value."""
        return [value for run in self.runs for _, value in run]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A value that is marked across the plot; `style` is warn or fail."""

    value: float
    words: str
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is drawn: its axis title with the unit, the least that it spans, its limits, and the hops along the top."""

    title: str
    axis: str
    spans: Sequence[HopSpan]
    least: tuple[float, float]
    limits: Sequence[Limit] = ()
    unit: str = ""

    @property
    def seconds(self) -> float:
        """How long the axis of time is."""
        return max((each.end for each in self.spans), default=1.0)

    def steps(self, values: Sequence[float]) -> Sequence[float]:
        """Return round steps over all values, at least over the smallest span: noise is not to look like news."""
        return round_steps(min([self.least[0], *values]), max([self.least[1], *values]), 4)


def render_lines(chart: Chart, shown: Sequence[Line]) -> Markup:
    """Render lines over the film's time."""
    values = [value for line in shown for value in line.values]
    if not values:
        return Markup()

    def draw(canvas: Canvas) -> Sequence[str]:
        time, below = time_axis(canvas, chart.seconds)
        height, grid = value_axis(canvas, chart.steps(values), chart.axis)
        paths = [part for line in shown for part in _paths(line, time, height)]
        tips = [part for each in chart.spans for part in _tip(chart, each, shown, time, canvas)]
        return [*grid, *below, *_hops(chart, time, canvas), *_limits(chart, height, canvas), *paths, *tips]

    words = "; ".join(f"{line.name} {_spread(line.values, chart.unit)}" for line in shown if line.values)
    return render_svg(f"{chart.title}: {words}", draw)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeamBar:
    """The value at a seam and how it was judged; without a value it was not measured."""

    hop: int
    at: float
    value: float | None
    grade: str
    words: str


def render_seam_bars(chart: Chart, points: Sequence[SeamBar]) -> Markup:
    """Render a value at each seam, as a bar whose class says how it was judged."""
    # A seam without a value keeps its place, with a question mark: missing is not the same as fine.
    known = [(point, point.value) for point in points if point.value is not None]
    if not points:
        return Markup()

    def draw(canvas: Canvas) -> Sequence[str]:
        time, below = time_axis(canvas, chart.seconds)
        steps = chart.steps([*(value for _, value in known), *(limit.value for limit in chart.limits)])
        height, grid = value_axis(canvas, steps, chart.axis)
        bars = [part for point in points for part in _seam_bar(point, time, height)]
        return [*grid, *below, *_hops(chart, time, canvas), *_limits(chart, height, canvas), *bars]

    each = "; ".join(f"hop {point.hop} at {point.at:.1f} s: {point.words}" for point in points)
    return render_svg(f"{chart.title}: {each}", draw)


def _seam_bar(point: SeamBar, time: Scale, height: Scale) -> Iterator[str]:
    x, ground = time.at(point.at), height.at(0.0)
    tip = f"<title>{escape(f'seam of hop {point.hop} at {point.at:.1f} s: {point.words}')}</title>"
    yield f'<g class="mark {point.grade}">{tip}'
    if point.value is None:
        yield svg_text(x, ground - 6, "?", style="unknown")
    else:
        yield svg_line((x, x), (ground, height.at(point.value)), "stem")
        yield f'<circle class="dot" cx="{x:.1f}" cy="{height.at(point.value):.1f}" r="5"/>'
    yield "</g>"


def _hops(chart: Chart, time: Scale, canvas: Canvas) -> Iterator[str]:
    """The seams as thin lines, the hops' names or numbers along the top, and what is to be said of a hop."""
    spelled = all(
        longest_fitting((f"hop {each.index}",), time.at(each.end) - time.at(each.start)) for each in chart.spans
    )
    # A number of two digits needs 24 pixels with its margin.
    sparse = max(1, round(24 * len(chart.spans) / canvas.inner + 0.49))
    for each in chart.spans:
        left, right = time.at(each.start), time.at(each.end)
        if each.start > 0:
            yield svg_line((left, left), (canvas.top, canvas.ground), "seam")
        middle = (left + right) / 2
        names = [*([f"{each.index} {each.name}"] if each.name else []), *([f"hop {each.index}"] if spelled else [])]
        words = longest_fitting(names, right - left - 4)
        if words or each.index % sparse == 0:
            yield svg_text(middle, canvas.top - 9, words or f"{each.index}", style="hop")
        if each.note:
            note = longest_fitting((each.note, each.note.partition(" ")[0], "-"), right - left)
            yield svg_text(middle, (canvas.top + canvas.ground) / 2 + 4, note, style="note")


def _limits(chart: Chart, height: Scale, canvas: Canvas) -> Iterator[str]:
    edge = canvas.width - canvas.right
    for limit in chart.limits:
        if height.low - _SMALLEST <= limit.value <= height.high + _SMALLEST:
            y = height.at(limit.value)
            yield svg_line((canvas.left, edge), (y, y), f"limit {limit.style}")
            yield svg_text(edge - 3, y - 4, limit.words, "end", f"limit {limit.style}")


def _paths(line: Line, time: Scale, height: Scale) -> Iterator[str]:
    for run in line.runs:
        places = " ".join(f"{time.at(at):.1f},{height.at(value):.1f}" for at, value in run)
        if places:
            yield f'<polyline class="{line.style}" points="{places}"/>'


def _tip(chart: Chart, each: HopSpan, shown: Sequence[Line], time: Scale, canvas: Canvas) -> Iterator[str]:
    """What a hop measures, for whoever points at it."""
    found = []
    for line in shown:
        inside = [value for run in line.runs for at, value in run if each.start - 0.01 <= at < each.end]
        if inside:
            found.append(f"{line.name} {_spread(inside, chart.unit)}")
    left, right = time.at(each.start), time.at(each.end)
    words = f"hop {each.index}{f' {each.name}' if each.name else ''}: {'; '.join(found) or each.note}"
    yield (
        f'<rect class="tip" x="{left:.1f}" y="{canvas.top}" width="{right - left:.1f}"'
        f' height="{canvas.ground - canvas.top}"><title>{escape(words)}</title></rect>'
    )


def _spread(values: Sequence[float], unit: str) -> str:
    return f"{min(values):.3g} to {max(values):.3g} {unit}".strip()
