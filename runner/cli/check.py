"""longtake check."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runner.cli.options import PATH, style_of, style_options
from runner.cli.status import planned
from runner.console.stream import Style, emit, out, paint
from runner.errors import CheckFailed, UsageError
from runner.files import explained
from runner.media.checks import Verdict, decode_errors, judge, worst
from runner.media.expectation import Expectation
from runner.media.probe import Probe, probe
from runner.media.tools import Tools, find_tools
from runner.state.rundir import Layout, is_run_directory

if TYPE_CHECKING:
    from runner.quality.survey import Jump  # brings in numpy

_COLORS = {"pass": "green", "warn": "yellow", "fail": "red"}
_JUMP = "picture/jump"
_WORDS: dict[str, dict[str, Any]] = {
    **{codec: {"video_codecs": (codec,)} for codec in ("h264", "hevc", "av1", "vp9")},
    "audio": {"audio": "required"},
    "silent": {"audio": "absent"},
    "mono": {"audio": "required", "channels": 1},
    "stereo": {"audio": "required", "channels": 2},
}
Judged = tuple[str, Sequence[Verdict]]


@click.command(short_help="Probe and judge files.")
@click.argument("what", nargs=-1, required=True, type=PATH)
@click.option(
    "--expect",
    default="24",
    show_default=True,
    metavar="FPS[,SIZE][,W:H]…",
    help="What any other video must be, as in 24,1280x720,16:9,h264,stereo or 24,720p.",
)
@click.option("--junit", type=PATH, metavar="FILE", help="Write the verdicts as JUnit XML, too.")
@click.option("--contract-only", is_flag=True, help="Do not look at the pictures or listen: the file's form alone.")
@style_options
def check(what: tuple[Path, ...], *, expect: str, junit: Path | None, contract_only: bool, **values: object) -> int:
    """Probe and judge a run's hops and film again, or any video files. Changes nothing."""
    style = style_of(values)
    judged = asyncio.run(_all(what, expectation(expect), look=not contract_only))
    for name, verdicts in judged:
        _show(name, verdicts, style)
    if junit:
        from runner.console.junit import write  # brings in XML

        with explained(junit):
            write(junit, judged)
    bad = any(worst(verdicts) == "fail" for _, verdicts in judged)
    return CheckFailed.exit_code if bad else 0


async def _all(what: Sequence[Path], expected: Expectation, *, look: bool) -> list[Judged]:
    tools = await find_tools(os.environ)
    judged: list[Judged] = []
    for path in what:
        if is_run_directory(path):
            judged += await _run(path, tools)
        else:
            judged.append(await _file(path, expected, tools, look=look))
    return judged


async def _file(path: Path, expected: Expectation, tools: Tools, *, look: bool) -> Judged:
    try:
        facts = await probe(path, tools)
    except CheckFailed as error:
        broken = Verdict(check=error.code, verdict="fail", measured="", expected="a video", message=error.message)
        return str(path), (broken,)
    verdicts = judge(facts, expected, await decode_errors(path, tools))
    return str(path), (*verdicts, *(await surveyed(path, facts, tools) if look else ()))


async def surveyed(path: Path, facts: Probe, tools: Tools) -> Sequence[Verdict]:
    """The verdicts on what is seen and heard of any film; each jump in it is one of its own."""
    from runner.quality.profile import profile
    from runner.quality.survey import survey

    limit = profile().thresholds[_JUMP].warn
    try:
        found = await survey(path, facts, tools, limit)
    except CheckFailed as error:
        return (Verdict(check=error.code, verdict="fail", measured="", expected="a whole film", message=error.message),)
    verdicts: list[Verdict] = []
    for family, measured in found.values.items():
        verdicts += profile().verdicts(family, measured, "in the film", None)
    if not found.jumps:
        return verdicts
    each = [_told(jump) for jump in found.jumps]
    return [*(verdict for verdict in verdicts if verdict.check != _JUMP), *each]


def _told(jump: "Jump") -> Verdict:
    from runner.quality.profile import profile

    verdict = next(profile().verdicts("picture", {"jump": jump.size}, f"at {jump.at:.2f} s", jump.at))
    again = f"; the picture of {jump.known:.1f} s is shown again" if jump.known is not None else ""
    return replace(verdict, message=verdict.message + again)


async def _run(path: Path, tools: Tools) -> list[Judged]:
    from runner.engine.chain import drift_verdicts, looks_of  # these bring in what a run needs
    from runner.engine.inspection import judged_look
    from runner.engine.judge import softened, verdicts_of

    plan, layout = planned(path), Layout(path)
    steps = [(step, step.take) for step in plan.steps if step.take and step.take.files]
    looks = looks_of(layout, [take for _, take in steps])
    judged: list[Judged] = []
    for (step, take), look in zip(steps, looks, strict=True):
        verdicts, _ = await verdicts_of(layout.take(take.hop, take.number), take, step, tools)
        every = (*verdicts, *(judged_look(look, step) if look else ()))
        judged.append((f"hop {step.wish.index}", softened(every, step.contract)))
    if layout.film.exists():
        name, found = await _file(layout.film, plan.film, tools, look=False)
        every = (*found, *drift_verdicts(looks, plan.steps[-1]))
        judged.append((name, softened(every, plan.steps[-1].contract)))
    return judged


def expectation(words: str) -> Expectation:
    """``24,1280x720,16:9,h264,audio`` as an expectation: any of these, in any order.

    Raises:
        UsageError: a part is none of these.
    """
    wanted = Expectation()
    for part in filter(None, (part.strip() for part in words.split(","))):
        try:
            wanted = replace(wanted, **_expected(part))
        except (ValueError, ZeroDivisionError):
            known = "a frame rate, a size such as 1280x720 or 720p, a ratio, a codec, audio, silent, mono or stereo"
            raise UsageError(f"--expect: {part!r} is not {known}") from None
    return wanted


def _expected(part: str) -> dict[str, Any]:
    if part in _WORDS:
        return _WORDS[part]
    if ":" in part:
        width, _, height = part.partition(":")
        return {"aspect": Fraction(int(width), int(height))}
    if part[:1].isdigit() and "x" in part:
        width, _, height = part.partition("x")
        return {"size": (int(width), int(height))}
    if part.endswith("p"):
        return {"short_side": int(part[:-1])}
    return {"frame_rate": Fraction(part)}


def _show(name: str, verdicts: Sequence[Verdict], style: Style) -> None:
    if style.json:
        emit({"event": "checked", "file": name, "verdicts": [asdict(verdict) for verdict in verdicts]})
        return
    out(f"{name}: {paint(worst(verdicts), _COLORS[worst(verdicts)], style)}")
    for verdict in verdicts:
        if verdict.verdict != "pass" or style.verbose:
            out(f"  {paint(verdict.verdict, _COLORS[verdict.verdict], style)}  {verdict.message} [{verdict.check}]")
