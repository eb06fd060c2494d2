"""longtake check."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import click

from runner.cli.options import PATH, style_of, style_options
from runner.cli.status import planned
from runner.console.stream import Style, emit, out, paint
from runner.errors import CheckFailed, UsageError
from runner.media.checks import Verdict, decode_errors, judge, worst
from runner.media.expectation import Expectation
from runner.media.probe import probe
from runner.media.tools import Tools, find_tools
from runner.state.rundir import Layout, is_run_directory

_COLORS = {"pass": "green", "warn": "yellow", "fail": "red"}
Judged = tuple[str, Sequence[Verdict]]


@click.command(short_help="Probe and judge files.")
@click.argument("what", nargs=-1, required=True, type=PATH)
@click.option(
    "--expect",
    default="24",
    show_default=True,
    metavar="FPS[,HEIGHTp][,W:H]",
    help="What any other video must be, as in 24,720p,16:9.",
)
@style_options
def check(what: tuple[Path, ...], *, expect: str, **values: object) -> int:
    """Probe and judge a run's hops and film again, or any video files. Changes nothing."""
    style = style_of(values)
    judged = asyncio.run(_all(what, expectation(expect)))
    for name, verdicts in judged:
        _show(name, verdicts, style)
    bad = any(worst(verdicts) == "fail" for _, verdicts in judged)
    return CheckFailed.exit_code if bad else 0


async def _all(what: Sequence[Path], expected: Expectation) -> list[Judged]:
    tools = await find_tools(os.environ)
    judged: list[Judged] = []
    for path in what:
        judged += await _run(path, tools) if is_run_directory(path) else [await _file(path, expected, tools)]
    return judged


async def _file(path: Path, expected: Expectation, tools: Tools) -> Judged:
    try:
        facts = await probe(path, tools)
    except CheckFailed as error:
        broken = Verdict(check=error.code, verdict="fail", measured="", expected="a video", message=error.message)
        return str(path), (broken,)
    return str(path), judge(facts, expected, await decode_errors(path, tools))


async def _run(path: Path, tools: Tools) -> list[Judged]:
    from runner.engine.judge import verdicts_of  # brings in what a run needs

    plan, layout = planned(path), Layout(path)
    judged: list[Judged] = []
    for step in plan.steps:
        if step.take and step.take.files:
            folder = layout.take(step.take.hop, step.take.number)
            verdicts, _ = await verdicts_of(folder, step.take, step, tools)
            judged.append((f"hop {step.wish.index}", verdicts))
    if layout.film.exists():
        judged.append(await _file(layout.film, plan.film, tools))
    return judged


def expectation(words: str) -> Expectation:
    """``24,720p,16:9`` as an expectation: frame rate, short side, aspect, in any order.

    Raises:
        UsageError: a part is none of these.
    """
    rate, side, aspect = None, None, None
    for part in filter(None, words.split(",")):
        try:
            if ":" in part:
                width, _, height = part.partition(":")
                aspect = Fraction(int(width), int(height))
            elif part.endswith("p"):
                side = int(part[:-1])
            else:
                rate = Fraction(part)
        except (ValueError, ZeroDivisionError):
            raise UsageError(f"--expect: {part!r} is not a frame rate, a height such as 720p, or a ratio") from None
    return Expectation(frame_rate=rate, aspect=aspect, short_side=side, seconds=None, video_codecs=(), audio="optional")


def _show(name: str, verdicts: Sequence[Verdict], style: Style) -> None:
    if style.json:
        emit({"event": "checked", "file": name, "verdicts": [asdict(verdict) for verdict in verdicts]})
        return
    out(f"{name}: {paint(worst(verdicts), _COLORS[worst(verdicts)], style)}")
    for verdict in verdicts:
        if verdict.verdict != "pass" or style.verbose:
            out(f"  {paint(verdict.verdict, _COLORS[verdict.verdict], style)}  {verdict.message} [{verdict.check}]")
