"""Checks a probed file by what was expected of it. Verdicts are values; what to do about them is the caller's.

Every code that is given here is explained in docs/checks.md.
"""

import math
import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

from runner.errors import LongtakeError
from runner.media.ffmpeg.commands import decode
from runner.media.ffmpeg.process import decoding_deadline, run
from runner.media.ffmpeg.tools import Tools
from runner.media.model import Decoding, Expectation, Grade, Probe, Verdict
from runner.media.probing.reading import complaints, error_lines, nearest_standard_rate

# A row or two that an encoder rounds away (1280x718) is no other shape; 1280x704 is, by 2 %.
_ASPECT_SLACK = Fraction(1, 100)
# Telestream's test of stream lengths (FC-108) alerts beyond two frames, too.
_FRAMES_NOTICED = 2
_PLAIN_PIXELS = ("yuv420p", "yuvj420p")
# Seconds. AAC comes in blocks of 1024 samples, 21 ms at 48 kHz: one is put before the sound, and the last one filled.
_AUDIO_LENGTH, _AUDIO_START = 0.1, 0.05
_ROUNDING = 1e-6
_DEADLINE = 600.0
# Pictures that a decoder may keep to itself at a damaged place.
_CONCEALED = 2
_PICTURES = re.compile(r"Output stream #0:0 \(video\): (\d+) frames encoded")
_GRADES: tuple[Grade, ...] = ("pass", "warn", "fail")


def judge(probe: Probe, expectation: Expectation, decoding: Decoding | None = None) -> tuple[Verdict, ...]:
    """Return a verdict for each check that applies. `decoding` is None if nothing decoded the file."""
    found = [check(probe, expectation) for check in _CHECKS]
    if decoding is not None:
        found.append(_decode_verdict(probe, decoding))
    return tuple(verdict for verdict in found if verdict)


def failed_verdict(error: LongtakeError, expected: str) -> Verdict:
    """Return what cannot be judged as a verdict of its own: the other files still can."""
    return Verdict(check=error.code, verdict="fail", measured="", expected=expected, message=error.message)


def worst(verdicts: Iterable[Verdict]) -> Grade:
    """Return the gravest grade of the verdicts; of none, ``pass``."""
    return max((verdict.verdict for verdict in verdicts), key=_GRADES.index, default="pass")


async def decode_errors(
    path: Path,
    tools: Tools,
    *,
    start: float = 0.0,
    seconds: float = _DEADLINE,
    length: float = 0.0,
) -> Decoding:
    """Decode from `start` seconds to the end: what the decoders complain of, and how many pictures come out.

    Raises:
        ToolFailed: it took longer than `seconds`, and longer than a film of `length` seconds may take.
    """
    finished = await run(decode(tools.ffmpeg, path, start), seconds=decoding_deadline(seconds, length))
    # ffmpeg leaves with 0 on a damaged file; what it says is what counts.
    lines = complaints(error_lines(finished.stderr.splitlines()))
    counted = _PICTURES.findall(finished.stderr)
    return Decoding(
        complaints=lines or ((finished.last_words,) if finished.returncode else ()),
        pictures=int(counted[-1]) if counted else None,
        start=start,
    )


def _verdict(check: str, grade: Grade, what: str, measured: str, expected: str, why: str = "") -> Verdict:
    message = f"{what}: {measured}"
    if grade != "pass":
        message += f", expected {expected}" + (f" ({why})" if why else "")
    return Verdict(check=check, verdict=grade, measured=measured, expected=expected, message=message)


def _container(probe: Probe, _expectation: Expectation) -> Verdict:
    grade: Grade = "pass" if probe.container == "mp4" else "warn"
    return _verdict("check/container", grade, "container", probe.container, "mp4")


def _video_codec(probe: Probe, expectation: Expectation) -> Verdict | None:
    if not expectation.video_codecs:
        return None
    grade: Grade = "pass" if probe.video_codec in expectation.video_codecs else "fail"
    return _verdict("check/video-codec", grade, "codec", probe.video_codec, " or ".join(expectation.video_codecs))


def _frame_rate(probe: Probe, expectation: Expectation) -> Verdict | None:
    if expectation.frame_rate is None:
        return None
    wanted = nearest_standard_rate(expectation.frame_rate)
    grade: Grade = "pass" if probe.frame_rate == wanted else "fail"
    return _verdict("check/frame-rate", grade, "frame rate", _rate_words(probe.frame_rate), _rate_words(wanted))


