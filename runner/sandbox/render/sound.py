"""The tone bed: sines of whole hertz, so that it repeats every second and joins itself at any whole second.

It is encoded once per chord; a longer bed repeats the AAC frames of one stretch, and no hop encodes sound again.
"""

import math
from collections.abc import Sequence

# 48 kHz and 1024 samples per AAC-LC frame (ISO/IEC 14496-3), as video services deliver.
RATE = 48_000
FRAME = 1024
LOOP = 375
"""AAC frames after which frames and seconds meet: 375 x 1024 samples are 8 s."""

SECONDS = 20
"""Length of the encoded bed: one loop to begin with, one to repeat, and a tail that is thrown away."""

CHORDS = ((110, 165, 220, 277), (98, 147, 196, 247), (123, 185, 247, 294), (130, 196, 262, 330))


def format_expression(chord: Sequence[int]) -> str:
    """Return the bed of a chord as FFmpeg's `aevalsrc` wants it, left and right."""
    low, fifth, octave, third = (f"sin(2*PI*{pitch}*t)" for pitch in chord)
    swell = "0.07*(1-0.35*cos(2*PI*t))"
    return f"{swell}*({low}+0.6*{fifth}+0.4*{octave})|{swell}*({low}+0.6*{fifth}+0.4*{third})"


def split_frames(stream: bytes) -> list[bytes]:
    """Cut an ADTS stream into its frames."""
    parts, place = [], 0
    while place + 7 <= len(stream):
        # ADTS: the frame's length is 13 bits, spread over bytes 3 to 5 (ISO/IEC 13818-7, 6.2).
        size = (stream[place + 3] & 3) << 11 | stream[place + 4] << 3 | stream[place + 5] >> 5
        parts.append(stream[place : place + size])
        place += size
    return parts


def cut_bed(stream: bytes, seconds: float) -> tuple[bytes, int, int]:
    """Return an ADTS stream of the wanted length, its number of frames, and the samples that its last one fills.

    The first frame is the encoder's run-up and lies before time zero.
    """
    parts = split_frames(stream)
    samples = round(seconds * RATE)
    count = math.ceil(samples / FRAME) + 1
    chosen = (parts[n] if n < LOOP else parts[LOOP + n % LOOP] for n in range(count))
    return b"".join(chosen), count, samples - (count - 2) * FRAME
