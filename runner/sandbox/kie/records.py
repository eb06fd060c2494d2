"""kie's `record-info`: what is told of a task, its links, and the odd shapes that clients have met."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from runner.sandbox.faults.task_effects import carried_fault, find_failure
from runner.sandbox.kie.envelope import Refused
from runner.sandbox.kie.submit import KEPT_SECONDS
from runner.sandbox.media_routes import link_seconds
from runner.sandbox.tasks import Task
from runner.sandbox.world import World, withholds_result

Record = dict[str, object]

# Links of `download-url` are valid for 20 minutes (kie, docs of 2026-04).
_TEMPORARY_SECONDS = 20 * 60.0
_NAME = re.compile(r"(?P<task>[0-9a-f]{32})(?P<whole>-full)?_(?P<minted>\d{1,12})\.mp4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """What a link leads to, and when it expires."""

    task: str
    whole: bool
    expires: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Makes links below one address."""

    world: World
    base: str

    def link(self, task: Task, part: str, minted: float, *, temporary: bool = False) -> str:
        """Return a link to a task's segment, or to its whole film if `part` is ``full``."""
        name = f"{task.id}{f'-{part}' if part else ''}_{int(minted)}.mp4"
        query = f"?{signature(name)}" if self.world.faults.switch("signed-links") else ""
        return f"{self.base}/media/{'t' if temporary else 'v'}/{name}{query}"


def signature(name: str) -> str:
    """Return the query of a signed link, in the spellings that object stores use."""
    mark = sha256(f"sandbox {name}".encode()).hexdigest()
    return f"X-Goog-Signature={mark}&Expires={name[-14:-4]}&Signature=s{mark[:20]}&token=t{mark[20:40]}"


def read_link(world: World, kind: str, name: str) -> Asset | None:
    """Return what a link leads to by its kind and name; None if it is no link of the sandbox."""
    match = _NAME.fullmatch(name)
    if match is None or kind not in ("v", "t"):
        return None
    seconds = link_seconds(world) if kind == "v" else _TEMPORARY_SECONDS
    return Asset(task=match["task"], whole=bool(match["whole"]), expires=int(match["minted"]) + seconds)


def split_link(url: str) -> tuple[str, str] | None:
    """Return kind and name of a result link, wherever it is served; None for other addresses."""
    match = re.fullmatch(r"https?://[^/]+/kie/media/([vt])/([^/?#]+)(?:[?#].*)?", url)
    return (match[1], match[2]) if match else None


def find_task(world: World, identifier: str) -> Task:
    """Return a task whose record is still kept."""
    task = world.tasks.find(identifier)
    if task is None:
        raise Refused(422, "record is null")
    if world.clock.now() - task.created > KEPT_SECONDS:
        raise Refused(422, "Temporarily supports records within 14 days.")
    return task


async def build_record(world: World, task: Task, base: str) -> Record:
    """Return the data of a record: pending, failed, or done with links below `base`."""
    if not world.is_due(task):
        return _fields(task)
    try:
        failed = find_failure(task) or await world.wait_for_files(task)
    except TimeoutError:
        return _fields(task)
    world.settle(task)
    if failed is not None:
        return _fields(task, successFlag=failed.flag, errorCode=failed.code, errorMessage=failed.message)
    return _fields(task, successFlag=1, errorMessage="", response=_response(world, task, base))


def _fields(task: Task, **news: object) -> Record:
    done = bool(news)
    pending: Record = {
        "taskId": task.id,
        "paramJson": json.dumps(_echo_request(task)),
        "completeTime": _format_time(task, task.due) if done else None,
        "response": None,
        "successFlag": 0,
        "errorCode": None,
        "errorMessage": None,
        "createTime": _format_time(task, task.created),
        "fallbackFlag": carried_fault(task, "fallback-flag") is not None,
    }
    return {**pending, **news}


def _echo_request(task: Task) -> Record:
    """Return the request as kie repeats it: with its own spelling of the watermark (docs of 2026-04)."""
    fields = {**task.request}
    mark = fields.pop("watermark", None)
    return {**fields, **({"waterMark": mark} if mark else {})}


def _format_time(task: Task, moment: float) -> object:
    if carried_fault(task, "times-as-text"):
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return round(moment * 1000)


def _response(world: World, task: Task, base: str) -> Record:
    links = Links(world=world, base=base)
    # `resultUrls` is the new part and `fullResultUrls` the whole (kie, docs of 2026-04); a generation has no whole.
    segment, whole = [links.link(task, "", task.due)], [links.link(task, "full", task.due)]
    extended = task.kind == "extend"
    if carried_fault(task, "full-only"):
        segment = []
    if carried_fault(task, "no-full") or not extended:
        whole = []
    if withholds_result(world, task):
        segment, whole = [], []
    return {
        "taskId": task.id,
        "resultUrls": _format_urls(task, segment),
        "fullResultUrls": _format_urls(task, whole),
        "originUrls": None,
        "resolution": {"1920x1080": "1080p", "1080x1920": "1080p"}.get(task.size, "720p"),
        "hasAudioList": [carried_fault(task, "no-audio") is None],
        "seeds": [task.request.get("seeds", 10_000 + int(task.id[:4], 16))],
    }


def _format_urls(task: Task, urls: list[str]) -> object:
    if not urls:
        return None
    return json.dumps(urls) if carried_fault(task, "urls-as-json-string") else urls
