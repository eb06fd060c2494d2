"""The thresholds by which values become verdicts: a versioned page of data, and a storyboard's own on top of it."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pkgutil import get_data
from typing import cast

from runner.media.checks import Grade, Verdict

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """From where on a value is remarked on, and from where on it fails; None never fails.

    With `around` they are held against the absolute value. Negative ones, and with `floor`, must not be gone below.
    """

    title: str
    kind: str
    warn: float
    fail: float | None = None
    unit: str = ""
    floor: bool = False
    around: bool = False

    def grade(self, value: float) -> Grade:
        """The verdict on a value."""
        if self.fail is not None and self._passed(value, self.fail):
            return "fail"
        return "warn" if self._passed(value, self.warn) else "pass"

    @property
    def from_above(self) -> bool:
        """Whether it is crossed by values that are too small."""
        return self.floor or self.warn < 0

    def _passed(self, value: float, limit: float) -> bool:
        if self.from_above:
            return value <= limit
        return (abs(value) if self.around else value) >= limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Thresholds by the check's code, as ``seam/discontinuity``."""

    version: int = VERSION
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)

    def verdicts(self, family: str, values: Mapping[str, float], where: str, at: float | None) -> Iterator[Verdict]:
        """A verdict for each value of a family that has a threshold; `at` is where it is, in seconds of the film."""
        for name, value in values.items():
            threshold = self.thresholds.get(f"{family}/{name}")
            if threshold:
                yield _verdict(f"{family}/{name}", threshold, value, where, at)

    def changed(self, limits: Mapping[str, Mapping[str, float]]) -> "Profile":
        """The profile with a storyboard's own limits. KeyError for a check that there is none of."""
        own = {code: _with(self.thresholds[code], limit) for code, limit in limits.items()}
        return replace(self, thresholds={**self.thresholds, **own})


def _with(threshold: Threshold, limit: Mapping[str, float]) -> Threshold:
    return replace(threshold, warn=limit.get("warn", threshold.warn), fail=limit.get("fail", threshold.fail))


def _verdict(code: str, threshold: Threshold, value: float, where: str, at: float | None) -> Verdict:
    measured, limit = _shown(value, threshold.unit), _shown(threshold.warn, threshold.unit)
    expected = f"above {limit}" if threshold.from_above else f"below {limit}"
    grade = threshold.grade(value)
    message = f"{threshold.title} {where}: {measured}"
    if grade != "pass":
        message += f", expected {expected}"
    return Verdict(
        check=code, verdict=grade, measured=measured, expected=expected, message=message, value=round(value, 4), at=at
    )


def _shown(value: float, unit: str) -> str:
    number = f"{value:.0f}" if unit == "frames" else f"{value:.2f}"
    return f"{number} {unit}".strip()


@cache
def profile() -> Profile:
    """The thresholds in force."""
    page = tomllib.loads((get_data("runner.quality", f"profiles/{VERSION}.toml") or b"").decode())
    found: dict[str, Threshold] = {}
    for family, checks in page.items():
        for name, row in cast("Mapping[str, Mapping[str, object]]", checks).items():
            found[f"{family}/{name}"] = _threshold(row)
    return Profile(thresholds=found)


def _threshold(row: Mapping[str, object]) -> Threshold:
    fail = row.get("fail")
    return Threshold(
        title=str(row["title"]),
        kind=str(row["kind"]),
        unit=str(row.get("unit", "")),
        floor=bool(row.get("floor")),
        around=bool(row.get("around")),
        warn=float(str(row["warn"])),
        fail=float(str(fail)) if fail is not None else None,
    )
