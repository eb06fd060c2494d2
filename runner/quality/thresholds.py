"""The thresholds by which values become verdicts: a versioned page of data, and a storyboard's own on top of it."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pkgutil import get_data
from typing import cast

from runner.media.model import Grade, Verdict

VERSION = 1
_MOST_DIGITS = 7  # a value that differs from its limit in the seventh digit only is shown with the fewest


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """From where on a value warns, and from where on it fails; None never fails.

    With `around` they are held against the absolute value. Negative ones, and with `floor`, must not be gone below.
    `title` names what is wrong, `calm` what is measured where nothing is; `words` say it with the values themselves.
    """

    title: str
    kind: str
    warn: float
    fail: float | None = None
    unit: str = ""
    floor: bool = False
    around: bool = False
    calm: str = ""
    words: str = ""

    def grade(self, value: float) -> Grade:
        """Return the verdict on a value."""
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
        """Yield a verdict for each value of a family that has a threshold; `at` is its second in the film."""
        for name, value in values.items():
            threshold = self.thresholds.get(f"{family}/{name}")
            if threshold:
                said = _words(threshold, value, values, where)
                yield _verdict(f"{family}/{name}", threshold, value, said, at)

    def changed(self, limits: Mapping[str, Mapping[str, float]]) -> "Profile":
        """Return the profile with a storyboard's own limits. KeyError for an unknown check."""
        own = {code: _with(self.thresholds[code], limit) for code, limit in limits.items()}
        return replace(self, thresholds={**self.thresholds, **own})


def _with(threshold: Threshold, limit: Mapping[str, float]) -> Threshold:
    return replace(threshold, warn=limit.get("warn", threshold.warn), fail=limit.get("fail", threshold.fail))


def _verdict(code: str, threshold: Threshold, value: float, said: str, at: float | None) -> Verdict:
    grade = threshold.grade(value)
    digits = _digits(threshold, value, grade)
    measured, expected = _shown(value, threshold.unit, digits), _expected(threshold, grade, digits)
    message = said or measured
    if not threshold.words:
        message += f": {measured}"
    if grade != "pass":
        message += f", expected {expected}"
    return Verdict(
        check=code, verdict=grade, measured=measured, expected=expected, message=message, value=round(value, 4), at=at
    )


def _words(threshold: Threshold, value: float, values: Mapping[str, float], where: str) -> str:
    """Return what is said of a value and where, without the figure unless it is part of the words."""
    passed = threshold.grade(value) == "pass"
    words = threshold.calm if passed and threshold.calm else threshold.title
    if threshold.words:
        # A look.json from before `frames` was measured (2026-11-27) had seen the last 24.
        whole = {"frames": "24"} | {name: f"{each:.0f}" for name, each in values.items()}
        words = threshold.words.format_map({**whole, "value": f"{value:.0f}"})
    return f"{words} {where}".strip()


def _expected(threshold: Threshold, grade: Grade, digits: int) -> str:
    """Return the limit that was crossed, or would be next; of one that fails also where it would have warned."""
    side = "above" if threshold.from_above else "within +/-" if threshold.around else "below"
    gap = "" if side.endswith("-") else " "
    remarked = _shown(threshold.warn, threshold.unit, digits)
    if grade != "fail" or threshold.fail is None or threshold.fail == threshold.warn:
        return f"{side}{gap}{remarked}"
    return f"{side}{gap}{_shown(threshold.fail, threshold.unit, digits)} (remarked on from {remarked})"


def _digits(threshold: Threshold, value: float, grade: Grade) -> int:
    """Return how many digits it takes to tell a value from its limits."""
    # Rounded alike, a value and its limit contradict each other: "0.20, expected below 0.20" (2026-11-27).
    limits = [limit for limit in (threshold.warn, threshold.fail) if limit is not None]
    least = 0 if threshold.unit == "frames" else 2
    if grade == "pass":
        limits = [threshold.warn]
    for digits in range(least, _MOST_DIGITS):
        if all(f"{value:.{digits}f}" != f"{limit:.{digits}f}" or value == limit for limit in limits):
            return digits
    return least


def _shown(value: float, unit: str, digits: int) -> str:
    number = f"{value:.{digits}f}"
    if unit == "frames" and float(number) == 1:
        unit = "frame"
    return f"{number} {unit}".strip()


@cache
def profile() -> Profile:
    """Return the thresholds in force, read once."""
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
        calm=str(row.get("calm", "")),
        words=str(row.get("words", "")),
        floor=bool(row.get("floor")),
        around=bool(row.get("around")),
        warn=float(str(row["warn"])),
        fail=float(str(fail)) if fail is not None else None,
    )
