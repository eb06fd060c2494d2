"""Which plots a run has: over the time of the film seams, motion, light and loudness; hop by hop its drift."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from markupsafe import Markup

from runner.quality.inspector import CURVE_RATE
from runner.quality.thresholds import Threshold, profile
from runner.report.charts.canvas import Canvas, Scale, render_svg, round_steps, svg_line, svg_text, value_axis
from runner.report.charts.plots import Chart, HopSpan, Limit, Line, SeamBar, render_lines, render_seam_bars
from runner.report.findings import format_limits
from runner.report.model import HopReport, RunReport, TakeReport

_SCORE = "seam/discontinuity"
_SILENT, _LOUDEST = -70.0, 0.0  # dB: what is below the gate of BS.1770 is silence to it
_QUIET_WORDS = "no sound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A plot with its heading, a line on how to read it, and its legend: a class and a name for each line."""

    heading: str
    plot: Markup
    words: str = ""
    legend: Sequence[tuple[str, str]] = ()


def render_figures(report: RunReport) -> Sequence[Figure]:
    """Render every plot over the film's time that there is something to draw for."""
    chain = len(list(takewhile(lambda hop: hop.counts, report.hops)))
    # Beyond what counts, the next hop goes on from it; those after that belong to other takes.
    hops = [hop for hop in report.hops[: chain + 1] if hop.shown and hop.shown.file and hop.shown.file.new > 0]
    limits = thresholds_of(report)
    found = [
        _seams(hops, limits[_SCORE]),
        _motion(hops),
        _deviation(report, hops, "brightness", limits["drift/luma"]),
        _deviation(report, hops, "saturation", limits["drift/saturation"]),
        _loudness(hops),
    ]
    return [figure for figure in found if figure.plot]


def thresholds_of(report: RunReport) -> dict[str, Threshold]:
    """Return the thresholds in force: the profile's, and the storyboard's own."""
    own = {code: dict(limit) for code, limit in report.plan.steps[-1].contract.limits}
    return dict(profile().changed(own).thresholds)


def _hop_spans(hops: Sequence[HopReport], note: Callable[[TakeReport], str] | None = None) -> Sequence[HopSpan]:
    found = []
    for hop in hops:
        if hop.shown and hop.shown.file:
            words = note(hop.shown) if note else "" if hop.shown.measurements else "not measured"
            place = hop.shown.file
            name = hop.step.spec.name
            found.append(HopSpan(index=hop.index, start=place.starts, end=place.ends, name=name, note=words))
    return found


def _seams(hops: Sequence[HopReport], limit: Threshold) -> Figure:
    chart = Chart(
        title="Jump at each seam",
        axis="jump (SSIM)",
        spans=_hop_spans(hops, lambda _part: ""),
        least=(0.0, (limit.fail or limit.warn) * 1.15),
        limits=limit_lines(limit),
    )
    words = (
        "How much less alike the two pictures at a seam are than their neighbours."
        f" {format_limits(limit).capitalize()}; a question mark: not measurable."
    )
    return Figure(
        heading="Seams", plot=render_seam_bars(chart, [_seam_bar(hop) for hop in hops if hop.index]), words=words
    )


def _seam_bar(hop: HopReport) -> SeamBar:
    part = hop.shown
    found = next((each for each in part.findings if each.code == _SCORE), None) if part else None
    at = part.file.starts if part and part.file else 0.0
    if found is None or found.value is None:
        return SeamBar(hop=hop.index, at=at, value=None, grade="none", words="not measured")
    return SeamBar(
        hop=hop.index, at=at, value=found.value, grade=found.original, words=f"{found.measured}, {found.word}"
    )


def limit_lines(limit: Threshold, unit: str = "") -> Sequence[Limit]:
    """Return lines for where a check warns and fails, on both sides where it looks at both."""
    found = []
    for style, value in (("warn", limit.warn), ("fail", limit.fail)):
        if value is not None:
            words = f"{style}s at {'±' if limit.around else ''}{value:g}{unit}"
            found.append(Limit(value=value, words=words, style=style))
            found += [Limit(value=-value, words="", style=style)] if limit.around else []
    return found


