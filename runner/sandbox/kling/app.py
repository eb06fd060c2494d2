"""The routes of Kling and of the gateways that speak after it."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from runner.sandbox.faults.middleware import Handler, Names, Refuse, guarded
from runner.sandbox.kling import queries as looks
from runner.sandbox.kling import v2 as second
from runner.sandbox.kling.access import admit
from runner.sandbox.kling.account import costs
from runner.sandbox.kling.callbacks import begin
from runner.sandbox.kling.codes import Refused
from runner.sandbox.kling.fields import read_body
from runner.sandbox.kling.profiles import Profile, envelope, origin, refuser
from runner.sandbox.kling.records import SECOND_ROUTES, created, signature
from runner.sandbox.kling.submit import extend, make
from runner.sandbox.kling.v2 import VIDEOS
from runner.sandbox.media_routes import serve_file
from runner.sandbox.world import World

Act = Callable[[World, Profile, Request], Awaitable[Response]]
_KINDS = ("text2video", "image2video", "video-extend")


def kling_routes(world: World, profile: Profile) -> list[BaseRoute]:
    """Return every route that a profile serves, below its base path."""
    table: list[tuple[str, str, Names, Act]] = []
    for kind in _KINDS if profile.needs else _KINDS[:2]:
        names = ("extend",) if kind == "video-extend" else ("generate",)
        table.append(("POST", f"/v1/videos/{kind}", names, partial(_create, kind)))
        table.append(("GET", f"/v1/videos/{kind}/{{id}}", ("look",), partial(looks.look, kind)))
        if profile.official:
            table.append(("GET", f"/v1/videos/{kind}", ("list",), partial(looks.page, kind)))
    if profile.official:
        table += [("POST", f"/{route}/{{model}}", _purpose, partial(_second, route)) for route in SECOND_ROUTES]
        table += [("GET", "/tasks", ("look",), looks.tasks), ("POST", "/tasks", ("list",), looks.search)]
        table += [("GET", "/account/costs", ("credit",), costs)]
    table.append(("GET", "/bs2/upload-ylab-stunt-sgp/muse/{name}", ("media",), _media))
    no = refuser(profile, world.faults)
    routes: list[BaseRoute] = [
        Route(path, guarded(world.faults, names, no, _handler(world, profile, no, act)), methods=[method])
        for method, path, names, act in table
    ]
    nowhere = partial(_nowhere, profile, no)
    return [*routes, Route("/{rest:path}", nowhere, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])]


def _purpose(body: bytes) -> Sequence[str]:
    """Return what faults know a request of the second API by: one that shows a video goes on from it."""
    return ("extend",) if any(f'"{kind}"'.encode() in body for kind in VIDEOS) else ("generate",)


def _handler(world: World, profile: Profile, refuse: Refuse, act: Act) -> Handler:
    """Return `act` with its refusals turned into answers."""

    async def handle(request: Request) -> Response:
        try:
            return await act(world, profile, request)
        except Refused as refused:
            return refuse(refused.refusal)

    return handle


async def _nowhere(profile: Profile, refuse: Refuse, _request: Request) -> Response:
    if not profile.official:
        return PlainTextResponse("404 page not found", 404)
    return refuse(Refused(1202, "The requested method is not found").refusal)


async def _create(kind: str, world: World, profile: Profile, request: Request) -> Response:
    account, body = admit(world, profile, request), await read_body(request)
    if kind == "video-extend":
        task = extend(world, profile, account, body)
    else:
        task = make(world, profile, account, body, pictured=kind == "image2video")
    begin(world, profile, task, origin(request))
    if not profile.objects:
        return envelope(profile, created(task, dated=profile.dated), "SUCCEED")
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


async def _second(route: str, world: World, profile: Profile, request: Request) -> Response:
    account, body = admit(world, profile, request), await read_body(request)
    task = second.make(world, profile, account, route, request.path_params["model"], body)
    begin(world, profile, task, origin(request))
    moment = round(task.created * 1000)
    told = {"id": task.id, "status": "submitted", "external_id": task.name or None}
    return envelope(profile, {**told, "create_time": moment, "update_time": moment})


async def _media(world: World, profile: Profile, request: Request) -> Response:
    """Serve a video to whoever has its signed link, as long as that lives."""
    name, query = request.path_params["name"].removesuffix(".mp4"), request.query_params
    expires = query.get("Expires", "")
    good = expires.isdecimal() and query.get("Signature") == signature(name, int(expires))
    task = world.tasks.find(name)
    if not good or world.clock.now() >= int(expires) or task is None or task.provider != profile.name:
        return PlainTextResponse("Access denied", 403)
    return serve_file(world, await world.file(task, whole=True))
