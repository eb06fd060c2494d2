"""Reads what the Interactions API is sent for a video; what is wrong becomes a Refused with Google's words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runner.sandbox.google.errors import Refused
from runner.sandbox.google.parsing import Body, check_fields, read_choice, read_object
from runner.sandbox.google.veo import RATIOS, SIZES

LONGEST = {"gemini-omni-1.1-flash": 10, "gemini-omni-1.1-flash-preview": 10, "gemini-omni-1.2-flash": 15}
"""The models, and the longest video that each makes in one go, in seconds."""
# Measured by several clients from 2026-08-28 to 2026-09-24: 3 to 10 s per extension, 10 s if no length is given, and no
# aspect ratio on an extension. The texts of these refusals are Google's.
_SHORTEST, _LONGEST_EXTENSION, _LONGEST_BETWEEN_FRAMES = 3, 10, 10
_FIELDS = (
    *("model", "input", "previous_interaction_id", "generation_config", "response_format", "background", "store"),
    "stream",
)
_FORM = ("type", "delivery", "aspect_ratio", "resolution", "duration")
_TASKS = ("text_to_video", "image_to_video", "reference_to_video", "edit", "extend", "upscale")
_SECONDS = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionRequest:
    """An interaction as it was asked for; `video` is the link to what is extended, `previous` an interaction."""

    model: str
    prompt: str
    images: tuple[str, ...]
    video: str
    previous: str
    ratio: str
    resolution: str
    seconds: float
    delivery: str
    background: bool

    @property
    def extends(self) -> bool:
        """Whether there is a video to continue."""
        return bool(self.video or self.previous)


def read_interaction(body: Body) -> InteractionRequest:
    """Check an interaction and return it."""
    check_fields(body, _FIELDS)
    model = str(body.get("model"))
    if model not in LONGEST:
        raise Refused(404, f"models/{model} is not found.")
    form = _read_form(body)
    task, previous = _read_task(body), str(body.get("previous_interaction_id") or "")
    if previous and task:
        raise Refused(400, "previous_interaction_id is not allowed when video task is set.")
    prompt, images, video = _read_input(body.get("input"))
    if not prompt.strip():
        raise Refused(400, "A text prompt is required.")
    if (task == "extend") != bool(video):
        raise Refused(400, "Task extend needs a video, and a video needs a task.")
    extends = bool(video or previous)
    between = task == "image_to_video" and len(images) > 1
    if extends and "aspect_ratio" in form:
        raise Refused(400, "Aspect ratio cannot be set in response format for extend task.")
    return InteractionRequest(
        model=model,
        prompt=prompt,
        images=images,
        video=video,
        previous=previous,
        ratio=read_choice(form, "aspect_ratio", RATIOS, "16:9"),
        resolution=read_choice(form, "resolution", SIZES, "720p"),
        seconds=_read_seconds(form, _longest(model, extends=extends, between=between), 10 if extends else 8),
        delivery=read_choice(form, "delivery", ("uri", "inline"), "inline"),
        background=_read_background(body),
    )


def _longest(model: str, *, extends: bool, between: bool) -> int:
    if extends:
        return _LONGEST_EXTENSION
    return min(LONGEST[model], _LONGEST_BETWEEN_FRAMES) if between else LONGEST[model]


def _read_form(body: Body) -> Body:
    form = read_object(body.get("response_format"), "response_format")
    check_fields(form, _FORM)
    if form.get("type") != "video":
        raise Refused(400, "The sandbox makes videos only: response_format.type must be video.")
    return form


def _read_task(body: Body) -> str:
    config = read_object(body.get("generation_config"), "generation_config")
    config = read_object(config.get("video_config"), "video_config")
    return read_choice(config, "task", _TASKS, "text_to_video") if "task" in config else ""


def _read_background(body: Body) -> bool:
    background, store = body.get("background", False), body.get("store", True)
    if background and not store:
        raise Refused(400, "background requires store.")
    return bool(background)


def _read_seconds(form: Body, longest: int, default: int) -> float:
    value = form.get("duration", f"{default}s")
    found = _SECONDS.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Refused(400, "duration must be text such as 8s.")
    seconds = float(found[1])
    if seconds > longest:
        raise Refused(400, f"The requested duration {value} exceeds the maximum allowed {longest}s.")
    if seconds < _SHORTEST:
        raise Refused(400, f"The requested duration {value} is below the minimum of {_SHORTEST}s.")
    return seconds


def _read_input(value: object) -> tuple[str, tuple[str, ...], str]:
    """Return the prompt, the pictures, and the link of the video."""
    if isinstance(value, str):
        return value, (), ""
    words, images, video = [], [], ""
    for content in _contents(value):
        match content.get("type"):
            case "text":
                words.append(str(content.get("text", "")))
            case "image":
                images.append(str(content.get("data") or content.get("uri")))
            case "video":
                video = _read_video(content)
            case other:
                raise Refused(400, f"Unsupported content type {other!r}.")
    return " ".join(words), tuple(images), video


def _contents(value: object) -> Iterator[Body]:
    """Yield the contents of all turns."""
    for turn in value if isinstance(value, list) else []:
        contents = read_object(turn, "input").get("content")
        for each in contents if isinstance(contents, list) else []:
            yield read_object(each, "content")


def _read_video(content: Body) -> str:
    uri = content.get("uri")
    if not isinstance(uri, str) or content.get("mime_type") != "video/mp4":
        raise Refused(400, "The sandbox extends videos that it made itself, by `uri`, of the type video/mp4.")
    return uri
