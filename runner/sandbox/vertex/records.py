"""What the emulated Vertex AI tells of operations."""

import base64
from dataclasses import replace

from runner.sandbox.faults.task_effects import bound, failure
from runner.sandbox.tasks import Task
from runner.sandbox.vertex.submit import place_of, trouble
from runner.sandbox.world import World

Record = dict[str, object]

_RESPONSE = "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse"
_BLOCKED = (
    "Veo could not generate 1 videos based on the prompt provided. You will not be charged for this attempt."
    " Try rephrasing the prompt. Support codes: 42237218"
)
_INVALID = 3


def name_of(task: Task) -> str:
    """Return the name of an operation."""
    place = f"projects/{task.project}/locations/us-central1/publishers/google/models/{task.model}"
    return f"{place}/operations/{task.id}"


async def operation(world: World, task: Task) -> Record:
    """Return an operation; what a filter held back stands beside the videos, not as an error."""
    running: Record = {"name": name_of(task)}
    if not world.due(task):
        return running
    try:
        return {**running, "done": True, **await _end(world, task)}
    except TimeoutError:
        return running


async def _end(world: World, task: Task) -> Record:
    """Return how a task ended."""
    wrong = trouble(world, task)
    if wrong:
        world.refund(task)
        return {"error": {"code": _INVALID, "message": wrong}}
    blocked = bound(task, "moderation-after-accept") is not None
    failed = None if blocked else failure(task) or await world.finished(task)
    world.settle(task)
    if blocked:
        return _response({"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": [_BLOCKED]})
    if failed is not None:
        return {"error": {"code": failed.code, "message": failed.message}}
    if _withheld(world, task):
        return _response({})
    return _response({"raiMediaFilteredCount": 0, "videos": [{**await _video(world, task), "mimeType": "video/mp4"}]})


def _response(fields: Record) -> Record:
    return {"response": {"@type": _RESPONSE, **fields}}


async def _video(world: World, task: Task) -> Record:
    """Say where the video lies, or give it."""
    if place_of(task):
        return {"gcsUri": place_of(task)}
    return {"bytesBase64Encoded": base64.b64encode((await world.file(task, whole=True)).read_bytes()).decode()}


def _withheld(world: World, task: Task) -> bool:
    """Say whether success comes without a result this time; counts the looks."""
    fault = bound(task, "success-without-url")
    if fault is None:
        return False
    world.tasks.save(replace(task, polls=task.polls + 1))
    return bool(fault.text("forever")) or task.polls < fault.number("polls", 1)
