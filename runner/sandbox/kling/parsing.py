"""Reads what Kling's first API is asked for; what is wrong becomes a Refused with code 1201."""

from collections.abc import Collection
from dataclasses import dataclass

from runner.sandbox.kling import camera
from runner.sandbox.kling.codes import LENGTHS, MODELS, TAILED, USUAL_LENGTHS, Refused
from runner.sandbox.kling.fields import WRONG, Body, choice, picture, text, words

RATIOS = ("16:9", "9:16", "1:1")


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


def read_make(body: Body, *, pictured: bool) -> Make:
    """Check a generation from words or, `pictured`, from a picture."""
    name, mode = _model(body), choice(body, "mode", ("std", "pro"), "std")
    made = MODELS.get((name, mode))
    if made is None or not (made.picture if pictured else made.text):
        raise Refused(WRONG, f"model/mode({name}/{mode}) is not supported")
    common(body)
    seconds = _seconds(body, name)
    camera.check(body, name, mode, seconds)
    picture = _picture(body, name, mode, seconds) if pictured else ""
    return Make(
        prompt=words(body, "prompt", needed=not pictured),
        model=name,
        mode=mode,
        ratio="16:9" if pictured else choice(body, "aspect_ratio", RATIOS, "16:9"),
        seconds=seconds,
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
    text(body, "callback_url")
    scale = body.get("cfg_scale", 0.5)
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 <= scale <= 1:
        raise Refused(WRONG, f"cfg_scale value '{scale}' is invalid")


def _model(body: Body) -> str:
    return choice(body, "model_name", {name for name, _ in MODELS}, "kling-v1")


def _seconds(body: Body, model: str) -> int:
    """Text, as documented; a number is taken too."""
    value = str(body.get("duration", "5"))
    if value not in map(str, LENGTHS.get(model, USUAL_LENGTHS)):
        raise Refused(WRONG, f"duration value '{value}' is invalid")
    return int(value)


def _picture(body: Body, model: str, mode: str, seconds: int) -> str:
    first, tail = text(body, "image"), text(body, "image_tail")
    if not first and not tail:
        raise Refused(WRONG, "image can not be null")
    short = model != "kling-v1" or seconds == 5  # noqa: PLR2004 -- the one length that V1.0 has this for
    if tail and not (short and mode in TAILED.get(model, ())):
        raise Refused(WRONG, f"model/mode/duration({model}/{mode}/{seconds}) is not supported with image_tail")
    if tail and "camera_control" in body:
        raise Refused(WRONG, "image_tail and camera_control can not be used together")
    for value in filter(None, (first, tail)):
        picture(value)
    return first or tail


def _watermark(body: Body) -> bool:
    info = body.get("watermark_info")
    return isinstance(info, dict) and info.get("enabled") is True