def _motion(hops: Sequence[HopReport]) -> Figure:
    chart = Chart(title="Motion", axis="8-bit levels a frame", spans=_hop_spans(hops), least=(0.0, 10.0))
    words = "How much a pixel changes from one frame to the next, on average."
    return Figure(heading="Motion", plot=render_lines(chart, [_curve(hops, "motion", "a")]), words=words)


def _deviation(report: RunReport, hops: Sequence[HopReport], curve: str, limit: Threshold) -> Figure:
    """A measure as its distance from the mean of hop 0, and the drift that is judged: the steps at the seams, added."""
    name = "luma" if curve == "brightness" else curve
    base = _mean_of_first(hops, name)
    if not base:
        return Figure(heading="", plot=Markup())
    raw = _curve(hops, curve, "a")
    # A step of brightness is one of levels, whatever the picture; saturation is judged by its ratio.
    factor, unit, axis = (1.0, "levels", "8-bit levels") if name == "luma" else (100 / base, "%", "% of hop 0")
    shown = replace(raw, runs=[[(at, (value - base) * factor) for at, value in run] for run in raw.runs])
    most = (limit.fail or limit.warn) * 1.1
    chart = Chart(
        title=f"{curve.capitalize()} against hop 0",
        axis=axis,
        spans=_hop_spans(hops),
        least=(-most, most),
        limits=limit_lines(limit, " %" if unit == "%" else ""),
        unit=unit,
    )
    words = "The thin line follows the picture, so it also shows what comes into view; the limits are for the drift."
    legend = [("a", f"{curve}, minus the mean of hop 0"), ("b", "drift: the steps at the seams, added up")]
    plot = render_lines(chart, [shown, _steps(report, hops, name)])
    return Figure(heading=chart.title, plot=plot, words=words, legend=legend)


def _mean_of_first(hops: Sequence[HopReport], name: str) -> float:
    """Return the mean of a measure over hop 0; 0 where there is none to compare with."""
    first = hops[0].shown if hops and hops[0].index == 0 else None
    return first.measurements.means.get(name, 0.0) if first and first.measurements else 0.0


def _steps(report: RunReport, hops: Sequence[HopReport], name: str) -> Line:
    known = {each.hop: each.values[name] for each in report.drifts if name in each.values}
    points: list[tuple[float, float]] = []
    for hop in hops:
        if hop.index in known and hop.shown and hop.shown.file:
            place, value = hop.shown.file, known[hop.index]
            points += [(place.starts, value), (place.ends, value)]
    return Line(name="drift", runs=[points], style="b thick")


def _loudness(hops: Sequence[HopReport]) -> Figure:
    chart = Chart(
        title="Loudness",
        axis="dB",
        spans=_hop_spans(hops, _without_sound),
        least=(_SILENT, _LOUDEST),
        unit="dB",
    )
    curve = _curve(hops, "level", "a")
    # Digital silence is -100 dB here and would press everything else into the upper half.
    clipped = replace(curve, runs=[[(at, max(value, _SILENT)) for at, value in run] for run in curve.runs])
    if not curve.values:
        if any(hop.shown and hop.shown.measurements for hop in hops):
            return Figure(heading="Loudness", plot=Markup('<p class="note">This film has no sound.</p>'))
        return Figure(heading="", plot=Markup())
    return Figure(
        heading="Loudness",
        plot=render_lines(chart, [clipped]),
        words="The level of the sound; 0 dB is as loud as can be.",
    )


def _without_sound(part: TakeReport) -> str:
    if part.file and part.file.facts.audio is None:
        return _QUIET_WORDS
    return "" if part.measurements else "not measured"


