"""longtake check."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.expectation import expectation
from runner.cli.options import PATH, style_of, style_options
from runner.cli.status import planned
from runner.console.junit import Suite, write
from runner.console.output import Style, emit, out, paint
from runner.errors import CheckFailed, RunDirectoryError, UsageError
from runner.files import explain_os_errors
from runner.media.checks import Verdict, broken, decode_errors, judge, worst
from runner.media.expectation import Expectation
from runner.media.ffmpeg.tools import Tools, find_tools
from runner.media.probing.probe import Probe, probe
from runner.state.run_directory import Layout, is_run_directory

if TYPE_CHECKING:
    from runner.quality.measure import Jump  # brings in numpy

_COLORS = {"pass": "green", "warn": "yellow", "fail": "red"}
_JUMP = "picture/jump"
_LEAST_FRAMES = 26
FileVerdicts = tuple[str, Sequence[Verdict]]


@click.command(short_help="Probe and judge files.")
@click.argument("what", nargs=-1, required=True, type=PATH)
@click.option(
    "--expect",
    default="",
    metavar="FPS[,SIZE][,W:H]…",
    help="What any other video must be, as in 24,1280x720,16:9,h264,stereo or 24,720p; without, any form will do.",
)
@click.option("--junit", type=PATH, metavar="FILE", help="Write the verdicts as JUnit XML, too.")
@click.option("--contract-only", is_flag=True, help="Do not look at the pictures or listen: the file's form alone.")
@style_options
def check(what: tuple[Path, ...], *, expect: str, junit: Path | None, contract_only: bool, **values: object) -> int:
    """Probe and judge a run's hops and film again, or any video files. Changes nothing."""
    style = style_of(values)
    wanted = expectation(expect) if expect else Expectation()
    _refuse_missing(what, junit)
    judged = asyncio.run(_all(what, wanted, style, look=not contract_only))
    if junit:
        with explain_os_errors(junit):
            write(junit, judged)
    bad = any(worst(each.verdicts) == "fail" for each in judged)
    return CheckFailed.exit_code if bad else 0


def _refuse_missing(what: Sequence[Path], junit: Path | None) -> None:
    """Say what is not there before hours are spent on the rest."""
    for path in what:
        if not path.exists():
            raise UsageError(f"there is no file {path}", code="usage/no-file")
        if path.is_dir() and not is_run_directory(path):
            raise UsageError(f"no run has begun in {path}", code="usage/no-run", hint="name a run's folder, or a video")
    if junit and not junit.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {junit.parent} for --junit", code="usage/no-file")


async def _all(what: Sequence[Path], expected: Expectation, style: Style, *, look: bool) -> list[Suite]:
    """Everything that was judged; each is shown as soon as it is known."""
    suites: list[Suite] = []
    begun = time.monotonic()
    async for name, verdicts in _each(what, expected, look=look):
        suites.append(Suite(name=name, verdicts=verdicts, seconds=time.monotonic() - begun))
        _show(name, verdicts, style)
        begun = time.monotonic()
    return suites


async def _each(what: Sequence[Path], expected: Expectation, *, look: bool) -> AsyncIterator[FileVerdicts]:
    tools = await find_tools(os.environ)
    for path in what:
        if is_run_directory(path):
            from runner.inspection.recheck import recheck_run  # brings in what a run needs

            async for judged in recheck_run(planned(path), Layout(path), tools, look=look):
                yield judged
        else:
            yield await _file(path, expected, tools, look=look)


async def _file(path: Path, expected: Expectation, tools: Tools, *, look: bool) -> FileVerdicts:
    try:
        facts = await probe(path, tools)
    except (CheckFailed, RunDirectoryError) as error:
        return str(path), (broken(error, "a video"),)
    try:
        decoding = await decode_errors(path, tools, length=facts.duration)
    except CheckFailed as error:
        return str(path), (*judge(facts, expected), broken(error, "a whole film"))
    verdicts = judge(facts, expected, decoding)
    seen = await surveyed(path, facts, tools) if look else ()
    silent = "sound/silence" if expected.audio != "required" else ""  # silence is no fault where nobody asked for sound
    return str(path), (*verdicts, *(verdict for verdict in seen if verdict.check != silent))


async def surveyed(path: Path, facts: Probe, tools: Tools) -> Sequence[Verdict]:
    """The verdicts on what is seen and heard of any film; each jump in it is one of its own."""
    from runner.quality.measure import measure_film
    from runner.quality.thresholds import profile

    if facts.frames < _LEAST_FRAMES:
        return (_too_short(facts),)
    limit = profile().thresholds[_JUMP].warn
    try:
        found = await measure_film(path, facts, tools, limit)
    except CheckFailed as error:
        return (broken(error, "a whole film"),)
    verdicts: list[Verdict] = []
    for family, measured in found.values.items():
        verdicts += profile().verdicts(family, measured, "in the film", None)
    if not found.jumps:
        return verdicts
    each = [_told(jump) for jump in found.jumps]
    return [*(verdict for verdict in verdicts if verdict.check != _JUMP), *each]


def _too_short(facts: Probe) -> Verdict:
    words = f"too short to look at: {facts.frames} frame{'s' * (facts.frames != 1)}"
    return Verdict(
        check="look/too-short",
        verdict="warn",
        measured=f"{facts.frames} frames",
        expected=f"{_LEAST_FRAMES} frames",
        message=words,
    )


def _told(jump: "Jump") -> Verdict:
    from runner.quality.thresholds import profile

    verdict = next(profile().verdicts("picture", {"jump": jump.size}, f"at {jump.at:.2f} s", jump.at))
    again = f"; the picture of {jump.known:.1f} s is shown again" if jump.known is not None else ""
    return replace(verdict, message=verdict.message + again)


def _show(name: str, verdicts: Sequence[Verdict], style: Style) -> None:
    if style.json:
        emit({"event": "checked", "file": name, "verdicts": [asdict(verdict) for verdict in verdicts]})
        return
    out(f"{name}: {paint(worst(verdicts), _COLORS[worst(verdicts)], style)}")
    for verdict in verdicts:
        if verdict.verdict != "pass" or style.verbose:
            out(f"  {paint(verdict.verdict, _COLORS[verdict.verdict], style)}  {verdict.message} [{verdict.check}]")
