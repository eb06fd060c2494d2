"""The grammar of faults, and when they strike."""

from pathlib import Path

import pytest

from runner.sandbox.faults.spec import Faults, parse_fault
from runner.sandbox.faults.table import FAULTS

DOCS = Path(__file__).parents[3] / "docs" / "sandbox.md"


def struck(faults: Faults, moments: int, *, moment: str = "reply", route: str = "extend") -> list[bool]:
    return [bool(faults.trigger(moment, route)) for _ in range(moments)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spec", "name", "route", "nth", "times", "values"),
    [
        ("lost-reply", "lost-reply", "", 1, 1, {}),
        ("lost-reply@generate#2", "lost-reply", "generate", 2, 1, {}),
        ("status:code=455,times=2", "status", "", 1, 2, {"code": "455"}),
        ("status=455", "status", "", 1, 1, {"code": "455"}),
        ("rate-limit@extend:retry_after=1,times=2", "rate-limit", "extend", 1, 2, {"retry_after": "1"}),
        ("rate-limit:retry-after=1", "rate-limit", "", 1, 1, {"retry_after": "1"}),
        ("segment-seconds=8", "segment-seconds", "", 1, 10**9, {"seconds": "8"}),
        ("size=960x720@extend#3", "size", "extend", 3, 1, {"size": "960x720"}),
        ("success-without-url:forever", "success-without-url", "", 1, 10**9, {"forever": "yes"}),
        (" task-failed:code=500,message=Internal Error ", "task-failed", "", 1, 10**9, None),
    ],
)
def test_a_spec_is_read(spec: str, name: str, route: str, nth: int, times: int, values: dict[str, str] | None) -> None:
    fault = parse_fault(spec)
    assert (fault.name, fault.route, fault.nth, fault.times) == (name, route, nth, times)
    assert values is None or dict(fault.values) == values


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("lost-replay", "unknown fault 'lost-replay'"),
        ("lost-reply@extent", "unknown route 'extent'"),
        ("lost-reply#0", "not of the form"),
        ("http-502-html:commit=yes@extend", "the route belongs before the `:`"),
        ("http-502-html:commit=maybe", "commit must be yes or no"),
        ("", "not of the form"),
        ("hang:minutes=3", "has no option minutes"),
        ("lost-reply:times=0", "times must be a number of at least 1"),
        ("frame-rate", "needs a value: frame-rate=30"),
        ("rate-limit:=3", "is not key=value"),
    ],
)
def test_a_spec_that_makes_no_sense_is_refused(spec: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Faults([spec])


def test_a_value_that_is_no_number_is_named() -> None:
    with pytest.raises(ValueError, match="seconds must be a number, not 'soon'"):
        parse_fault("hang:seconds=soon").number("seconds", 1)


def test_a_fault_strikes_once_unless_it_belongs_to_a_task() -> None:
    assert struck(Faults(["lost-reply"]), 3) == [True, False, False]
    assert struck(Faults(["no-audio"]), 3, moment="accept") == [True, True, True]


def test_a_fault_strikes_the_nth_time_and_then_so_many_times() -> None:
    assert struck(Faults(["lost-reply#2:times=2"]), 5) == [False, True, True, False, False]
    assert struck(Faults(["lost-reply:times=always"]), 3) == [True, True, True]


def test_a_fault_counts_only_its_own_route() -> None:
    faults = Faults(["lost-reply@generate#2"])
    assert struck(faults, 2) == [False, False]
    assert struck(faults, 3, route="generate") == [False, True, False]


def test_several_faults_strike_at_the_same_moment() -> None:
    faults = Faults(["no-audio", "frame-rate=30", "lost-reply"])
    assert [fault.name for fault in faults.trigger("accept", "generate")] == ["no-audio", "frame-rate"]


def test_what_is_armed_can_be_told_and_cleared() -> None:
    faults = Faults(["lost-reply"])
    struck(faults, 1)
    assert faults.list_armed() == [{"fault": "lost-reply", "seen": 1, "spent": True}]
    faults.clear()
    assert faults.list_armed() == []


def test_every_fault_is_explained_in_the_documentation() -> None:
    words = DOCS.read_text(encoding="utf-8")
    missing = [name for name, kind in FAULTS.items() if f"| `{name}` | {kind.meaning} |" not in words]
    assert not missing


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_can_be_asked_for_by_its_example(name: str) -> None:
    kind = FAULTS[name]
    assert parse_fault(f"{name}={kind.example}" if kind.example else name).kind is kind