def _curve(hops: Sequence[HopReport], curve: str, style: str) -> Line:
    runs = []
    for hop in hops:
        part = hop.shown
        if part and part.measurements and part.file:
            values = part.measurements.curves.get(curve, ())
            runs.append([(part.file.starts + number / CURVE_RATE, value) for number, value in enumerate(values)])
    return Line(name="level" if curve == "level" else curve, runs=runs, style=style)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftMeasure:
    """A measure of drift: its code, its title, its unit."""

    name: str
    title: str
    unit: str


MEASURES = (
    DriftMeasure(name="luma", title="brightness", unit="8-bit levels"),
    DriftMeasure(name="colour", title="colour", unit="8-bit levels"),
    DriftMeasure(name="saturation", title="saturation", unit="%"),
    DriftMeasure(name="contrast", title="contrast", unit="%"),
    DriftMeasure(name="sharpness", title="sharpness", unit="%"),
    DriftMeasure(name="loudness", title="loudness", unit="LU"),
)
_SMALL = Canvas(name="small", width=330, height=170, left=52, bottom=36, top=12)


def render_drift_plots(report: RunReport) -> Sequence[tuple[DriftMeasure, Markup]]:
    """Render a small plot for each measure of drift, hop by hop, with its band."""
    limits = thresholds_of(report)
    found = []
    for measure in MEASURES:
        points = [(each.hop, each.values[measure.name]) for each in report.drifts if measure.name in each.values]
        if len(points) > 1:
            found.append((measure, _drift(measure, points, limits[f"drift/{measure.name}"])))
    return found


def _drift(measure: DriftMeasure, points: Sequence[tuple[int, float]], limit: Threshold) -> Markup:
    # The band is always in the picture, for a line without it would look like drift however flat it is.
    most = abs(limit.fail if limit.fail is not None else limit.warn) * 1.1
    values = [value for _, value in points]
    lowest = 0.0 if measure.name == "colour" else min(-most, *values)
    steps = round_steps(lowest, max(most, *values), 4)
    marks = [each for each in limit_lines(limit) if steps[0] <= each.value <= steps[-1]]

    def draw(canvas: Canvas) -> Sequence[str]:
        height, grid = value_axis(canvas, steps, measure.unit)
        edge = (float(canvas.left), float(canvas.width - canvas.right))
        rules = [
            svg_line(edge, (height.at(each.value), height.at(each.value)), f"limit {each.style}") for each in marks
        ]
        return [*grid, *rules, *_hops(measure, points, limit, height, canvas)]

    label = f"Drift of {measure.title}: " + ", ".join(f"hop {hop} {value:+.1f}" for hop, value in points)
    return render_svg(f"{label} {measure.unit}", draw, _SMALL)


def _hops(
    measure: DriftMeasure, points: Sequence[tuple[int, float]], limit: Threshold, height: Scale, canvas: Canvas
) -> Sequence[str]:
    """A dot for each hop, coloured as it is judged, joined by a line."""
    last = max(1, *(hop for hop, _ in points))
    # More numbers than these touch each other in a plot of 330 pixels.
    every = max(1, last // 6)
    time = Scale(low=0, high=last, start=canvas.left + 8, end=canvas.width - canvas.right - 8)
    joined = " ".join(f"{time.at(hop):.1f},{height.at(value):.1f}" for hop, value in points)
    found = [svg_text(canvas.left + canvas.inner / 2, canvas.height - 4, "hop")]
    found.append(f'<polyline class="b thick" points="{joined}"/>')
    for hop, value in points:
        x, y, tip = time.at(hop), height.at(value), f"<title>hop {hop}: {value:+.1f} {measure.unit}</title>"
        found.append(f'<circle class="dot {limit.grade(value)}" cx="{x:.1f}" cy="{y:.1f}" r="3.5">{tip}</circle>')
        found += [svg_text(x, canvas.ground + 15, f"{hop}")] if hop % every == 0 else []
    return found
