"""Drift over a chain: what small steps at the seams add up to, and how loud each hop is.

Steps at the seams are added, because means over hops change with what is shown: of a clean chain of nine hops the
steps said saturation 0 % and contrast -1 %, the means -6 % and -5 % (2026-11-20). But a step that every seam has of
its own, as the key frame of an encoder makes it, adds up as well, and nothing has drifted: so the means must agree.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

# Of the sum: as much the means have to differ (2026-11-27). All of it would be too much: they also follow the picture.
_AGREES = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class HopMeasurements:
    """What drift is told from: the signed steps at the seam before a hop (none for hop 0), and its means."""

    hop: int
    steps: Mapping[str, float] = field(default_factory=dict)
    means: Mapping[str, float] = field(default_factory=dict)
    loudness: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HopDrift:
    """How far a hop is from hop 0, by measure: 8-bit values, per cent, LU.

    `agreed` are the measures in which the hops themselves differ as well: the same way, and at least half as much.
    """

    hop: int
    values: Mapping[str, float]
    agreed: frozenset[str] = frozenset()


def measure_drift(looks: Sequence[HopMeasurements]) -> tuple[HopDrift, ...]:
    """Measure the drift of each hop against hop 0."""
    # Known limit: what drifts within the hops makes no step, so roll-outs of a model in one file pass (2026-11-30).
    sums = dict.fromkeys(("luma", "blue", "red", "saturation", "contrast", "sharpness"), 0.0)
    found = []
    for look in looks:
        for name, step in look.steps.items():
            sums[name] += step
        values, agreed = _values(sums), frozenset(_agreed(sums, look.means, looks[0].means))
        found.append(HopDrift(hop=look.hop, values={**values, **_louder(look, looks[0])}, agreed=agreed | {"loudness"}))
    return tuple(found)


def _agreed(sums: Mapping[str, float], means: Mapping[str, float], first: Mapping[str, float]) -> Iterator[str]:
    """Yield the measures in which means say what the sums of steps say; without means, all."""
    for name in ("luma", "saturation", "contrast", "sharpness"):
        if name not in means or name not in first:
            yield name
            continue
        # As the steps are measured: brightness in levels, the others in doublings, above the same floor of 1.
        ratio = math.log2((means[name] + 1) / (first[name] + 1))
        apart = means[name] - first[name] if name == "luma" else ratio
        if apart * sums[name] >= sums[name] ** 2 * _AGREES:
            yield name
    differs = [means.get(name, 0.0) - first.get(name, 0.0) for name in ("blue", "red")]
    along = differs[0] * sums["blue"] + differs[1] * sums["red"]
    if not means or not first or along >= _AGREES * (sums["blue"] ** 2 + sums["red"] ** 2):
        yield "colour"


def _values(sums: Mapping[str, float]) -> dict[str, float]:
    return {
        "luma": sums["luma"],
        "colour": math.hypot(sums["blue"], sums["red"]),
        **{name: _per_cent(sums[name]) for name in ("saturation", "contrast", "sharpness")},
    }


def _per_cent(doublings: float) -> float:
    return 100 * (2**doublings - 1)


def _louder(look: HopMeasurements, first: HopMeasurements) -> dict[str, float]:
    if look.loudness is None or first.loudness is None:
        return {}
    return {"loudness": look.loudness - first.loudness}


def fit_slope(values: Sequence[float]) -> float:
    """Fit how much a measure changes per hop: the straight line of least squares."""
    count = len(values)
    if count < 2:  # noqa: PLR2004 -- a line needs two points
        return 0.0
    middle, mean = (count - 1) / 2, sum(values) / count
    spread = sum((hop - middle) ** 2 for hop in range(count))
    return sum((hop - middle) * (value - mean) for hop, value in enumerate(values)) / spread


def first_hop_outside(found: Sequence[HopDrift], name: str, grade: Callable[[float], str]) -> int | None:
    """Return the first hop at which a measure is outside its band, None where it never is."""
    return next((each.hop for each in found if name in each.values and grade(each.values[name]) != "pass"), None)
