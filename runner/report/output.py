"""The file that a report is written to: an earlier report may be replaced, nothing else."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from runner.errors import UsageError
from runner.files import explain_os_errors, open_new
from runner.version import __version__

if TYPE_CHECKING:
    from runner.media.ffmpeg.tools import Tools
    from runner.planning.model import Plan
    from runner.state.layout import Layout

NAME = "report.html"
_GENERATOR = "longtake report"
_HEAD = 4096  # bytes; film and pictures come after the head, and a report may have many megabytes of them
# The second is how reports began before they had a <meta name="generator">; both are kept in run directories for years.
_MARKS = (f'content="{_GENERATOR}'.encode(), b"longtake report</title>")


def check_output(target: Path, run_dir: Path) -> None:
    """Refuse a target that is anything but a new file or an earlier report.

    Raises:
        UsageError: it is, or there is no folder for it.
    """
    if target.is_dir() or not target.parent.is_dir():
        words = "is a folder" if target.is_dir() else f"cannot be written: there is no folder {target.parent}"
        raise UsageError(f"{target} {words}", code="usage/output", hint="name a file in a folder that is there")
    # Its files are named by the journal: a report over one of them would make the whole run unreadable.
    root, place = run_dir.resolve(), target.resolve()
    if place.is_relative_to(root) and place != root / NAME:
        raise UsageError(
            f"{target} lies in the run directory, where a report may only be {NAME}",
            code="usage/output",
            hint=f"leave --output out to write {run_dir / NAME}, or name a file elsewhere",
        )
    if target.exists() and not _is_replaceable(target):
        raise UsageError(
            f"{target} is there already, and is no report of longtake",
            code="usage/output",
            hint="choose another name, or remove it first",
        )


def _is_replaceable(target: Path) -> bool:
    """Whether it is a file, no device or pipe, and an earlier report."""
    with explain_os_errors(target):
        return target.is_file() and is_report(target)


def is_report(path: Path) -> bool:
    """Whether a file is an earlier report. Raises OSError where it cannot be read."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    return any(mark in head for mark in _MARKS)


async def write_report(plan: "Plan", layout: "Layout", target: Path, tools: "Tools", *, now: float) -> int:
    """Write the report of a run and return its size in bytes.

    Raises:
        RunDirectoryError: the journal cannot be trusted.
        LongtakeError: the file cannot be written.
    """
    from runner.report.collect import collect_report  # these bring in what measures and draws
    from runner.report.render import ReportMeta, render_page

    # The generator is the mark by which the next call knows this file as a report.
    meta = ReportMeta(generator=_GENERATOR, version=__version__, now=now, folder=target.parent)
    content = (await render_page(collect_report(plan, layout), tools, meta)).encode()
    # Beside and renamed: a browser that has the report open never sees half of the next one.
    temporary = target.with_name(f".{target.name}.new")
    with explain_os_errors(target):
        with os.fdopen(open_new(temporary), "wb") as stream:
            stream.write(content)
        temporary.replace(target)
    return len(content)
