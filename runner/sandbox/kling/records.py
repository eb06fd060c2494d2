"""What is told of a task: by Kling, by a gateway in its own words, and by Kling's second API."""

import hashlib
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from runner.sandbox.faults.task_effects import bound, failure
from runner.sandbox.kling.profiles import Profile, base_path, request_id
from runner.sandbox.kling.visibility import KEPT_SECONDS, video_of
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

Record = dict[str, object]
SECOND_ROUTES = ("text-to-video", "image-to-video", "omni-video")
"""The routes of the second API, which are also the kinds of its tasks."""
_OUTER = {"submitted": "SUBMITTED", "processing": "IN_PROGRESS", "succeed": "SUCCESS", "failed": "FAILURE"}
_PROGRESS = {"submitted": "10%", "processing": "50%", "succeed": "100%", "failed": "100%"}
_PATIENCE = 1.0
"""Seconds for which a look waits for a rendering: Kling's own client waits 5 s for an answer."""
_RISK = "Failure to pass the risk control system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a task stands."""

    status: str
    words: str = ""
    empty: bool = False
    at: float = 0.0


async def standing(world: World, task: Task) -> Told:
    """Return how a task stands to whoever looks at it, which counts."""
    told = await state(world, task)
    return replace(told, empty=_withheld(world, task)) if told.status == "succeed" else told


async def state(world: World, task: Task) -> Told:
    """Return how a task stands; a failure comes with HTTP 200 and code 0 like any other answer."""
    now = world.clock.now()
    odd = bound(task, "status-word")
    if odd and not world.due(task):
        return Told(status=odd.text("word"), at=now)
    if not world.due(task):
        begun = now - task.created > (task.due - task.created) / 4
        return Told(status="processing" if begun else "submitted", at=now if begun else task.created)
    try:
        failed = failure(task) or await world.finished(task, patience=_PATIENCE)
    except TimeoutError:
        return Told(status="processing", at=now)
    world.settle(task)
    if failed is not None:
        words = _RISK if bound(task, "moderation-after-accept") else failed.message
        return Told(status="failed", words=words, at=task.due)
    return Told(status="succeed", empty=bound(task, "success-without-url") is not None, at=task.due)


def created(task: Task, *, dated: bool = True) -> Record:
    """Return the data of the answer to a submit."""
    record: Record = {"task_id": task.id, "task_status": "submitted"}
    if dated:
        record |= {"created_at": round(task.created * 1000), "updated_at": round(task.created * 1000)}
    return record | ({"task_info": {"external_task_id": task.name}} if task.name else {})


async def record(world: World, profile: Profile, task: Task, origin: str) -> Record:
    """Return the data of an answer about one task."""
    return described(world, profile, task, origin, await standing(world, task))


def described(world: World, profile: Profile, task: Task, origin: str, told: Told) -> Record:
    """Return a task that stands so."""
    info: Record = {"external_task_id": task.name} if task.name else {}
    before = world.tasks.find(task.parent) if profile.official and task.parent else None
    if before:
        info["parent_video"] = _video(world, profile, before, origin)
    result: Record = {}
    if told.status == "succeed":
        videos = [] if told.empty else [_video(world, profile, task, origin)]
        result = {"images": [], "videos": videos, "audios": []}
    extra: Record = {"task_info": info} if profile.official else {}
    if profile.official and told.status == "succeed":
        extra["final_unit_deduction"] = f"{task.credits:g}"
    return {
        "task_id": task.id,
        "task_status": told.status,
        "task_status_msg": told.words,
        "task_result": result,
        "created_at": round(task.created * 1000),
        "updated_at": round(told.at * 1000),
        **extra,
    }


async def wrapped(world: World, profile: Profile, task: Task, origin: str) -> Record:
    """Return a gateway's own object around Kling's answer; the link to the result stands where failures are told."""
    inner = await record(world, profile, task, origin)
    status = str(inner["task_status"])
    told = {"code": 0, "message": "SUCCEED", "request_id": request_id(), "data": inner}
    stale = bound(task, "stale-inside") is not None
    if stale:
        told["data"] = created(task)
    reason = ""
    if status == "failed":
        reason = "SUCCEED"
    elif status == "succeed" and inner["task_result"] and not _empty(inner):
        reason = _link(world, profile, task, origin)
    return {
        "task_id": task.id,
        "action": "generate",
        "status": _OUTER.get(status, status.upper()),
        "fail_reason": reason,
        "submit_time": round(task.created),
        "start_time": round(task.created),
        "finish_time": round(task.due) if status in ("succeed", "failed") else 0,
        "progress": _PROGRESS.get(status, "20%"),
        "data": told,
    }


async def second(world: World, profile: Profile, task: Task, origin: str) -> Record:
    """Return a task as the second API tells it."""
    return described_second(world, profile, task, origin, await standing(world, task))


def described_second(world: World, profile: Profile, task: Task, origin: str, told: Told) -> Record:
    """Return a task that stands so, as the second API tells it."""
    outputs = []
    if told.status == "succeed" and not told.empty:
        outputs = [{"type": "video", **_video(world, profile, task, origin)}]
    return {
        "id": task.id,
        "external_id": task.name or None,
        "status": {"succeed": "succeeded"}.get(told.status, told.status),
        "message": told.words,
        "create_time": round(task.created * 1000),
        "update_time": round(told.at * 1000),
        "outputs": outputs,
        "billing": [{"charge_type": "unit", "amount": f"{task.credits:g}", "package_type": "video"}],
    }


def _empty(inner: Record) -> bool:
    result = inner["task_result"]
    return not (isinstance(result, dict) and result.get("videos"))


def _video(world: World, profile: Profile, task: Task, origin: str) -> Record:
    shots = world.tasks.shots(task)
    seconds = sum(shot.seconds for shot in (shots[-1:] if task.alone else shots))
    video: Record = {
        "id": video_of(task),
        "url": _link(world, profile, task, origin),
        "duration": f"{round(seconds, 3):g}",
    }
    marked = task.request.get("watermark_info")
    if isinstance(marked, dict) and marked.get("enabled"):
        video["watermark_url"] = _link(world, profile, task, origin)
    return video


def _link(world: World, profile: Profile, task: Task, origin: str) -> str:
    switch = world.faults.switch("link-seconds")
    lives = switch.number("seconds", KEPT_SECONDS) if switch else KEPT_SECONDS
    expires = int(task.due + lives)
    query = {"x-kcdn-pid": "112372", "Expires": expires, "Signature": signature(task.id, expires), "Key-Pair-Id": "K1"}
    return f"{origin}{base_path(profile)}/bs2/upload-ylab-stunt-sgp/muse/{task.id}.mp4?{urlencode(query)}"


def signature(task: str, expires: int) -> str:
    """Return what makes a link to a task's video good until then."""
    return hashlib.sha256(f"sandbox {task} {expires}".encode()).hexdigest()[:40]


def _withheld(world: World, task: Task) -> bool:
    """Say whether success comes without links this time; counts the looks."""
    fault = bound(task, "success-without-url")
    if fault is None:
        return False
    world.tasks.save(replace(task, polls=task.polls + 1))
    return bool(fault.text("forever")) or task.polls < fault.number("polls", 1)
