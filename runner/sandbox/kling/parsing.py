"""Reads what Kling is asked for; what is wrong becomes a Refused with code 1201. Null counts as absent."""

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from starlette.requests import Request

from runner.sandbox.kling.catalog import END_FRAME_MODES, LENGTHS, MODELS, USUAL_LENGTHS
from runner.sandbox.kling.replies import Refused

Body = Mapping[str, object]

# Its texts for durations, base64, and combinations of model, mode and length were seen (2026); the others follow them.
INVALID = 1201
_MOST_WORDS = 2500
_V1_END_FRAME_SECONDS = 5
"""The one length in which V1.0 takes a last picture."""


async def read_body(request: Request) -> Body:
    """Return the JSON object of a request, without what is null."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise Refused(INVALID, "The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise Refused(INVALID, "The request body must be an object")
    return {name: value for name, value in body.items() if value is not None}


def read_text(body: Body, name: str) -> str:
    """Return a field that has to be text; empty if it is missing."""
    value = body.get(name, "")
    if not isinstance(value, str):
        raise Refused(INVALID, f"{name} value '{value}' is invalid")
    return value


def read_prompt(body: Body, name: str, *, needed: bool = False, most: int = _MOST_WORDS) -> str:
    """Return a prompt that is not too long."""
    value = read_text(body, name)
    if needed and not value.strip():
        raise Refused(INVALID, f"{name} can not be null")
    if len(value) > most:
        raise Refused(INVALID, f"{name} length must be at most {most}")
    return value


def read_choice(body: Body, name: str, allowed: Collection[str], default: str) -> str:
    """Return a field that takes one of a few values."""
    value = body.get(name, default)
    if not isinstance(value, str) or value not in allowed:
        raise Refused(INVALID, f"{name} value '{value}' is invalid")
    return value


def check_picture(value: str) -> None:
    """Refuse what is neither an address nor bare base64."""
    if value.startswith(("http://", "https://")):
        return
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        raise Refused(INVALID, "File is not in a valid base64 format") from None


_SIMPLE = "simple"
_MOVES = (_SIMPLE, "down_back", "forward_up", "right_turn_forward", "left_turn_forward")
_AXES = ("horizontal", "vertical", "pan", "tilt", "roll", "zoom")
_FURTHEST = 10
# Kling's capability map (2026-08-20); a refusal for V1.6 was seen.
_MOVES_OF = {("kling-v1", "std", 5): _MOVES, ("kling-v1-5", "pro", 5): (_SIMPLE,)}
"""The movements that a model makes in a mode and a length."""


def check_camera(body: Body, model: str, mode: str, seconds: int) -> None:
    """Refuse a movement that the model does not make."""
    if "camera_control" not in body:
        return
    moves = _MOVES_OF.get((model, mode, seconds), ())
    if not moves:
        raise Refused(INVALID, f"model/mode/duration({model}/{mode}/{seconds}) is not supported with camera_control")
    control = body["camera_control"]
    if not isinstance(control, dict):
        raise Refused(INVALID, "camera_control value is invalid")
    given = {name: value for name, value in control.items() if value is not None}
    if read_choice(given, "type", moves, "") == _SIMPLE:
        _check_simple(given.get("config"))


def _check_simple(config: object) -> None:
    """Refuse a simple movement that does not go along exactly one axis."""
    if not isinstance(config, dict):
        raise Refused(INVALID, "camera_control config can not be null")
    moved = [axis for axis in _AXES if _read_axis(config, axis)]
    if len(moved) != 1:
        raise Refused(INVALID, "camera_control config must have exactly one value that is not 0")


def _read_axis(config: Mapping[str, object], axis: str) -> float:
    value = config.get(axis) or 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_FURTHEST <= value <= _FURTHEST:
        raise Refused(INVALID, f"camera_control config {axis} value '{value}' is invalid")
    return value


RATIOS = ("16:9", "9:16", "1:1")


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateRequest:
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
class ExtendRequest:
    """An extension as it was asked for."""

    video: str
    prompt: str
    name: str
    watermark: bool


def read_generate(body: Body, *, pictured: bool) -> GenerateRequest:
    """Check a generation from text or, `pictured`, from a picture, and return it."""
    name, mode = _read_model(body), read_choice(body, "mode", ("std", "pro"), "std")
    made = MODELS.get((name, mode))
    if made is None or not (made.picture if pictured else made.text):
        raise Refused(INVALID, f"model/mode({name}/{mode}) is not supported")
    check_common(body)
    seconds = _read_seconds(body, name)
    check_camera(body, name, mode, seconds)
    first = _read_picture(body, name, mode, seconds) if pictured else ""
    return GenerateRequest(
        prompt=read_prompt(body, "prompt", needed=not pictured),
        model=name,
        mode=mode,
        ratio="16:9" if pictured else read_choice(body, "aspect_ratio", RATIOS, "16:9"),
        seconds=seconds,
        picture=first,
        name=read_text(body, "external_task_id"),
        watermark=_has_watermark(body),
    )


def read_extend(body: Body, needs: Collection[str]) -> ExtendRequest:
    """Check an extension and return it."""
    for name in needs:
        if not read_text(body, name):
            raise Refused(INVALID, f"{name} can not be null")
    check_common(body)
    return ExtendRequest(
        video=read_text(body, "video_id"),
        prompt=read_prompt(body, "prompt"),
        name=read_text(body, "external_task_id"),
        watermark=_has_watermark(body),
    )


def check_common(body: Body) -> None:
    """Check the fields that every route takes."""
    read_prompt(body, "negative_prompt")
    read_text(body, "callback_url")
    scale = body.get("cfg_scale", 0.5)
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 <= scale <= 1:
        raise Refused(INVALID, f"cfg_scale value '{scale}' is invalid")


def _read_model(body: Body) -> str:
    return read_choice(body, "model_name", {name for name, _ in MODELS}, "kling-v1")


def _read_seconds(body: Body, model: str) -> int:
    """Return the length: a text, as documented; a number is taken too."""
    value = str(body.get("duration", "5"))
    if value not in map(str, LENGTHS.get(model, USUAL_LENGTHS)):
        raise Refused(INVALID, f"duration value '{value}' is invalid")
    return int(value)


def _read_picture(body: Body, model: str, mode: str, seconds: int) -> str:
    # V1.0 takes a last picture at 5 s only, most others in the mode pro only (the same map).
    first, tail = read_text(body, "image"), read_text(body, "image_tail")
    if not first and not tail:
        raise Refused(INVALID, "image can not be null")
    short = model != "kling-v1" or seconds == _V1_END_FRAME_SECONDS
    if tail and not (short and mode in END_FRAME_MODES.get(model, ())):
        raise Refused(INVALID, f"model/mode/duration({model}/{mode}/{seconds}) is not supported with image_tail")
    if tail and "camera_control" in body:
        raise Refused(INVALID, "image_tail and camera_control can not be used together")
    for value in filter(None, (first, tail)):
        check_picture(value)
    return first or tail


def _has_watermark(body: Body) -> bool:
    info = body.get("watermark_info")
    return isinstance(info, dict) and info.get("enabled") is True
