"""The paid submit of the emulated Vertex AI: a generation, or the extension of a video in a bucket."""

import base64
import binascii
import re
import uuid
from dataclasses import replace

from runner.sandbox.faults.task_effects import failure
from runner.sandbox.google.errors import QUOTA, Refused
from runner.sandbox.google.parsing import Body, choice, only, table, whole
from runner.sandbox.google.veo import EXTENSION_SECONDS, SECONDS, SIZES, generation, halves, prompt_of
from runner.sandbox.stage.graph import RATE, Shot
from runner.sandbox.stage.label import read
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

PROVIDER = "vertex"
PRICES = {
    "veo-3.1-generate-001": {"720p": 0.40, "1080p": 0.40, "4k": 0.60},
    "veo-3.1-fast-generate-001": {"720p": 0.10, "1080p": 0.12, "4k": 0.30},
    "veo-3.1-lite-generate-001": {"720p": 0.05, "1080p": 0.08},
}
"""USD per second of new video, with sound."""
_LONGEST_INPUT = 30
_PARAMETERS = (
    *("storageUri", "sampleCount", "aspectRatio", "resolution", "durationSeconds", "generateAudio", "negativePrompt"),
    *("personGeneration", "seed", "enhancePrompt", "compressionQuality", "resizeMode", "fps", "pubsubTopic"),
)
_OBJECT = re.compile(r"gs://(?P<bucket>[a-z0-9._-]+)/(?:[^\s]*/)?(?P<task>[0-9a-f-]{36})/sample_0\.mp4")
_BUCKET = re.compile(r"gs://[a-z0-9][a-z0-9._-]+(?:/[^\s]*)?")


def submit(world: World, model: str, project: str, body: Body) -> Task:
    """Take on what a body asks for."""
    if model not in PRICES:
        raise Refused(
            404,
            f"Publisher Model `projects/{project}/locations/us-central1/publishers/google/models/{model}` was not found"
            " or your project does not have access to it. Please ensure you are using a valid model version.",
        )
    only(body, ("instances", "parameters", "labels"))
    instance, parameters = halves(body)
    only(parameters, _PARAMETERS)
    if not 1 <= (whole(parameters, "sampleCount") or 1) <= 4:  # noqa: PLR2004
        raise Refused(400, "`sampleCount` must be between 1 and 4.")
    _require_bucket(parameters)
    extending = instance.get("video") is not None
    task = _extension(world, model, instance, parameters) if extending else _generation(world, model, body)
    accepted = world.accept(replace(task, request=dict(body), project=project), task.kind)
    if accepted is None:
        raise Refused(429, QUOTA)
    return accepted


def _require_bucket(parameters: Body) -> None:
    place = parameters.get("storageUri")
    if place is None:
        return
    if not isinstance(place, str) or not _BUCKET.fullmatch(place):
        raise Refused(400, "`storageUri` must be a gs:// URI.")
    if place.startswith("gs://denied"):
        raise Refused(403, f"The service account does not have storage.objects.create access to {place}.")


def _generation(world: World, model: str, body: Body) -> Task:
    instance, parameters = halves(body)
    wish = generation(instance, parameters, PRICES[model], references="lite" not in model)
    price = PRICES[model][wish.resolution] * wish.seconds
    return replace(_new(world, "generate", model, wish.shot, price), size=wish.size)


def _extension(world: World, model: str, instance: Body, parameters: Body) -> Task:
    if any(instance.get(name) is not None for name in ("image", "lastFrame", "referenceImages")):
        raise Refused(400, "`video` cannot be combined with images.")
    resolution = choice(parameters, "resolution", PRICES[model], "720p")
    prompt_of(instance)
    video = table(instance["video"], "video")
    only(video, ("gcsUri", "bytesBase64Encoded", "mimeType"))
    if video.get("mimeType") != "video/mp4":
        raise Refused(400, "`mimeType` must be video/mp4.")
    content = video.get("bytesBase64Encoded")
    base = None if content else _source(world, video)
    last = base.shot if base else _given(content)
    shot = replace(last, hop=last.hop + 1, start=last.start + last.frames, frames=EXTENSION_SECONDS * RATE)
    task = _new(world, "extend", model, shot, PRICES[model][resolution] * EXTENSION_SECONDS)
    size = SIZES[resolution][last.aspect]
    if base is None:
        return replace(task, hop=last.hop + 1, given=last, size=size)
    return replace(task, hop=base.hop + 1, parent=base.id, size=size)


def _given(content: object) -> Shot:
    """Return what a video shows that came in the request; it has to be the sandbox's own, cut or not."""
    try:
        found = read(base64.b64decode(str(content), validate=True))
    except binascii.Error:
        raise Refused(400, "Invalid value at 'video.bytesBase64Encoded' (TYPE_BYTES), Base64 decoding failed") from None
    if found is None:
        raise Refused(400, "The sandbox extends videos that it made itself.")
    return found


def _source(world: World, video: Body) -> Task:
    uri = video.get("gcsUri")
    if not isinstance(uri, str):
        raise Refused(400, "`video` needs `gcsUri` or `bytesBase64Encoded`.")
    base = stored(world, uri)
    if base is None:
        raise Refused(404, f"The object {uri} was not found.")
    return base


def stored(world: World, uri: str) -> Task | None:
    """Return the finished task whose result lies at a ``gs://`` address."""
    found = _OBJECT.fullmatch(uri)
    task = world.tasks.find(found["task"]) if found else None
    own = task and task.provider == PROVIDER and world.due(task) and not failure(task)
    return task if task and own and uri == place_of(task) else None


def place_of(task: Task) -> str:
    """Return where a task's result lies; nothing if it comes in the answer."""
    parameters = table(task.request.get("parameters"), "parameters")
    place = parameters.get("storageUri")
    return f"{place.rstrip('/')}/{task.id}/sample_0.mp4" if isinstance(place, str) else ""


def trouble(world: World, task: Task) -> str:
    """Say what is found wrong with a request only once it runs."""
    parameters = table(task.request.get("parameters"), "parameters")
    seconds, extended = parameters.get("durationSeconds"), task.kind == "extend"
    allowed = (EXTENSION_SECONDS,) if extended else (8, 4, 6)
    if seconds is not None and seconds not in (allowed if extended else SECONDS):
        feature = "video_extension" if extended else "text_to_video"
        return (
            f"Unsupported output video duration {seconds} seconds, supported durations are {list(allowed)}"
            f" for feature {feature}."
        )
    shots = world.tasks.shots(task)
    if extended and sum(shot.seconds for shot in shots[:-1]) > _LONGEST_INPUT:
        return f"Input video must be between 1 and {_LONGEST_INPUT} seconds."
    if extended and not place_of(task):
        return "Generated video is large, an output storage uri is required."
    return ""


def _new(world: World, kind: str, model: str, shot: Shot, price: float) -> Task:
    now, price = world.clock.now(), round(price, 4)
    return Task(
        id=str(uuid.uuid4()), provider=PROVIDER, kind=kind, created=now, due=now + world.task_seconds,
        credits=price, usd=price, shot=shot, model=model,
    )  # fmt: skip
