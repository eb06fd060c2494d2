"""How far each hop has drifted from the first, as small plots: one for each measure, with its band."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from runner.quality.thresholds import Threshold
from runner.report.charts.axes import Paper, Scale, down, drawn, round_steps, rule, text
from runner.report.charts.over_time import bounds, limits_in
from runner.report.model import Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure of drift: its code, its title, its unit."""

    name: str
    title: str
    unit: str


MEASURES = (
    Measure(name="luma", title="brightness", unit="8-bit levels"),
    Measure(name="colour", title="colour", unit="8-bit levels"),
    Measure(name="saturation", title="saturation", unit="%"),
    Measure(name="contrast", title="contrast", unit="%"),
    Measure(name="sharpness", title="sharpness", unit="%"),
    Measure(name="loudness", title="loudness", unit="LU"),
)
_SMALL = Paper(name="small", width=330, height=170, left=52, bottom=36, top=12)


def drift_plots(story: Story) -> Sequence[tuple[Measure, Markup]]:
    """A small plot for each measure of drift, hop by hop, with its band."""
    limits = limits_in(story)
    found = []
    for measure in MEASURES:
        points = [(each.hop, each.values[measure.name]) for each in story.drifts if measure.name in each.values]
        if len(points) > 1:
            found.append((measure, _drift(measure, points, limits[f"drift/{measure.name}"])))
    return found


def _drift(measure: Measure, points: Sequence[tuple[int, float]], limit: Threshold) -> Markup:
    most = abs(limit.fail if limit.fail is not None else limit.warn) * 1.1
    values = [value for _, value in points]
    lowest = 0.0 if measure.name == "colour" else min(-most, *values)
    steps = round_steps(lowest, max(most, *values), 4)
    marks = [each for each in bounds(limit) if steps[0] <= each.value <= steps[-1]]

    def draw(paper: Paper) -> Sequence[str]:
        height, grid = down(paper, steps, measure.unit)
        edge = (float(paper.left), float(paper.width - paper.right))
        rules = [rule(edge, (height.at(each.value), height.at(each.value)), f"limit {each.style}") for each in marks]
        return [*grid, *rules, *_hops(measure, points, limit, height, paper)]

    label = f"Drift of {measure.title}: " + ", ".join(f"hop {hop} {value:+.1f}" for hop, value in points)
    return drawn(f"{label} {measure.unit}", draw, _SMALL)


def _hops(
    measure: Measure, points: Sequence[tuple[int, float]], limit: Threshold, height: Scale, paper: Paper
) -> Sequence[str]:
    """A dot for each hop, coloured as it is judged, joined by a line."""
    last = max(1, *(hop for hop, _ in points))
    every = max(1, last // 6)
    time = Scale(low=0, high=last, start=paper.left + 8, end=paper.width - paper.right - 8)
    joined = " ".join(f"{time.at(hop):.1f},{height.at(value):.1f}" for hop, value in points)
    found = [text(paper.left + paper.inner / 2, paper.height - 4, "hop")]
    found.append(f'<polyline class="b thick" points="{joined}"/>')
    for hop, value in points:
        x, y, tip = time.at(hop), height.at(value), f"<title>hop {hop}: {value:+.1f} {measure.unit}</title>"
        found.append(f'<circle class="dot {limit.grade(value)}" cx="{x:.1f}" cy="{y:.1f}" r="3.5">{tip}</circle>')
        found += [text(x, paper.ground + 15, f"{hop}")] if hop % every == 0 else []
    return found
