"""kie's `record-info`: what is told of a task, with the odd shapes that clients have met."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from runner.sandbox.faults.task_effects import bound, failure
from runner.sandbox.kie.envelope import Refused
from runner.sandbox.kie.links import Links
from runner.sandbox.kie.submit import KEPT_SECONDS
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

Record = dict[str, object]


def known(world: World, identifier: str) -> Task:
    """Return a task that kie still tells about."""
    task = world.tasks.find(identifier)
    if task is None:
        raise Refused(422, "record is null")
    if world.clock.now() - task.created > KEPT_SECONDS:
        raise Refused(422, "Temporarily supports records within 14 days.")
    return task


async def record(world: World, task: Task, base: str) -> Record:
    """Return the data of a record: pending, failed, or done with links below `base`."""
    if not world.due(task):
        return _record(task)
    try:
        failed = failure(task) or await world.finished(task)
    except TimeoutError:
        return _record(task)
    world.settle(task)
    if failed is not None:
        return _record(task, successFlag=failed.flag, errorCode=failed.code, errorMessage=failed.message)
    return _record(task, successFlag=1, errorMessage="", response=_response(world, task, base))


def _record(task: Task, **news: object) -> Record:
    done = bool(news)
    pending: Record = {
        "taskId": task.id,
        "paramJson": json.dumps(_echo(task)),
        "completeTime": _time(task, task.due) if done else None,
        "response": None,
        "successFlag": 0,
        "errorCode": None,
        "errorMessage": None,
        "createTime": _time(task, task.created),
        "fallbackFlag": bound(task, "fallback-flag") is not None,
    }
    return {**pending, **news}


def _echo(task: Task) -> Record:
    """Return the request as kie repeats it: with its own spelling of the watermark."""
    fields = {**task.request}
    mark = fields.pop("watermark", None)
    return {**fields, **({"waterMark": mark} if mark else {})}


def _time(task: Task, moment: float) -> object:
    if bound(task, "times-as-text"):
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return round(moment * 1000)


def _response(world: World, task: Task, base: str) -> Record:
    links = Links(world=world, base=base)
    segment, whole = [links.link(task, "", task.due)], [links.link(task, "full", task.due)]
    extended = task.kind == "extend"
    if bound(task, "full-only"):
        segment = []
    if bound(task, "no-full") or not extended:
        whole = []
    if _withheld(world, task):
        segment, whole = [], []
    return {
        "taskId": task.id,
        "resultUrls": _urls(task, segment),
        "fullResultUrls": _urls(task, whole),
        "originUrls": None,
        "resolution": {"1920x1080": "1080p", "1080x1920": "1080p"}.get(task.size, "720p"),
        "hasAudioList": [bound(task, "no-audio") is None],
        "seeds": [task.request.get("seeds", 10_000 + int(task.id[:4], 16))],
    }


def _withheld(world: World, task: Task) -> bool:
    """Say whether success comes without links this time; counts the looks."""
    fault = bound(task, "success-without-url")
    if fault is None:
        return False
    world.tasks.save(replace(task, polls=task.polls + 1))
    return bool(fault.text("forever")) or task.polls < fault.number("polls", 1)


def _urls(task: Task, urls: list[str]) -> object:
    if not urls:
        return None
    return json.dumps(urls) if bound(task, "urls-as-json-string") else urls
