"""The engine's emulator and studio, runs to report on, and a browser to read the reports in."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.execution.conftest import emulator, studio
from tests.execution.studio import PROMPTS, Studio, served

__all__ = ["emulator", "studio"]
LOOKED = dict.fromkeys(("picture", "seam", "tail", "sound", "drift"), "warn")


def ran(studio: Studio, *words: str | Path) -> None:
    """A command that has to succeed, in a process of its own: the browser's loop runs in this one."""
    done = studio.command(*words, "--yes")
    assert done.returncode == 0, done.stderr


def reported(studio: Studio) -> Path:
    """The report of the studio's run."""
    done = studio.command("report", studio.root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(studio.root / "report.html")
    return studio.root / "report.html"


@pytest.fixture(scope="session")
def shot(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Iterator[Studio]:
    """A run of three hops, the second of which does not go on: it was bought twice."""
    folder = tmp_path_factory.mktemp("report")
    with served(folder / "emulator", ["other-world@extend#1", "no-rate-limit"], films=films) as url:
        studio = Studio(url=url, folder=folder)
        for policy in ("retake", "warn"):
            checks = {**LOOKED, "seam": policy}
            board = studio.board(*PROMPTS, title="Dogs & <b>butterflies</b>", checks=checks, budget={"usd": 9})
            ran(studio, "run", board, "--run-dir", studio.root)
        studio.fault("jump=60@extend#1")
        ran(studio, "retake", studio.root, "--hop", "2")
        yield studio


@pytest.fixture(scope="session")
def html(shot: Studio) -> Path:
    return reported(shot)


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
def shown(browser: Browser, html: Path, how: str = "light") -> Iterator[Page]:
    """The report on a screen in light or dark, or on a phone; the browser must have nothing to complain of."""
    size = {"width": 390, "height": 844} if how == "phone" else {"width": 1200, "height": 900}
    scheme = "dark" if how == "dark" else "light"
    context = browser.new_context(viewport=size, color_scheme=scheme, offline=True)
    page = _opened(context.new_page(), html)
    yield page
    assert [*getattr(page, "words", []), *page.evaluate("window.complaints")] == []
    context.close()


def _opened(page: Page, html: Path) -> Page:
    """The report in a page that notes whatever the browser complains of."""
    page.add_init_script(
        "window.complaints = []; addEventListener('error', event => complaints.push(event.message), true)"
    )
    words: list[str] = []
    page.on("console", lambda message: words.append(message.text))
    page.on("pageerror", lambda error: words.append(str(error)))
    page.on("requestfailed", lambda request: words.append(request.url[:80]))
    page.goto(html.as_uri())
    page.wait_for_function("() => !window.player || player.readyState >= 2")
    page.wait_for_function("() => [...document.images].every(image => image.complete)")
    setattr(page, "words", words)  # noqa: B010 -- a place of our own on somebody else's object
    return page


def number(page: Page, script: str) -> float:
    return float(page.evaluate(script))
