"""Which plots a run has over the time of the film: seams, motion, brightness, saturation and loudness."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from markupsafe import Markup

from runner.quality.inspector import CURVE_RATE
from runner.quality.thresholds import Threshold, profile
from runner.report.charts.plots import Chart, Limit, Line, Stem, Stretch, lines, stems
from runner.report.findings import limits_of
from runner.report.model import HopPart, Story, TakePart

_SCORE = "seam/discontinuity"
_SILENT, _LOUDEST = -70.0, 0.0
_QUIET_WORDS = "no sound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A plot with its heading, a line on how to read it, and its legend: a class and a name for each line."""

    heading: str
    plot: Markup
    words: str = ""
    legend: Sequence[tuple[str, str]] = ()


def figures(story: Story) -> Sequence[Figure]:
    """Every plot over the film's time that there is something to draw for."""
    chain = len(list(takewhile(lambda hop: hop.counts, story.hops)))
    # Beyond what counts, the next hop goes on from it; those after that belong to other takes.
    hops = [hop for hop in story.hops[: chain + 1] if hop.shown and hop.shown.place and hop.shown.place.new > 0]
    limits = limits_in(story)
    found = [
        _seams(hops, limits[_SCORE]),
        _motion(hops),
        _deviation(story, hops, "brightness", limits["drift/luma"]),
        _deviation(story, hops, "saturation", limits["drift/saturation"]),
        _loudness(hops),
    ]
    return [figure for figure in found if figure.plot]


def limits_in(story: Story) -> dict[str, Threshold]:
    """The thresholds in force: the profile's, and the storyboard's own."""
    own = {code: dict(limit) for code, limit in story.plan.steps[-1].contract.limits}
    return dict(profile().changed(own).thresholds)


def _stretches(hops: Sequence[HopPart], note: Callable[[TakePart], str] | None = None) -> Sequence[Stretch]:
    found = []
    for hop in hops:
        if hop.shown and hop.shown.place:
            words = note(hop.shown) if note else "" if hop.shown.look else "not measured"
            place = hop.shown.place
            name = hop.step.spec.name
            found.append(Stretch(index=hop.index, start=place.starts, end=place.ends, name=name, note=words))
    return found


def _seams(hops: Sequence[HopPart], limit: Threshold) -> Figure:
    chart = Chart(
        title="Jump at each seam",
        axis="jump (SSIM)",
        stretches=_stretches(hops, lambda _part: ""),
        least=(0.0, (limit.fail or limit.warn) * 1.15),
        limits=bounds(limit),
    )
    words = (
        "How much less alike the two pictures at a seam are than their neighbours."
        f" {limits_of(limit).capitalize()}; a question mark: not measurable."
    )
    return Figure(heading="Seams", plot=stems(chart, [_stem(hop) for hop in hops if hop.index]), words=words)


def _stem(hop: HopPart) -> Stem:
    part = hop.shown
    found = next((each for each in part.findings if each.code == _SCORE), None) if part else None
    at = part.place.starts if part and part.place else 0.0
    if found is None or found.value is None:
        return Stem(hop=hop.index, at=at, value=None, grade="none", words="not measured")
    return Stem(hop=hop.index, at=at, value=found.value, grade=found.original, words=f"{found.measured}, {found.word}")


def bounds(limit: Threshold, unit: str = "") -> Sequence[Limit]:
    """Lines for where a check warns and fails, on both sides where it looks at both."""
    found = []
    for style, value in (("warn", limit.warn), ("fail", limit.fail)):
        if value is not None:
            words = f"{style}s at {'±' if limit.around else ''}{value:g}{unit}"
            found.append(Limit(value=value, words=words, style=style))
            found += [Limit(value=-value, words="", style=style)] if limit.around else []
    return found


def _motion(hops: Sequence[HopPart]) -> Figure:
    chart = Chart(title="Motion", axis="8-bit levels a frame", stretches=_stretches(hops), least=(0.0, 10.0))
    words = "How much a pixel changes from one frame to the next, on average."
    return Figure(heading="Motion", plot=lines(chart, [_curve(hops, "motion", "a")]), words=words)


def _deviation(story: Story, hops: Sequence[HopPart], curve: str, limit: Threshold) -> Figure:
    """A measure as its distance from the mean of hop 0, and the drift that is judged: the steps at the seams, added."""
    first = hops[0].shown if hops and hops[0].index == 0 else None
    name, share = ("luma", False) if curve == "brightness" else (curve, True)
    base = first.look.means.get(name, 0.0) if first and first.look else 0.0
    if not base:
        return Figure(heading="", plot=Markup())
    raw = _curve(hops, curve, "a")
    factor = 100 / base if share else 1.0
    shown = replace(raw, runs=[[(at, (value - base) * factor) for at, value in run] for run in raw.runs])
    unit = "%" if share else "levels"
    most = (limit.fail or limit.warn) * 1.1
    chart = Chart(
        title=f"{curve.capitalize()} against hop 0",
        axis="% of hop 0" if share else "8-bit levels",
        stretches=_stretches(hops),
        least=(-most, most),
        limits=bounds(limit, " %" if share else ""),
        unit=unit,
    )
    words = "The thin line follows the picture, so it also shows what comes into view; the limits are for the drift."
    legend = [("a", f"{curve}, minus the mean of hop 0"), ("b", "drift: the steps at the seams, added up")]
    plot = lines(chart, [shown, _steps(story, hops, name)])
    return Figure(heading=chart.title, plot=plot, words=words, legend=legend)


def _steps(story: Story, hops: Sequence[HopPart], name: str) -> Line:
    known = {each.hop: each.values[name] for each in story.drifts if name in each.values}
    points: list[tuple[float, float]] = []
    for hop in hops:
        if hop.index in known and hop.shown and hop.shown.place:
            place, value = hop.shown.place, known[hop.index]
            points += [(place.starts, value), (place.ends, value)]
    return Line(name="drift", runs=[points], style="b thick")


def _loudness(hops: Sequence[HopPart]) -> Figure:
    chart = Chart(
        title="Loudness",
        axis="dB",
        stretches=_stretches(hops, _without_sound),
        least=(_SILENT, _LOUDEST),
        unit="dB",
    )
    curve = _curve(hops, "level", "a")
    clipped = replace(curve, runs=[[(at, max(value, _SILENT)) for at, value in run] for run in curve.runs])
    if not curve.values:
        if any(hop.shown and hop.shown.look for hop in hops):
            return Figure(heading="Loudness", plot=Markup('<p class="note">This film has no sound.</p>'))
        return Figure(heading="", plot=Markup())
    return Figure(
        heading="Loudness", plot=lines(chart, [clipped]), words="The level of the sound; 0 dB is as loud as can be."
    )


def _without_sound(part: TakePart) -> str:
    if part.place and part.place.facts.audio is None:
        return _QUIET_WORDS
    return "" if part.look else "not measured"


def _curve(hops: Sequence[HopPart], curve: str, style: str) -> Line:
    runs = []
    for hop in hops:
        part = hop.shown
        if part and part.look and part.place:
            values = part.look.curves.get(curve, ())
            runs.append([(part.place.starts + number / CURVE_RATE, value) for number, value in enumerate(values)])
    return Line(name="level" if curve == "level" else curve, runs=runs, style=style)
