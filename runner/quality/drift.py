"""Drift over a chain: what small steps at the seams add up to, and how loud each hop is.

Steps at the seams are added, because means over hops change with what is shown.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class HopLook:
    """What drift is told from: the signed steps at the seam before a hop (none for hop 0), and its means."""

    hop: int
    steps: Mapping[str, float] = field(default_factory=dict)
    means: Mapping[str, float] = field(default_factory=dict)
    loudness: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far a hop is from hop 0, by measure: 8-bit values, per cent, LU."""

    hop: int
    values: Mapping[str, float]


def drift(looks: Sequence[HopLook]) -> tuple[Drift, ...]:
    """The drift of each hop against hop 0."""
    sums = dict.fromkeys(("luma", "blue", "red", "saturation", "contrast", "sharpness"), 0.0)
    found = []
    for look in looks:
        for name, step in look.steps.items():
            sums[name] += step
        found.append(Drift(hop=look.hop, values={**_values(sums), **_louder(look, looks[0])}))
    return tuple(found)


def _values(sums: Mapping[str, float]) -> dict[str, float]:
    return {
        "luma": sums["luma"],
        "colour": math.hypot(sums["blue"], sums["red"]),
        **{name: _per_cent(sums[name]) for name in ("saturation", "contrast", "sharpness")},
    }


def _per_cent(doublings: float) -> float:
    return 100 * (2**doublings - 1)


def _louder(look: HopLook, first: HopLook) -> dict[str, float]:
    if look.loudness is None or first.loudness is None:
        return {}
    return {"loudness": look.loudness - first.loudness}


def slope(values: Sequence[float]) -> float:
    """How much a measure changes per hop: the straight line of least squares."""
    count = len(values)
    if count < 2:  # noqa: PLR2004 -- a line needs two points
        return 0.0
    middle, mean = (count - 1) / 2, sum(values) / count
    spread = sum((hop - middle) ** 2 for hop in range(count))
    return sum((hop - middle) * (value - mean) for hop, value in enumerate(values)) / spread


def first_outside(found: Sequence[Drift], name: str, grade: Callable[[float], str]) -> int | None:
    """The first hop at which a measure is outside its band, None where it never is."""
    return next((each.hop for each in found if name in each.values and grade(each.values[name]) != "pass"), None)
