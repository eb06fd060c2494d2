"""The report of a finished run, in a real browser."""

import json
import re
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.execution.studio import PROMPTS, Studio
from tests.report.conftest import number, ran, reported, shown

pytestmark = pytest.mark.proof


def test_every_picture_shows_something(page: Page) -> None:
    assert number(page, "document.images.length") >= 3 * 6 + 2 * (3 + 8)
    assert page.evaluate("[...document.images].filter(image => !image.naturalWidth).length") == 0


def test_the_film_plays_in_a_box_of_its_own_shape(page: Page) -> None:
    assert number(page, "player.duration") == pytest.approx(18.0, abs=0.2)
    shape = "player.clientWidth / player.clientHeight - player.videoWidth / player.videoHeight"
    assert number(page, shape) == pytest.approx(0, abs=0.02)
    page.evaluate("player.muted = true, player.play()")
    page.wait_for_function("() => player.currentTime > 0.3")


def test_a_hop_plays_where_the_reader_is_and_ends_on_its_own_last_frame(page: Page) -> None:
    page.evaluate("player.muted = true, player.playbackRate = 4")
    button = page.get_by_role("button", name="Play hop 1")
    button.scroll_into_view_if_needed()
    was = number(page, "scrollY")
    button.press("Enter")
    page.wait_for_function("() => player.currentTime > 4.1 && !player.paused")
    assert page.locator("#stage.mini").count() == 1
    assert number(page, "scrollY") == was
    page.wait_for_function("() => player.paused && !player.seeking")
    assert number(page, "player.currentTime * 24 | 0") == 11 * 24 - 1


def test_whoever_seeks_is_not_stopped_at_the_end_of_the_hop(page: Page) -> None:
    page.evaluate("player.muted = true, player.playbackRate = 4")
    page.get_by_role("button", name="Play hop 0").press("Enter")
    page.wait_for_function("() => player.currentTime > 0.3 && !player.seeking")
    page.evaluate("player.currentTime = 3.5")
    page.wait_for_function("() => player.currentTime > 4.5")
    assert page.evaluate("player.paused") is False


def test_the_small_window_goes_back_when_it_is_closed(page: Page) -> None:
    page.evaluate("player.muted = true")
    page.get_by_role("button", name="Play hop 2").press("Enter")
    page.get_by_role("button", name="Close").click()
    assert page.locator("#stage.mini").count() == 0
    assert page.evaluate("player.paused") is True


def test_every_seam_can_be_played_and_flipped(page: Page) -> None:
    assert page.get_by_role("button", name="Play the seam").count() == 2
    block = page.locator("section[aria-label='Seam of hop 1, take 2']")
    last, first = (block.locator(f"img.{name}").get_attribute("src") for name in ("last", "first"))
    flip = block.get_by_role("button", name="Flip A/B")
    flip.press("Enter")
    assert flip.get_attribute("aria-pressed") == "true"
    assert block.locator("img.last").get_attribute("src") == first
    flip.press("Enter")
    assert block.locator("img.last").get_attribute("src") == last


def test_a_seam_is_told_by_its_frames_its_seconds_and_its_difference(page: Page) -> None:
    words = page.locator("section[aria-label='Seam of hop 1, take 2']").inner_text()
    assert "last frame 95 · 3.958 s" in words
    assert "first frame 96 · 4.000 s" in words
    assert re.search(r"difference .4 \d+\.\d of 255", words)
    assert words.split()[-8:] == ["92", "93", "94", "95", "96", "97", "98", "99"]


