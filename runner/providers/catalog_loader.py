"""The catalog's pages: TOML files, because these facts change every few weeks and code should not."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pkgutil import get_data
from typing import Any, cast

from runner.providers.catalog import (
    Audio,
    Catalog,
    Lifetimes,
    Model,
    Pace,
    Pictures,
    Priced,
)

Table = Mapping[str, object]


@cache
def catalog(provider: str, dialect: str = "") -> Catalog:
    """A provider's page of the catalog, for one of its dialects.

    Raises:
        FileNotFoundError: there is none.
        KeyError: there is no such dialect.
    """
    page = get_data("runner.providers", f"catalogs/{provider}.toml") or b""
    return parse(tomllib.loads(page.decode(), parse_float=Decimal), dialect)


def parse(page: Table, dialect: str = "") -> Catalog:
    """A page as read from TOML, floats as Decimal; what a dialect says of itself takes the place of the page's own."""
    dialects = cast("Mapping[str, Table]", page.get("dialects", {}))
    page = {**page, **dialects[dialect]} if dialect else page
    defaults, needed = cast("Table", page["defaults"]), cast("Table", page.get("settings", {}))
    return Catalog(
        provider=_text(page, "provider"),
        dialect=dialect,
        dialects=tuple(dialects),
        sandbox=str(page.get("sandbox", page["provider"])),
        title=_text(page, "title"),
        checked=cast("date", page["checked"]),
        base_url=_text(page, "base_url"),
        upload_url=_text(page, "upload_url"),
        console=_text(page, "console"),
        default_model=_text(page, "default_model"),
        credit_usd=Decimal(_text(page, "credit_usd")),
        pictures=cast("Pictures", page.get("pictures", "hosted")),
        key_names=_words(page, "key_names"),
        key_pair=_words(page, "key_pair"),
        notes=_words(page, "notes"),
        sources=_words(page, "sources"),
        pace=Pace(**_floats(page, "pace")),
        lifetimes=Lifetimes(**_floats(page, "lifetimes")),
        models=tuple(_model({**defaults, **row}) for row in cast("list[Table]", page["models"])),
        settings={name: _words(needed, name) for name in needed},
        key_optional=bool(page.get("key_optional")),
        options=_words(page, "options") if "options" in page else None,
        picture_types=_words(page, "picture_types"),
        hosts=_words(page, "hosts"),
        relay_key_names=_words(page, "relay_key_names"),
    )


def _model(row: Table) -> Model:
    seeds = cast("list[int] | None", row.get("seed_range"))
    return Model(
        id=_text(row, "id"),
        title=_text(row, "title"),
        mode=str(row.get("mode", "")),
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
        last_frame=bool(row.get("last_frame", True)),
        last_frame_durations=tuple(cast("list[int]", row.get("last_frame_durations", row["durations"]))),
        ignores=_words(row, "ignores"),
        max_extensions=_number(row, "max_extensions"),
        max_seconds=_number(row, "max_seconds"),
        seed_range=(seeds[0], seeds[1]) if seeds else None,
        max_prompt=cast("int | None", row.get("max_prompt")),
        frame_rate=Fraction(_text(row, "frame_rate")),
        frame_rate_from_frames=Fraction(str(row.get("frame_rate_from_frames", row["frame_rate"]))),
        video_codecs=_words(row, "video_codecs"),
        audio=cast("Audio", row["audio"]),
        retired=cast("date | None", row.get("retired")),
        replacement=str(row.get("replacement", "")),
        priced=cast("Priced", row.get("priced", "video")),
        priced_extension=cast("Priced", row.get("priced_extension", row.get("priced", "video"))),
        generate=_prices(row, "generate"),
        extend=Decimal(_text(row, "extend")),
        upgrade=_prices(row, "upgrade"),
        **_extension(row),
    )


def _extension(row: Table) -> dict[str, Any]:
    """Return what a model's extensions need, add, and give back."""
    return {
        "extension_needs": _words(row, "extension_needs"),
        "extension_seconds": _length(row["extension_seconds"]),
        "extension_margin": float(str(row.get("extension_margin", 0))),
        "extension_durations": _lengths(row.get("extension_durations", [row["extension_seconds"]])),
        "gives_back": row.get("gives_back", "film"),
        "hands_over": row.get("hands_over", "task"),
        "handed_on": str(row.get("handed_on", "720p")),
        "takes_seconds": row.get("takes_seconds", 0),
        "tail_seconds": row.get("tail_seconds", 0),
        "keeps_seconds": row.get("keeps_seconds", 0),
    }


def _text(table: Table, name: str) -> str:
    return str(table[name])


def _number(table: Table, name: str) -> int:
    return cast("int", table[name])


def _length(value: object) -> float:
    """Seconds; whole ones stay whole, because some are sent as they are."""
    return value if isinstance(value, int) else float(str(value))


def _lengths(value: object) -> tuple[float, ...]:
    return tuple(_length(each) for each in cast("list[object]", value))


def _words(table: Table, name: str) -> tuple[str, ...]:
    return tuple(cast("list[str]", table.get(name, [])))


def _floats(page: Table, name: str) -> dict[str, float]:
    return {key: float(str(value)) for key, value in cast("Table", page[name]).items()}


def _prices(row: Table, name: str) -> Mapping[str, Decimal]:
    return {key: Decimal(str(value)) for key, value in cast("Table", row[name]).items()}
