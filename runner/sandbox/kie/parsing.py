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
# The range is in the documents of 2025; the field is gone from the schema of 2026-04, but clients still send it.
_SEEDS = (10_000, 99_999)
# The documents, kie's own playground and its echo of a request spell `watermark` and `aspect_ratio` differently
# (2026-04, 2026-09), so both spellings are accepted.
_COMMON = {"prompt", "model", "seeds", "watermark", "waterMark", "callBackUrl"}
_GENERATE = _COMMON | {
    *("generationType", "imageUrls", "aspect_ratio", "aspectRatio", "resolution", "duration"),
    *("enableTranslation", "enableFallback"),
}
_EXTEND = _COMMON | {"taskId"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateRequest:
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
class ExtendRequest:
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


def read_generate(body: Body, *, strict: bool) -> GenerateRequest:
    """Check a generation and return it."""
    _check_fields(body, _GENERATE, strict=strict)
    images = _read_images(body)
    mode = _read_choice(body, ("generationType",), _MODES, _infer_mode(images))
    request = GenerateRequest(
        prompt=_read_prompt(body),
        model=_read_choice(body, ("model",), MODELS, "veo3_fast"),
        mode=mode,
        images=images,
        ratio=_read_choice(body, ("aspect_ratio", "aspectRatio"), RATIOS, "16:9"),
        resolution=_read_choice(body, ("resolution",), RESOLUTIONS, "720p"),
        seconds=_read_seconds(body),
        seed=_read_seed(body),
        watermark=_read_watermark(body),
    )
    _check_mode(request)
    return request


def read_extend(body: Body, *, strict: bool) -> ExtendRequest:
    """Check an extension and return it."""
    _check_fields(body, _EXTEND, strict=strict)
    task = body.get("taskId")
    if not isinstance(task, str) or not task:
        raise Refused(422, "taskId cannot be empty")
    return ExtendRequest(
        task=task,
        prompt=_read_prompt(body),
        tier=_read_choice(body, ("model",), EXTEND_CREDITS, "fast"),
        seed=_read_seed(body),
        watermark=_read_watermark(body),
    )


def _check_mode(request: GenerateRequest) -> None:
    """Check what depends on the mode."""
    least, most = _MODES[request.mode]
    if not least <= len(request.images) <= most:
        raise Refused(422, f"{request.mode} takes {least} to {most} images, not {len(request.images)}")
    if request.mode != "REFERENCE_2_VIDEO":
        return
    if request.model == "veo3":
        raise Refused(422, "REFERENCE_2_VIDEO does not support the veo3 model")
    if request.seconds != max(_SECONDS):
        raise Refused(422, "Invalid duration. Veo 3.1 reference-to-video currently only supports 8-second generation.")


def _infer_mode(images: tuple[str, ...]) -> str:
    return "FIRST_AND_LAST_FRAMES_2_VIDEO" if images else "TEXT_2_VIDEO"


def _check_fields(body: Body, fields: Collection[str], *, strict: bool) -> None:
    unknown = sorted(body.keys() - fields)
    if strict and unknown:
        raise Refused(400, f"Unknown parameter: {', '.join(unknown)}")


def _read_prompt(body: Body) -> str:
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise Refused(422, "Please enter prompt")
    return prompt


def _read_choice(body: Body, names: tuple[str, ...], allowed: Collection[str], default: str) -> str:
    value = next((body[name] for name in names if body.get(name) is not None), default)
    if not isinstance(value, str) or value not in allowed:
        raise Refused(422, f"Invalid {names[0]}: must be one of {', '.join(allowed)}")
    return value


def _read_seconds(body: Body) -> int:
    value = body.get("duration", max(_SECONDS))
    if isinstance(value, bool) or not isinstance(value, int) or value not in _SECONDS:
        raise Refused(422, "Invalid duration: must be 4, 6 or 8")
    return value


def _read_seed(body: Body) -> int | None:
    value = body.get("seeds")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not _SEEDS[0] <= value <= _SEEDS[1]:
        raise Refused(422, f"seeds must be an integer between {_SEEDS[0]} and {_SEEDS[1]}")
    return value


def _read_images(body: Body) -> tuple[str, ...]:
    value = body.get("imageUrls") or []
    if not isinstance(value, list) or not all(isinstance(url, str) for url in value):
        raise Refused(422, "imageUrls must be a list of links")
    if not all(url.startswith(("http://", "https://")) for url in value):
        raise Refused(422, "imageUrls must be links that start with http:// or https://")
    return tuple(value)


def _read_watermark(body: Body) -> str:
    value = body.get("watermark", body.get("waterMark")) or ""
    if not isinstance(value, str):
        raise Refused(422, "watermark must be text")
    return value[:40]
