"""Kling's second API (v2): generations, and the next shots that an Omni model makes of a video it is shown."""

import re
from dataclasses import dataclass, replace

from runner.sandbox.faults.task_effects import find_failure
from runner.sandbox.kling.access import find_by_id
from runner.sandbox.kling.catalog import V2_MODELS, V2_UNITS, Profile, output_size
from runner.sandbox.kling.parsing import INVALID, RATIOS, Body, check_picture, read_choice, read_prompt, read_text
from runner.sandbox.kling.replies import Refused
from runner.sandbox.kling.submit import accept, build_task
from runner.sandbox.render.renderer import choose_look
from runner.sandbox.render.shot import RATE, Shot
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

# 3 to 15 s, or 3 to 10 s with a video; the result is the new part alone (Kling, omni page, 2026-02).
_MOST_WORDS = 3072
_MOST_V2_UNITSS, _MOST_SHOWN, _LEAST_V2_UNITSS = 15, 10, 3
_PICTURES = ("first_frame", "last_frame", "refer_image")
VIDEOS = ("feature_video", "base_video")
_SIDES = {"720p": 720, "1080p": 1080}
# A shown video is a link: the last part of its path is the task, as `records.py` signs it.
_LINK = re.compile(r"/muse/(\d{1,20})\.mp4\?")


@dataclass(frozen=True, slots=True, kw_only=True)
class V2Request:
    """A generation as it was asked for; `video` is the link to a video that is shown to the model."""

    prompt: str
    pictures: tuple[str, ...]
    video: str
    resolution: str
    ratio: str
    seconds: int
    name: str


def generate(world: World, profile: Profile, account: str, route: str, model: str, body: Body) -> Task:
    """Accept and charge a generation, or the next shot of a video that is shown."""
    if model not in V2_MODELS or (route == "omni-video") != model.endswith("-omni"):
        raise Refused(1203, f"model {model} is not found")
    request = _read_request(body, route)
    base = _find_shown(world, profile, account, request.video) if request.video else None
    frames = request.seconds * RATE
    if base:
        shot = replace(base.shot, hop=base.hop + 1, start=base.shot.start + base.shot.frames, frames=frames)
    else:
        look = choose_look(request.prompt, *request.pictures)
        shot = Shot(look=look, aspect=request.ratio, hop=0, start=0, frames=frames)
    units = V2_UNITS[request.resolution] * request.seconds
    task = build_task(world, profile, account, "omni-video" if base else route, shot, units)
    size = output_size(_SIDES[request.resolution], shot.aspect)
    task = replace(task, name=request.name, model=model, size=size, alone=True)
    if base:
        task = replace(task, hop=base.hop + 1, parent=base.id)
    return accept(world, replace(task, request=dict(body)), "extend" if base else "generate")


def _read_request(body: Body, route: str) -> V2Request:
    settings, options = _read_object(body, "settings"), _read_object(body, "options")
    read_text(options, "callback_url")
    shown = _read_contents(body) if route != "text-to-video" else {}
    prompt = read_prompt(body, "prompt", most=_MOST_WORDS) if route == "text-to-video" else shown.get("prompt", "")
    if not prompt or len(prompt) > _MOST_WORDS:
        raise Refused(INVALID, "prompt can not be null")
    video = next((shown[kind] for kind in VIDEOS if kind in shown), "")
    if route == "image-to-video" and "aspect_ratio" in settings:
        raise Refused(INVALID, "aspect_ratio is not supported by image-to-video")
    # Sound cannot be made for a video that is shown (Kling, omni page, 2026-02).
    if video and settings.get("audio", "off") != "off":
        raise Refused(INVALID, "audio must be off with a video")
    return V2Request(
        prompt=prompt,
        pictures=tuple(shown[kind] for kind in _PICTURES if kind in shown),
        video=video,
        resolution=read_choice(settings, "resolution", V2_UNITS, "720p"),
        ratio=read_choice(settings, "aspect_ratio", RATIOS, "16:9"),
        seconds=_read_seconds(settings, shown=bool(video)),
        name=read_text(options, "external_task_id"),
    )


def _read_contents(body: Body) -> dict[str, str]:
    contents, shown = body.get("contents"), {}
    for each in contents if isinstance(contents, list) else []:
        kind = each.get("type") if isinstance(each, dict) else None
        if kind not in ("prompt", *_PICTURES, *VIDEOS):
            raise Refused(INVALID, f"contents type value '{kind}' is invalid")
        value = read_text(each, "text" if kind == "prompt" else "url")
        if kind in _PICTURES:
            check_picture(value)
        shown[kind] = value
    return shown


def _read_seconds(settings: Body, *, shown: bool) -> int:
    value = settings.get("duration", 5)
    most = _MOST_SHOWN if shown else _MOST_V2_UNITSS
    if isinstance(value, bool) or not isinstance(value, int) or not _LEAST_V2_UNITSS <= value <= most:
        raise Refused(INVALID, f"duration value '{value}' is invalid")
    return value


def _find_shown(world: World, profile: Profile, account: str, url: str) -> Task:
    """Return the task whose video a link leads to; the emulator can continue no others."""
    found = _LINK.search(url)
    base = find_by_id(world, profile, account, found[1]) if found else None
    if base is None or not world.is_due(base) or find_failure(base):
        raise Refused(INVALID, "Failed to download the video")
    return base


def _read_object(body: Body, name: str) -> Body:
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise Refused(INVALID, f"{name} value is invalid")
    return {key: each for key, each in value.items() if each is not None}
