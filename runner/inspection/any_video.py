"""Any video file, of no run: its form against what was expected, and what is seen and heard in it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runner.errors import CheckFailed, RunDirectoryError
from runner.media.checks import decode_errors, failed_verdict, judge
from runner.media.ffmpeg.tools import Tools
from runner.media.model import Expectation, Probe, Verdict
from runner.media.probing.probe import probe

if TYPE_CHECKING:
    from runner.quality.measure import Jump  # brings in numpy

_JUMP = "picture/jump"
_LEAST_FRAMES = 26  # one second at 25 fps, and the frame before it


async def check_video(path: Path, expected: Expectation, tools: Tools, *, look: bool) -> Sequence[Verdict]:
    """Return the verdicts on a file; what cannot be read is a verdict too."""
    try:
        facts = await probe(path, tools)
    except (CheckFailed, RunDirectoryError) as error:
        return (failed_verdict(error, "a video"),)
    try:
        decoding = await decode_errors(path, tools, length=facts.duration)
    except CheckFailed as error:
        return (*judge(facts, expected), failed_verdict(error, "a whole film"))
    verdicts = judge(facts, expected, decoding)
    seen = await survey_video(path, facts, tools) if look else ()
    silent = "sound/silence" if expected.audio != "required" else ""  # silence is no fault where no sound was asked for
    return (*verdicts, *(verdict for verdict in seen if verdict.check != silent))


async def survey_video(path: Path, facts: Probe, tools: Tools) -> Sequence[Verdict]:
    """Return the verdicts on what is seen and heard of any film; each jump in it is one of its own."""
    from runner.quality.measure import measure_film
    from runner.quality.thresholds import profile

    if facts.frames < _LEAST_FRAMES:
        return (_length_verdict(facts),)
    limit = profile().thresholds[_JUMP].warn
    try:
        found = await measure_film(path, facts, tools, limit)
    except CheckFailed as error:
        return (failed_verdict(error, "a whole film"),)
    verdicts: list[Verdict] = []
    for family, measured in found.values.items():
        verdicts += profile().verdicts(family, measured, "in the film", None)
    if not found.jumps:
        return verdicts
    each = [_judge_jump(jump) for jump in found.jumps]
    return [*(verdict for verdict in verdicts if verdict.check != _JUMP), *each]


def _length_verdict(facts: Probe) -> Verdict:
    words = f"too short to look at: {facts.frames} frame{'s' * (facts.frames != 1)}"
    return Verdict(
        check="look/too-short",
        verdict="warn",
        measured=f"{facts.frames} frames",
        expected=f"{_LEAST_FRAMES} frames",
        message=words,
    )


def _judge_jump(jump: "Jump") -> Verdict:
    from runner.quality.thresholds import profile

    verdict = next(profile().verdicts("picture", {"jump": jump.size}, f"at {jump.at:.2f} s", jump.at))
    again = f"; the picture of {jump.known:.1f} s is shown again" if jump.known is not None else ""
    return replace(verdict, message=verdict.message + again)
