"""A shot as a request of Kling's first API, /v1/videos (official documents of 2026-02). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.providers.base import Request, Shot
from runner.providers.callback import callback
from runner.providers.data_urls import content

TEXT, IMAGE, EXTEND = "text2video", "image2video", "video-extend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The fields that a dialect knows, for each of the three routes. Nothing else is ever sent."""

    text: tuple[str, ...]
    image: tuple[str, ...]
    extend: tuple[str, ...]


def request(fields: Fields, shot: Shot) -> Request:
    """The request of a shot; what the storyboard leaves open is left to Kling."""
    route = _route(shot)
    known = {TEXT: fields.text, IMAGE: fields.image, EXTEND: fields.extend}[route]
    said = _said(shot)
    body = {name: said[name] for name in known if said[name] is not None}
    return Request(method="POST", path=f"/v1/videos/{route}", body=body)


def _route(shot: Shot) -> str:
    if shot.kind == "extend":
        return EXTEND
    return IMAGE if shot.first_frame or shot.last_frame else TEXT


def _said(shot: Shot) -> Mapping[str, object]:
    """Everything that can be said of a shot, by the field's name."""
    watermark = shot.options.get("watermark")
    parent = shot.parent
    return {
        "model_name": shot.model,
        "mode": shot.mode or None,
        "task_id": parent.task if parent else None,
        "video_id": _video(shot),
        "image": content(shot.first_frame) or None,
        "image_tail": content(shot.last_frame) or None,
        "prompt": shot.prompt,
        "negative_prompt": shot.options.get("negative_prompt"),
        "cfg_scale": shot.options.get("cfg_scale"),
        "aspect_ratio": shot.aspect_ratio,
        "duration": f"{shot.duration:g}" if shot.duration else None,  # text, as documented
        "watermark_info": {"enabled": watermark} if watermark is not None else None,
        "callback_url": callback(shot),
        "external_task_id": shot.mark or None,
    }


def _video(shot: Shot) -> str:
    """The video to extend, which is not the task that made it; a stand-in where it is not made yet."""
    parent = shot.parent
    if parent is None:
        return ""
    stand_in = f"<video of {parent.task.strip('<>')}>" if parent.task.startswith("<") else ""
    return parent.handle.get("video", "") or stand_in
