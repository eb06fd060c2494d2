"""Questions that cost nothing: one task by its id or name, pages of them, windows of time, and the account."""

import asyncio
import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from runner.sandbox.faults.middleware import has_fault
from runner.sandbox.kling.access import check_access, find_by_id, find_by_id_or_name, find_by_name, list_tasks
from runner.sandbox.kling.catalog import Profile
from runner.sandbox.kling.parsing import INVALID, Body, read_body, read_text
from runner.sandbox.kling.records import V2_ROUTES, Record, build_gateway_record, build_record, build_v2_record
from runner.sandbox.kling.replies import Refused, envelope, origin
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

# Kling's table of list parameters (English docs, 2026-02), and of `POST /tasks` (probed on 2026-07-30).
_MOST_PAGE, _USUAL_PAGE, _MOST_PAGES = 500, 30, 1000


async def answer_task(kind: str, world: World, profile: Profile, request: Request) -> Response:
    """Answer about one task, on its own route."""
    account = check_access(world, profile, request)
    known = not has_fault(request, "vanished-task")
    task = find_by_id_or_name(world, profile, account, request.path_params["id"]) if known else None
    if profile.objects:
        return await _answer_from_gateway(world, profile, request, task)
    # A task is known on the route that made it only (clients, 2026); what an unknown id gives is documented nowhere.
    if task is None or task.kind != kind:
        code = INVALID if world.faults.switch("unknown-as-1201") else 1203
        raise Refused(code, "The requested resource is not found")
    record = await build_record(world, profile, task, origin(request))
    return envelope(profile, {**record, **_wrong_id(request, "task_id")})


async def _answer_from_gateway(world: World, profile: Profile, request: Request, task: Task | None) -> Response:
    """Answer from a gateway's own table of tasks, which knows no routes."""
    if task is None:
        return JSONResponse({"code": "task_not_exist", "message": "task_not_exist", "data": None}, 400)
    record = await build_gateway_record(world, profile, task, origin(request))
    return JSONResponse({"code": "success", "message": "", "data": record})


async def answer_page(kind: str, world: World, profile: Profile, request: Request) -> Response:
    """Answer with one page of a route's tasks."""
    account = check_access(world, profile, request)
    number, size = (
        _read_number(request, "pageNum", 1, _MOST_PAGES),
        _read_number(request, "pageSize", _USUAL_PAGE, _MOST_PAGE),
    )
    mine = _list_own(world, profile, account, request, kind)
    if not _oldest_first(world):
        # Kling documents no order; newest first is an assumption, and `list-oldest-first` the other one.
        mine.reverse()
    shown, here = mine[(number - 1) * size : number * size], origin(request)
    return envelope(profile, await asyncio.gather(*(build_record(world, profile, task, here) for task in shown)))


def _read_number(request: Request, name: str, usual: int, most: int) -> int:
    value = request.query_params.get(name, str(usual))
    if not value.isdecimal() or not 1 <= int(value) <= most:
        raise Refused(INVALID, f"{name} value '{value}' is invalid")
    return int(value)


async def answer_tasks(world: World, profile: Profile, request: Request) -> Response:
    """Answer about tasks by exactly one kind of name; unknown ones are left out."""
    account = check_access(world, profile, request)
    ids, names = request.query_params.get("task_ids"), request.query_params.get("external_task_ids")
    if (ids is None) == (names is None):
        raise Refused(INVALID, "task_ids or external_task_ids is required")
    find = find_by_name if ids is None else find_by_id
    asked = [] if has_fault(request, "vanished-task") else (ids or names or "").split(",")
    found = [task for task in (find(world, profile, account, name) for name in asked) if task]
    records = await _build_records(world, profile, request, found)
    return envelope(profile, [{**each, **_wrong_id(request, "id")} for each in records])


async def answer_search(world: World, profile: Profile, request: Request) -> Response:
    """Answer with the second API's tasks of a window of time; an empty answer has no `result` at all."""
    account, asked = check_access(world, profile, request), read_window(await read_body(request))
    mine = _list_own(world, profile, account, request, *V2_ROUTES)
    shown, cursor = select_page(asked, mine, oldest=_oldest_first(world))
    answer: Record = {"count": len(shown), "has_more": bool(cursor)}
    if shown:
        # `result` is left out when there are no tasks (probed on 2026-07-30).
        answer["result"] = await _build_records(world, profile, request, shown)
    return envelope(profile, {**answer, **({"next_cursor": cursor} if cursor else {})})


def _list_own(world: World, profile: Profile, account: str, request: Request, *kinds: str) -> list[Task]:
    """Return the tasks of an account for a list, oldest first."""
    gone = has_fault(request, "vanished-task")
    return [] if gone else [task for task in list_tasks(world, profile, account) if task.kind in kinds]


def _oldest_first(world: World) -> bool:
    return world.faults.switch("list-oldest-first") is not None


