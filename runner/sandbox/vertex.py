"""Veo on Vertex AI, below `/vertex`: long-running operations, the storage's JSON API, and the sign-in."""

import base64
import binascii
import re
import secrets
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from runner.sandbox.faults.middleware import Handler, Names, has_fault, with_faults
from runner.sandbox.faults.task_effects import carried_fault, find_failure
from runner.sandbox.google.errors import QUOTA, Refused, check_token, refuse
from runner.sandbox.google.parsing import Body, check_fields, read_body, read_choice, read_integer, read_object
from runner.sandbox.google.veo import (
    EXTENSION_SECONDS,
    SECONDS,
    SIZES,
    fault_names,
    read_generation,
    read_prompt,
    split_body,
)
from runner.sandbox.media_routes import serve_file
from runner.sandbox.render.shot import RATE, Shot, read_label
from runner.sandbox.tasks import Task
from runner.sandbox.world import World, withholds_result

Record = dict[str, object]
Act = Callable[[World, Request], Awaitable[Response]]

PROVIDER = "vertex"
# Agent Platform pricing, checked on 2026-08-01; silent films cost less there, which the sandbox leaves out.
PRICES = {
    "veo-3.1-generate-001": {"720p": 0.40, "1080p": 0.40, "4k": 0.60},
    "veo-3.1-fast-generate-001": {"720p": 0.10, "1080p": 0.12, "4k": 0.30},
    "veo-3.1-lite-generate-001": {"720p": 0.05, "1080p": 0.08},
}
"""USD per second of new video, with sound."""
_SAMPLES = range(1, 5)
_LONGEST_INPUT = 30
_PARAMETERS = (
    *("storageUri", "sampleCount", "aspectRatio", "resolution", "durationSeconds", "generateAudio", "negativePrompt"),
    *("personGeneration", "seed", "enhancePrompt", "compressionQuality", "resizeMode", "fps", "pubsubTopic"),
)
_OBJECT = re.compile(r"gs://(?P<bucket>[a-z0-9._-]+)/(?:[^\s]*/)?(?P<task>[0-9a-f-]{36})/sample_0\.mp4")
_BUCKET = re.compile(r"gs://[a-z0-9][a-z0-9._-]+(?:/[^\s]*)?")
_RESPONSE = "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse"
_BLOCKED = (
    "Veo could not generate 1 videos based on the prompt provided. You will not be charged for this attempt."
    " Try rephrasing the prompt. Support codes: 42237218"
)
_INVALID = 3
"""INVALID_ARGUMENT in google.rpc.Code: operations count in gRPC's codes, not in HTTP's."""
_VEO = "/{version}/projects/{project}/locations/{location}/publishers/google/models/{model}"
_EXPRESS = "/{version}/publishers/google/models/{model}"


def vertex_routes(world: World) -> list[BaseRoute]:
    """Return every route of Vertex AI that the sandbox knows."""
    table: tuple[tuple[str, str, Names, Act], ...] = (
        ("POST", f"{_VEO}:predictLongRunning", fault_names, _answer_submit),
        ("POST", f"{_EXPRESS}:predictLongRunning", fault_names, _answer_submit),
        ("POST", f"{_VEO}:fetchPredictOperation", ("look",), _answer_operation),
        ("POST", f"{_EXPRESS}:fetchPredictOperation", ("look",), _answer_operation),
        ("GET", "/storage/v1/b/{bucket}/o/{object:path}", ("media",), _answer_object),
    )
    routes: list[BaseRoute] = [
        Route(path, with_faults(world.faults, names, refuse, _require_token(world, act)), methods=[method])
        for method, path, names, act in table
    ]
    return [
        *routes,
        Route("/token", with_faults(world.faults, ("token",), refuse, _answer_token), methods=["POST"]),
        Route("/{rest:path}", _answer_unknown, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]),
    ]


def _require_token(world: World, act: Act) -> Handler:
    """Return `act` for requests with a good token."""

    async def handle(request: Request) -> Response:
        check_token(request)
        return await act(world, request)

    return handle