@pytest.mark.parametrize("how", ["light", "dark", "phone"])
def test_it_is_accessible_and_fits_the_screen(browser: Browser, html: Path, how: str) -> None:
    with shown(browser, html, how) as page:
        if how == "light":  # once with everything open
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found = Axe().run(page)
        assert [(each["id"], each["help"], each["nodes"][0]["html"]) for each in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_pictures_of_a_seam_stand_in_a_row_on_a_phone_and_its_plots_can_be_read(
    browser: Browser, html: Path
) -> None:
    with shown(browser, html, "phone") as page:
        tops = page.evaluate("[...document.querySelector('.seam').children].map(each => each.offsetTop)")
        assert len(tops) == 3
        assert len(set(tops)) == 1
        letters = "[...document.querySelectorAll('.plot svg')].filter(each => each.clientWidth)"
        scale = "each => each.clientWidth / each.viewBox.baseVal.width"
        assert number(page, f"Math.min(...{letters}.map({scale}))") * 12.5 >= 11


def test_everything_that_can_be_done_can_be_reached_by_keyboard(page: Page) -> None:
    controls = page.evaluate("document.querySelectorAll('a, button, summary, video, [tabindex]').length")
    reached = set()
    for _ in range(int(controls) + 20):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement?.outerHTML.slice(0, 120)"))
    for kind in ("<button", "<a ", "<summary", "<video"):
        assert any(each and each.startswith(kind) for each in reached), kind


def test_the_seams_are_drawn_where_they_are_with_their_limits(page: Page) -> None:
    plot = page.locator("svg.broad[aria-label^='Jump at each seam']")
    assert "hop 2 at 11.0 s" in (plot.get_attribute("aria-label") or "")
    assert plot.locator(".mark.warn, .mark.fail").count() == 1
    words = plot.locator("text").all_text_contents()
    assert {"warns at 0.06", "fails at 0.2", "seconds of the film", "jump (SSIM)", "hop 1"} <= set(words)


def test_every_measure_has_a_plot_of_its_own(page: Page) -> None:
    headings = page.locator("#curves ~ figure h3").all_text_contents()
    assert headings == ["Seams", "Motion", "Brightness against hop 0", "Saturation against hop 0", "Loudness"]
    assert page.locator(".smalls svg").count() == 6


def test_it_tells_the_whole_story(page: Page) -> None:
    words = page.locator("main").inner_text()
    for prompt in PROMPTS:
        assert prompt in words
    page.get_by_text("1 other take of hop 1").click()
    other = page.locator("[aria-label='Take 1 of hop 1'].take").inner_text()
    assert "failed its checks" in other
    assert "--hop 1 --promote 1" in other
    assert re.search(r"score \d+: \d failed", other)


def test_what_is_wrong_stands_at_the_top_and_leads_to_its_hop(page: Page) -> None:
    assert "Done" in page.locator(".standing").inner_text()
    item = page.locator(".wrong li").first
    assert "fails, only warned of" in item.inner_text()
    assert item.get_by_role("link").get_attribute("href") == "#hop-2"
    assert page.locator("a.badge.warn").get_attribute("href") == "#wrong"
    assert page.locator("span.badge", has_text="0 failed").count() == 1


def test_a_check_says_its_measure_its_limits_and_what_followed(page: Page) -> None:
    told = page.locator("article", has=page.locator("#hop-2")).locator(".told").inner_text()
    assert re.search(r"jump at the seam: 0\.\d\d — warns at 0\.06, fails at 0\.20; policy: warn, so the run went", told)
    page.get_by_text(re.compile(r"All \d+ checks of hop 2")).click()
    first = page.locator("[aria-label='Checks of hop 2'] tbody tr").nth(1).inner_text()
    assert "seam/" in first
    assert not re.search(r"-0\.0+(?!\d)", page.locator("main").inner_text())


def test_each_take_is_a_row_of_the_account_and_the_sums_are_those_of_the_status(shot: Studio, page: Page) -> None:
    rows = page.locator(".ledger tbody tr").all_inner_texts()
    takes = [take for take in shot.history.takes if take.task]
    assert len(rows) == len(takes)
    assert f"${shot.history.spent:.2f}" in page.locator(".totals").inner_text()
    assert f"${shot.history.committed:.2f}" in rows[-1]
    assert page.locator("svg.broad[aria-label^='Time and money'] g.row").count() == len(takes)
    assert "budget $9.00" in page.locator("svg.broad[aria-label^='Time and money']").inner_html()


def test_the_storyboard_is_there_but_closed(page: Page) -> None:
    text = page.locator("pre")
    assert not text.is_visible()
    assert '"provider": "kie"' in (text.text_content() or "")


def test_a_title_is_text_and_never_markup(html: Path, page: Page) -> None:
    assert page.locator("h1").inner_text() == "Dogs & <b>butterflies</b>"
    assert "<b>butterflies" not in html.read_text()


def test_it_needs_nothing_but_itself(html: Path) -> None:
    text = html.read_text()
    addresses = re.findall(r'(?:src|href|action|poster)="(?!data:|#)([^"]*)"', text)
    assert all(re.fullmatch(r"film\.(mp4|json)|storyboard\.yaml|hops/[\w./-]+", address) for address in addresses)
    assert all((html.parent / address).exists() for address in addresses)
    assert not re.search(r"https?://", re.sub(r"data:[^\"]*", "", text))


def test_on_paper_everything_is_open_and_the_film_is_a_picture(page: Page) -> None:
    page.emulate_media(media="print")
    assert page.locator("img.poster").is_visible()
    assert not page.locator("#player").is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


def test_on_paper_nothing_is_parted_from_its_heading(page: Page) -> None:
    page.emulate_media(media="print")
    styles = "[...new Set([...document.querySelectorAll(names)].map(each => getComputedStyle(each)[style]))]"
    for style, names, wanted in (
        ("breakAfter", "h2, h3, h4, summary, article > p, #drift + .note, thead, tr.family", "avoid"),
        ("breakInside", ".seam-block, .strip, .take, article > p, .plot figure, figure.plot, tr", "avoid"),
        ("display", "thead", "table-header-group"),
    ):
        assert page.evaluate(f"([style, names]) => {styles}", [style, names]) == [wanted]


def test_it_opens_fast(browser: Browser, html: Path) -> None:
    page = browser.new_page()
    page.goto(html.as_uri())
    timing = json.loads(page.evaluate("JSON.stringify(performance.getEntriesByType('navigation')[0])"))
    page.close()
    assert timing["domComplete"] > 0
    assert len(html.read_bytes()) < 3_000_000


def test_a_run_that_nobody_looked_at_has_one_too(studio: Studio, browser: Browser) -> None:
    ran(studio, "run", studio.board(*PROMPTS[:2]), "--run-dir", studio.root)
    with shown(browser, reported(studio)) as page:
        assert "Its pictures were not inspected; it is placed by its length" in page.locator("main").inner_text()
        assert page.locator(".seam img").count() == 3


def test_a_film_of_other_takes_than_those_that_count_is_out_of_date(studio: Studio, browser: Browser) -> None:
    ran(studio, "run", studio.board(*PROMPTS[:2]), "--run-dir", studio.root)
    ran(studio, "retake", studio.root, "--hop", "1")
    ran(studio, "takes", studio.root, "--hop", "1", "--promote", "1")
    with shown(browser, reported(studio)) as page:
        words = page.locator("header").inner_text()
        assert "An older film, made of other takes: film.mp4" in page.locator("main").inner_text()
    assert "out of date" in words
    assert "take 2 of hop 1 (now take 1)" in words
    assert f"longtake resume {studio.root}" in words
