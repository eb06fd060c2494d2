"""The report, in a real browser."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.engine.studio import PROMPTS, Studio, served

LOOKED = dict.fromkeys(("picture", "seam", "tail", "sound", "drift"), "warn")


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Iterator[Studio]:
    """A run of three hops, the second of which does not go on: it was bought twice."""
    folder = tmp_path_factory.mktemp("report")
    with served(folder / "emulator", ["other-world@extend#1", "no-rate-limit"], films=films) as url:
        studio = Studio(url=url, folder=folder)
        for policy in ("retake", "warn"):
            checks = {**LOOKED, "seam": policy}
            board = studio.board(*PROMPTS, title="Dogs & <b>butterflies</b>", checks=checks)
            ran(studio, "run", board, "--run-dir", studio.root)
        studio.fault("jump=60@extend#1")
        ran(studio, "retake", studio.root, "--hop", "2")
        yield studio


def ran(studio: Studio, *words: str | Path) -> None:
    """A command that has to succeed, in a process of its own: the browser's loop runs in this one."""
    done = studio.command(*words, "--yes")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def html(shot: Studio) -> Path:
    done = shot.command("report", shot.root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(shot.root / "report.html")
    return shot.root / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        if program is None:
            pytest.skip("no chromium on this machine: apt-get install chromium")
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, html: Path) -> Iterator[Page]:
    with shown(browser, html, "light") as page:
        yield page


@contextmanager
def shown(browser: Browser, html: Path, how: str) -> Iterator[Page]:
    """The report on a screen in light or dark, or on a phone; the browser must have nothing to complain of."""
    size = {"width": 390, "height": 844} if how == "phone" else {"width": 1200, "height": 900}
    scheme = "dark" if how == "dark" else "light"
    context = browser.new_context(viewport=size, color_scheme=scheme, offline=True)
    page = opened(context.new_page(), html)
    yield page
    assert said(page) == []
    context.close()


def opened(page: Page, html: Path) -> Page:
    """The report in a page that notes whatever the browser complains of."""
    page.add_init_script(
        "window.complaints = []; addEventListener('error', event => complaints.push(event.message), true)"
    )
    words: list[str] = []
    page.on("console", lambda message: words.append(message.text))
    page.on("pageerror", lambda error: words.append(str(error)))
    page.on("requestfailed", lambda request: words.append(request.url[:80]))
    page.goto(html.as_uri())
    page.wait_for_function("() => document.getElementById('player').readyState >= 2")
    setattr(page, "words", words)  # noqa: B010 -- a place of our own on somebody else's object
    return page


def said(page: Page) -> list[str]:
    return [*getattr(page, "words", []), *page.evaluate("window.complaints")]


def number(page: Page, script: str) -> float:
    return float(page.evaluate(script))


def test_every_picture_shows_something(page: Page) -> None:
    page.wait_for_function("() => [...document.images].every(image => image.complete)")
    assert number(page, "document.images.length") >= 3 * 6 + 2 * 3
    assert page.evaluate("[...document.images].filter(image => !image.naturalWidth).length") == 0


def test_the_film_plays(page: Page) -> None:
    assert number(page, "player.duration") == pytest.approx(18.0, abs=0.2)
    page.evaluate("player.muted = true, player.play()")
    page.wait_for_function("() => player.currentTime > 0.3")


def test_a_hop_plays_from_its_first_second_and_stops_where_the_next_begins(page: Page) -> None:
    page.evaluate("player.muted = true")
    page.get_by_role("button", name="Play hop 1").press("Enter")
    page.wait_for_function("() => player.currentTime > 4.1 && !player.paused")
    page.evaluate("player.currentTime = 10.8")
    page.wait_for_function("() => player.paused")
    assert 10.9 <= number(page, "player.currentTime") < 11.6


@pytest.mark.parametrize("how", ["light", "dark", "phone"])
def test_it_is_accessible_and_fits_the_screen(browser: Browser, html: Path, how: str) -> None:
    with shown(browser, html, how) as page:
        found = Axe().run(page)
        assert [(each["id"], each["help"]) for each in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_everything_that_can_be_done_can_be_reached_by_keyboard(page: Page) -> None:
    controls = page.evaluate("document.querySelectorAll('a, button, summary, video, [tabindex]').length")
    reached = set()
    for _ in range(int(controls) + 20):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement?.outerHTML.slice(0, 120)"))
    for kind in ("<button", "<a ", "<summary", "<video", '<div class="plot"'):
        assert any(each and each.startswith(kind) for each in reached), kind


def test_the_seams_are_drawn_where_they_are(page: Page) -> None:
    label = page.locator("svg[aria-label^='Jump at each seam']").get_attribute("aria-label")
    assert label is not None
    assert "at 11.0 s" in label
    assert page.locator("svg .dot.warn, svg .dot.fail").count() == 1


def test_it_tells_the_whole_story(page: Page) -> None:
    words = page.locator("main").inner_text()
    for prompt in PROMPTS:
        assert prompt in words
    assert "other take" in words
    assert "jump at the seam" in words
    page.get_by_text("1 other take of hop 1").click()
    assert "failed its checks" in page.locator("main").inner_text()


def test_a_title_is_text_and_never_markup(html: Path, page: Page) -> None:
    assert page.locator("h1").inner_text() == "Dogs & <b>butterflies</b>"
    assert "<b>butterflies" not in html.read_text()


def test_it_needs_nothing_but_itself(html: Path) -> None:
    text = html.read_text()
    addresses = re.findall(r'(?:src|href|action|poster)="(?!data:)([^"]*)"', text)
    assert all(re.fullmatch(r"film\.(mp4|json)|hops/[\w./-]+", address) for address in addresses)
    assert all((html.parent / address).exists() for address in addresses)
    assert not re.search(r"https?://", re.sub(r"data:[^\"]*", "", text))


def test_it_opens_fast(browser: Browser, html: Path) -> None:
    page = browser.new_page()
    page.goto(html.as_uri())
    timing = json.loads(page.evaluate("JSON.stringify(performance.getEntriesByType('navigation')[0])"))
    page.close()
    assert timing["domComplete"] > 0
    assert len(html.read_bytes()) < 3_000_000


def test_a_run_without_a_film_has_a_report_all_the_same(shot: Studio, browser: Browser, tmp_path: Path) -> None:
    studio = Studio(url=shot.url, folder=tmp_path)
    studio.fault("status=402@extend")
    done = studio.command("run", studio.board(checks=LOOKED), "--run-dir", studio.root, "--yes")
    assert done.returncode == 6
    written: Any = studio.command("report", studio.root, "--json")
    assert json.loads(written.stdout)["path"] == str(studio.root / "report.html")
    page = browser.new_page()
    page.goto((studio.root / "report.html").as_uri())
    assert "not bought" in page.locator("main").inner_text()
    assert page.locator("video").count() == 1
    page.close()


def test_a_run_that_nobody_looked_at_has_one_too(shot: Studio, tmp_path: Path) -> None:
    studio = Studio(url=shot.url, folder=tmp_path)
    studio.ask("/sandbox/faults", method="DELETE")
    ran(studio, "run", studio.board(*PROMPTS[:2]), "--run-dir", studio.root)
    assert studio.command("report", studio.root).returncode == 0
    assert "Nobody looked at the pictures" in (studio.root / "report.html").read_text()
