"""A shot as the request that kie.ai expects. Pure: the dry run prints exactly what a run sends."""

from collections.abc import Mapping

from runner.providers.base import Request, Shot
from runner.providers.callback import callback

# Extensions name the tiers in words of their own (docs.kie.ai, extend a Veo 3.1 video, 2026-01 and later).
_EXTEND_TIERS = {"veo3": "quality", "veo3_fast": "fast", "veo3_lite": "lite"}
_RATIOS = {"auto": "Auto"}


def request(shot: Shot) -> Request:
    """The request of a shot; fields that the storyboard leaves open are left to kie.ai."""
    if shot.kind == "generate":
        return Request(method="POST", path="/api/v1/veo/generate", body=_present(_generate(shot)))
    task = shot.parent.task if shot.parent else ""
    if shot.kind == "extend":
        return Request(method="POST", path="/api/v1/veo/extend", body=_present(_extend(shot, task)))
    # The upgrade is asked for and polled by the same GET, and a second GET is not a second order.
    path = f"/api/v1/veo/get-1080p-video?taskId={task}&index=0"
    return Request(method="GET", path=path, repeatable=True)


def _generate(shot: Shot) -> dict[str, object]:
    frames = [url for url in (shot.first_frame, shot.last_frame) if url]
    pictures = list(shot.references) or frames
    ratio_field = str(shot.options.get("ratio_field", "aspect_ratio"))
    return {
        "prompt": shot.prompt,
        "model": shot.model,
        "generationType": _mode(shot, frames),
        "imageUrls": pictures or None,
        ratio_field: _RATIOS.get(shot.aspect_ratio, shot.aspect_ratio),
        "resolution": shot.resolution if shot.resolution != "720p" else None,
        "duration": int(shot.duration) if shot.duration else None,
        "seeds": shot.seed,
        "watermark": shot.options.get("watermark"),
        "callBackUrl": callback(shot),
        # kie.ai translates prompts unless told not to; a prompt that was planned is sent as it stands.
        "enableTranslation": bool(shot.options.get("enable_translation", False)),
    }


def _mode(shot: Shot, frames: list[str]) -> str:
    if shot.references:
        return "REFERENCE_2_VIDEO"
    return "FIRST_AND_LAST_FRAMES_2_VIDEO" if frames else "TEXT_2_VIDEO"


def _extend(shot: Shot, task: str) -> dict[str, object]:
    return {
        "taskId": task,
        "prompt": shot.prompt,
        "model": _EXTEND_TIERS.get(shot.model, shot.model),
        "seeds": shot.seed,
        "watermark": shot.options.get("watermark"),
        "callBackUrl": callback(shot),
    }


def _present(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}