async def _build_records(world: World, profile: Profile, request: Request, found: Iterable[Task]) -> Sequence[Record]:
    return await asyncio.gather(*(build_v2_record(world, profile, task, origin(request)) for task in found))


def _wrong_id(request: Request, field: str) -> Record:
    """Return the id of another task for this field, if a fault asks for that."""
    return {field: "0" * 18} if has_fault(request, "wrong-task-id") else {}


_MOST_TASKS, _USUAL_TASKS = 500, 30
_ENDLESS = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The window that is asked for: milliseconds from `start` to `end`, inclusive, and where the last answer ended."""

    start: int
    end: int
    limit: int
    last: tuple[float, str] | None = None


def read_window(body: Body) -> Window:
    """Read a request; a cursor carries its own window. Kling documents no filters, so none is applied."""
    if not isinstance(body.get("filters", {}), dict | list):
        raise Refused(INVALID, "filters value is invalid")
    limit = _read_body_number(body, "limit", _USUAL_TASKS)
    if not 1 <= limit <= _MOST_TASKS:
        raise Refused(INVALID, f"limit value '{limit}' is invalid")
    cursor = read_text(body, "cursor")
    if cursor:
        return replace(_decode_cursor(cursor), limit=limit)
    window = Window(
        start=_read_body_number(body, "start_time", 0), end=_read_body_number(body, "end_time", _ENDLESS), limit=limit
    )
    if not 0 <= window.start <= window.end:
        raise Refused(INVALID, "start_time must not be after end_time")
    return window


def select_page(window: Window, tasks: Iterable[Task], *, oldest: bool) -> tuple[Sequence[Task], str]:
    """Return the tasks to show, newest or oldest first, and the cursor to the next ones; empty if that is all."""
    inside = [task for task in tasks if window.start <= round(task.created * 1000) <= window.end]
    left = sorted((task for task in inside if _follows(task, window, oldest=oldest)), key=_sort_key, reverse=not oldest)
    shown = left[: window.limit]
    return shown, _encode_cursor(replace(window, last=_sort_key(shown[-1]))) if len(left) > len(shown) else ""


def _sort_key(task: Task) -> tuple[float, str]:
    return task.created, task.id


def _follows(task: Task, window: Window, *, oldest: bool) -> bool:
    """Say whether a task comes after what was shown; the last one shown may be removed by now."""
    if window.last is None:
        return True
    return _sort_key(task) > window.last if oldest else _sort_key(task) < window.last


def _read_body_number(body: Body, name: str, usual: int) -> int:
    value = body.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(INVALID, f"{name} value '{value}' is invalid")
    return value


def _encode_cursor(window: Window) -> str:
    return base64.urlsafe_b64encode(json.dumps([window.start, window.end, *(window.last or ())]).encode()).decode()


def _decode_cursor(cursor: str) -> Window:
    try:
        start, end, created, task = json.loads(base64.urlsafe_b64decode(cursor))
        return Window(start=int(start), end=int(end), limit=_USUAL_TASKS, last=(float(created), str(task)))
    except (ValueError, TypeError, binascii.Error):
        raise Refused(INVALID, "cursor value is invalid") from None


_NAME = "sandbox"
_DAY = 24 * 3600 * 1000
_BOUGHT, _LASTS = 30 * _DAY, 90 * _DAY


async def answer_costs(world: World, profile: Profile, request: Request) -> Response:
    """Answer with the packages of a window of time; the sandbox's is in every window."""
    check_access(world, profile, request)
    if _read_moment(request, "start_time") > _read_moment(request, "end_time"):
        raise Refused(INVALID, "start_time must not be after end_time")
    wanted = request.query_params.get("resource_pack_name") or _NAME
    packs = [_describe_pack(world, profile)] if wanted == _NAME else []
    return envelope(profile, {"code": 0, "msg": "SUCCEED", "resource_pack_subscribe_infos": packs})


def _read_moment(request: Request, name: str) -> int:
    value = request.query_params.get(name, "")
    if not value.isdecimal():
        raise Refused(INVALID, f"{name} value '{value}' is invalid" if value else f"{name} can not be null")
    return int(value)


def _describe_pack(world: World, profile: Profile) -> dict[str, object]:
    """Return the package; the day it was bought moves with the clock, so that it never ends."""
    left = world.balance(profile.name)
    bought = round(world.clock.now() * 1000) // _DAY * _DAY - _BOUGHT
    return {
        "resource_pack_name": _NAME,
        "resource_pack_id": _NAME,
        "resource_pack_type": "decreasing_total",
        "total_quantity": left + world.ledger.spent(profile.name),
        "remaining_quantity": left,
        "purchase_time": bought,
        "effective_time": bought,
        "invalid_time": bought + _LASTS,
        "status": "online" if left > 0 else "runOut",
    }
