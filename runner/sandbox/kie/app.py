"""The routes of the emulated kie, below `/kie`."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from runner.sandbox.faults.middleware import Handler, Refuse, guarded
from runner.sandbox.faults.spec import Fault
from runner.sandbox.faults.table import IMAGE_UNREACHABLE
from runner.sandbox.faults.task_effects import failure
from runner.sandbox.kie import uploads
from runner.sandbox.kie.access import Limiter, admit, base_url
from runner.sandbox.kie.envelope import PROVIDER, Refused, refuse, success
from runner.sandbox.kie.links import Links, read_link, signature, split_link
from runner.sandbox.kie.parsing import read_body, read_generate
from runner.sandbox.kie.records import known, record
from runner.sandbox.kie.submit import extend, generate, upgrade
from runner.sandbox.media_routes import expired, serve_file
from runner.sandbox.tasks import Task
from runner.sandbox.world import World, settle_all

Act = Callable[[World, Request], Awaitable[Response]]


def kie_routes(world: World) -> list[BaseRoute]:
    """Return every route of kie's that the sandbox knows."""
    limiter = Limiter(world)

    async def limited_generate(world: World, request: Request) -> Response:
        admit(request)
        limiter.take()
        return await _generate(world, request)

    async def limited_extend(world: World, request: Request) -> Response:
        admit(request)
        limiter.take()
        return success({"taskId": extend(world, await read_body(request)).id})

    table: tuple[tuple[str, str, tuple[str, ...], Act, Refuse], ...] = (
        ("POST", "/api/v1/veo/generate", ("generate",), limited_generate, refuse),
        ("POST", "/api/v1/veo/extend", ("extend",), limited_extend, refuse),
        ("GET", "/api/v1/veo/record-info", ("look", "record-info"), _record_info, refuse),
        ("GET", "/api/v1/veo/get-1080p-video", ("upgrade", "get-1080p-video"), _full_hd, refuse),
        ("POST", "/api/v1/veo/get-4k-video", ("upgrade", "get-4k-video"), _ultra_hd, refuse),
        ("GET", "/api/v1/chat/credit", ("credit",), _credit, refuse),
        ("POST", "/api/v1/common/download-url", ("download-url",), _download_url, refuse),
        ("POST", "/api/file-stream-upload", ("upload",), uploads.stream, uploads.refuse_upload),
        ("POST", "/api/file-base64-upload", ("upload",), uploads.from_base64, uploads.refuse_upload),
        ("POST", "/api/file-url-upload", ("upload",), uploads.from_url, uploads.refuse_upload),
        ("GET", "/uploads/{name}", ("media",), uploads.serve, refuse),
        ("GET", "/media/{kind}/{name}", ("media",), _media, refuse),
    )
    routes: list[BaseRoute] = [
        Route(path, guarded(world.faults, names, no, _handler(world, act, no)), methods=[method])
        for method, path, names, act, no in table
    ]
    return [*routes, Route("/{rest:path}", _nowhere, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])]


def _handler(world: World, act: Act, no: Refuse) -> Handler:
    """Return `act` with its refusals turned into answers."""

    async def handle(request: Request) -> Response:
        try:
            return await act(world, request)
        except Refused as refused:
            return no(refused.refusal)

    return handle


async def _nowhere(_request: Request) -> Response:
    return refuse(Refused(404, "Not Found").refusal)


async def _generate(world: World, request: Request) -> Response:
    body = await read_body(request)
    for url in read_generate(body, strict=False).images:
        own, _, name = url.partition(f"{base_url(request)}/uploads/")
        if not own and not uploads.alive(world, name):
            raise Refused(451, IMAGE_UNREACHABLE)
    return success({"taskId": generate(world, body).id})


async def _record_info(world: World, request: Request) -> Response:
    admit(request)
    fault = getattr(request.state, "fault", None)
    name = fault.name if isinstance(fault, Fault) else ""
    try:
        task = known(world, request.query_params.get("taskId", "") if name != "vanished-task" else "")
    except Refused:
        if world.faults.switch("unknown-task-null") is not None:
            return success(None)
        raise
    data = await record(world, task, base_url(request))
    return success({**data, "taskId": "0" * 32} if name == "wrong-task-id" else data)


async def _upgraded(world: World, identifier: object, kind: str) -> Task | None:
    """Return the finished upgrade of a task, None while it is made; the first call starts it."""
    source = known(world, identifier if isinstance(identifier, str) else "")
    if source.kind not in ("generate", "extend") or not world.due(source) or failure(source):
        raise Refused(422, "record status is not success")
    task = upgrade(world, source, kind)
    if not world.due(task):
        return None
    try:
        failed = await world.finished(task)
    except TimeoutError:
        return None
    if failed is not None:
        raise Refused(failed.code, failed.message)
    world.settle(task)
    return task


async def _full_hd(world: World, request: Request) -> Response:
    admit(request)
    task = await _upgraded(world, request.query_params.get("taskId"), "upgrade-1080p")
    if task is None:
        raise Refused(400, "1080P is processing. It should be ready in 1-2 minutes. Please check back shortly.")
    return success({"resultUrl": _upgrade_link(world, request, task)})


async def _ultra_hd(world: World, request: Request) -> Response:
    admit(request)
    identifier = (await read_body(request)).get("taskId")
    asked = world.tasks.everything()
    fresh = not any(task.kind == "upgrade-4k" and task.request.get("taskId") == identifier for task in asked)
    task = await _upgraded(world, identifier, "upgrade-4k")
    data: dict[str, object] = {"taskId": identifier, "resultUrls": None, "imageUrls": None}
    if task is None and fresh:
        return success(data)
    if task is None:
        words = "4k is processing. It should be ready in 5-10 minutes. Please check back shortly."
        return refuse(Refused(422, words).refusal, data)
    data["resultUrls"] = [_upgrade_link(world, request, task)]
    return refuse(Refused(422, "The video has been generated successfully").refusal, data)


def _upgrade_link(world: World, request: Request, task: Task) -> str:
    part = "" if world.faults.switch("upgrade-segment-only") else "full"
    return Links(world=world, base=base_url(request)).link(task, part, task.due)


async def _credit(world: World, request: Request) -> Response:
    admit(request)
    settle_all(world)
    return success(world.balance(PROVIDER))


async def _download_url(world: World, request: Request) -> Response:
    admit(request)
    parts = split_link(str((await read_body(request)).get("url") or ""))
    asset = read_link(world, *parts) if parts else None
    task = world.tasks.find(asset.task) if asset else None
    if asset is None or task is None:
        raise Refused(422, "url is wrong")
    links, part = Links(world=world, base=base_url(request)), "full" if asset.whole else ""
    return success(links.link(task, part, world.clock.now(), temporary=True))


async def _media(world: World, request: Request) -> Response:
    asset = read_link(world, request.path_params["kind"], request.path_params["name"])
    task = world.tasks.find(asset.task) if asset else None
    unsigned = world.faults.switch("signed-links") and request.url.query != signature(request.path_params["name"])
    if unsigned or asset is None or task is None or world.clock.now() >= asset.dies or not world.due(task):
        return expired(world)
    return serve_file(world, await world.file(task, whole=asset.whole))
