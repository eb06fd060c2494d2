"""How long looking takes, and how much memory: before the next hop, over a film of 148 s, and opening its report."""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[1]
EVERY = 0.01  # seconds between two looks at the memory


def longtake(*words: str | Path) -> tuple[float, int]:
    """Run a command to its end: the seconds that it took, and the most memory in KiB that it and its children had."""
    begun, most = time.perf_counter(), 0
    process = subprocess.Popen([sys.executable, "-m", "runner", *map(str, words)], cwd=ROOT, stdout=-3, stderr=-3)
    ended = threading.Event()

    def watch() -> None:
        nonlocal most
        while not ended.wait(EVERY):
            most = max(most, sum(map(resident, family(process.pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    ended.set()
    watcher.join()
    if code:
        raise SystemExit(f"longtake {words[0]} ended with {code}")
    return time.perf_counter() - begun, most


def family(number: int) -> Iterator[int]:
    """A process, and all that it started."""
    yield number
    try:
        threads = list(Path(f"/proc/{number}/task").iterdir())
        children = [child for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield from family(int(child))


def resident(number: int) -> int:
    """The memory of a process in KiB, its share of what it shares with others."""
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def judged(root: Path) -> dict[int, float]:
    """How long each hop of a run was judged, from its file being stored to the verdict: seconds by hop."""
    events = [json.loads(line) for line in (root / "journal.jsonl").read_text().splitlines()]
    return {
        after["hop"]: after["at"] - before["at"]
        for before, after in pairwise(events)
        if (before["event"], after["event"]) == ("stored", "judged")
    }


def open_report(report: Path) -> None:
    """Open a report in Chromium until its film can be played and every picture is there."""
    from playwright.sync_api import sync_playwright

    size = report.stat().st_size >> 10
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for _ in range(5):
            page = browser.new_page()
            begun = time.perf_counter()
            page.goto(report.as_uri())
            page.wait_for_function("() => document.getElementById('player').readyState >= 1")
            page.wait_for_function("() => [...document.images].every(image => image.complete)")
            print(f"report of {size} KiB opened in {time.perf_counter() - begun:.2f} s (aim <= 1 s)")
            page.close()
        browser.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "run")
        longtake("run", "storyboards/long-walk.yaml", "--sandbox", "--sandbox-seconds", "0.1", "--run-dir", root)
        spent = judged(root)
        print(f"before the next hop, a file of 15 s: {spent[1]:.2f} s (aim <= 1.5 s)")
        print(f"before the next hop, a file of 141 s: {spent[max(spent) - 1]:.2f} s")
        seconds, memory = longtake("check", root / "film.mp4")
        print(f"check of the whole film of 148 s: {seconds:.1f} s, {seconds / 148:.2f} of that (aim <= 0.5)")
        print(f"memory meanwhile, children included: {memory >> 10} MiB (aim <= 300 MB)")
        seconds, memory = longtake("report", root)
        print(f"report written in {seconds:.1f} s, with {memory >> 10} MiB")
        open_report(root / "report.html")


if __name__ == "__main__":
    main()
