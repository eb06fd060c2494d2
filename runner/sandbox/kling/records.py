"""Records of tasks: as Kling writes them, as a gateway does, and as Kling's second API does."""

import hashlib
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from runner.sandbox.faults.task_effects import carried_fault, find_failure
from runner.sandbox.kling.access import KEPT_SECONDS, video_id
from runner.sandbox.kling.catalog import Profile, base_path
from runner.sandbox.kling.replies import request_id
from runner.sandbox.tasks import Task
from runner.sandbox.world import World, withholds_result

Record = dict[str, object]
V2_ROUTES = ("text-to-video", "image-to-video", "omni-video")
"""The routes of the second API, which are also the kinds of its tasks."""
_OUTER = {"submitted": "SUBMITTED", "processing": "IN_PROGRESS", "succeed": "SUCCESS", "failed": "FAILURE"}
_PROGRESS = {"submitted": "10%", "processing": "50%", "succeed": "100%", "failed": "100%"}
_PATIENCE = 1.0
"""Seconds for which a poll waits for a rendering: Kling's own client waits 5 s for an answer."""
# The text that a failed task had for its content (seen; a retry sometimes passes).
_RISK = "Failure to pass the risk control system"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatus:
    """The status of a task, and what comes along with it; `empty` is a success without a result."""

    status: str
    words: str = ""
    empty: bool = False
    at: float = 0.0


async def poll_status(world: World, task: Task) -> TaskStatus:
    """Return the status of a task and count this as a poll."""
    status = await read_status(world, task)
    return replace(status, empty=withholds_result(world, task)) if status.status == "succeed" else status


async def read_status(world: World, task: Task) -> TaskStatus:
    """Return the status of a task; a failure comes with HTTP 200 and code 0 like any other answer."""
    now = world.clock.now()
    odd = carried_fault(task, "status-word")
    if odd and not world.is_due(task):
        return TaskStatus(status=odd.text("word"), at=now)
    if not world.is_due(task):
        # A quarter of the task's time is the queue; a slot is taken from `submitted` on.
        begun = now - task.created > (task.due - task.created) / 4
        return TaskStatus(status="processing" if begun else "submitted", at=now if begun else task.created)
    try:
        failed = find_failure(task) or await world.wait_for_files(task, patience=_PATIENCE)
    except TimeoutError:
        return TaskStatus(status="processing", at=now)
    world.settle(task)
    if failed is not None:
        words = _RISK if carried_fault(task, "moderation-after-accept") else failed.message
        return TaskStatus(status="failed", words=words, at=task.due)
    return TaskStatus(status="succeed", empty=carried_fault(task, "success-without-url") is not None, at=task.due)


def format_created(task: Task, *, dated: bool = True) -> Record:
    """Return the data of the answer to a submit."""
    record: Record = {"task_id": task.id, "task_status": "submitted"}
    if dated:
        record |= {"created_at": round(task.created * 1000), "updated_at": round(task.created * 1000)}
    return record | ({"task_info": {"external_task_id": task.name}} if task.name else {})


async def build_record(world: World, profile: Profile, task: Task, origin: str) -> Record:
    """Return the data of an answer about one task."""
    return format_record(world, profile, task, origin, await poll_status(world, task))


def format_record(world: World, profile: Profile, task: Task, origin: str, status: TaskStatus) -> Record:
    """Return a task in this status as Kling writes it."""
    info: Record = {"external_task_id": task.name} if task.name else {}
    before = world.tasks.find(task.parent) if profile.official and task.parent else None
    if before:
        info["parent_video"] = _format_video(world, profile, before, origin)
    result: Record = {}
    if status.status == "succeed":
        videos = [] if status.empty else [_format_video(world, profile, task, origin)]
        result = {"images": [], "videos": videos, "audios": []}
    extra: Record = {"task_info": info} if profile.official else {}
    if profile.official and status.status == "succeed":
        extra["final_unit_deduction"] = f"{task.credits:g}"
    return {
        "task_id": task.id,
        "task_status": status.status,
        "task_status_msg": status.words,
        "task_result": result,
        "created_at": round(task.created * 1000),
        "updated_at": round(status.at * 1000),
        **extra,
    }


