"""The routes of Kling and of the gateways that speak after it."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from runner.sandbox.door import Handler, guarded
from runner.sandbox.faults import Fault
from runner.sandbox.kling import second
from runner.sandbox.kling.access import admit
from runner.sandbox.kling.intake import WRONG, read_body
from runner.sandbox.kling.profiles import Profile, envelope, refuser
from runner.sandbox.kling.records import created, record, signature, wrapped
from runner.sandbox.kling.records import second as told_second
from runner.sandbox.kling.submit import extend, known, make
from runner.sandbox.kling.words import Refused
from runner.sandbox.media import serve_file
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

Act = Callable[[World, Profile, Request], Awaitable[Response]]
_KINDS = ("text2video", "image2video", "video-extend")
_SECOND = ("text-to-video", "image-to-video", "omni-video")
_MOST_PAGE, _USUAL_PAGE, _MOST_PAGES = 500, 30, 1000


def kling_routes(world: World, profile: Profile) -> list[BaseRoute]:
    """Return every route that a profile serves, below its base path."""
    table: list[tuple[str, str, Sequence[str], Act]] = []
    for kind in _KINDS if profile.needs else _KINDS[:2]:
        names = ("extend",) if kind == "video-extend" else ("generate",)
        table.append(("POST", f"/v1/videos/{kind}", names, partial(_create, kind)))
        table.append(("GET", f"/v1/videos/{kind}/{{id}}", ("look",), partial(_look, kind)))
        if profile.official:
            table.append(("GET", f"/v1/videos/{kind}", ("list",), partial(_list, kind)))
    if profile.official:
        table += [("POST", f"/{route}/{{model}}", ("generate",), partial(_second, route)) for route in _SECOND]
        table += [("GET", "/tasks", ("look",), _tasks), ("GET", "/account/costs", ("credit",), _costs)]
    table.append(("GET", "/bs2/upload-ylab-stunt-sgp/muse/{name}", ("media",), _media))
    no = refuser(profile, _request_id)
    routes: list[BaseRoute] = [
        Route(path, guarded(world.faults, names, no, _handler(world, profile, act)), methods=[method])
        for method, path, names, act in table
    ]
    nowhere = partial(_nowhere, profile)
    return [*routes, Route("/{rest:path}", nowhere, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])]


def _request_id() -> str:
    return str(uuid.uuid4())


def _handler(world: World, profile: Profile, act: Act) -> Handler:
    """Return `act` with its refusals turned into answers."""
    no = refuser(profile, _request_id)

    async def handle(request: Request) -> Response:
        try:
            return await act(world, profile, request)
        except Refused as refused:
            return no(refused.refusal)

    return handle


async def _nowhere(profile: Profile, _request: Request) -> Response:
    if not profile.official:
        return PlainTextResponse("404 page not found", 404)
    return refuser(profile, _request_id)(Refused(1202, "The requested method is not found").refusal)


async def _create(kind: str, world: World, profile: Profile, request: Request) -> Response:
    account, body = admit(world, request), await read_body(request)
    if kind == "video-extend":
        task = extend(world, profile, account, body)
    else:
        task = make(world, profile, account, body, pictured=kind == "image2video")
    if not profile.objects:
        return envelope(profile, _request_id(), created(task, dated=profile.dated), "SUCCEED")
    return JSONResponse(
        {
            "id": task.id,
            "task_id": task.id,
            "object": "video",
            "model": body.get("model_name", "kling-v1-6"),
            "status": "",
            "progress": 0,
            "created_at": round(task.created),
        }
    )


async def _look(kind: str, world: World, profile: Profile, request: Request) -> Response:
    account = admit(world, request)
    task = None if _struck(request, "vanished-task") else known(world, profile, account, request.path_params["id"])
    if task is None or (task.kind != kind and not profile.objects):
        if profile.objects:
            return JSONResponse({"code": "task_not_exist", "message": "task_not_exist", "data": None}, 400)
        raise Refused(1203, "The requested resource is not found")
    origin = f"{request.url.scheme}://{request.url.netloc}"
    if profile.objects:
        told = await wrapped(world, profile, task, origin, _request_id())
        return JSONResponse({"code": "success", "message": "", "data": told})
    told = await record(world, profile, task, origin)
    return envelope(profile, _request_id(), {**told, **_twisted(request)})


def _struck(request: Request, name: str) -> bool:
    fault = getattr(request.state, "fault", None)
    return isinstance(fault, Fault) and fault.name == name


def _twisted(request: Request) -> dict[str, object]:
    return {"task_id": "0" * 18} if _struck(request, "wrong-task-id") else {}


async def _list(kind: str, world: World, profile: Profile, request: Request) -> Response:
    account = admit(world, request)
    page, size = _number(request, "pageNum", 1, _MOST_PAGES), _number(request, "pageSize", _USUAL_PAGE, _MOST_PAGE)
    mine = [task for task in reversed(world.tasks.everything()) if _listed(world, profile, account, task, kind)]
    origin = f"{request.url.scheme}://{request.url.netloc}"
    shown = mine[(page - 1) * size : page * size]
    return envelope(profile, _request_id(), [await record(world, profile, task, origin) for task in shown])


def _listed(world: World, profile: Profile, account: str, task: Task, kind: str) -> bool:
    return task.kind == kind and known(world, profile, account, task.id) is not None


def _number(request: Request, name: str, usual: int, most: int) -> int:
    value = request.query_params.get(name, str(usual))
    if not value.isdecimal() or not 1 <= int(value) <= most:
        raise Refused(WRONG, f"{name} value '{value}' is invalid")
    return int(value)


async def _second(route: str, world: World, profile: Profile, request: Request) -> Response:
    account, body = admit(world, request), await read_body(request)
    task = second.make(world, profile, account, route, request.path_params["model"], body)
    moment = round(task.created * 1000)
    told = {"id": task.id, "status": "submitted", "external_id": task.name or None}
    return envelope(profile, _request_id(), {**told, "create_time": moment, "update_time": moment})


async def _tasks(world: World, profile: Profile, request: Request) -> Response:
    """Answer for tasks by exactly one kind of name; one that is not known is left out."""
    account = admit(world, request)
    by_id, by_name = request.query_params.get("task_ids"), request.query_params.get("external_task_ids")
    if (by_id is None) == (by_name is None):
        raise Refused(WRONG, "task_ids or external_task_ids is required")
    names = [] if _struck(request, "vanished-task") else (by_id or by_name or "").split(",")
    found = [task for task in (known(world, profile, account, name) for name in names) if task]
    origin = f"{request.url.scheme}://{request.url.netloc}"
    told = [{**await told_second(world, profile, task, origin), **_other(request)} for task in found]
    return envelope(profile, _request_id(), told)


def _other(request: Request) -> dict[str, object]:
    return {"id": "0" * 18} if _struck(request, "wrong-task-id") else {}


async def _costs(world: World, profile: Profile, request: Request) -> Response:
    admit(world, request)
    pack = {
        "resource_pack_name": "sandbox",
        "resource_pack_id": "sandbox",
        "resource_pack_type": "decreasing_total",
        "total_quantity": world.balance(profile.name),
        "remaining_quantity": world.balance(profile.name),
        "status": "online",
    }
    return envelope(profile, _request_id(), {"code": 0, "msg": "", "resource_pack_subscribe_infos": [pack]})


async def _media(world: World, profile: Profile, request: Request) -> Response:
    """Serve a video to whoever has its signed link, as long as that lives."""
    name, query = request.path_params["name"].removesuffix(".mp4"), request.query_params
    expires = query.get("Expires", "")
    good = expires.isdecimal() and query.get("Signature") == signature(name, int(expires))
    task = world.tasks.find(name)
    if not good or world.clock.now() >= int(expires) or task is None or task.provider != profile.name:
        return PlainTextResponse("Access denied", 403)
    return serve_file(world, await world.file(task, whole=True))
