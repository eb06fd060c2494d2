"""Turns data that keeps the schema into a Storyboard. Nothing after this sees a mapping."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import cast

from runner.storyboard.model import (
    Audio,
    Checks,
    Choose,
    Hop,
    Image,
    Images,
    OnFail,
    Policy,
    ProviderChoice,
    Retakes,
    Source,
    Storyboard,
)

Fields = Mapping[str, object]
Pictures = Mapping[str, Image]


def build(data: Fields, pictures: Pictures, source: Source) -> Storyboard:
    """Return the storyboard; `pictures` holds what is known of each picture by the words that name it."""
    # Money goes through text: Decimal(0.1) would have 55 digits, Decimal("0.1") is what was written.
    budget = cast("Fields", data.get("budget", {})).get("usd")
    extensions = cast("list[Fields]", data.get("extensions", []))
    return Storyboard(
        title=str(data.get("title", "")),
        provider=_provider(data["provider"]),
        model=_text(data, "model"),
        aspect_ratio=str(data.get("aspect_ratio", "16:9")),
        resolution=str(data.get("resolution", "720p")),
        seed=_whole(data, "seed"),
        style=_text(data, "style"),
        budget_usd=None if budget is None else Decimal(str(budget)),
        hops=tuple(_hop(i, each, pictures) for i, each in enumerate([cast("Fields", data["initial"]), *extensions])),
        checks=_checks(cast("Fields", data.get("checks", {}))),
        options=dict(cast("Fields", data.get("options", {}))),
        source=source,
    )


def _provider(choice: object) -> ProviderChoice:
    if isinstance(choice, str):
        return ProviderChoice(name=choice)
    fields = cast("Fields", choice)
    return ProviderChoice(
        name=str(fields["name"]), base_url=_text(fields, "base_url"), dialect=_text(fields, "dialect")
    )


def _hop(index: int, fields: Fields, pictures: Pictures) -> Hop:
    return Hop(
        index=index,
        prompt=str(fields["prompt"]).strip(),
        name=_text(fields, "name"),
        seed=_whole(fields, "seed"),
        duration=_number(fields, "duration"),
        takes=_whole(fields, "takes") or 1,
        choose=cast("Choose", fields.get("choose", "best")),
        seam="cut" if fields.get("seam") == "cut" else "continuous",
        images=_images(cast("Fields", fields.get("images", {})), pictures),
    )


def _images(fields: Fields, pictures: Pictures) -> Images:
    return Images(
        first_frame=pictures.get(str(fields.get("first_frame"))),
        last_frame=pictures.get(str(fields.get("last_frame"))),
        references=tuple(pictures[name] for name in cast("list[str]", fields.get("references", []))),
    )


def _checks(fields: Fields) -> Checks:
    rate, retakes = fields.get("frame_rate"), cast("Fields", fields.get("retakes", {}))
    money = retakes.get("usd")
    return Checks(
        frame_rate=None if rate is None else Fraction(str(rate)),
        aspect_ratio=_text(fields, "aspect_ratio"),
        resolution=_text(fields, "resolution"),
        audio=cast("Audio | None", fields.get("audio")),
        duration_tolerance=_number(fields, "duration_tolerance"),
        on_fail=cast("OnFail", fields.get("on_fail", "stop")),
        picture=_policy(fields, "picture"),
        seam=_policy(fields, "seam"),
        tail=_policy(fields, "tail"),
        sound=_policy(fields, "sound"),
        drift=_policy(fields, "drift"),
        retakes=Retakes(takes=_whole(retakes, "takes") or 1, usd=None if money is None else Decimal(str(money))),
        limits=cast("Mapping[str, Mapping[str, float]]", fields.get("limits", {})),
    )


def _policy(fields: Fields, family: str) -> Policy:
    return cast("Policy", fields.get(family, "warn"))


def _text(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    return None if value is None else str(value).strip()


def _whole(fields: Fields, name: str) -> int | None:
    value = fields.get(name)
    return None if value is None else int(cast("int", value))


def _number(fields: Fields, name: str) -> float | None:
    value = fields.get(name)
    return None if value is None else float(cast("float", value))
