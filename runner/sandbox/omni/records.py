"""What the emulated Interactions API tells of an interaction."""

import base64
from dataclasses import replace

from runner.sandbox.faults.task_effects import bound, failure
from runner.sandbox.omni.submit import FILES
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

Record = dict[str, object]

_TOKENS_A_SECOND = 5792
_MOST_INLINE = 4 << 20
_BLOCKED = "The request was blocked by the content filter. Support codes: 64151117"


async def interaction(world: World, task: Task, base: str, *, inline: bool) -> Record:
    """Return an interaction; one that ended badly tells why in an `error` of its own."""
    running = _record(task, "in_progress")
    if not world.due(task):
        return running
    blocked = bound(task, "moderation-after-accept") is not None
    try:
        failed = None if blocked else failure(task) or await world.finished(task)
    except TimeoutError:
        return running
    world.settle(task)
    if blocked:
        return _record(task, "failed", error={"code": "content_blocked", "message": _BLOCKED})
    if failed is not None:
        code = "invalid_request" if failed.code == 400 else "internal"  # noqa: PLR2004
        return _record(task, "failed", error={"code": code, "message": failed.message})
    if _withheld(world, task):
        return _record(task, "completed")
    return await _completed(world, task, base, inline=inline)


async def _completed(world: World, task: Task, base: str, *, inline: bool) -> Record:
    video: Record = {"type": "video", "mime_type": "video/mp4"}
    if inline:
        content = (await world.file(task, whole=True)).read_bytes()
        if len(content) > _MOST_INLINE and _delivery(task) == "inline":
            error = {"code": "invalid_request", "message": "The video is larger than 4 MB: use delivery uri."}
            return _record(task, "failed", error=error)
        video["data"] = base64.b64encode(content).decode()
    else:
        video["uri"] = FILES.uri(task, base)
    tokens = round(task.shot.seconds * _TOKENS_A_SECOND)
    usage = {"output_tokens_by_modality": [{"modality": "video", "tokens": tokens}]}
    steps = [
        {"type": "user_input", "content": [{"type": "text", "text": "…"}]},
        {"type": "thought"},
        {"type": "model_output", "content": [video]},
    ]
    return _record(task, "completed", steps=steps, usage=usage)


def _delivery(task: Task) -> object:
    form = task.request.get("response_format")
    return form.get("delivery", "inline") if isinstance(form, dict) else "inline"


def _record(task: Task, status: str, **news: object) -> Record:
    return {"id": task.id, "object": "interaction", "status": status, "model": task.model, "steps": [], **news}


def _withheld(world: World, task: Task) -> bool:
    """Say whether success comes without a result this time; counts the looks."""
    fault = bound(task, "success-without-url")
    if fault is None:
        return False
    world.tasks.save(replace(task, polls=task.polls + 1))
    return bool(fault.text("forever")) or task.polls < fault.number("polls", 1)
