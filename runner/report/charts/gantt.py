"""The time that a run took as a Gantt chart: a row for each take, and below the money that was committed by then."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape

from runner.report.charts.canvas import (
    Canvas,
    Scale,
    render_svg,
    round_steps,
    second_steps,
    svg_line,
    svg_text,
    value_axis,
)
from runner.report.costs import Expense
from runner.report.format import money, second, span

_ROW, _MONEY = 26, 150
# Seconds, and of all work: a run that waited a night for its yes would be a line of dots.
_IDLE, _SHARE = 30.0, 0.15
_WIDE_MARGIN = 100  # pixels: has room for the word "hop" as well
_LEAST_WIDTH = 2.0  # pixels: the least that a stretch is shown with
_PARTS = (
    ("sent", "intent", "accepted"),
    ("made", "accepted", "succeeded"),
    ("fetched", "succeeded", "stored"),
    ("judged", "stored", "judged"),
)
_OPEN = ("failed", "refused", "unknown", "polled")  # the first that came says how it ended


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkClock:
    """The clock of the work without its long pauses: the stretches in which something was done, from and to."""

    busy: Sequence[tuple[float, float]]

    @property
    def pause(self) -> float:
        """How long a pause is drawn."""
        return max(1e-3, 0.04 * sum(end - start for start, end in self.busy))

    @property
    def seconds(self) -> float:
        """The whole length as drawn."""
        return sum(end - start for start, end in self.busy) + self.pause * (len(self.busy) - 1) or 1.0

    def at(self, moment: float) -> float:
        """Return a moment on the axis, in seconds from its beginning."""
        passed = 0.0
        for start, end in self.busy:
            if moment <= end:
                return passed + max(0.0, moment - start)
            passed += end - start + self.pause
        return passed - self.pause


def cut_pauses(spans: Sequence[tuple[float, float]]) -> WorkClock:
    """Return the clock for some stretches of work: pauses that are long against the work are cut short."""
    merged: list[tuple[float, float]] = []
    idle = max(_IDLE, _SHARE * sum(end - start for start, end in spans))
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1] + idle:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return WorkClock(busy=merged)


def render_gantt(entries: Sequence[Expense], budget: Decimal | None) -> Markup:
    """Render each take as a row of stretches with its price, and the sum of the prices as a line."""
    shown = [entry for entry in entries if "intent" in entry.log.at]
    if not shown:
        return Markup()
    time = cut_pauses([(entry.log.at["intent"], max(entry.log.at.values())) for entry in shown])
    canvases = [_canvas("broad", 1040, 128, 76, len(shown)), _canvas("slim", 380, 84, 60, len(shown))]

    def draw(canvas: Canvas) -> Sequence[str]:
        scale = Scale(low=0.0, high=time.seconds, start=canvas.left, end=canvas.width - canvas.right)
        rows = [part for number, entry in enumerate(shown) for part in _row(entry, number, scale, time, canvas)]
        return [*_clock(time, scale, canvas), *rows, *_sum(shown, budget, scale, time, canvas)]

    words = f"{len(shown)} takes in {span(time.busy[-1][1] - time.busy[0][0])}, {money(shown[-1].total)} committed"
    return render_svg(f"Time and money: {words}", draw, *canvases)


def _canvas(name: str, width: int, left: int, right: int, rows: int) -> Canvas:
    top = _ROW * rows + 30
    return Canvas(name=name, width=width, height=top + _MONEY, left=left, right=right, top=top, bottom=42, apart=62.0)


def _row(entry: Expense, number: int, scale: Scale, time: WorkClock, canvas: Canvas) -> Iterator[str]:
    top = number * _ROW
    label = f"{'hop ' if canvas.left > _WIDE_MARGIN else ''}{entry.hop} · take {entry.number}"
    faded = "" if entry.counts else " faded"
    yield f'<g class="row{faded}">' + svg_text(canvas.left - 8, top + 17, label, "end")
    end = canvas.left
    for style, first, last, tip in _stretches(entry):
        left, right = scale.at(time.at(first)), scale.at(time.at(last))
        end = max(end, round(right))
        width = max(right - left, _LEAST_WIDTH)
        yield (
            f'<rect class="{style}" x="{left:.1f}" y="{top + 5}" width="{width:.1f}" height="16">'
            f"<title>{escape(tip)}</title></rect>"
        )
    yield svg_text(canvas.width - canvas.right + 6, top + 17, entry.price, "start") + "</g>"


def _stretches(entry: Expense) -> Iterator[tuple[str, float, float, str]]:
    at, name = entry.log.at, f"hop {entry.hop}, take {entry.number}"
    last = at["intent"]
    for style, first, then in _PARTS:
        if first in at and then in at and at[then] >= at[first]:
            last = at[then]
            yield style, at[first], last, f"{name}: {style} in {span(last - at[first])}"
    # Without an end the last poll is as far as is known: the task may still be rendering.
    ends = [(kind, at[kind]) for kind in _OPEN if at.get(kind, 0.0) > last]
    if ends and "stored" not in at:
        kind, moment = ends[0]
        style = "made" if kind == "polled" else "broken"
        yield style, last, moment, f"{name}: {'asked for' if kind == 'polled' else kind} after {span(moment - last)}"


def _clock(time: WorkClock, scale: Scale, canvas: Canvas) -> Iterator[str]:
    """Draw seconds or minutes below everything; a cut where the run paused."""
    top, ground = 0.0, canvas.ground
    whole, minutes = len(time.busy) == 1, time.seconds >= 600  # noqa: PLR2004 -- ten minutes
    if whole:
        for step in second_steps(time.seconds, canvas):
            x = scale.at(step)
            yield svg_line((x, x), (top, ground), "grid")
            yield svg_text(x, ground + 17, f"{step / 60:g}" if minutes else f"{step:g}")
    for number, (start, end) in enumerate([] if whole else time.busy):
        x = scale.at(time.at(start))
        yield svg_line((x, x), (top, ground), "seam")
        if scale.at(time.at(end)) - x > canvas.apart or number == 0:
            yield svg_text(x, ground + 17, second(start)[11:], "start")
        if number:
            yield svg_text(x - 3, canvas.top - 14, f"paused {span(start - time.busy[number - 1][1])}", "end")
    title = ("minutes" if minutes else "seconds") if whole else "time of day, UTC; pauses are cut short"
    yield svg_text(canvas.left + canvas.inner / 2, canvas.height - 5, title)


def _sum(
    shown: Sequence[Expense], budget: Decimal | None, scale: Scale, time: WorkClock, canvas: Canvas
) -> Iterator[str]:
    """Draw the money committed, as steps, and the budget."""
    # The budget belongs into the picture even where little of it is spent.
    top = max([float(shown[-1].total), *([float(budget)] if budget is not None else [])]) or 1.0
    height, grid = value_axis(canvas, round_steps(0.0, top, 3), "USD")
    yield from grid
    x, y = scale.start, height.at(0.0)
    path = f"{x:.1f},{y:.1f}"
    for entry in shown:
        x, before = scale.at(time.at(entry.log.at["intent"])), y
        y = height.at(float(entry.total))
        path += f" {x:.1f},{before:.1f} {x:.1f},{y:.1f}"
    yield f'<polyline class="c thick" points="{path} {scale.end:.1f},{y:.1f}"/>'
    yield svg_text(scale.end + 6, y + 4, money(shown[-1].total), "start", "hop")
    if budget is not None:
        limit = height.at(float(budget))
        yield svg_line((canvas.left, scale.end), (limit, limit), "limit fail")
        yield svg_text(
            canvas.left + 4,
            limit - 4 if limit > canvas.top + 12 else limit + 13,
            f"budget {money(budget)}",
            "start",
            "limit fail",
        )
