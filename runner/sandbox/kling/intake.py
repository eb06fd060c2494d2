"""Reads what Kling's first API is sent; what is wrong becomes a Refused with code 1201. Null counts as absent."""

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from starlette.requests import Request

from runner.sandbox.kling.words import MODELS, Refused

Body = Mapping[str, object]

WRONG = 1201
RATIOS = ("16:9", "9:16", "1:1")
_MOST_WORDS = 2500


@dataclass(frozen=True, slots=True, kw_only=True)
class Make:
    """A generation as it was asked for."""

    prompt: str
    model: str
    mode: str
    ratio: str
    seconds: int
    picture: str
    name: str
    watermark: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend:
    """An extension as it was asked for."""

    video: str
    prompt: str
    name: str
    watermark: bool


async def read_body(request: Request) -> Body:
    """Return the JSON object of a request, without what is null."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise Refused(WRONG, "The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise Refused(WRONG, "The request body must be an object")
    return {name: value for name, value in body.items() if value is not None}


def read_make(body: Body, *, pictured: bool) -> Make:
    """Check a generation from words or, `pictured`, from a picture."""
    name, mode = _model(body), choice(body, "mode", ("std", "pro"), "std")
    made = MODELS.get((name, mode))
    if made is None or not (made.picture if pictured else made.text):
        raise Refused(WRONG, f"model/mode({name}/{mode}) is not supported")
    common(body)
    picture = _picture(body, mode) if pictured else ""
    return Make(
        prompt=words(body, "prompt", needed=not pictured),
        model=name,
        mode=mode,
        ratio="16:9" if pictured else choice(body, "aspect_ratio", RATIOS, "16:9"),
        seconds=_seconds(body),
        picture=picture,
        name=text(body, "external_task_id"),
        watermark=_watermark(body),
    )


def read_extend(body: Body, needs: Collection[str]) -> Extend:
    """Check an extension."""
    for name in needs:
        if not text(body, name):
            raise Refused(WRONG, f"{name} can not be null")
    common(body)
    return Extend(
        video=text(body, "video_id"),
        prompt=words(body, "prompt"),
        name=text(body, "external_task_id"),
        watermark=_watermark(body),
    )


def common(body: Body) -> None:
    """Check what every route takes."""
    words(body, "negative_prompt")
    scale = body.get("cfg_scale", 0.5)
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 <= scale <= 1:
        raise Refused(WRONG, f"cfg_scale value '{scale}' is invalid")


def text(body: Body, name: str) -> str:
    """Return a field that has to be text; empty if it is missing."""
    value = body.get(name, "")
    if not isinstance(value, str):
        raise Refused(WRONG, f"{name} value '{value}' is invalid")
    return value


def words(body: Body, name: str, *, needed: bool = False, most: int = _MOST_WORDS) -> str:
    """Return a prompt that is not too long."""
    value = text(body, name)
    if needed and not value.strip():
        raise Refused(WRONG, f"{name} can not be null")
    if len(value) > most:
        raise Refused(WRONG, f"{name} length must be at most {most}")
    return value


def choice(body: Body, name: str, allowed: Collection[str], default: str) -> str:
    """Return a field whose values are counted."""
    value = body.get(name, default)
    if not isinstance(value, str) or value not in allowed:
        raise Refused(WRONG, f"{name} value '{value}' is invalid")
    return value


def _model(body: Body) -> str:
    return choice(body, "model_name", {name for name, _ in MODELS}, "kling-v1")


def _seconds(body: Body) -> int:
    """Text, as documented; a number is taken too."""
    value = str(body.get("duration", "5"))
    if value not in ("5", "10"):
        raise Refused(WRONG, f"duration value '{value}' is invalid")
    return int(value)


def _picture(body: Body, mode: str) -> str:
    first, tail = text(body, "image"), text(body, "image_tail")
    if not first and not tail:
        raise Refused(WRONG, "image can not be null")
    if tail and mode != "pro" and body.get("model_name", "kling-v1") != "kling-v1":
        raise Refused(WRONG, f"model/mode({body.get('model_name')}/{mode}) is not supported with image_tail")
    for value in filter(None, (first, tail)):
        picture(value)
    return first or tail


def picture(value: str) -> None:
    """Check a picture: an address, or its bare content in base64."""
    if value.startswith(("http://", "https://")):
        return
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        raise Refused(WRONG, "File is not in a valid base64 format") from None


def _watermark(body: Body) -> bool:
    info = body.get("watermark_info")
    return isinstance(info, dict) and info.get("enabled") is True
