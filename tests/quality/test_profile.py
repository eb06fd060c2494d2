"""The profile of thresholds, and the page that shows it."""

import re

import pytest

from runner.quality.profile import Threshold, profile
from tests.engine.studio import ROOT


def shown(limit: float | None, threshold: Threshold) -> str:
    if limit is None:
        return ""
    sign = "<= " if threshold.from_above else "+/- " if threshold.around else ">= "
    return f"{sign}{limit:g} {threshold.unit}".strip()


def test_the_page_shows_every_check_with_its_thresholds() -> None:
    page = (ROOT / "docs" / "checks.md").read_text()
    table = re.search(r"<!-- profile -->\n(.*?)<!-- end -->", page, re.DOTALL)
    assert table
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()[2:]]
    assert rows == [
        [f"`{code}`", each.title, shown(each.warn, each), shown(each.fail, each)]
        for code, each in profile().thresholds.items()
    ]


@pytest.mark.parametrize("code", profile().thresholds)
def test_what_fails_would_also_warn(code: str) -> None:
    threshold = profile().thresholds[code]
    if threshold.fail is None:
        assert threshold.grade(1e9 if not threshold.from_above else -1e9) == "warn"
        return
    beyond = threshold.fail - 1 if threshold.from_above else threshold.fail + 1
    assert threshold.grade(beyond) == "fail"
    assert threshold.grade(threshold.warn) in ("warn", "fail")


def test_a_value_is_judged_around_above_or_below() -> None:
    around = Threshold(title="t", kind="k", warn=1, fail=2, around=True)
    assert [around.grade(value) for value in (-2, -1, 0, 1, 2)] == ["fail", "warn", "pass", "warn", "fail"]
    above = Threshold(title="t", kind="k", warn=1, fail=2)
    assert [above.grade(value) for value in (-2, 0, 1, 2)] == ["pass", "pass", "warn", "fail"]
    below = Threshold(title="t", kind="k", warn=-1, fail=-2)
    assert [below.grade(value) for value in (-2, -1, 0, 2)] == ["fail", "warn", "pass", "pass"]
    floor = Threshold(title="t", kind="k", warn=0.9, floor=True)
    assert [floor.grade(value) for value in (0.5, 0.9, 1.0)] == ["warn", "warn", "pass"]


def test_limits_of_ones_own_take_the_place_of_the_profiles() -> None:
    changed = profile().changed({"tail/deform": {"warn": 9}})
    assert changed.thresholds["tail/deform"].warn == 9
    assert changed.thresholds["tail/deform"].fail == profile().thresholds["tail/deform"].fail
    with pytest.raises(KeyError):
        profile().changed({"tail/defrom": {"warn": 9}})


def test_a_verdict_carries_the_raw_value_and_its_place() -> None:
    (verdict,) = profile().verdicts("seam", {"discontinuity": 0.5, "motion": 0.9}, "at 8.0 s", 8.0)
    assert (verdict.check, verdict.verdict, verdict.value, verdict.at) == ("seam/discontinuity", "fail", 0.5, 8.0)
    assert verdict.message == "jump at the seam at 8.0 s: 0.50, expected below 0.06"
