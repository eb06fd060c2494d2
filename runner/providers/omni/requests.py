"""A shot as an interaction with Gemini Omni (guide and live records, facts of 2026-11). Pure."""

from dataclasses import replace

from runner.providers.base import Request, Shot
from runner.providers.google.project import PROJECT

_TASKS = {"frames": "image_to_video", "references": "reference_to_video"}


PATH = "/v1beta/interactions"
ON_VERTEX = f"/v1beta1/projects/{PROJECT}/locations/global/interactions"


def on_vertex(shot: Shot) -> Request:
    """The same on Vertex AI, which serves interactions of a project."""
    return replace(request(shot), path=ON_VERTEX)


def request(shot: Shot) -> Request:
    """The request of a shot, worked on in the background; the length of an extension is what it adds."""
    body = _extension(shot) if shot.kind == "extend" else _generation(shot)
    form = {"type": "video", "delivery": "uri", **_form(shot)}
    return Request(
        method="POST",
        path=PATH,
        body={"model": shot.model, **body, "response_format": form, "background": True, "store": True},
    )


def _form(shot: Shot) -> dict[str, object]:
    """An extension has the shape of what it extends, and must not name one."""
    shape = {} if shot.kind == "extend" else {"aspect_ratio": shot.aspect_ratio}
    length = {"duration": f"{shot.duration:g}s"} if shot.duration else {}
    return {**shape, "resolution": shot.resolution, **length}


def _generation(shot: Shot) -> dict[str, object]:
    pictures = list(shot.references) or [url for url in (shot.first_frame, shot.last_frame) if url]
    if not pictures:
        return {"input": shot.prompt}
    task = _TASKS["references" if shot.references else "frames"]
    content = [*(_image(url) for url in pictures), {"type": "text", "text": shot.prompt}]
    return {
        "input": [{"type": "user_input", "content": content}],
        "generation_config": {"video_config": {"task": task}},
    }


def _image(url: str) -> dict[str, str]:
    """A ``data:`` URL as a part of the input; a stand-in of a plan is shown as it is."""
    head, comma, content = url.partition(";base64,")
    if not comma:
        return {"type": "image", "data": url}
    return {"type": "image", "data": content, "mime_type": head.removeprefix("data:")}


def _extension(shot: Shot) -> dict[str, object]:
    """By the video that came last; by the interaction before, where the storyboard wants that or no link was given."""
    parent = shot.parent
    uri = parent.handle.get("uri") if parent else None
    known = parent is not None and bool(parent.task) and not parent.task.startswith("<")
    if shot.options.get("extend_by") == "interaction" or (known and not uri):
        return {"previous_interaction_id": parent.task if parent else "", "input": shot.prompt}
    stand_in = f"<result of {parent.task.strip('<>')}>" if parent else ""
    video = {"type": "video", "uri": uri or stand_in, "mime_type": "video/mp4"}
    return {
        "input": [{"type": "user_input", "content": [video, {"type": "text", "text": shot.prompt}]}],
        "generation_config": {"video_config": {"task": "extend"}},
    }