async def _answer_unknown(_request: Request) -> Response:
    return refuse(Refused(404, "Requested entity was not found.").refusal)


async def _answer_token(_request: Request) -> Response:
    """Sign in any service account; the sandbox checks no signature."""
    token = f"ya29.{secrets.token_urlsafe(24)}"
    return JSONResponse({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})


async def _answer_submit(world: World, request: Request) -> Response:
    project = request.path_params.get("project", "express")
    if project.startswith("wrong"):
        raise Refused(403, f"Permission 'aiplatform.endpoints.predict' denied on resource '//projects/{project}'.")
    task = submit(world, request.path_params["model"], project, await read_body(request))
    return JSONResponse({"name": operation_name(task)})


async def _answer_operation(world: World, request: Request) -> Response:
    name = (await read_body(request)).get("operationName")
    known = isinstance(name, str) and not has_fault(request, "vanished-task")
    task = _find_task(world, str(name)) if known else None
    if task is None:
        raise Refused(404, "Requested entity was not found.")
    return JSONResponse(await describe_operation(world, task))


def _find_task(world: World, name: str) -> Task | None:
    task = world.tasks.find(name.rpartition("/")[2])
    return task if task and task.provider == PROVIDER and operation_name(task) == name else None


async def _answer_object(world: World, request: Request) -> Response:
    uri = f"gs://{request.path_params['bucket']}/{unquote(request.path_params['object'])}"
    task = find_stored(world, uri)
    if task is None:
        raise Refused(404, f"No such object: {uri.removeprefix('gs://')}")
    return serve_file(world, await world.render_result(task, whole=True))


def submit(world: World, model: str, project: str, body: Body) -> Task:
    """Accept and charge what a body asks for."""
    if model not in PRICES:
        raise Refused(
            404,
            f"Publisher Model `projects/{project}/locations/us-central1/publishers/google/models/{model}` was not found"
            " or your project does not have access to it. Please ensure you are using a valid model version.",
        )
    check_fields(body, ("instances", "parameters", "labels"))
    instance, parameters = split_body(body)
    check_fields(parameters, _PARAMETERS)
    if (read_integer(parameters, "sampleCount") or 1) not in _SAMPLES:
        raise Refused(400, "`sampleCount` must be between 1 and 4.")
    _require_bucket(parameters)
    extending = instance.get("video") is not None
    task = _extend(world, model, instance, parameters) if extending else _generate(world, model, body)
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


def _generate(world: World, model: str, body: Body) -> Task:
    instance, parameters = split_body(body)
    request = read_generation(instance, parameters, PRICES[model], references="lite" not in model)
    price = PRICES[model][request.resolution] * request.seconds
    return replace(_build_task(world, "generate", model, request.shot, price), size=request.size)


def _extend(world: World, model: str, instance: Body, parameters: Body) -> Task:
    if any(instance.get(name) is not None for name in ("image", "lastFrame", "referenceImages")):
        raise Refused(400, "`video` cannot be combined with images.")
    resolution = read_choice(parameters, "resolution", PRICES[model], "720p")
    read_prompt(instance)
    video = read_object(instance["video"], "video")
    check_fields(video, ("gcsUri", "bytesBase64Encoded", "mimeType"))
    if video.get("mimeType") != "video/mp4":
        raise Refused(400, "`mimeType` must be video/mp4.")
    content = video.get("bytesBase64Encoded")
    base = None if content else _find_source(world, video)
    last = base.shot if base else _read_inline_video(content)
    shot = replace(last, hop=last.hop + 1, start=last.start + last.frames, frames=EXTENSION_SECONDS * RATE)
    task = _build_task(world, "extend", model, shot, PRICES[model][resolution] * EXTENSION_SECONDS)
    size = SIZES[resolution][last.aspect]
    if base is None:
        return replace(task, hop=last.hop + 1, given=last, size=size)
    return replace(task, hop=base.hop + 1, parent=base.id, size=size)


