"""A shot as a request of Kling's first API, /v1/videos (official documents, 2026-02), or of its second (2026-07 to 10).

Pure. The second extends nothing: what comes next is made by an Omni model that is shown the video before, and is a new
segment.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.providers.base import Request, Shot
from runner.providers.http_api import callback_url, drop_nulls, placeholder, split_data_url

TEXT, IMAGE, EXTEND = "text2video", "image2video", "video-extend"

_CONTINUED_BY = "kling-3.0-omni"
# Kling's own FAQ calls the "next shot" of a video reference the way to extend with the models that cannot (2026).
_NEXT = "Take <<<video_1>>> as the shot before, and make the next shot, which continues it without a cut: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The fields that a dialect knows, for each of the three routes. Nothing else is ever sent."""

    text: tuple[str, ...]
    image: tuple[str, ...]
    extend: tuple[str, ...]


def first_request(fields: Fields, shot: Shot) -> Request:
    """Return the request of a shot; what the storyboard leaves open is left to Kling."""
    route = _route(shot)
    names = {TEXT: fields.text, IMAGE: fields.image, EXTEND: fields.extend}[route]
    values = _all_fields(shot)
    body = drop_nulls({name: values[name] for name in names})
    return Request(method="POST", path=f"/v1/videos/{route}", body=body)


def _route(shot: Shot) -> str:
    if shot.kind == "extend":
        return EXTEND
    return IMAGE if shot.first_frame or shot.last_frame else TEXT


def _all_fields(shot: Shot) -> Mapping[str, object]:
    """Return everything that can be said of a shot, by the field's name."""
    return {
        "model_name": shot.model,
        "mode": shot.mode or None,
        "task_id": shot.parent.task if shot.parent else None,
        "video_id": _video_id(shot),
        "image": _picture(shot.first_frame) or None,
        "image_tail": _picture(shot.last_frame) or None,
        "prompt": shot.prompt,
        "negative_prompt": shot.options.get("negative_prompt"),
        "cfg_scale": shot.options.get("cfg_scale"),
        "aspect_ratio": shot.aspect_ratio,
        "duration": f"{shot.duration:g}" if shot.duration else None,  # text, as documented
        "watermark_info": _watermark(shot),
        "callback_url": callback_url(shot),
        "external_task_id": shot.mark or None,
    }


def _video_id(shot: Shot) -> str:
    """Return the video to extend, which is not the task that made it; a stand-in where it is not made yet."""
    parent = shot.parent
    if parent is None:
        return ""
    stand_in = placeholder(shot, "video") if parent.task.startswith("<") else ""
    return parent.handle.get("video", "") or stand_in


def _picture(url: str) -> str:
    # Bare base64: with "data:" before it, "File is not in a valid base64 format" (1201).
    return split_data_url(url)[1]


def _watermark(shot: Shot) -> dict[str, object] | None:
    watermark = shot.options.get("watermark")
    return {"enabled": watermark} if watermark is not None else None


# The second API.


def second_request(shot: Shot) -> Request:
    """Return the request of a shot."""
    if shot.kind == "extend":
        link = shot.parent.link if shot.parent else ""
        contents = [_prompt(_NEXT + shot.prompt), {"type": "feature_video", "url": link or placeholder(shot)}]
        return _post(f"/omni-video/{_CONTINUED_BY}", shot, {"contents": contents}, shaped=True)
    frames = [("first_frame", shot.first_frame), ("last_frame", shot.last_frame)]
    pictures = [{"type": kind, "url": _picture(url)} for kind, url in frames if url]
    contents = [_prompt(shot.prompt), *pictures]
    if shot.model.endswith("-omni"):
        return _post(f"/omni-video/{shot.model}", shot, {"contents": contents}, shaped=not pictures)
    if pictures:
        return _post(f"/image-to-video/{shot.model}", shot, {"contents": contents})
    return _post(f"/text-to-video/{shot.model}", shot, {"prompt": shot.prompt}, shaped=True)


def _prompt(words: str) -> dict[str, str]:
    return {"type": "prompt", "text": words}


def _post(path: str, shot: Shot, content: dict[str, object], *, shaped: bool = False) -> Request:
    """`shaped`: nothing that is shown has a shape of its own, so the request names one."""
    settings: dict[str, object] = {"resolution": shot.resolution}
    if shaped:
        settings["aspect_ratio"] = shot.aspect_ratio
    if shot.duration:
        settings["duration"] = int(shot.duration)
    settings["audio"] = "off"  # beside a video it has to be
    values = {
        "callback_url": callback_url(shot),
        "external_task_id": shot.mark or None,
        "watermark_info": _watermark(shot),
    }
    options = drop_nulls(values)
    body = {**content, "settings": settings, **({"options": options} if options else {})}
    return Request(method="POST", path=path, body=body)
