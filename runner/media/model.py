"""What a file has to be, what it is, and the verdict: plain values, for those who need nothing that reads files."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args

Grade = Literal["pass", "warn", "fail"]
_GRADES: tuple[Grade, ...] = ("pass", "warn", "fail")
AudioWish = Literal["required", "optional", "absent"]

_QUARTER, _HALF = 90, 180
_REACH = Fraction(5, 4)  # seconds that a guess of an overlap may be off
# How players guess: a picture no larger than television was (576 rows, below 1280 pixels wide) has BT.601.
_TELEVISION, _WIDE = 576, 1280
_FRACTIONS = ("sample_aspect", "frame_rate", "average_rate")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """The first audio stream; `start` and `duration` in seconds, counted from its packets."""

    codec: str
    sample_rate: int
    channels: int
    duration: float
    start: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Everything about one file that headers and packets tell.

    `frames` counts the packets that are shown, `hidden_frames` those that an edit list cuts away, `header_frames` what
    the index promises. `frame_rate` is what the frames are meant to have, `average_rate` what they have. Seconds of the
    picture: `start`, `duration`. `missing_bytes` is what the file lacks at its end, `damage` what ffmpeg
    said about the packets; `matrix` is that of its colours, empty if untold; `prober` names the reader.
    """

    container: str
    video_codec: str
    profile: str
    pix_fmt: str
    width: int
    height: int
    sample_aspect: Fraction
    rotation: int
    full_range: bool
    interlaced: bool
    frame_rate: Fraction
    average_rate: Fraction
    constant_rate: bool
    frames: int
    hidden_frames: int
    header_frames: int | None
    duration: float
    start: float
    audio: Audio | None
    video_streams: int
    audio_streams: int
    size: int
    missing_bytes: int = 0
    damage: tuple[str, ...] = ()
    matrix: str = ""
    prober: str = field(default="", compare=False)

    @property
    def display_width(self) -> int:
        """Width as shown: pixel aspect and rotation applied."""
        return self._displayed[0]

    @property
    def display_height(self) -> int:
        """Height as shown: pixel aspect and rotation applied."""
        return self._displayed[1]

    @property
    def taken_matrix(self) -> str:
        """What ffmpeg's scale filter is to take the matrix of its colours for.

        An untold one is taken as players take it: for BT.709 if the picture is larger than television was, else BT.601.
        """
        large = min(self.width, self.height) > _TELEVISION or max(self.width, self.height) >= _WIDE
        return "auto" if self.matrix else "bt709" if large else "bt601"

    @property
    def picture_delay(self) -> float:
        """How much later than the file the picture starts, in seconds: ffmpeg seeks from where the file does."""
        return max(0.0, self.start - self.audio.start) if self.audio else 0.0

    @property
    def _displayed(self) -> tuple[int, int]:
        size = round(self.width * self.sample_aspect), self.height
        return size[::-1] if self.rotation % _HALF == _QUARTER else size

    def as_json(self) -> dict[str, object]:
        """Return all fields for a JSON file; fractions as text such as ``24000/1001``."""
        values = {name: str(value) if isinstance(value, Fraction) else value for name, value in asdict(self).items()}
        return {**values, "damage": list(self.damage)}

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "Probe":
        """Return the probe that `as_json` wrote.

        Raises:
            ValueError: a field is missing, unknown or of the wrong kind.
        """
        known: dict[str, Any] = dict(values)
        try:
            known |= {name: Fraction(known[name]) for name in _FRACTIONS}
            known["audio"] = Audio(**known["audio"]) if known["audio"] is not None else None
            known["damage"] = tuple(known["damage"])
            return cls(**known)
        except (TypeError, KeyError) as error:
            raise ValueError(f"this is no probe of a video: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome of one check; `message` is for people and complete in itself.

    `value` is the raw figure, where there is one, and `at` the place in the film, in seconds.
    """

    check: str
    verdict: Grade
    measured: str
    expected: str
    message: str
    value: float | None = None
    at: float | None = None

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "Verdict":
        """Return the verdict that was written down as JSON.

        Raises:
            ValueError: a field is missing, unknown or of the wrong kind.
        """
        known: dict[str, Any] = dict(values)
        words = (known.get(name) for name in ("check", "verdict", "measured", "expected", "message"))
        figures = [known.get(name) for name in ("value", "at")]
        is_told = all(isinstance(each, str) for each in words) and known["verdict"] in get_args(Grade)
        if not is_told or not all(each is None or isinstance(each, int | float) for each in figures):
            raise ValueError("this is no verdict")
        return cls(**known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """What came of decoding a file from `start` seconds to its end.

    `complaints` are at most 20 lines of the decoders, each once; `pictures` is how many came out, None if uncounted.
    """

    complaints: tuple[str, ...] = ()
    pictures: int | None = None
    start: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How many frames at the head of the new file repeat the old one, up to its end.

    `distance` is the mean difference of these pictures there, in grey levels of 0 to 255; `sure` says whether they are
    the same pictures; `rewritten`, that they are so but for the last second, which was made again. `changed` are the
    seconds of the new file at which it shows other pictures before that, and `compared` is how many were looked at.
    """

    frames: int
    distance: float
    sure: bool
    rewritten: bool = False
    changed: tuple[float, ...] = ()
    compared: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A file, how many frames it has, how many a second, and by how many seconds its picture starts after its sound."""

    path: Path
    frames: int
    rate: Fraction
    picture_delay: float = 0.0

    @property
    def second(self) -> int:
        """How many frames a second is: models are given that much to go on from."""
        return max(1, round(self.rate))

    @property
    def reach(self) -> int:
        """How many frames the guess may be off."""
        return max(1, round(_REACH * self.rate))


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A file as a part of a film; of a file that is not wanted to its end, the first `frames` frames."""

    path: Path
    frames: int | None = None


def worst(verdicts: Iterable[Verdict]) -> Grade:
    """Return the gravest grade of the verdicts; of none, ``pass``."""
    return max((verdict.verdict for verdict in verdicts), key=_GRADES.index, default="pass")