def _constant_rate(probe: Probe, _expectation: Expectation) -> Verdict:
    if probe.constant_rate:
        return _verdict("check/constant-rate", "pass", "frame spacing", "even", "even")
    words = f"uneven, {_rate_words(probe.average_rate)} on average"
    return _verdict("check/constant-rate", "fail", "frame spacing", words, f"an even {_rate_words(probe.frame_rate)}")


def _resolution(probe: Probe, expectation: Expectation) -> Verdict | None:
    if expectation.size:
        shown = (probe.display_width, probe.display_height)
        grade: Grade = "pass" if shown == expectation.size else "fail"
        return _verdict(
            "check/resolution", grade, "resolution", _size_words(probe), "x".join(map(str, expectation.size))
        )
    if expectation.short_side is None:
        return None
    side = min(probe.display_width, probe.display_height)
    grade = "pass" if side == expectation.short_side else "fail"
    return _verdict(
        "check/resolution", grade, "resolution", f"{_size_words(probe)}, {side}p", f"{expectation.short_side}p"
    )


def _aspect(probe: Probe, expectation: Expectation) -> Verdict | None:
    if expectation.aspect is None:
        return None
    shown = Fraction(probe.display_width, max(probe.display_height, 1))
    grade: Grade = "pass" if abs(shown / expectation.aspect - 1) <= _ASPECT_SLACK else "fail"
    words = f"{_size_words(probe)} = {float(shown):.3f}:1"
    return _verdict("check/aspect", grade, "aspect ratio", words, str(expectation.aspect).replace("/", ":"))


def _pixel_aspect(probe: Probe, _expectation: Expectation) -> Verdict:
    grade: Grade = "pass" if probe.sample_aspect == 1 else "fail"
    measured = f"{probe.sample_aspect.numerator}:{probe.sample_aspect.denominator}"
    return _verdict(
        "check/pixel-aspect", grade, "pixel aspect", measured, "1:1", "most players would stretch the picture"
    )


def _rotation(probe: Probe, _expectation: Expectation) -> Verdict:
    grade: Grade = "warn" if probe.rotation else "pass"
    why = "the frames are stored turned; some players ignore that"
    return _verdict("check/rotation", grade, "rotation", f"{probe.rotation}°", "0°", why)


def _pixels(probe: Probe, _expectation: Expectation) -> Verdict:
    """What every player shows, and shows alike: 8 bits, 4:2:0, the range of television."""
    odd = [probe.pix_fmt] if probe.pix_fmt not in _PLAIN_PIXELS else []
    odd += ["full range"] if probe.full_range else []
    grade: Grade = "warn" if odd else "pass"
    measured = ", ".join(odd) or probe.pix_fmt
    return _verdict(
        "check/pixels", grade, "pixels", measured, "yuv420p in limited range", "some players show it otherwise"
    )


def _scan(probe: Probe, _expectation: Expectation) -> Verdict:
    grade: Grade = "fail" if probe.interlaced else "pass"
    return _verdict("check/scan", grade, "scan", "interlaced" if probe.interlaced else "progressive", "progressive")


def _duration(probe: Probe, expectation: Expectation) -> Verdict | None:
    rate = float(probe.frame_rate) or 1.0
    if expectation.frames is not None:
        off = abs(probe.frames - expectation.frames) / rate
        wanted = f"{expectation.frames} frames"
    elif expectation.seconds is not None:
        off = abs(probe.duration - expectation.seconds)
        wanted = f"{expectation.seconds:g} s"
    else:
        return None
    fail = expectation.tolerance_seconds
    grade = _grade(off, warn=fail if expectation.inexact else _FRAMES_NOTICED / rate, fail=fail)
    return _verdict("check/duration", grade, "length", f"{probe.duration:.3f} s, {probe.frames} frames", wanted)


def _packets(probe: Probe, _expectation: Expectation) -> Verdict:
    """Compare what the headers promise with what is there."""
    # A faststart file cut at 70 % still tells its whole length and all its frames (ffprobe 5.1.9, 2026-11).
    counted = probe.frames + probe.hidden_frames
    promised = counted if probe.header_frames is None else probe.header_frames
    whole = counted == promised and not probe.missing_bytes
    grade: Grade = ("warn" if probe.damage else "pass") if whole else "fail"
    measured = f"{counted} frames" + (f", {probe.missing_bytes} bytes missing" if probe.missing_bytes else "")
    return _verdict(
        "check/packets", grade, "contents", measured, f"{promised} undamaged frames", "; ".join(probe.damage[:2])
    )


