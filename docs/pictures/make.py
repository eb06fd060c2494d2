"""Make the pictures of the README and the docs from real runs against the sandbox: `python docs/pictures/make.py`.

Needs the environment of the tests and a chromium; takes about a minute. Everything shown was printed by longtake.
"""

import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import FloatRect, Page, sync_playwright
from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
COLUMNS = 108
FONTS = 'ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace'
RUN = "runs/dog-park.sandbox"
SEEK = """player.play().then(() => new Promise(done => {
    player.pause(); player.onseeked = done; player.currentTime = 12;
}))"""
BEING_MADE = rb"the-butterfly[^\n]*being made"


def typed(folder: Path, line: str, until: bytes | None = None) -> str:
    """What a terminal shows when this line is typed; Ctrl-C comes when `until` is shown."""
    ours, theirs = os.openpty()
    settings = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(folder)}
    screen = {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": "40"}
    process = subprocess.Popen(
        shlex.split(line), cwd=folder, env={**settings, **screen}, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown, wanted = b"", 130 if until else 0
    for part in iter(lambda: read(ours), b""):
        shown += part
        if until and re.search(until, shown):
            process.send_signal(signal.SIGINT)
            until = None
    os.close(ours)
    if process.wait() != wanted:
        raise SystemExit(f"{line}\n{settled(shown.decode())}")
    return f"\x1b[1m$ {line}\x1b[0m\n{settled(shown.decode())}"


def read(terminal: int) -> bytes:
    """The next bytes of a terminal; none once nobody writes to it any more."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux says so by an error
        return b""


def settled(written: str) -> str:
    """The lines that stay on the screen: a live table erases its lines from the last one up, and writes them again."""
    lines = [""]
    for token in re.split(r"(\r\n|\r|\x1b\[2K|\x1b\[1A|\x1b\[\?25[hl])", written):
        if token == "\r\n":
            lines.append("")
        elif token == "\x1b[2K":
            lines[-1] = ""
        elif token == "\x1b[1A":
            lines.pop()
        elif not token.startswith(("\r", "\x1b[?25")):
            lines[-1] += token
    return "\n".join(lines)


def drawn(text: str) -> str:
    """The screen as SVG, in the reader's own fonts: nothing is fetched from anywhere."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    console.print(Text.from_ansi(text))
    svg = console.export_svg(title="longtake", unique_id="longtake")
    svg = re.sub(r"@font-face \{.*?\}|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = svg.replace("font-family: Fira Code, monospace", f"font-family: {FONTS}")
    return re.sub(r"\s*\n", "\n", svg)


def photographed(page: Page, report: Path, target: Path, first: str, last: str) -> None:
    """The part of a report from one element to another, its film at the twelfth second."""
    page.goto(report.as_uri())
    page.evaluate(SEEK)
    page.wait_for_timeout(1000)  # until the player's own wheel has faded
    top, bottom = (page.locator(name).first.bounding_box() for name in (first, last))
    if top is None or bottom is None:
        raise SystemExit(f"{report} shows no {first} or no {last}")
    start = top["y"] - 16
    clip: FloatRect = {"x": 0, "y": start, "width": 1200, "height": bottom["y"] + bottom["height"] + 16 - start}
    page.screenshot(path=target, clip=clip, full_page=True, type="jpeg", quality=82)


def main() -> None:
    """A run that is interrupted and resumed, its report, and the seam of a run that went wrong."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "film")
        folder.mkdir()
        session = [
            typed(folder, "longtake init dog-park.yaml"),
            typed(folder, "longtake run dog-park.yaml --sandbox", until=BEING_MADE),
            typed(folder, f"longtake resume {RUN}"),
            typed(folder, f"longtake report {RUN}"),
        ]
        (HERE / "run.svg").write_text(drawn("\n".join(session)))
        typed(folder, "longtake run dog-park.yaml --sandbox --run-dir runs/jump --fault jump=60@extend#1")
        typed(folder, "longtake report runs/jump")
        with sync_playwright() as playwright:
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme="light")
            photographed(page, folder / RUN / "report.html", HERE / "report.jpg", ".kicker", ".note")
            photographed(
                page, folder / "runs/jump/report.html", HERE / "seam.jpg", "article:has(#hop-1)", "article:has(#hop-1)"
            )
            browser.close()


if __name__ == "__main__":
    main()
