"""What each provider's models can do and cost, as values; `catalog_loader` reads them from data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Audio = Literal["required", "optional", "absent"]
Priced = Literal["video", "second"]
Pictures = Literal["hosted", "inline", "either"]
GivesBack = Literal["film", "segment"]
HandsOver = Literal["task", "video", "link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often to ask, in seconds: `first`, then growing by `growth` up to `ceiling`; `deadline` for one task.

    `empty_grace` is how long a finished task may be without a result, `settle` how long the API's own list of tasks
    may lag behind what it took.
    """

    first: float
    growth: float
    ceiling: float
    deadline: float
    empty_grace: float
    settle: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long things live after a task is done, in hours; `link_minutes` for a re-minted link."""

    media_hours: float
    extendable_hours: float
    link_minutes: float
    upload_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model: what it accepts, what it returns, and what it costs.

    Where a provider sells one model in several qualities, each `mode` is a row of its own.

    `generate`, `extend` and `upgrade` are prices by resolution in the provider's unit, of a whole video, or of each
    second that is made where `priced` (`priced_extension`) says so. `fine_durations` are the lengths that can be finer
    than 720p. `handed_on` is the resolution that extensions work from and give back; anything finer is bought for the
    last hop alone.

    `frames_extendable`: also what was made between two frames can be extended; `extension_needs` names the options that
    an extension cannot do without; between a first and a last frame it makes `last_frame_durations`; `ignores` are
    options that it takes and pays no attention to. An extension adds `extension_seconds`, give or take
    `extension_margin`, or one of `extension_durations`; it gives back the whole film or the new segment alone, and of a
    longer video the model keeps the last `keeps_seconds` only (0: all of it). It takes up to `takes_seconds` of video
    (0: any length); of a longer film the last `tail_seconds` are handed over. `hands_over` says whether an extension
    names the task before it, the video that this made, or a link to it. `frame_rate_from_frames` is that of what was
    made from pictures. `retired` is the day it was or will be switched off, `replacement` what takes its place.
    """

    id: str
    title: str
    mode: str
    modes: tuple[str, ...]
    aspect_ratios: tuple[str, ...]
    resolutions: tuple[str, ...]
    durations: tuple[int, ...]
    fine_durations: tuple[int, ...]
    default_duration: int
    reference_aspect_ratios: tuple[str, ...]
    max_references: int
    extendable: bool
    frames_extendable: bool
    extension_needs: tuple[str, ...]
    last_frame: bool
    last_frame_durations: tuple[int, ...]
    ignores: tuple[str, ...]
    extension_seconds: float
    extension_margin: float
    extension_durations: tuple[float, ...]
    gives_back: GivesBack
    hands_over: HandsOver
    handed_on: str
    takes_seconds: int
    tail_seconds: int
    keeps_seconds: int
    max_extensions: int
    max_seconds: int
    seed_range: tuple[int, int] | None
    max_prompt: int | None
    frame_rate: Fraction
    frame_rate_from_frames: Fraction
    video_codecs: tuple[str, ...]
    audio: Audio
    retired: date | None
    replacement: str
    priced: Priced
    priced_extension: Priced
    generate: Mapping[str, Decimal]
    extend: Decimal
    upgrade: Mapping[str, Decimal]

    def end(self, today: date) -> str:
        """When it was or will be switched off, in words; nothing where no day is known."""
        tense = "was" if self.retired and self.retired <= today else "will be"
        return f"{tense} switched off on {self.retired}" if self.retired else ""

    @property
    def instead(self) -> str:
        """What to do where the model is not there any more."""
        return f"use {self.replacement}" if self.replacement else "choose another; see `longtake providers`"

    def price(self, kind: str, resolution: str, seconds: float) -> Decimal:
        """What one task costs, in the provider's unit."""
        if kind == "upgrade":
            return self.upgrade.get(resolution, Decimal(0))
        each = self.extend if kind == "extend" else self.generate.get(resolution, Decimal(0))
        priced = self.priced_extension if kind == "extend" else self.priced
        return each * Decimal(str(seconds)) if priced == "second" else each

    def rate(self, *, from_frames: bool) -> Fraction:
        """Frames per second of what begins from pictures, or from words."""
        return self.frame_rate_from_frames if from_frames else self.frame_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """One provider's page: where it is, what it calls its currency, its lifetimes, its models, and the sources.

    `credit_usd` is what one unit of its prices costs; `pictures` says whether requests hold links to pictures, their
    content, or either. `settings` are what has to be known besides a key, each with the variables that may hold it;
    `key_pair` are the variables of an access key and the secret that signs for it; `key_optional`: there are other ways
    to sign in. `options` are those that this API understands, where not all of the provider's do; `picture_types` the
    media types of the pictures that it takes, where not all are.

    `hosts` are the provider's own besides those of its addresses (`*` stands for any letters); at any other host the
    key is read from `relay_key_names`, where there are any, and the provider's own key stays here.

    Where a provider's API is spoken in several `dialects`, each has a page of its own. `sandbox` is the emulator's path
    for it.
    """

    provider: str
    dialect: str
    dialects: tuple[str, ...]
    sandbox: str
    title: str
    checked: date
    base_url: str
    upload_url: str
    key_names: tuple[str, ...]
    key_pair: tuple[str, ...]
    console: str
    default_model: str
    credit_usd: Decimal
    pictures: Pictures
    notes: tuple[str, ...]
    sources: tuple[str, ...]
    pace: Pace
    lifetimes: Lifetimes
    models: tuple[Model, ...]
    settings: Mapping[str, tuple[str, ...]]
    key_optional: bool
    options: tuple[str, ...] | None
    picture_types: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    relay_key_names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The provider, with its dialect where it has several."""
        return f"{self.provider}/{self.dialect}" if self.dialect else self.provider

    def model(self, name: str, mode: str = "", resolution: str = "") -> Model | None:
        """A model by its id, in the mode that is asked for, else in the first that makes this resolution."""
        rows = [model for model in self.models if model.id == name and mode in ("", model.mode)]
        return next((model for model in rows if resolution in model.resolutions), rows[0] if rows else None)
