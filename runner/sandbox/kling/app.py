"""The routes of Kling and of the gateways that follow it."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from runner.sandbox.faults.middleware import Names, Refuse, with_faults
from runner.sandbox.kling import queries, v2
from runner.sandbox.kling.access import check_access
from runner.sandbox.kling.callbacks import start_callbacks
from runner.sandbox.kling.catalog import Profile
from runner.sandbox.kling.parsing import read_body
from runner.sandbox.kling.records import V2_ROUTES, format_created, signature
from runner.sandbox.kling.replies import Refused, envelope, origin, refuser
from runner.sandbox.kling.submit import extend, generate
from runner.sandbox.kling.v2 import VIDEOS
from runner.sandbox.media_routes import serve_file
from runner.sandbox.world import World

Act = Callable[[World, Profile, Request], Awaitable[Response]]
# The order matters: gateways without extensions serve the first two.
_KINDS = ("text2video", "image2video", "video-extend")


def kling_routes(world: World, profile: Profile) -> list[BaseRoute]:
    """Return every route that a profile serves, below its base path."""
    table: list[tuple[str, str, Names, Act]] = []
    for kind in _KINDS if profile.needs else _KINDS[:2]:
        names = ("extend",) if kind == "video-extend" else ("generate",)
        table.append(("POST", f"/v1/videos/{kind}", names, partial(_answer_submit, kind)))
        table.append(("GET", f"/v1/videos/{kind}/{{id}}", ("look",), partial(queries.answer_task, kind)))
        if profile.official:
            table.append(("GET", f"/v1/videos/{kind}", ("list",), partial(queries.answer_page, kind)))
    if profile.official:
        submits = {f"/{route}/{{model}}": partial(_answer_v2_submit, route) for route in V2_ROUTES}
        table.extend(("POST", path, _fault_names, act) for path, act in submits.items())
        table.append(("GET", "/tasks", ("look",), queries.answer_tasks))
        table.append(("POST", "/tasks", ("list",), queries.answer_search))
        table.append(("GET", "/account/costs", ("credit",), queries.answer_costs))
    table.append(("GET", "/bs2/upload-ylab-stunt-sgp/muse/{name}", ("media",), _answer_media))
    refuse = refuser(profile, world.faults)
    routes: list[BaseRoute] = [
        Route(path, with_faults(world.faults, names, refuse, partial(act, world, profile)), methods=[method])
        for method, path, names, act in table
    ]
    unknown = partial(_answer_unknown, profile, refuse)
    return [*routes, Route("/{rest:path}", unknown, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])]


def _fault_names(body: bytes) -> Sequence[str]:
    """Return the names under which faults know a request of the second API: one that shows a video is an extension."""
    return ("extend",) if any(f'"{kind}"'.encode() in body for kind in VIDEOS) else ("generate",)


async def _answer_unknown(profile: Profile, refuse: Refuse, _request: Request) -> Response:
    # Gateways are written with Gin, whose answer to an unknown route this is.
    if not profile.official:
        return PlainTextResponse("404 page not found", 404)
    return refuse(Refused(1202, "The requested method is not found").refusal)


async def _answer_submit(kind: str, world: World, profile: Profile, request: Request) -> Response:
    account, body = check_access(world, profile, request), await read_body(request)
    if kind == "video-extend":
        task = extend(world, profile, account, body)
    else:
        task = generate(world, profile, account, body, pictured=kind == "image2video")
    start_callbacks(world, profile, task, origin(request))
    # new-api answers a submit as OpenAI does for videos: seconds, no status (its adaptor, read 2026-07-07).
    if not profile.objects:
        return envelope(profile, format_created(task, dated=profile.dated), "SUCCEED")
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


async def _answer_v2_submit(route: str, world: World, profile: Profile, request: Request) -> Response:
    account, body = check_access(world, profile, request), await read_body(request)
    task = v2.generate(world, profile, account, route, request.path_params["model"], body)
    start_callbacks(world, profile, task, origin(request))
    moment = round(task.created * 1000)
    record = {"id": task.id, "status": "submitted", "external_id": task.name or None}
    return envelope(profile, {**record, "create_time": moment, "update_time": moment})


async def _answer_media(world: World, profile: Profile, request: Request) -> Response:
    """Serve a video to whoever has its signed link, until it expires."""
    name, query = request.path_params["name"].removesuffix(".mp4"), request.query_params
    expires = query.get("Expires", "")
    good = expires.isdecimal() and query.get("Signature") == signature(name, int(expires))
    task = world.tasks.find(name)
    if not good or world.clock.now() >= int(expires) or task is None or task.provider != profile.name:
        return PlainTextResponse("Access denied", 403)
    return serve_file(world, await world.render_result(task, whole=True))
