"""What a file has to be. Apart from the checks, because a dry run needs it and needs nothing that reads files."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

AudioWish = Literal["required", "optional", "absent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a file has to be; None and empty mean that anything goes.

    `size` is width and height of the picture as shown, `short_side` its shorter side alone, whichever way up; in
    pixels. `seconds` or `frames` say how long it is; `frames` wins. A length may miss by `tolerance_seconds`; beyond
    two frames it is remarked on, unless it is `inexact` by its nature.
    """

    frame_rate: Fraction | None = None
    aspect: Fraction | None = None
    short_side: int | None = None
    size: tuple[int, int] | None = None
    seconds: float | None = None
    frames: int | None = None
    tolerance_seconds: float = 0.5
    inexact: bool = False
    video_codecs: tuple[str, ...] = ()
    audio: AudioWish = "optional"
    channels: int | None = None
    sample_rate: int | None = None
