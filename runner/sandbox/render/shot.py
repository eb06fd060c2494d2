"""One piece of footage, and what is written on it: the caption on each frame, and the label inside its file."""

import re
import struct
from dataclasses import dataclass

from runner.sandbox.render.scenery import Layout

RATE = 24
# Veo always makes 24 frames per second at 720p (Gemini API, video page of 2026-03-05), and so do most Kling models.
# 960x960 is what users quote for Kling's 1:1; Kling documents no size for it.
SIZES = {"16:9": (1280, 720), "9:16": (720, 1280), "1:1": (960, 960)}
_LABEL = re.compile(rb"sandbox look (\S{1,40}) aspect (\d+:\d+) hop (\d+) end (\d+) ")
# `mvhd`, version 0: after the type come 4 bytes of version and flags and two times of 4 bytes (ISO/IEC 14496-12).
_MVHD_TIMESCALE = 16
_TIMESCALE_AND_DURATION = struct.Struct(">II")
_SOUND_OVERHANG = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One piece of footage: `frames` frames from the global frame `start` on, of the landscape that `look` names."""

    # The name of this class and of its fields are part of the names of rendered files (`cache_key`), and the fields
    # stand in the tasks' JSON: a rename here makes a sandbox folder of an older version unreadable.
    look: str
    aspect: str
    hop: int
    start: int
    frames: int
    watermark: str = ""
    shift: int = 0
    """How many frames the landscape jumps ahead at the start: a visible cut."""
    rate: int = RATE
    """Frames per second."""

    @property
    def seconds(self) -> float:
        """Length."""
        return self.frames / self.rate

    @property
    def layout(self) -> Layout:
        """Where things stand in this picture."""
        width, height = SIZES[self.aspect]
        return Layout(width=width, height=height)


def caption(shot: Shot, frame: int) -> str:
    """Return what is written on a frame of a shot."""
    return f"hop {shot.hop:02d}  frame {shot.start + frame:06d}"


def format_label(shot: Shot) -> str:
    """Return the label of a file that ends with this shot."""
    # The label goes into the file's `comment`, which a client keeps when it cuts or encodes the file again. It is
    # how an extension of an uploaded video (Vertex takes base64) knows which footage to continue.
    return f"sandbox look {shot.look} aspect {shot.aspect} hop {shot.hop} end {shot.start + shot.frames} "


def read_label(content: bytes) -> Shot | None:
    """Return what an MP4 file shows, as one shot; None if it has no label."""
    found, mvhd = _LABEL.search(content), content.find(b"mvhd")
    if found is None or mvhd < 0:
        return None
    timescale, duration = _TIMESCALE_AND_DURATION.unpack_from(content, mvhd + _MVHD_TIMESCALE)
    # The sound may end a little after the picture, by less than a frame.
    frames, end = int(RATE * duration / timescale + _SOUND_OVERHANG), int(found[4])
    return Shot(look=found[1].decode(), aspect=found[2].decode(), hop=int(found[3]), start=end - frames, frames=frames)
