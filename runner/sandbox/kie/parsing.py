"""Reads the bodies of kie's submits; what is wrong becomes a Refused with kie's code and words."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from starlette.requests import Request

from runner.sandbox.kie.envelope import EXTEND_CREDITS, MODELS, RESOLUTIONS, Refused

Body = Mapping[str, object]

RATIOS = ("16:9", "9:16", "Auto")
_SECONDS = (4, 6, 8)
_MODES = {"TEXT_2_VIDEO": (0, 0), "FIRST_AND_LAST_FRAMES_2_VIDEO": (1, 2), "REFERENCE_2_VIDEO": (1, 3)}
_SEEDS = (10_000, 99_999)
_COMMON = {"prompt", "model", "seeds", "watermark", "waterMark", "callBackUrl"}
_GENERATE = _COMMON | {
    *("generationType", "imageUrls", "aspect_ratio", "aspectRatio", "resolution", "duration"),
    *("enableTranslation", "enableFallback"),
}
_EXTEND = _COMMON | {"taskId"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Generate:
    """A generation as it was asked for."""

    prompt: str
    model: str
    mode: str
    images: tuple[str, ...]
    ratio: str
    resolution: str
    seconds: int
    seed: int | None
    watermark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend:
    """An extension as it was asked for."""

    task: str
    prompt: str
    tier: str
    seed: int | None
    watermark: str


async def read_body(request: Request) -> Body:
    """Return the JSON object of a request."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise Refused(422, "The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise Refused(422, "The request body must be a JSON object")
    return body


def read_generate(body: Body, *, strict: bool) -> Generate:
    """Check a generation."""
    _known(body, _GENERATE, strict=strict)
    images = _images(body)
    mode = _choice(body, ("generationType",), _MODES, _inferred(images))
    wish = Generate(
        prompt=_prompt(body),
        model=_choice(body, ("model",), MODELS, "veo3_fast"),
        mode=mode,
        images=images,
        ratio=_choice(body, ("aspect_ratio", "aspectRatio"), RATIOS, "16:9"),
        resolution=_choice(body, ("resolution",), RESOLUTIONS, "720p"),
        seconds=_seconds(body),
        seed=_seed(body),
        watermark=_watermark(body),
    )
    _fits(wish)
    return wish


def read_extend(body: Body, *, strict: bool) -> Extend:
    """Check an extension."""
    _known(body, _EXTEND, strict=strict)
    task = body.get("taskId")
    if not isinstance(task, str) or not task:
        raise Refused(422, "taskId cannot be empty")
    return Extend(
        task=task,
        prompt=_prompt(body),
        tier=_choice(body, ("model",), EXTEND_CREDITS, "fast"),
        seed=_seed(body),
        watermark=_watermark(body),
    )


def _fits(wish: Generate) -> None:
    """Check what depends on the mode."""
    least, most = _MODES[wish.mode]
    if not least <= len(wish.images) <= most:
        raise Refused(422, f"{wish.mode} takes {least} to {most} images, not {len(wish.images)}")
    if wish.mode != "REFERENCE_2_VIDEO":
        return
    if wish.model == "veo3":
        raise Refused(422, "REFERENCE_2_VIDEO does not support the veo3 model")
    if wish.seconds != max(_SECONDS):
        raise Refused(422, "Invalid duration. Veo 3.1 reference-to-video currently only supports 8-second generation.")


def _inferred(images: tuple[str, ...]) -> str:
    return "FIRST_AND_LAST_FRAMES_2_VIDEO" if images else "TEXT_2_VIDEO"


def _known(body: Body, fields: Collection[str], *, strict: bool) -> None:
    unknown = sorted(body.keys() - fields)
    if strict and unknown:
        raise Refused(400, f"Unknown parameter: {', '.join(unknown)}")


def _prompt(body: Body) -> str:
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise Refused(422, "Please enter prompt")
    return prompt


def _choice(body: Body, names: tuple[str, ...], allowed: Collection[str], default: str) -> str:
    value = next((body[name] for name in names if body.get(name) is not None), default)
    if not isinstance(value, str) or value not in allowed:
        raise Refused(422, f"Invalid {names[0]}: must be one of {', '.join(allowed)}")
    return value


def _seconds(body: Body) -> int:
    value = body.get("duration", max(_SECONDS))
    if isinstance(value, bool) or not isinstance(value, int) or value not in _SECONDS:
        raise Refused(422, "Invalid duration: must be 4, 6 or 8")
    return value


def _seed(body: Body) -> int | None:
    value = body.get("seeds")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not _SEEDS[0] <= value <= _SEEDS[1]:
        raise Refused(422, f"seeds must be an integer between {_SEEDS[0]} and {_SEEDS[1]}")
    return value


def _images(body: Body) -> tuple[str, ...]:
    value = body.get("imageUrls") or []
    if not isinstance(value, list) or not all(isinstance(url, str) for url in value):
        raise Refused(422, "imageUrls must be a list of links")
    if not all(url.startswith(("http://", "https://")) for url in value):
        raise Refused(422, "imageUrls must be links that start with http:// or https://")
    return tuple(value)


def _watermark(body: Body) -> str:
    value = body.get("watermark", body.get("waterMark")) or ""
    if not isinstance(value, str):
        raise Refused(422, "watermark must be text")
    return value[:40]