def _read_inline_video(content: object) -> Shot:
    """Return what a video in the request shows; it has to be the sandbox's own, cut or not."""
    try:
        found = read_label(base64.b64decode(str(content), validate=True))
    except binascii.Error:
        raise Refused(400, "Invalid value at 'video.bytesBase64Encoded' (TYPE_BYTES), Base64 decoding failed") from None
    if found is None:
        raise Refused(400, "The sandbox extends videos that it made itself.")
    return found


def _find_source(world: World, video: Body) -> Task:
    uri = video.get("gcsUri")
    if not isinstance(uri, str):
        raise Refused(400, "`video` needs `gcsUri` or `bytesBase64Encoded`.")
    base = find_stored(world, uri)
    if base is None:
        raise Refused(404, f"The object {uri} was not found.")
    return base


def find_stored(world: World, uri: str) -> Task | None:
    """Return the finished task whose result is stored at a ``gs://`` address."""
    found = _OBJECT.fullmatch(uri)
    task = world.tasks.find(found["task"]) if found else None
    own = task and task.provider == PROVIDER and world.is_due(task) and not find_failure(task)
    return task if task and own and uri == storage_uri(task) else None


def storage_uri(task: Task) -> str:
    """Return where a task's result is stored; empty if it comes in the answer."""
    parameters = read_object(task.request.get("parameters"), "parameters")
    place = parameters.get("storageUri")
    return f"{place.rstrip('/')}/{task.id}/sample_0.mp4" if isinstance(place, str) else ""


def find_deferred_error(world: World, task: Task) -> str:
    """Return what is found wrong with a request only once it runs, empty if nothing is."""
    # Each of the three was seen in operations, not in answers to submits (clients of 2026).
    parameters = read_object(task.request.get("parameters"), "parameters")
    seconds, extended = parameters.get("durationSeconds"), task.kind == "extend"
    # In this order the service lists them.
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
    if extended and not storage_uri(task):
        return "Generated video is large, an output storage uri is required."
    return ""


def _build_task(world: World, kind: str, model: str, shot: Shot, price: float) -> Task:
    now, price = world.clock.now(), round(price, 4)
    return Task(
        id=str(uuid.uuid4()), provider=PROVIDER, kind=kind, created=now, due=now + world.task_seconds,
        credits=price, usd=price, shot=shot, model=model,
    )  # fmt: skip


def operation_name(task: Task) -> str:
    """Return the name of an operation."""
    # The documents list us-central1 alone for Veo.
    place = f"projects/{task.project}/locations/us-central1/publishers/google/models/{task.model}"
    return f"{place}/operations/{task.id}"


async def describe_operation(world: World, task: Task) -> Record:
    """Return an operation; what a filter held back stands beside the videos, not as an error."""
    # The fields of a blocked film stand directly under `response` here, unlike on the Gemini API (image-router#41).
    running: Record = {"name": operation_name(task)}
    if not world.is_due(task):
        return running
    try:
        return {**running, "done": True, **await _describe_end(world, task)}
    except TimeoutError:
        return running


async def _describe_end(world: World, task: Task) -> Record:
    """Return the end of an operation: its response or its error."""
    wrong = find_deferred_error(world, task)
    if wrong:
        world.refund(task)
        return {"error": {"code": _INVALID, "message": wrong}}
    blocked = carried_fault(task, "moderation-after-accept") is not None
    failed = None if blocked else find_failure(task) or await world.wait_for_files(task)
    world.settle(task)
    if blocked:
        return _response({"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": [_BLOCKED]})
    if failed is not None:
        return {"error": {"code": failed.code, "message": failed.message}}
    if withholds_result(world, task):
        return _response({})
    return _response({"raiMediaFilteredCount": 0, "videos": [{**await _video(world, task), "mimeType": "video/mp4"}]})


def _response(fields: Record) -> Record:
    return {"response": {"@type": _RESPONSE, **fields}}


async def _video(world: World, task: Task) -> Record:
    """Return where the video is stored, or the video itself."""
    if storage_uri(task):
        return {"gcsUri": storage_uri(task)}
    return {"bytesBase64Encoded": base64.b64encode((await world.render_result(task, whole=True)).read_bytes()).decode()}
