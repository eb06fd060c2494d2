"""What the emulated Gemini API tells of operations and files."""

from dataclasses import replace

from runner.sandbox.faults.task_effects import bound, failure
from runner.sandbox.gemini.submit import FILES
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

Record = dict[str, object]

_RESPONSE = "type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse"
_BLOCKED = (
    "Veo could not generate 1 videos based on the prompt provided. You will not be charged for this attempt."
    " Try rephrasing the prompt. Support codes: 64151117"
)


def name_of(task: Task) -> str:
    """Return the name of an operation."""
    return f"models/{task.model}/operations/{task.id}"


async def operation(world: World, task: Task, base: str) -> Record:
    """Return an operation; `done` is missing while it runs, a blocked result has no samples and no error."""
    running: Record = {"name": name_of(task)}
    if not world.due(task):
        return running
    if bound(task, "moderation-after-accept"):
        world.settle(task)
        held = {"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": [_BLOCKED]}
        return {**running, "done": True, "response": _response({"generateVideoResponse": held})}
    try:
        failed = failure(task) or await world.finished(task)
    except TimeoutError:
        return running
    world.settle(task)
    if failed is not None:
        return {**running, "done": True, "error": {"code": failed.code, "message": failed.message}}
    if _withheld(world, task):
        return {**running, "done": True, "response": _response({})}
    uri = FILES.uri(task, base)
    made = {"generatedSamples": [{"video": {"uri": uri}}]}
    return {**running, "done": True, "response": _response({"generateVideoResponse": made})}


def _response(fields: Record) -> Record:
    return {"@type": _RESPONSE, **fields}


def _withheld(world: World, task: Task) -> bool:
    """Say whether success comes without a result this time; counts the looks."""
    fault = bound(task, "success-without-url")
    if fault is None:
        return False
    world.tasks.save(replace(task, polls=task.polls + 1))
    return bool(fault.text("forever")) or task.polls < fault.number("polls", 1)
