"""A storyboard as frozen values: what everything after the loader works with. Nothing here reads a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Literal

from runner.errors import PathPart

DocumentPath = tuple[PathPart, ...]
Position = tuple[int, int]
Audio = Literal["required", "optional", "absent"]
OnFail = Literal["stop", "warn", "retake"]
Policy = Literal["warn", "stop", "retake", "off"]
Choose = Literal["best", "ask"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The text a storyboard was read from; `digest` is the SHA-256 of its bytes, positions count from 1."""

    file: Path | None = None
    text: str = ""
    digest: str = ""
    positions: Mapping[DocumentPath, Position] = field(default_factory=dict)

    def locate(self, path: DocumentPath) -> Position:
        """Return line and column of a value, or of the nearest parent that stands in the text."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.positions:
                return self.positions[path[:end]]
        return self.positions.get((), (1, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderChoice:
    """Whose API makes the film; `base_url` and `dialect` override what the catalog says."""

    name: str
    base_url: str | None = None
    dialect: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture, by URL or as a local file that was read once: size in bytes, SHA-256, media type by content.

    `outside` is where it really lies, if a path or a link leads out of the storyboard's folder.
    """

    reference: str
    url: str | None = None
    path: Path | None = None
    sha256: str | None = None
    size: int | None = None
    media_type: str | None = None
    outside: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """The pictures a hop starts from: frames, or references, never both."""

    first_frame: Image | None = None
    last_frame: Image | None = None
    references: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One entry of the storyboard: hop 0 is the initial generation, hop k extends hop k-1. Duration in seconds.

    Of `takes` the best is chosen, or a person is asked; a seam may be meant to be seen, as a cut.
    """

    index: int
    prompt: str
    name: str | None = None
    seed: int | None = None
    duration: float | None = None
    takes: int = 1
    choose: Choose = "best"
    seam: Literal["continuous", "cut"] = "continuous"
    images: Images = field(default_factory=Images)

    @property
    def path(self) -> DocumentPath:
        """Where the hop stands in the document."""
        return ("initial",) if self.index == 0 else ("extensions", self.index - 1)

    def full_prompt(self, style: str | None) -> str:
        """Return the prompt as it is sent: with the style of the storyboard after it."""
        return f"{self.prompt} {style}" if style else self.prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Retakes:
    """How many more takes a hop may get where a check says `retake`, and what they may cost together."""

    takes: int = 1
    usd: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What the files must be; None leaves it to the catalog. `duration_tolerance` is in seconds.

    A policy says what happens where a family of checks fails; `limits` are thresholds in place of the profile's.
    """

    frame_rate: Fraction | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    audio: Audio | None = None
    duration_tolerance: float | None = None
    on_fail: OnFail = "stop"
    picture: Policy = "warn"
    seam: Policy = "warn"
    tail: Policy = "warn"
    sound: Policy = "warn"
    drift: Policy = "warn"
    retakes: Retakes = field(default_factory=Retakes)
    limits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storyboard:
    """The wish: settings, one initial hop, ordered extension hops. `options` are the provider's own."""

    provider: ProviderChoice
    hops: tuple[Hop, ...]
    title: str = ""
    model: str | None = None
    aspect_ratio: str = "16:9"
    resolution: str = "720p"
    seed: int | None = None
    style: str | None = None
    budget_usd: Decimal | None = None
    checks: Checks = field(default_factory=Checks)
    options: Mapping[str, object] = field(default_factory=dict)
    source: Source = field(default_factory=Source)
