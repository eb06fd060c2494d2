"""How long looking takes: before the next hop, over a film of 148 s, and opening the report of a 20-hop run."""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from runner.media.probe import probe
from runner.media.tools import find_tools
from runner.quality.look import Past, look_at
from runner.quality.survey import survey

ROOT = Path(__file__).parents[1]


def longtake(*words: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "runner", *map(str, words)], check=True, cwd=ROOT, capture_output=True)


async def looked(root: Path) -> None:
    tools = await find_tools(os.environ)
    second = root / "hops/01/take-01/video.mp4"
    facts = await probe(second, tools)
    old = facts.frames - 7 * 24
    for _ in range(3):
        begun = time.perf_counter()
        await look_at(second, facts, old, Past(path=root / "hops/00/take-01/video.mp4", ends=8.0), tools)
        print(f"look at a hop of {facts.duration:.0f} s: {time.perf_counter() - begun:.2f} s (aim <= 1.5 s)")
    print(f"memory after it: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB (aim <= 300 MB)")
    film = root / "film.mp4"
    facts = await probe(film, tools)
    begun = time.perf_counter()
    await survey(film, facts, tools, 0.1)
    spent = time.perf_counter() - begun
    share = spent / facts.duration
    print(f"whole film of {facts.duration:.0f} s: {spent:.1f} s, {share:.2f} of its playing time (aim <= 0.5)")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"memory: {memory} MiB (aim <= 300 MB)")


def opened(report: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for _ in range(3):
            page = browser.new_page()
            begun = time.perf_counter()
            page.goto(report.as_uri())
            page.wait_for_function("() => document.getElementById('player').readyState >= 1")
            page.wait_for_function("() => [...document.images].every(image => image.complete)")
            spent, size = time.perf_counter() - begun, report.stat().st_size >> 10
            print(f"report of {size} KiB opened in {spent:.2f} s (aim <= 1 s)")
            page.close()
        browser.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "run")
        longtake("run", "storyboards/long-walk.yaml", "--sandbox", "--sandbox-seconds", "0.1", "--run-dir", root)
        asyncio.run(looked(root))
        begun = time.perf_counter()
        longtake("report", root)
        print(f"report written in {time.perf_counter() - begun:.1f} s")
        opened(root / "report.html")


if __name__ == "__main__":
    main()
