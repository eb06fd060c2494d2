"""What a report says of takes that failed their checks: what a person accepted, and what is bought or not."""

import re
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from runner.planning.reuse import ASKED_FOR_BY_USER, FAILED_CHECKS
from runner.report.findings import describe_retake
from runner.state.history import Phase
from tests.execution.studio import PROMPTS, Studio
from tests.planning.boards import board, planned, taken
from tests.report.conftest import LOOKED, ran, reported, shown

JUMPS = ("other-world@extend#1", "other-world@extend#2")


def stopped(studio: Studio, *, hops: int = 2, **checks: object) -> None:
    """A run that stopped because hop 1 failed its checks."""
    path = studio.board(*PROMPTS[:hops], checks={**LOOKED, **checks})
    done = studio.command("run", path, "--run-dir", studio.root, "--yes")
    assert done.returncode == 7, done.stderr


def accept(studio: Studio, take: int = 1) -> None:
    ran(studio, "takes", studio.root, "--hop", "1", "--promote", str(take))


def card(page: Page, hop: int = 1) -> Locator:
    return page.locator("article", has=page.locator(f"#hop-{hop}"))


@pytest.mark.proof
@pytest.mark.parametrize(("policy", "take"), [("stop", 1), ("retake", 2)])
def test_a_failed_take_that_a_person_accepted_is_a_warning(
    studio: Studio, browser: Browser, policy: str, take: int
) -> None:
    studio.fault(*JUMPS)
    stopped(studio, seam=policy)
    accept(studio, take)
    with shown(browser, reported(studio)) as page:
        assert "0 failed" in page.locator(".counts").inner_text()
        assert card(page).locator("h3 .badge.warn").inner_text() == "accepted by you"
        told = card(page).locator("> .told").inner_text()
        assert "accepted by you jump at the seam" in " ".join(told.split())
        assert "policy: stop" not in told
        assert "policy: retake" not in told
        assert "accepted by you" in page.locator(".wrong").inner_text()
        assert re.search(r"score \d+: \d accepted by you", card(page).locator(".facts").first.inner_text())


@pytest.mark.proof
def test_drift_that_a_person_accepted_is_a_warning_in_later_hops_and_in_the_film(
    studio: Studio, browser: Browser
) -> None:
    studio.fault(JUMPS[0])
    stopped(studio, hops=3, seam="off", tail="off", drift="stop")
    accept(studio)
    ran(studio, "resume", studio.root)
    with shown(browser, reported(studio)) as page:
        assert "0 failed" in page.locator(".counts").inner_text()
        for place in (card(page, 2), page.locator("section[aria-labelledby='film']")):
            assert place.locator("> .told .badge.warn").first.inner_text() == "accepted by you"
        assert card(page, 2).locator("h3 .badge").inner_text() == "warned"


@pytest.mark.proof
@pytest.mark.parametrize(
    ("limits", "words"),
    [({}, "and its retakes are used up"), ({"usd": 0.01}, "and the money for retakes is used up")],
)
def test_where_no_retake_is_left_none_is_announced(
    studio: Studio, browser: Browser, limits: dict[str, object], words: str
) -> None:
    studio.fault(*JUMPS)
    stopped(studio, seam="retake", retakes={"takes": 1, **limits})
    with shown(browser, reported(studio)) as page:
        told = card(page).locator("> .told").inner_text()
        assert f"policy: retake, {words}" in told
        assert "another take is bought" not in told


@pytest.mark.parametrize(
    ("wanted", "changes", "words"),
    [
        (1, {}, "so another take is bought"),
        (1, {"discarded": FAILED_CHECKS}, "so another take is bought"),
        (1, {"discarded": ASKED_FOR_BY_USER}, ""),
        (1, {"verdict": "warn"}, "but not yet when it was judged"),
        (1, {"remedy": "stop"}, "but another check stopped the run"),
        (2, {}, "but of several takes none is bought again"),
    ],
)
def test_the_policy_is_told_by_what_it_comes_to(wanted: int, changes: dict[str, Any], words: str) -> None:
    history = taken(board(), Phase.JUDGED)
    step = planned(board(), history).steps[0]
    failed = replace(history.takes[0], verdict="fail", remedy="retake")
    hop = replace(step, spec=replace(step.spec, takes=wanted))
    assert describe_retake(replace(failed, **changes), hop, history) == words
