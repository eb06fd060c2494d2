"""An extension that brings the very bytes of an earlier hop fails for certain."""

from decimal import Decimal
from typing import Any

import pytest

from runner.inspection.gate import check_new_bytes
from runner.inspection.policy import consequence
from runner.planning.contract import Contract
from runner.state.history import History, StoredFile, Take


def stored(*digests: str) -> tuple[StoredFile, ...]:
    return tuple(StoredFile(role="film", name=f"{each}.mp4", size=1, sha256=each) for each in digests)


def take(hop: int, *digests: str, kind: str = "extend") -> Take:
    return Take(
        hop=hop,
        number=1,
        key="k",
        kind=kind,
        parent=1 if hop else None,
        usd=Decimal(0),
        credits=Decimal(0),
        intended_at=0.0,
        files=stored(*digests),
    )


@pytest.mark.parametrize("last", [("b",), ("new", "b"), ("a",)], ids=["its film", "its segment", "two hops back"])
def test_the_file_of_an_earlier_hop_is_nothing_new(last: tuple[str, ...]) -> None:
    takes = (take(0, "a", kind="generate"), take(1, "b"), take(2, *last))
    (verdict,) = check_new_bytes(History(takes=takes), takes[2])
    assert (verdict.check, verdict.verdict) == ("repeat/same-bytes", "fail")
    assert "byte for byte a file of hop" in verdict.message


def test_other_bytes_are_new() -> None:
    takes = (take(0, "a", kind="generate"), take(1, "b"))
    assert list(check_new_bytes(History(takes=takes), takes[1])) == []


def test_an_upgrade_that_changed_nothing_is_for_the_other_checks() -> None:
    takes = (take(0, "a", kind="generate"), take(1, "a", kind="upgrade"))
    assert list(check_new_bytes(History(takes=takes), takes[1])) == []


@pytest.mark.parametrize("on_fail", ["warn", "retake", "stop"])
def test_it_stops_the_run_whatever_the_storyboard_says(on_fail: str) -> None:
    nothing: Any = None
    policies = tuple((family, "off") for family in ("picture", "seam", "tail", "sound", "drift"))
    contract = Contract(
        film=nothing,
        segment=nothing,
        on_fail=on_fail,
        policies=policies,
        limits=(),
        cut=False,
        last=True,
        retakes=1,
        retakes_usd=None,
    )
    takes = (take(0, "a", kind="generate"), take(1, "a"))
    assert consequence(check_new_bytes(History(takes=takes), takes[1]), contract) == ("fail", "stop")
