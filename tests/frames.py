"""Reads hop and frame numbers off the frames of the sandbox's films, as a viewer would."""

import subprocess
from pathlib import Path

import imageio_ffmpeg

from runner.sandbox.render import font
from runner.sandbox.render.shot import Shot, caption

_SCALE, _MARGIN, _CELL, _PAD = 4, 24, 6, 2
_SAMPLE = caption(Shot(look="0", aspect="16:9", hop=0, start=0, frames=1), 0)
_WIDTH, _HEIGHT = font.strip_size(len(_SAMPLE))
_HOP, _FRAME = range(4, 6), range(len(_SAMPLE) - 6, len(_SAMPLE))


def _cells(picture: bytes, place: int) -> tuple[bool, ...]:
    """The dots of one letter, line by line."""
    left = _PAD + place * _CELL
    return tuple(picture[(_PAD + y) * _WIDTH + left + x] > 128 for y in range(7) for x in range(5))


def _known() -> dict[tuple[bool, ...], int]:
    width, _ = font.strip_size(1)
    digits = {}
    for digit in range(10):
        grey = font.render_strip(str(digit))[::2]
        digits[tuple(grey[(_PAD + y) * width + _PAD + x] > 128 for y in range(7) for x in range(5))] = digit
    return digits


_DIGITS = _known()


def _digit(dots: tuple[bool, ...]) -> int:
    if dots in _DIGITS:
        return _DIGITS[dots]
    nearest = min(_DIGITS, key=lambda known: sum(a != b for a, b in zip(known, dots, strict=True)))
    return _DIGITS[nearest]


def _number(picture: bytes, places: range) -> int:
    return int("".join(str(_digit(_cells(picture, place))) for place in places))


def counters(film: Path, width: int = 1280) -> list[tuple[int, int]]:
    """Hop and frame number of every frame; `width` is that of a film that was scaled down or up."""
    zoom = width / 1280
    box = [round(value * zoom) for value in (_WIDTH * _SCALE, _HEIGHT * _SCALE, _MARGIN, _MARGIN)]
    shrink = f"crop={':'.join(map(str, box))},scale={_WIDTH}:{_HEIGHT}:flags=area,format=gray"
    words = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(film), "-vf", shrink]
    raw = subprocess.run([*words, "-fps_mode", "passthrough", "-f", "rawvideo", "-"], capture_output=True, check=True)
    size = _WIDTH * _HEIGHT
    pictures = [raw.stdout[start : start + size] for start in range(0, len(raw.stdout), size)]
    return [(_number(picture, _HOP), _number(picture, _FRAME)) for picture in pictures]