async def build_gateway_record(world: World, profile: Profile, task: Task, origin: str) -> Record:
    """Return a gateway's own object around Kling's answer; the link to the result stands in `fail_reason`."""
    # So new-api does it, and of a failure it keeps Kling's message, which is "SUCCEED" (read 2026-07-07; PR 2532).
    inner = await build_record(world, profile, task, origin)
    status = str(inner["task_status"])
    answer = {"code": 0, "message": "SUCCEED", "request_id": request_id(), "data": inner}
    stale = carried_fault(task, "stale-inside") is not None
    if stale:
        # Before its first refresh a gateway repeats the answer to the submit.
        answer["data"] = format_created(task)
    reason = ""
    if status == "failed":
        reason = "SUCCEED"
    elif status == "succeed" and inner["task_result"] and not _has_no_video(inner):
        reason = _sign_link(world, profile, task, origin)
    return {
        "task_id": task.id,
        "action": "generate",
        "status": _OUTER.get(status, status.upper()),
        "fail_reason": reason,
        "submit_time": round(task.created),
        "start_time": round(task.created),
        "finish_time": round(task.due) if status in ("succeed", "failed") else 0,
        "progress": _PROGRESS.get(status, "20%"),
        "data": answer,
    }


async def build_v2_record(world: World, profile: Profile, task: Task, origin: str) -> Record:
    """Return the data of the second API's answer about one task."""
    return format_v2_record(world, profile, task, origin, await poll_status(world, task))


def format_v2_record(world: World, profile: Profile, task: Task, origin: str, status: TaskStatus) -> Record:
    """Return a task in this status as the second API writes it."""
    outputs = []
    if status.status == "succeed" and not status.empty:
        outputs = [{"type": "video", **_format_video(world, profile, task, origin)}]
    return {
        "id": task.id,
        "external_id": task.name or None,
        "status": {"succeed": "succeeded"}.get(status.status, status.status),
        "message": status.words,
        "create_time": round(task.created * 1000),
        "update_time": round(status.at * 1000),
        "outputs": outputs,
        "billing": [{"charge_type": "unit", "amount": f"{task.credits:g}", "package_type": "video"}],
    }


def _has_no_video(inner: Record) -> bool:
    result = inner["task_result"]
    return not (isinstance(result, dict) and result.get("videos"))


def _format_video(world: World, profile: Profile, task: Task, origin: str) -> Record:
    shots = world.tasks.shots(task)
    seconds = sum(shot.seconds for shot in (shots[-1:] if task.alone else shots))
    video: Record = {
        "id": video_id(task),
        "url": _sign_link(world, profile, task, origin),
        "duration": f"{round(seconds, 3):g}",
    }
    marked = task.request.get("watermark_info")
    if isinstance(marked, dict) and marked.get("enabled"):
        video["watermark_url"] = _sign_link(world, profile, task, origin)
    return video


def _sign_link(world: World, profile: Profile, task: Task, origin: str) -> str:
    switch = world.faults.switch("link-seconds")
    seconds = switch.number("seconds", KEPT_SECONDS) if switch else KEPT_SECONDS
    # `Expires` was exactly 30 days after `updated_at` in a real answer (2025-12).
    expires = int(task.due + seconds)
    query = {"x-kcdn-pid": "112372", "Expires": expires, "Signature": signature(task.id, expires), "Key-Pair-Id": "K1"}
    return f"{origin}{base_path(profile)}/bs2/upload-ylab-stunt-sgp/muse/{task.id}.mp4?{urlencode(query)}"


def signature(task: str, expires: int) -> str:
    """Return what makes a link to a task's video good until then."""
    return hashlib.sha256(f"sandbox {task} {expires}".encode()).hexdigest()[:40]
