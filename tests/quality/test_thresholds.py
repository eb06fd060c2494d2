"""The profile of thresholds, and the page that shows it."""

import re
from dataclasses import replace

import pytest

from runner.quality.thresholds import Threshold, profile
from tests.execution.studio import ROOT


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
    outside = -1e9 if threshold.from_above else 1e9
    inside = 1e9 if threshold.from_above else 0.0
    assert threshold.grade(inside) == "pass"
    assert threshold.grade(threshold.warn) in ("warn", "fail")
    assert threshold.grade(outside) == ("warn" if threshold.fail is None else "fail")
    if threshold.fail is not None:
        assert replace(threshold, fail=None).grade(threshold.fail) == "warn"


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
    assert verdict.message == "jump at the seam at 8.0 s: 0.50, expected below 0.20 (remarked on from 0.06)"


@pytest.mark.parametrize(
    ("code", "value", "message"),
    [
        ("picture/repeats", 0.0801, "frames shown twice: 0.0801 of all, expected below 0.0800 of all"),
        ("picture/repeats", 0.08, "frames shown twice: 0.08 of all, expected below 0.08 of all"),
        ("seam/discontinuity", 0.1, "jump at the seam: 0.10, expected below 0.06"),
        ("seam/saturation", -0.1, "step in saturation: -0.10 log2, expected within +/-0.06 log2"),
        ("seam/rewind", 3, "the picture was there before: 3 frames, expected below 1 frame"),
        ("picture/visible", 0.5, "the picture without its dark borders: 0.50 of all, expected above 0.96 of all"),
        ("seam/discontinuity", 0.01, "step at the seam: 0.01"),
        ("tail/deform", 0.97, "melting in the last second: 0.97 times"),
        ("tail/sharpness", -0.5, "the last frames get softer: -0.50 log2, expected above -0.30 log2"),
        (
            "tail/frozen",
            14,
            "14 of the last 30 frames stand still, expected below 12 frames (remarked on from 6 frames)",
        ),
        ("tail/frozen", 0, "0 of the last 30 frames stand still"),
    ],
)
def test_a_verdict_is_said_in_words_that_tell_the_value_from_its_limit(code: str, value: float, message: str) -> None:
    family, _, name = code.partition("/")
    found = {verdict.check: verdict for verdict in profile().verdicts(family, {name: value, "frames": 30}, "", None)}
    assert found[code].message == message


def test_a_limit_near_nothing_is_told_from_nothing() -> None:
    changed = profile().changed({"picture/repeats": {"warn": 0.001}})
    (verdict,) = changed.verdicts("picture", {"repeats": 0.0014}, "", None)
    assert verdict.message == "frames shown twice: 0.0014 of all, expected below 0.0010 of all"


@pytest.mark.parametrize("code", profile().thresholds)
def test_what_passes_does_not_sound_like_a_fault(code: str) -> None:
    family, _, name = code.partition("/")
    calm = 1e9 if profile().thresholds[code].from_above else 0.0
    (verdict,) = profile().verdicts(family, {name: calm}, "", None)
    assert not re.search(r"melts|shakes|drifts|goes|get |jumps|trembling|expected", verdict.message)


def test_a_look_of_before_frames_were_counted_can_still_be_judged() -> None:
    (verdict,) = profile().verdicts("tail", {"frozen": 7}, "before 8.0 s", 7.0)
    assert verdict.message == "7 of the last 24 frames stand still before 8.0 s, expected below 6 frames"
