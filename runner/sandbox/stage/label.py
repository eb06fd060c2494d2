"""A label inside the sandbox's files that says which footage they end with: it survives cutting and encoding anew."""

import re
import struct

from runner.sandbox.stage.graph import RATE, Shot

_LABEL = re.compile(rb"sandbox look (\S{1,40}) aspect (\d+:\d+) hop (\d+) end (\d+) ")
_CLOCK = struct.Struct(">II")
_SPARE = 0.25


def written(shot: Shot) -> str:
    """Return the label of a file that ends with this shot."""
    return f"sandbox look {shot.look} aspect {shot.aspect} hop {shot.hop} end {shot.start + shot.frames} "


def read(content: bytes) -> Shot | None:
    """Return what an MP4 file shows, as one shot; None if it has no label."""
    found, clock = _LABEL.search(content), content.find(b"mvhd")
    if found is None or clock < 0:
        return None
    timescale, duration = _CLOCK.unpack_from(content, clock + 16)
    # The sound may end a little after the picture, by less than a frame.
    frames, end = int(RATE * duration / timescale + _SPARE), int(found[4])
    return Shot(look=found[1].decode(), aspect=found[2].decode(), hop=int(found[3]), start=end - frames, frames=frames)
