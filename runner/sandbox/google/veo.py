"""Veo's rules, the same wherever Google serves it: what an instance and its parameters may say."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from runner.sandbox.google.errors import Refused
from runner.sandbox.google.parsing import Body, choice, only, picture, table, whole
from runner.sandbox.render import look_of
from runner.sandbox.stage.graph import RATE, Shot

EXTENSION_SECONDS = 7
RATIOS = ("16:9", "9:16")
SECONDS = (4, 6, 8)
SIZES = {
    "720p": {"16:9": "", "9:16": ""},
    "1080p": {"16:9": "1920x1080", "9:16": "1080x1920"},
    "4k": {"16:9": "3840x2160", "9:16": "2160x3840"},
}
_MOST_REFERENCES = 3
_INSTANCE = ("prompt", "image", "lastFrame", "referenceImages", "video")
_PEOPLE = ("allow_all", "allow_adult", "dont_allow", "disallow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """A generation as it was asked for."""

    prompt: str
    images: tuple[str, ...]
    ratio: str
    resolution: str
    seconds: int
    seed: int | None

    @property
    def shot(self) -> Shot:
        """Its footage."""
        look = look_of(self.prompt, str(self.seed or ""), *self.images)
        return Shot(look=look, aspect=self.ratio, hop=0, start=0, frames=self.seconds * RATE)

    @property
    def size(self) -> str:
        """Width x height where it is not what is rendered."""
        return SIZES[self.resolution][self.ratio]


def submit_names(body: bytes) -> Sequence[str]:
    """Return the names under which faults know a submit: generations and extensions share one address."""
    try:
        instances = json.loads(body)["instances"]
        return ("extend",) if "video" in instances[0] else ("generate",)
    except (ValueError, LookupError, TypeError):
        return ("generate",)


def halves(body: Body) -> tuple[Body, Body]:
    """Return the one instance and the parameters."""
    instances = body.get("instances")
    if not isinstance(instances, list) or len(instances) != 1:
        raise Refused(400, "`instances` must hold exactly one instance.")
    instance = table(instances[0], "instances[0]")
    only(instance, _INSTANCE)
    return instance, table(body.get("parameters"), "parameters")


def prompt_of(instance: Body) -> str:
    """Return the prompt, empty if there is none."""
    value = instance.get("prompt", "")
    if not isinstance(value, str):
        raise Refused(400, "Invalid value at 'instances[0].prompt' (TYPE_STRING)")
    return value


def generation(instance: Body, parameters: Body, resolutions: Collection[str], *, references: bool) -> Generation:
    """Check a generation."""
    images = _images(instance, references=references)
    wish = Generation(
        prompt=prompt_of(instance),
        images=images,
        ratio=choice(parameters, "aspectRatio", RATIOS, "16:9"),
        resolution=choice(parameters, "resolution", resolutions, "720p"),
        seconds=whole(parameters, "durationSeconds") or max(SECONDS),
        seed=whole(parameters, "seed"),
    )
    choice(parameters, "personGeneration", _PEOPLE, "allow_all")
    if not wish.prompt.strip() and not images:
        raise Refused(400, "Text prompt is required.")
    if wish.resolution != "720p" and wish.seconds in SECONDS and wish.seconds != max(SECONDS):
        raise Refused(400, f"{wish.resolution} is not supported for a duration of {wish.seconds} seconds.")
    return wish


def _images(instance: Body, *, references: bool) -> tuple[str, ...]:
    given = instance.get("referenceImages")
    if given is not None:
        if not references or instance.get("image") is not None:
            raise Refused(400, "`referenceImages` isn't supported by this model.")
        return _references(given)
    frames = [picture(instance[name], name) for name in ("image", "lastFrame") if instance.get(name) is not None]
    if instance.get("lastFrame") is not None and instance.get("image") is None:
        raise Refused(400, "`lastFrame` needs `image`.")
    return tuple(frames)


def _references(given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= _MOST_REFERENCES:
        raise Refused(400, f"`referenceImages` takes 1 to {_MOST_REFERENCES} images.")
    tables = [table(each, "referenceImages") for each in given]
    for fields in tables:
        if str(fields.get("referenceType", "")).lower() != "asset":
            raise Refused(400, "`referenceType` must be asset.")
    return tuple(picture(fields.get("image"), "referenceImages.image") for fields in tables)
