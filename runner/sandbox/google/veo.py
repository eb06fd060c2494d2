"""Veo's rules, the same wherever Google serves it: what an instance and its parameters may say."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from runner.sandbox.google.errors import Refused
from runner.sandbox.google.parsing import Body, check_fields, read_choice, read_image, read_integer, read_object
from runner.sandbox.render.renderer import choose_look
from runner.sandbox.render.shot import RATE, Shot

# "Extends by 7 seconds", on both APIs (Gemini API, video page of 2026-03-05; Vertex, extend page).
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
# Documented by region and kind of request; live accounts contradict each other (2026), so every value passes.
_PEOPLE = ("allow_all", "allow_adult", "dont_allow", "disallow")


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateRequest:
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
        look = choose_look(self.prompt, str(self.seed or ""), *self.images)
        return Shot(look=look, aspect=self.ratio, hop=0, start=0, frames=self.seconds * RATE)

    @property
    def size(self) -> str:
        """Width x height where it differs from what is rendered."""
        return SIZES[self.resolution][self.ratio]


def fault_names(body: bytes) -> Sequence[str]:
    """Return the names under which faults know a submit: generations and extensions share one address."""
    try:
        instances = json.loads(body)["instances"]
        return ("extend",) if "video" in instances[0] else ("generate",)
    except (ValueError, LookupError, TypeError):
        return ("generate",)


def split_body(body: Body) -> tuple[Body, Body]:
    """Return the one instance and the parameters."""
    instances = body.get("instances")
    if not isinstance(instances, list) or len(instances) != 1:
        raise Refused(400, "`instances` must hold exactly one instance.")
    instance = read_object(instances[0], "instances[0]")
    check_fields(instance, _INSTANCE)
    return instance, read_object(body.get("parameters"), "parameters")


def read_prompt(instance: Body) -> str:
    """Return the prompt, empty if there is none."""
    value = instance.get("prompt", "")
    if not isinstance(value, str):
        raise Refused(400, "Invalid value at 'instances[0].prompt' (TYPE_STRING)")
    return value


def read_generation(
    instance: Body, parameters: Body, resolutions: Collection[str], *, references: bool
) -> GenerateRequest:
    """Check a generation."""
    images = _read_images(instance, references=references)
    request = GenerateRequest(
        prompt=read_prompt(instance),
        images=images,
        ratio=read_choice(parameters, "aspectRatio", RATIOS, "16:9"),
        resolution=read_choice(parameters, "resolution", resolutions, "720p"),
        seconds=read_integer(parameters, "durationSeconds") or max(SECONDS),
        seed=read_integer(parameters, "seed"),
    )
    read_choice(parameters, "personGeneration", _PEOPLE, "allow_all")
    if not request.prompt.strip() and not images:
        raise Refused(400, "Text prompt is required.")
    # A length that no model has passes here: the Gemini API refuses it at once, Vertex only when the operation runs.
    if request.resolution != "720p" and request.seconds in SECONDS and request.seconds != max(SECONDS):
        raise Refused(400, f"{request.resolution} is not supported for a duration of {request.seconds} seconds.")
    return request


def _read_images(instance: Body, *, references: bool) -> tuple[str, ...]:
    given = instance.get("referenceImages")
    if given is not None:
        if not references or instance.get("image") is not None:
            raise Refused(400, "`referenceImages` isn't supported by this model.")
        return _read_references(given)
    frames = [read_image(instance[name], name) for name in ("image", "lastFrame") if instance.get(name) is not None]
    if instance.get("lastFrame") is not None and instance.get("image") is None:
        raise Refused(400, "`lastFrame` needs `image`.")
    return tuple(frames)


def _read_references(given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= _MOST_REFERENCES:
        raise Refused(400, f"`referenceImages` takes 1 to {_MOST_REFERENCES} images.")
    references = [read_object(each, "referenceImages") for each in given]
    for fields in references:
        if str(fields.get("referenceType", "")).lower() != "asset":
            raise Refused(400, "`referenceType` must be asset.")
    return tuple(read_image(fields.get("image"), "referenceImages.image") for fields in references)
