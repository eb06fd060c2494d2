"""What each provider's models can do and cost, read from data: these facts change every few weeks, code should not."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pkgutil import get_data
from typing import Literal, cast

Table = Mapping[str, object]
Audio = Literal["required", "optional", "absent"]
Priced = Literal["video", "second"]
Pictures = Literal["hosted", "inline"]


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

    `generate`, `extend` and `upgrade` are prices by resolution in the provider's unit, of a whole video, or of each
    second that is made where `priced` says so. `fine_durations` are the lengths that can be finer than 720p;
    `frames_extendable`: also what was made between two frames can be extended; `extension_needs` names the options that
    an extension cannot do without. An extension adds `extension_seconds`, or one of `extension_durations`; of a longer
    video the model keeps the last `keeps_seconds` only (0: all of it). It takes up to `takes_seconds` of video (0: any
    length); of a longer film the last `tail_seconds` are handed over.
    """

    id: str
    title: str
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
    extension_seconds: int
    extension_durations: tuple[int, ...]
    takes_seconds: int
    tail_seconds: int
    keeps_seconds: int
    max_extensions: int
    max_seconds: int
    seed_range: tuple[int, int] | None
    max_prompt: int | None
    frame_rate: Fraction
    video_codecs: tuple[str, ...]
    audio: Audio
    retired: date | None
    replacement: str
    priced: Priced
    generate: Mapping[str, Decimal]
    extend: Decimal
    upgrade: Mapping[str, Decimal]

    def price(self, kind: str, resolution: str, seconds: float) -> Decimal:
        """What one task costs, in the provider's unit."""
        if kind == "upgrade":
            return self.upgrade.get(resolution, Decimal(0))
        each = self.extend if kind == "extend" else self.generate.get(resolution, Decimal(0))
        return each * Decimal(str(seconds)) if self.priced == "second" else each


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """One provider's page: where it is, what it calls its currency, its lifetimes, its models, and the sources.

    `credit_usd` is what one unit of its prices costs; `pictures` says whether requests hold links to pictures or their
    content. `settings` are what has to be known besides a key, each with the variables that may hold it;
    `key_optional`: there are other ways to sign in.
    """

    provider: str
    title: str
    checked: date
    base_url: str
    upload_url: str
    key_names: tuple[str, ...]
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

    def model(self, name: str) -> Model | None:
        """A model by its id."""
        return next((model for model in self.models if model.id == name), None)


@cache
def catalog(provider: str) -> Catalog:
    """A provider's page of the catalog.

    Raises:
        FileNotFoundError: there is none.
    """
    page = get_data("runner.providers", f"catalogs/{provider}.toml") or b""
    return parse(tomllib.loads(page.decode(), parse_float=Decimal))


def parse(page: Table) -> Catalog:
    """A page as read from TOML, floats as Decimal."""
    defaults, needed = cast("Table", page["defaults"]), cast("Table", page.get("settings", {}))
    return Catalog(
        provider=_text(page, "provider"),
        title=_text(page, "title"),
        checked=cast("date", page["checked"]),
        base_url=_text(page, "base_url"),
        upload_url=_text(page, "upload_url"),
        console=_text(page, "console"),
        default_model=_text(page, "default_model"),
        credit_usd=Decimal(_text(page, "credit_usd")),
        pictures=cast("Pictures", page.get("pictures", "hosted")),
        key_names=_words(page, "key_names"),
        notes=_words(page, "notes"),
        sources=_words(page, "sources"),
        pace=Pace(**_floats(page, "pace")),
        lifetimes=Lifetimes(**_floats(page, "lifetimes")),
        models=tuple(_model({**defaults, **row}) for row in cast("list[Table]", page["models"])),
        settings={name: _words(needed, name) for name in needed},
        key_optional=bool(page.get("key_optional")),
    )


def _model(row: Table) -> Model:
    seeds = cast("list[int] | None", row.get("seed_range"))
    return Model(
        id=_text(row, "id"),
        title=_text(row, "title"),
        modes=_words(row, "modes"),
        aspect_ratios=_words(row, "aspect_ratios"),
        resolutions=_words(row, "resolutions"),
        durations=tuple(cast("list[int]", row["durations"])),
        fine_durations=tuple(cast("list[int]", row.get("fine_durations", row["durations"]))),
        default_duration=_number(row, "default_duration"),
        reference_aspect_ratios=_words(row, "reference_aspect_ratios"),
        max_references=_number(row, "max_references"),
        extendable=bool(row["extendable"]),
        frames_extendable=bool(row.get("frames_extendable", True)),
        extension_needs=tuple(cast("list[str]", row.get("extension_needs", ()))),
        extension_seconds=_number(row, "extension_seconds"),
        extension_durations=tuple(cast("list[int]", row.get("extension_durations", [row["extension_seconds"]]))),
        takes_seconds=cast("int", row.get("takes_seconds", 0)),
        tail_seconds=cast("int", row.get("tail_seconds", 0)),
        keeps_seconds=cast("int", row.get("keeps_seconds", 0)),
        max_extensions=_number(row, "max_extensions"),
        max_seconds=_number(row, "max_seconds"),
        seed_range=(seeds[0], seeds[1]) if seeds else None,
        max_prompt=cast("int | None", row.get("max_prompt")),
        frame_rate=Fraction(_text(row, "frame_rate")),
        video_codecs=_words(row, "video_codecs"),
        audio=cast("Audio", row["audio"]),
        retired=cast("date | None", row.get("retired")),
        replacement=str(row.get("replacement", "")),
        priced=cast("Priced", row.get("priced", "video")),
        generate=_prices(row, "generate"),
        extend=Decimal(_text(row, "extend")),
        upgrade=_prices(row, "upgrade"),
    )


def _text(table: Table, name: str) -> str:
    return str(table[name])


def _number(table: Table, name: str) -> int:
    return cast("int", table[name])


def _words(table: Table, name: str) -> tuple[str, ...]:
    return tuple(cast("list[str]", table.get(name, [])))


def _floats(page: Table, name: str) -> dict[str, float]:
    return {key: float(str(value)) for key, value in cast("Table", page[name]).items()}


def _prices(row: Table, name: str) -> Mapping[str, Decimal]:
    return {key: Decimal(str(value)) for key, value in cast("Table", row[name]).items()}
