"""The time that a run took: a row for each take, and below it the money that was committed by then."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape

from runner.report.charts.axes import Paper, Scale, down, drawn, round_steps, rule, second_steps, text
from runner.report.costs import Entry
from runner.report.format import money, second, span

_ROW, _MONEY = 26, 150
_IDLE, _SHARE = 30.0, 0.15
_NARROW = 2.0  # pixels: the least that a stretch is shown with
_PARTS = (
    ("sent", "intent", "accepted"),
    ("made", "accepted", "succeeded"),
    ("fetched", "succeeded", "stored"),
    ("judged", "stored", "judged"),
)
_OPEN = ("failed", "refused", "unknown", "polled")  # the first that came says how it ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
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
        """A moment on the axis, in seconds from its beginning."""
        passed = 0.0
        for start, end in self.busy:
            if moment <= end:
                return passed + max(0.0, moment - start)
            passed += end - start + self.pause
        return passed - self.pause


def time_of(spans: Sequence[tuple[float, float]]) -> Time:
    """The clock for some stretches of work: pauses that are long against the work are cut short."""
    merged: list[tuple[float, float]] = []
    idle = max(_IDLE, _SHARE * sum(end - start for start, end in spans))
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1] + idle:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return Time(busy=merged)


def waterfall(entries: Sequence[Entry], budget: Decimal | None) -> Markup:
    """Each take as a row of stretches with its price, and the sum of the prices as a line."""
    shown = [entry for entry in entries if "intent" in entry.work.at]
    if not shown:
        return Markup()
    time = time_of([(entry.work.at["intent"], max(entry.work.at.values())) for entry in shown])
    papers = [_paper("broad", 1040, 128, 76, len(shown)), _paper("slim", 380, 84, 60, len(shown))]

    def draw(paper: Paper) -> Sequence[str]:
        across = Scale(low=0.0, high=time.seconds, start=paper.left, end=paper.width - paper.right)
        rows = [part for number, entry in enumerate(shown) for part in _row(entry, number, across, time, paper)]
        return [*_clock(time, across, paper), *rows, *_sum(shown, budget, across, time, paper)]

    words = f"{len(shown)} takes in {span(time.busy[-1][1] - time.busy[0][0])}, {money(shown[-1].total)} committed"
    return drawn(f"Time and money: {words}", draw, *papers)


def _paper(name: str, width: int, left: int, right: int, rows: int) -> Paper:
    top = _ROW * rows + 30
    return Paper(name=name, width=width, height=top + _MONEY, left=left, right=right, top=top, bottom=42, apart=62.0)


def _row(entry: Entry, number: int, across: Scale, time: Time, paper: Paper) -> Iterator[str]:
    top = number * _ROW
    label = f"hop {entry.hop} · take {entry.number}" if paper.left > 100 else f"{entry.hop} · take {entry.number}"  # noqa: PLR2004 -- pixels
    faded = "" if entry.counts else " faded"
    yield f'<g class="row{faded}">' + text(paper.left - 8, top + 17, label, "end")
    end = paper.left
    for style, first, last, tip in _stretches(entry):
        left, right = across.at(time.at(first)), across.at(time.at(last))
        end = max(end, round(right))
        yield (
            f'<rect class="{style}" x="{left:.1f}" y="{top + 5}" width="{max(right - left, _NARROW):.1f}" height="16">'
            f"<title>{escape(tip)}</title></rect>"
        )
    yield text(paper.width - paper.right + 6, top + 17, entry.price, "start") + "</g>"


def _stretches(entry: Entry) -> Iterator[tuple[str, float, float, str]]:
    at, name = entry.work.at, f"hop {entry.hop}, take {entry.number}"
    last = at["intent"]
    for style, first, then in _PARTS:
        if first in at and then in at and at[then] >= at[first]:
            last = at[then]
            yield style, at[first], last, f"{name}: {style} in {span(last - at[first])}"
    ends = [(kind, at[kind]) for kind in _OPEN if at.get(kind, 0.0) > last]
    if ends and "stored" not in at:
        kind, moment = ends[0]
        style = "made" if kind == "polled" else "broken"
        yield style, last, moment, f"{name}: {'asked for' if kind == 'polled' else kind} after {span(moment - last)}"


def _clock(time: Time, across: Scale, paper: Paper) -> Iterator[str]:
    """Seconds or minutes below everything; a cut where the run paused."""
    top, ground = 0.0, paper.ground
    whole, minutes = len(time.busy) == 1, time.seconds >= 600  # noqa: PLR2004 -- ten minutes
    if whole:
        for step in second_steps(time.seconds, paper):
            x = across.at(step)
            yield rule((x, x), (top, ground), "grid")
            yield text(x, ground + 17, f"{step / 60:g}" if minutes else f"{step:g}")
    for number, (start, end) in enumerate([] if whole else time.busy):
        x = across.at(time.at(start))
        yield rule((x, x), (top, ground), "seam")
        if across.at(time.at(end)) - x > paper.apart or number == 0:
            yield text(x, ground + 17, second(start)[11:], "start")
        if number:
            yield text(x - 3, paper.top - 14, f"paused {span(start - time.busy[number - 1][1])}", "end")
    title = ("minutes" if minutes else "seconds") if whole else "time of day, UTC; pauses are cut short"
    yield text(paper.left + paper.inner / 2, paper.height - 5, title)


def _sum(shown: Sequence[Entry], budget: Decimal | None, across: Scale, time: Time, paper: Paper) -> Iterator[str]:
    """The money committed, as steps, and the budget."""
    top = max([float(shown[-1].total), *([float(budget)] if budget is not None else [])]) or 1.0
    height, grid = down(paper, round_steps(0.0, top, 3), "USD")
    yield from grid
    x, y = across.start, height.at(0.0)
    path = f"{x:.1f},{y:.1f}"
    for entry in shown:
        x, before = across.at(time.at(entry.work.at["intent"])), y
        y = height.at(float(entry.total))
        path += f" {x:.1f},{before:.1f} {x:.1f},{y:.1f}"
    yield f'<polyline class="c thick" points="{path} {across.end:.1f},{y:.1f}"/>'
    yield text(across.end + 6, y + 4, money(shown[-1].total), "start", "hop")
    if budget is not None:
        limit = height.at(float(budget))
        yield rule((paper.left, across.end), (limit, limit), "limit fail")
        yield text(
            paper.left + 4,
            limit - 4 if limit > paper.top + 12 else limit + 13,
            f"budget {money(budget)}",
            "start",
            "limit fail",
        )
