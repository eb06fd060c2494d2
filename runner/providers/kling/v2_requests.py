"""A shot as a request of Kling's second API (official documents of 2026-07 to 2026-10). Pure.

It extends nothing. What comes next is made by an Omni model that is shown the video before, and is a new segment.
"""

from runner.providers.base import Request, Shot
from runner.providers.callback import callback
from runner.providers.data_urls import content

_CONTINUED_BY = "kling-3.0-omni"
_NEXT = "Take <<<video_1>>> as the shot before, and make the next shot, which continues it without a cut: "


def request(shot: Shot) -> Request:
    """The request of a shot."""
    if shot.kind == "extend":
        link = shot.parent.link if shot.parent else ""
        contents = [_prompt(_NEXT + shot.prompt), {"type": "feature_video", "url": link or _stand_in(shot)}]
        return _post(f"/omni-video/{_CONTINUED_BY}", shot, {"contents": contents}, shaped=True)
    frames = [("first_frame", shot.first_frame), ("last_frame", shot.last_frame)]
    pictures = [{"type": kind, "url": content(url)} for kind, url in frames if url]
    if shot.model.endswith("-omni"):
        return _post(
            f"/omni-video/{shot.model}", shot, {"contents": [_prompt(shot.prompt), *pictures]}, shaped=not pictures
        )
    if pictures:
        return _post(f"/image-to-video/{shot.model}", shot, {"contents": [_prompt(shot.prompt), *pictures]})
    return _post(f"/text-to-video/{shot.model}", shot, {"prompt": shot.prompt}, shaped=True)


def _prompt(words: str) -> dict[str, str]:
    return {"type": "prompt", "text": words}


def _stand_in(shot: Shot) -> str:
    return f"<result of {shot.parent.task.strip('<>')}>" if shot.parent else ""


def _post(path: str, shot: Shot, what: dict[str, object], *, shaped: bool = False) -> Request:
    """`shaped`: nothing that is shown has a shape of its own, so the request names one."""
    settings: dict[str, object] = {"resolution": shot.resolution}
    if shaped:
        settings["aspect_ratio"] = shot.aspect_ratio
    if shot.duration:
        settings["duration"] = int(shot.duration)
    settings["audio"] = "off"  # beside a video it has to be
    watermark = shot.options.get("watermark")
    options = {
        "callback_url": callback(shot),
        "external_task_id": shot.mark or None,
        "watermark_info": {"enabled": watermark} if watermark is not None else None,
    }
    said = {name: value for name, value in options.items() if value is not None}
    return Request(method="POST", path=path, body={**what, "settings": settings, **({"options": said} if said else {})})
