"""Questions about tasks: one by its id or name, pages of them, and windows of time."""

import asyncio
from collections.abc import Iterable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from runner.sandbox.faults.spec import Fault
from runner.sandbox.kling import pagination as window
from runner.sandbox.kling.access import admit
from runner.sandbox.kling.codes import Refused
from runner.sandbox.kling.fields import WRONG, read_body
from runner.sandbox.kling.profiles import Profile, envelope, origin
from runner.sandbox.kling.records import SECOND_ROUTES, Record, record, second, wrapped
from runner.sandbox.kling.visibility import by_id, by_name, known, listed
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

_MOST_PAGE, _USUAL_PAGE, _MOST_PAGES = 500, 30, 1000


async def look(kind: str, world: World, profile: Profile, request: Request) -> Response:
    """Answer for one task, by its own route."""
    account = admit(world, profile, request)
    task = None if _struck(request, "vanished-task") else known(world, profile, account, request.path_params["id"])
    if profile.objects:
        return await _object(world, profile, request, task)
    if task is None or task.kind != kind:
        code = WRONG if world.faults.switch("unknown-as-1201") else 1203
        raise Refused(code, "The requested resource is not found")
    told = await record(world, profile, task, origin(request))
    return envelope(profile, {**told, **_twisted(request, "task_id")})


async def _object(world: World, profile: Profile, request: Request, task: Task | None) -> Response:
    """Answer from a gateway's own books: they hold the tasks of all routes."""
    if task is None:
        return JSONResponse({"code": "task_not_exist", "message": "task_not_exist", "data": None}, 400)
    told = await wrapped(world, profile, task, origin(request))
    return JSONResponse({"code": "success", "message": "", "data": told})


async def page(kind: str, world: World, profile: Profile, request: Request) -> Response:
    """Answer with one page of a route's tasks."""
    account = admit(world, profile, request)
    number, size = _number(request, "pageNum", 1, _MOST_PAGES), _number(request, "pageSize", _USUAL_PAGE, _MOST_PAGE)
    mine = _mine(world, profile, account, request, kind)
    if not _oldest_first(world):
        mine.reverse()
    shown, here = mine[(number - 1) * size : number * size], origin(request)
    return envelope(profile, await asyncio.gather(*(record(world, profile, task, here) for task in shown)))


def _number(request: Request, name: str, usual: int, most: int) -> int:
    value = request.query_params.get(name, str(usual))
    if not value.isdecimal() or not 1 <= int(value) <= most:
        raise Refused(WRONG, f"{name} value '{value}' is invalid")
    return int(value)


async def tasks(world: World, profile: Profile, request: Request) -> Response:
    """Answer for tasks by exactly one kind of name; one that is not known is left out."""
    account = admit(world, profile, request)
    ids, names = request.query_params.get("task_ids"), request.query_params.get("external_task_ids")
    if (ids is None) == (names is None):
        raise Refused(WRONG, "task_ids or external_task_ids is required")
    find = by_name if ids is None else by_id
    asked = [] if _struck(request, "vanished-task") else (ids or names or "").split(",")
    found = [task for task in (find(world, profile, account, name) for name in asked) if task]
    told = await _told(world, profile, request, found)
    return envelope(profile, [{**each, **_twisted(request, "id")} for each in told])


async def search(world: World, profile: Profile, request: Request) -> Response:
    """Answer with the second API's tasks of a window of time; an empty answer has no `result` at all."""
    account, asked = admit(world, profile, request), window.read(await read_body(request))
    mine = _mine(world, profile, account, request, *SECOND_ROUTES)
    shown, cursor = window.cut(asked, mine, oldest=_oldest_first(world))
    told: Record = {"count": len(shown), "has_more": bool(cursor)}
    if shown:
        told["result"] = await _told(world, profile, request, shown)
    return envelope(profile, {**told, **({"next_cursor": cursor} if cursor else {})})


def _mine(world: World, profile: Profile, account: str, request: Request, *kinds: str) -> list[Task]:
    """Return what a list is made of, oldest first."""
    gone = _struck(request, "vanished-task")
    return [] if gone else [task for task in listed(world, profile, account) if task.kind in kinds]


def _oldest_first(world: World) -> bool:
    return world.faults.switch("list-oldest-first") is not None


async def _told(world: World, profile: Profile, request: Request, found: Iterable[Task]) -> Sequence[Record]:
    return await asyncio.gather(*(second(world, profile, task, origin(request)) for task in found))


def _struck(request: Request, name: str) -> bool:
    fault = getattr(request.state, "fault", None)
    return isinstance(fault, Fault) and fault.name == name


def _twisted(request: Request, field: str) -> Record:
    """Return another task's id, if that is what the answer is to name."""
    return {field: "0" * 18} if _struck(request, "wrong-task-id") else {}