def _streams(probe: Probe, _expectation: Expectation) -> Verdict:
    grade: Grade = "pass" if probe.video_streams == 1 and probe.audio_streams <= 1 else "warn"
    measured = f"{probe.video_streams} video, {probe.audio_streams} audio"
    return _verdict(
        "check/streams", grade, "streams", measured, "1 video, at most 1 audio", "only the first of each is used"
    )


def _audio(probe: Probe, expectation: Expectation) -> Verdict:
    spec, measured = expectation.audio, probe.audio.codec if probe.audio else "none"
    grade: Grade = "pass"
    if spec == "required" and not probe.audio:
        grade = "fail"
    elif spec == "absent" and probe.audio:
        grade = "warn"
    return _verdict(
        "check/audio", grade, "audio", measured, {"required": "an audio track", "absent": "none"}.get(spec, "any")
    )


def _audio_format(probe: Probe, expectation: Expectation) -> Verdict | None:
    if not probe.audio or (expectation.channels is None and expectation.sample_rate is None):
        return None
    channels, rate = probe.audio.channels, probe.audio.sample_rate
    wanted = expectation.channels or channels, expectation.sample_rate or rate
    grade: Grade = "pass" if (channels, rate) == wanted else "warn"
    return _verdict("check/audio-format", grade, "audio format", _audio_words(channels, rate), _audio_words(*wanted))


def _audio_length(probe: Probe, _expectation: Expectation) -> Verdict | None:
    if not probe.audio:
        return None
    off = abs(probe.audio.duration - probe.duration)
    noticed = min(_FRAMES_NOTICED / (float(probe.frame_rate) or 1.0), _AUDIO_LENGTH)
    grade = _grade(off, warn=noticed, fail=_AUDIO_LENGTH)
    measured = f"{probe.audio.duration:.3f} s"
    return _verdict("check/audio-length", grade, "audio length", measured, f"the picture's {probe.duration:.3f} s")


def _audio_start(probe: Probe, _expectation: Expectation) -> Verdict | None:
    if not probe.audio:
        return None
    delay = probe.audio.start - probe.start
    grade = _grade(abs(delay), warn=_AUDIO_START, fail=_AUDIO_START)
    return _verdict(
        "check/audio-start", grade, "audio start", f"{delay:+.3f} s against the picture", "with the picture"
    )


def _decode_verdict(probe: Probe, decoding: Decoding) -> Verdict:
    """Every picture comes out. Damage that the decoder conceals is remarked on, pictures that are lost are not had."""
    said, due = decoding.complaints, _pictures_due(probe, decoding.start)
    lost = max(0, due - decoding.pictures) if decoding.pictures is not None and due is not None else 0
    grade: Grade = "fail" if lost > _CONCEALED else "warn" if said or lost else "pass"
    measured = f"{len(said)} complaint{'s' * (len(said) != 1)}" if said else "no complaint"
    if lost:
        measured = f"{lost} of {due} pictures do not come out, {measured}"
    return _verdict("check/decode", grade, "decoding", measured, "every picture, no complaint", "; ".join(said[:2]))


def _pictures_due(probe: Probe, start: float) -> int | None:
    """Return how many pictures a file shows from `start` seconds on; None where its frames are too uneven to tell."""
    if not start:
        return probe.frames
    before = math.ceil((start - probe.picture_delay) * probe.frame_rate - _ROUNDING)
    return max(0, probe.frames - max(0, before)) if probe.constant_rate else None


def _grade(off: float, *, warn: float, fail: float) -> Grade:
    if off > fail + _ROUNDING:
        return "fail"
    return "warn" if off > warn + _ROUNDING else "pass"


def _rate_words(rate: Fraction) -> str:
    return f"{rate} fps" if rate.denominator == 1 else f"{rate} ({float(rate):.3f}) fps"


def _size_words(probe: Probe) -> str:
    return f"{probe.display_width}x{probe.display_height}"


def _audio_words(channels: int, sample_rate: int) -> str:
    return f"{channels} channel{'s' * (channels != 1)}, {sample_rate} Hz"


_CHECKS: tuple[Callable[[Probe, Expectation], Verdict | None], ...] = (
    _container,
    _video_codec,
    _frame_rate,
    _constant_rate,
    _resolution,
    _aspect,
    _pixel_aspect,
    _rotation,
    _pixels,
    _scan,
    _duration,
    _packets,
    _streams,
    _audio,
    _audio_format,
    _audio_length,
    _audio_start,
)
