"""longtake report."""

import asyncio
import os
from pathlib import Path

import click

from runner.api.status import plan_run_directory
from runner.cli.options import PATH, style_of, style_options
from runner.clock import SystemClock
from runner.console.output import emit, out
from runner.media.ffmpeg.tools import find_tools
from runner.report.output import NAME, check_output, write_report
from runner.state.layout import Layout


@click.command(short_help="The HTML report.")
@click.argument("run_dir", type=PATH)
@click.option("-o", "--output", type=PATH, help="Where to write it; report.html in the run directory if left out.")
@style_options
def report(run_dir: Path, *, output: Path | None, **values: object) -> None:
    """Write a report of a run: one HTML file with film, seams, plots, checks, prompts and money."""
    style, target = style_of(values), output or run_dir / NAME
    plan = plan_run_directory(run_dir)
    # Before any film is decoded for its stills: a file that must not be replaced is known at once.
    check_output(target, run_dir)

    async def write() -> int:
        tools = await find_tools(os.environ)
        return await write_report(plan, Layout(run_dir), target, tools, now=SystemClock().now())

    size = asyncio.run(write())
    if style.json:
        emit({"event": "report", "path": str(target), "bytes": size})
    else:
        out(str(target))
