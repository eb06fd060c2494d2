"""longtake report."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.options import PATH, style_of, style_options
from runner.cli.status import planned
from runner.clock import SystemClock
from runner.console.stream import emit, out
from runner.files import explained, private
from runner.media.tools import find_tools
from runner.state.rundir import Layout
from runner.version import __version__

if TYPE_CHECKING:
    from runner.report.gather import Story


@click.command(short_help="The HTML report.")
@click.argument("run_dir", type=PATH)
@click.option("-o", "--output", type=PATH, help="Where to write it; report.html in the run directory if left out.")
@style_options
def report(run_dir: Path, *, output: Path | None, **values: object) -> None:
    """Write a report of a run: one HTML file with film, seams, plots, checks, prompts and money."""
    from runner.report.gather import gather  # brings in what measures and draws

    style, layout = style_of(values), Layout(run_dir)
    story = gather(planned(run_dir), layout)
    html = asyncio.run(_made(story))
    target = output or run_dir / "report.html"
    with explained(target), os.fdopen(private(target), "wb") as stream:
        stream.write(html.encode())
    if style.json:
        emit({"event": "report", "path": str(target), "bytes": len(html.encode())})
    else:
        out(str(target))


async def _made(story: "Story") -> str:
    from runner.report.render import page

    tools = await find_tools(os.environ)
    return await page(story, tools, __version__, SystemClock().now())
