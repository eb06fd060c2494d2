"""longtake report."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.api.status import plan_run_directory
from runner.cli.options import PATH, style_of, style_options
from runner.clock import SystemClock
from runner.console.output import emit, out
from runner.errors import UsageError
from runner.files import explain_os_errors, open_private
from runner.media.ffmpeg.tools import find_tools
from runner.report.mark import is_report
from runner.state.layout import Layout
from runner.version import __version__

if TYPE_CHECKING:
    from runner.report.model import Story

_NAME = "report.html"


@click.command(short_help="The HTML report.")
@click.argument("run_dir", type=PATH)
@click.option("-o", "--output", type=PATH, help="Where to write it; report.html in the run directory if left out.")
@style_options
def report(run_dir: Path, *, output: Path | None, **values: object) -> None:
    """Write a report of a run: one HTML file with film, seams, plots, checks, prompts and money."""
    from runner.report.collect import gather  # brings in what measures and draws

    style, layout = style_of(values), Layout(run_dir)
    plan = plan_run_directory(run_dir)
    target = output or run_dir / _NAME
    refuse_foreign(target, run_dir)
    html = asyncio.run(_render(gather(plan, layout), target.parent))
    temporary = target.with_name(f".{target.name}.new")
    with explain_os_errors(target):
        with os.fdopen(open_private(temporary), "wb") as stream:
            stream.write(html.encode())
        temporary.replace(target)
    if style.json:
        emit({"event": "report", "path": str(target), "bytes": len(html.encode())})
    else:
        out(str(target))


def refuse_foreign(target: Path, run_dir: Path) -> None:
    """Refuse to replace anything but an earlier report.

    Raises:
        UsageError: it would, or there is no folder for it.
    """
    if target.is_dir() or not target.parent.is_dir():
        words = "is a folder" if target.is_dir() else f"cannot be written: there is no folder {target.parent}"
        raise UsageError(f"{target} {words}", code="usage/output", hint="name a file in a folder that is there")
    root, place = run_dir.resolve(), target.resolve()
    if place.is_relative_to(root) and place != root / _NAME:
        raise UsageError(
            f"{target} lies in the run directory, where a report may only be {_NAME}",
            code="usage/output",
            hint=f"leave --output out to write {run_dir / _NAME}, or name a file elsewhere",
        )
    # A mistyped --output must not cost a person a file; only what carries our own mark is replaced.
    if target.exists() and not _is_replaceable(target):
        raise UsageError(
            f"{target} is there already, and is no report of longtake",
            code="usage/output",
            hint="choose another name, or remove it first",
        )


def _is_replaceable(target: Path) -> bool:
    """Return whether it is a file, no device or pipe, and an earlier report."""
    with explain_os_errors(target):
        return target.is_file() and is_report(target)


async def _render(story: "Story", folder: Path) -> str:
    from runner.report.render import Colophon, page

    tools = await find_tools(os.environ)
    return await page(story, tools, Colophon(version=__version__, now=SystemClock().now(), folder=folder))
