"""Kling's second API: generations, and next shots that an Omni model makes of a video that it is shown."""

import re
from dataclasses import dataclass, replace

from runner.sandbox.faults.task_effects import failure
from runner.sandbox.kling.codes import SECOND, SECOND_MODELS, Refused, size
from runner.sandbox.kling.fields import WRONG, Body, choice, picture, text, words
from runner.sandbox.kling.parsing import RATIOS
from runner.sandbox.kling.profiles import Profile
from runner.sandbox.kling.submit import accepted, new
from runner.sandbox.kling.visibility import by_id
from runner.sandbox.render import look_of
from runner.sandbox.stage.graph import RATE, Shot
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

_MOST_WORDS = 3072
_MOST_SECONDS, _MOST_SHOWN, _LEAST_SECONDS = 15, 10, 3
_PICTURES = ("first_frame", "last_frame", "refer_image")
VIDEOS = ("feature_video", "base_video")
_SIDES = {"720p": 720, "1080p": 1080}
_LINK = re.compile(r"/muse/(\d{1,20})\.mp4\?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for."""

    prompt: str
    pictures: tuple[str, ...]
    video: str
    resolution: str
    ratio: str
    seconds: int
    name: str


def make(world: World, profile: Profile, account: str, route: str, model: str, body: Body) -> Task:
    """Take on a generation, or the next shot of a video that is shown."""
    if model not in SECOND_MODELS or (route == "omni-video") != model.endswith("-omni"):
        raise Refused(1203, f"model {model} is not found")
    wish = _read(body, route)
    base = _shown(world, profile, account, wish.video) if wish.video else None
    frames = wish.seconds * RATE
    if base:
        shot = replace(base.shot, hop=base.hop + 1, start=base.shot.start + base.shot.frames, frames=frames)
    else:
        look = look_of(wish.prompt, *wish.pictures)
        shot = Shot(look=look, aspect=wish.ratio, hop=0, start=0, frames=frames)
    units = SECOND[wish.resolution] * wish.seconds
    task = new(world, profile, account, "omni-video" if base else route, shot, units)
    task = replace(task, name=wish.name, model=model, size=size(_SIDES[wish.resolution], shot.aspect), alone=True)
    if base:
        task = replace(task, hop=base.hop + 1, parent=base.id)
    return accepted(world, replace(task, request=dict(body)), "extend" if base else "generate")


def _read(body: Body, route: str) -> Wish:
    settings, options = _object(body, "settings"), _object(body, "options")
    text(options, "callback_url")
    shown = _contents(body) if route != "text-to-video" else {}
    prompt = words(body, "prompt", most=_MOST_WORDS) if route == "text-to-video" else shown.get("prompt", "")
    if not prompt or len(prompt) > _MOST_WORDS:
        raise Refused(WRONG, "prompt can not be null")
    video = next((shown[kind] for kind in VIDEOS if kind in shown), "")
    if route == "image-to-video" and "aspect_ratio" in settings:
        raise Refused(WRONG, "aspect_ratio is not supported by image-to-video")
    if video and settings.get("audio", "off") != "off":
        raise Refused(WRONG, "audio must be off with a video")
    return Wish(
        prompt=prompt,
        pictures=tuple(shown[kind] for kind in _PICTURES if kind in shown),
        video=video,
        resolution=choice(settings, "resolution", SECOND, "720p"),
        ratio=choice(settings, "aspect_ratio", RATIOS, "16:9"),
        seconds=_seconds(settings, shown=bool(video)),
        name=text(options, "external_task_id"),
    )


def _contents(body: Body) -> dict[str, str]:
    contents, shown = body.get("contents"), {}
    for each in contents if isinstance(contents, list) else []:
        kind = each.get("type") if isinstance(each, dict) else None
        if kind not in ("prompt", *_PICTURES, *VIDEOS):
            raise Refused(WRONG, f"contents type value '{kind}' is invalid")
        value = text(each, "text" if kind == "prompt" else "url")
        if kind in _PICTURES:
            picture(value)
        shown[kind] = value
    return shown


def _seconds(settings: Body, *, shown: bool) -> int:
    value = settings.get("duration", 5)
    most = _MOST_SHOWN if shown else _MOST_SECONDS
    if isinstance(value, bool) or not isinstance(value, int) or not _LEAST_SECONDS <= value <= most:
        raise Refused(WRONG, f"duration value '{value}' is invalid")
    return value


def _shown(world: World, profile: Profile, account: str, url: str) -> Task:
    """Return the task whose video a link leads to; the emulator shows its models nobody else's."""
    found = _LINK.search(url)
    base = by_id(world, profile, account, found[1]) if found else None
    if base is None or not world.due(base) or failure(base):
        raise Refused(WRONG, "Failed to download the video")
    return base


def _object(body: Body, name: str) -> Body:
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise Refused(WRONG, f"{name} value is invalid")
    return {key: each for key, each in value.items() if each is not None}
