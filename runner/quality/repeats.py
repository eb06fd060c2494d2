"""Recognising a picture that was shown long before: a shot that begins again instead of going on.

Of every stretch a few fingerprints a second are kept, pictures of 144 grey blocks: small enough to remember a whole
film, and coarse enough to know a picture again though the camera has moved a little since.
"""

import base64
import math
from collections.abc import Iterable, Sequence

import numpy as np

from runner.quality.frames import Pictures
from runner.quality.inspector import TimedFingerprint

FINGERPRINTS_A_SECOND = 4
SIZE = 144  # blocks of 20x20: 16x9, 9x16 or 12x12, so that each of the three analysis sizes has as many
RECENT = 1.5  # seconds; what is nearer is told by the frames themselves, as `seam/rewind`
_SIDE = 20
_NOISE = 1.0  # grey levels: beside a perfect match anything else would be infinitely further away
_CLOSER = 1.5  # by how much the earlier picture has to be like the new one, beside the one just before it
_NEAR = 12.0  # grey levels; what is further apart is another picture, however far the last one is


def fingerprint(picture: Pictures) -> bytes:
    """Return the fingerprint of one small picture (height, width): the means of blocks of 20x20 pixels."""
    height, width = picture.shape
    blocks = picture.reshape(height // _SIDE, _SIDE, width // _SIDE, _SIDE).mean(axis=(1, 3))
    return bytes(blocks.round().astype(np.uint8).tobytes())


def pack_fingerprints(shown: Iterable[bytes]) -> str:
    """Return fingerprints as text."""
    return base64.b64encode(b"".join(shown)).decode()


def unpack_fingerprints(text: str, start: float) -> Sequence[TimedFingerprint]:
    """Return packed fingerprints with their places in a film, from `start` seconds on; none from other text."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return []
    shown = [raw[place : place + SIZE] for place in range(0, len(raw), SIZE)]
    return [(start + number / FINGERPRINTS_A_SECOND, each) for number, each in enumerate(shown)]


def find_earlier_showing(new: bytes, last: bytes, past: Sequence[TimedFingerprint], now: float) -> float | None:
    """Find when `new`, the picture that follows `last` at `now` seconds, was shown before; None where it was not.

    Nor where it is as much like one of just now: after a flash, the shot only goes on.
    """
    old = [moment for moment in past if moment[0] <= now - RECENT]
    if not old:
        return None
    apart = [_apart(new, shown) for _, shown in old]
    best = int(np.argmin(apart))
    known = apart[best] < _NEAR and _apart(new, last) > _CLOSER * max(apart[best], _NOISE)
    # Without this a shot that a flash interrupts began again (2026-11-27): `last` is white, so anything is nearer.
    recent = (shown for at, shown in past if now - RECENT < at < now)
    if known and any(_apart(new, shown) < _CLOSER * max(apart[best], _NOISE) for shown in recent):
        return None
    return old[best][0] if known else None


def _apart(one: bytes, other: bytes) -> float:
    """Return the root of the mean square difference, in grey levels; different shapes are as far apart as can be."""
    if len(one) != len(other):
        return 255.0
    difference = np.frombuffer(one, np.uint8).astype(np.float64) - np.frombuffer(other, np.uint8)
    return math.sqrt(float((difference**2).mean()))
