"""What the first lines of a report say about a run that is not done."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.execution.studio import PROMPTS, Studio
from tests.report.conftest import LOOKED, ran, reported, shown


def standing(page: Page) -> str:
    return page.locator(".standing").inner_text()


@pytest.mark.proof
def test_a_failed_task_is_said_with_its_words_and_the_way_on(studio: Studio, browser: Browser) -> None:
    studio.fault("moderation-after-accept@extend#1")
    assert studio.command("run", studio.board(checks=LOOKED), "--run-dir", studio.root, "--yes").returncode == 6
    with shown(browser, reported(studio)) as page:
        assert "Failed at the provider" in standing(page)
        assert f"longtake resume {studio.root}" in standing(page)
        assert "not the finished film" in page.locator("main").inner_text()
        assert "on failed tasks, said to be free" in page.locator(".totals").inner_text()
        assert page.locator("svg.broad rect.broken").count() == 1
        assert page.locator("a[href^='film']").count() == 0
        assert number_of_seconds(page) <= 4.0


def number_of_seconds(page: Page) -> float:
    """The last figure on the axis of time."""
    words = page.locator("svg.broad[aria-label^='Motion'] text").all_text_contents()
    return max(float(each) for each in words[words.index("seconds of the film") :] if re.fullmatch(r"\d+", each))


@pytest.mark.proof
def test_an_unknown_submit_waits_for_reconcile(studio: Studio, browser: Browser) -> None:
    studio.fault("lost-reply@extend#1")
    assert studio.command("run", studio.board(), "--run-dir", studio.root, "--yes").returncode == 8
    with shown(browser, reported(studio)) as page:
        assert "Waiting for reconcile" in standing(page)
        assert f"longtake reconcile {studio.root}" in standing(page)
        assert "unknown, until it is settled" in page.locator(".totals").inner_text()


@pytest.mark.proof
def test_a_hop_that_fails_by_its_form_is_shown_all_the_same(studio: Studio, browser: Browser) -> None:
    studio.fault("no-audio@extend#1")
    assert studio.command("run", studio.board(checks=LOOKED), "--run-dir", studio.root, "--yes").returncode == 7
    with shown(browser, reported(studio)) as page:
        assert "Stopped by a check" in standing(page)
        assert f"longtake retake {studio.root} --hop 1" in standing(page)
        card = page.locator("article", has=page.locator("#hop-1"))
        assert card.locator(".strip img").count() == 6
        assert card.locator(".seam img").count() == 3
        assert card.locator("video").count() == 1
        assert card.get_by_role("link", name="hop 1: segment.mp4").count() == 1
        assert "sound track: none" in card.locator(".told").inner_text()
        assert "policy: stop" in card.locator(".told").inner_text()
        assert "no sound" in page.locator("svg.broad[aria-label^='Loudness']").inner_html()


@pytest.mark.proof
def test_a_file_that_is_damaged_is_not_measured_at_its_seam(studio: Studio, browser: Browser) -> None:
    studio.fault("corrupt-file@extend#1")
    studio.command("run", studio.board(*PROMPTS[:2], checks=LOOKED), "--run-dir", studio.root, "--yes")
    with shown(browser, reported(studio)) as page:
        words = page.locator("section[aria-label='Seam of hop 1, take 1']").inner_text()
        assert "not measurable here" in words


@pytest.mark.proof
def test_takes_to_choose_from_stand_side_by_side_with_the_command_for_each(studio: Studio, browser: Browser) -> None:
    board = studio.board(
        extensions=[{"prompt": PROMPTS[1], "takes": 2, "choose": "ask"}, {"prompt": PROMPTS[2]}], checks=LOOKED
    )
    assert studio.command("run", board, "--run-dir", studio.root, "--yes").returncode == 4
    with shown(browser, reported(studio)) as page:
        assert "Waiting for your choice" in standing(page)
        takes = page.locator(".take")
        assert takes.count() == 2
        for number in (1, 2):
            words = takes.nth(number - 1).inner_text()
            assert f"longtake takes {studio.root} --hop 1 --promote {number}" in words
            assert "score 0: every check passed" in words
        assert takes.locator("video").count() == 2
        tops = page.evaluate("[...document.querySelectorAll('.take')].map(each => each.offsetTop)")
        assert tops[0] == tops[1]


@pytest.mark.parametrize("where", ["beside", "below"])
def test_links_are_right_from_wherever_the_report_lies(studio: Studio, tmp_path: Path, where: str) -> None:
    ran(studio, "run", studio.board(PROMPTS[0]), "--run-dir", studio.root)
    folder = tmp_path if where == "beside" else tmp_path / "a" / "b"
    folder.mkdir(parents=True, exist_ok=True)
    assert studio.command("report", studio.root, "-o", folder / "mine.html").returncode == 0
    addresses = re.findall(r'href="(?!data:|#)([^"]*)"', (folder / "mine.html").read_text())
    assert len(addresses) >= 4
    assert all((folder / address).exists() for address in addresses)
