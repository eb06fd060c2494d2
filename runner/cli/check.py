"""longtake check, and what its --expect says a video must be."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from runner.api.check import check_files
from runner.cli.options import PATH, style_of, style_options
from runner.console.junit import Suite, write
from runner.console.output import Style, emit, out, paint
from runner.errors import CheckFailed, UsageError
from runner.files import explain_os_errors
from runner.media.model import Expectation, Verdict, worst
from runner.state.layout import is_run_directory

_COLORS = {"pass": "green", "warn": "yellow", "fail": "red"}


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
    wanted = parse_expectation(expect) if expect else Expectation()
    _refuse_missing(what, junit)
    suites = asyncio.run(_check_all(what, wanted, style, look=not contract_only))
    if junit:
        with explain_os_errors(junit):
            write(junit, suites)
    bad = any(worst(each.verdicts) == "fail" for each in suites)
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


async def _check_all(what: Sequence[Path], expected: Expectation, style: Style, *, look: bool) -> list[Suite]:
    """Check every file, and show each as soon as it is known."""
    suites: list[Suite] = []
    begun = time.monotonic()
    async for name, verdicts in check_files(what, expected, look=look):
        suites.append(Suite(name=name, verdicts=verdicts, seconds=time.monotonic() - begun))
        _show(name, verdicts, style)
        begun = time.monotonic()
    return suites


def _show(name: str, verdicts: Sequence[Verdict], style: Style) -> None:
    if style.json:
        emit({"event": "checked", "file": name, "verdicts": [asdict(verdict) for verdict in verdicts]})
        return
    out(f"{name}: {paint(worst(verdicts), _COLORS[worst(verdicts)], style)}")
    for verdict in verdicts:
        if verdict.verdict != "pass" or style.verbose:
            out(f"  {paint(verdict.verdict, _COLORS[verdict.verdict], style)}  {verdict.message} [{verdict.check}]")


_CODECS = {"h264": "h264", "avc": "h264", "hevc": "hevc", "h265": "hevc", "av1": "av1", "vp9": "vp9", "vp8": "vp8"}
_WORDS: Mapping[str, Mapping[str, Any]] = {
    **{word: {"video_codecs": (codec,)} for word, codec in _CODECS.items()},
    "audio": {"audio": "required"},
    "silent": {"audio": "absent"},
    "mono": {"audio": "required", "channels": 1},
    "stereo": {"audio": "required", "channels": 2},
}
# What people write for the rates of colour television, which are no decimal numbers.
_BROADCAST_RATES = {"23.976": "24000/1001", "23.98": "24000/1001", "29.97": "30000/1001", "59.94": "60000/1001"}
_KNOWN = (
    "a frame rate (24, 23.976, 30000/1001), a size (1280x720, 720p), a ratio (16:9), a length (8s, 192f), "
    f"a codec ({', '.join(_CODECS)}), audio, silent, mono or stereo"
)
# A bare number is a rate; a larger one is more likely a size that lost its `p` or its other half (1280).
_MOST_RATE = 1000


def parse_expectation(words: str) -> Expectation:
    """Parse ``24,1280x720,16:9,h264,audio,8s`` into an expectation: any of these, in any order, each kind once.

    Raises:
        UsageError: a part is none of these, or says again what another said.
    """
    said: dict[str, Any] = {}
    parts = [part.strip() for part in words.split(",")]
    for part in parts:
        try:
            wanted = _parse_part(part)
        except (ValueError, ZeroDivisionError):
            raise UsageError(f"--expect: {part!r} is not {_KNOWN}") from None
        # `audio,stereo` says twice that there is sound, and agrees; only what contradicts is refused.
        again = [name for name in wanted if name in said and said[name] != wanted[name]]
        if again:
            raise UsageError(f"--expect: {part!r} contradicts the {again[0].replace('_', ' ')} before it")
        said |= wanted
    return replace(Expectation(), **said)


def _parse_part(part: str) -> Mapping[str, Any]:
    if part in _WORDS:
        return _WORDS[part]
    for sign, name in ((":", "aspect"), ("x", "size")):
        first, found, second = part.partition(sign)
        if found:
            pair = (_parse_count(first), _parse_count(second))
            return {name: Fraction(*pair) if name == "aspect" else pair}
    if part[-1:] in _UNITS:
        name, read = _UNITS[part[-1]]
        return {name: read(part[:-1])}
    return {"frame_rate": _parse_positive(_BROADCAST_RATES.get(part, part), _MOST_RATE)}


def _parse_count(digits: str) -> int:
    if not digits.isdecimal() or not int(digits):
        raise ValueError(digits)
    return int(digits)


def _parse_positive(words: str, most: int = 10**6) -> Fraction:
    value = Fraction(words)
    if not 0 < value <= most:
        raise ValueError(words)
    return value


_UNITS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "p": ("short_side", _parse_count),
    "f": ("frames", _parse_count),
    "s": ("seconds", lambda words: float(_parse_positive(words))),
}
