"""What `longtake check --expect` says a video must be, as an expectation."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from runner.errors import UsageError
from runner.media.model import Expectation

_CODECS = {"h264": "h264", "avc": "h264", "hevc": "hevc", "h265": "hevc", "av1": "av1", "vp9": "vp9", "vp8": "vp8"}
_WORDS: Mapping[str, Mapping[str, Any]] = {
    **{word: {"video_codecs": (codec,)} for word, codec in _CODECS.items()},
    "audio": {"audio": "required"},
    "silent": {"audio": "absent"},
    "mono": {"audio": "required", "channels": 1},
    "stereo": {"audio": "required", "channels": 2},
}
# What people write for the rates of colour television, which are no decimal numbers.
_SPOKEN = {"23.976": "24000/1001", "23.98": "24000/1001", "29.97": "30000/1001", "59.94": "60000/1001"}
_KNOWN = (
    "a frame rate (24, 23.976, 30000/1001), a size (1280x720, 720p), a ratio (16:9), a length (8s, 192f), "
    f"a codec ({', '.join(_CODECS)}), audio, silent, mono or stereo"
)
_MOST_RATE = 1000


def expectation(words: str) -> Expectation:
    """``24,1280x720,16:9,h264,audio,8s`` as an expectation: any of these, in any order, each kind once.

    Raises:
        UsageError: a part is none of these, or says again what another said.
    """
    said: dict[str, Any] = {}
    parts = [part.strip() for part in words.split(",")]
    for part in parts:
        try:
            wanted = _expected(part)
        except (ValueError, ZeroDivisionError):
            raise UsageError(f"--expect: {part!r} is not {_KNOWN}") from None
        again = [name for name in wanted if name in said and said[name] != wanted[name]]
        if again:
            raise UsageError(f"--expect: {part!r} says another {again[0].replace('_', ' ')} than what stands before it")
        said |= wanted
    return replace(Expectation(), **said)


def _expected(part: str) -> Mapping[str, Any]:
    if part in _WORDS:
        return _WORDS[part]
    for sign, name in ((":", "aspect"), ("x", "size")):
        first, found, second = part.partition(sign)
        if found:
            pair = (_count(first), _count(second))
            return {name: Fraction(*pair) if name == "aspect" else pair}
    if part[-1:] in _UNITS:
        name, read = _UNITS[part[-1]]
        return {name: read(part[:-1])}
    return {"frame_rate": _positive(_SPOKEN.get(part, part), _MOST_RATE)}


def _count(digits: str) -> int:
    if not digits.isdecimal() or not int(digits):
        raise ValueError(digits)
    return int(digits)


def _positive(words: str, most: int = 10**6) -> Fraction:
    value = Fraction(words)
    if not 0 < value <= most:
        raise ValueError(words)
    return value


_UNITS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "p": ("short_side", _count),
    "f": ("frames", _count),
    "s": ("seconds", lambda words: float(_positive(words))),
}
