"""The routes of the emulated kie, below `/kie`."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from runner.sandbox.faults.middleware import Refuse, has_fault, with_faults
from runner.sandbox.faults.table import IMAGE_UNREACHABLE
from runner.sandbox.faults.task_effects import find_failure
from runner.sandbox.kie import uploads
from runner.sandbox.kie.envelope import PROVIDER, Limiter, Refused, base_url, check_key, refuse, success
from runner.sandbox.kie.parsing import read_body, read_generate
from runner.sandbox.kie.records import Links, build_record, find_task, read_link, signature, split_link
from runner.sandbox.kie.submit import extend, generate, upgrade
from runner.sandbox.media_routes import answer_expired, serve_file
from runner.sandbox.tasks import Task
from runner.sandbox.world import World, settle_all

Act = Callable[[World, Request], Awaitable[Response]]


def kie_routes(world: World) -> list[BaseRoute]:
    """Return every route of kie's that the sandbox knows."""
    limiter = Limiter(world)

    async def limited_generate(world: World, request: Request) -> Response:
        check_key(request)
        limiter.take()
        return await _answer_generate(world, request)

    async def limited_extend(world: World, request: Request) -> Response:
        check_key(request)
        limiter.take()
        return success({"taskId": extend(world, await read_body(request)).id})

    table: tuple[tuple[str, str, tuple[str, ...], Act, Refuse], ...] = (
        ("POST", "/api/v1/veo/generate", ("generate",), limited_generate, refuse),
        ("POST", "/api/v1/veo/extend", ("extend",), limited_extend, refuse),
        ("GET", "/api/v1/veo/record-info", ("look", "record-info"), _answer_record_info, refuse),
        ("GET", "/api/v1/veo/get-1080p-video", ("upgrade", "get-1080p-video"), _answer_1080p, refuse),
        ("POST", "/api/v1/veo/get-4k-video", ("upgrade", "get-4k-video"), _answer_4k, refuse),
        ("GET", "/api/v1/chat/credit", ("credit",), _answer_credit, refuse),
        ("POST", "/api/v1/common/download-url", ("download-url",), _answer_download_url, refuse),
        ("POST", "/api/file-stream-upload", ("upload",), uploads.store_stream, uploads.refuse_upload),
        ("POST", "/api/file-base64-upload", ("upload",), uploads.store_base64, uploads.refuse_upload),
        ("POST", "/api/file-url-upload", ("upload",), uploads.store_url, uploads.refuse_upload),
        ("GET", "/uploads/{name}", ("media",), uploads.serve_upload, refuse),
        ("GET", "/media/{kind}/{name}", ("media",), _answer_media, refuse),
    )
    routes: list[BaseRoute] = [
        Route(path, with_faults(world.faults, names, no, partial(act, world)), methods=[method])
        for method, path, names, act, no in table
    ]
    return [*routes, Route("/{rest:path}", _answer_unknown, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])]


async def _answer_unknown(_request: Request) -> Response:
    return refuse(Refused(404, "Not Found").refusal)


async def _answer_generate(world: World, request: Request) -> Response:
    body = await read_body(request)
    for url in read_generate(body, strict=False).images:
        # Pictures of other hosts pass unseen: the sandbox fetches nothing.
        own, _, name = url.partition(f"{base_url(request)}/uploads/")
        if not own and not uploads.is_kept(world, name):
            raise Refused(451, IMAGE_UNREACHABLE)
    return success({"taskId": generate(world, body).id})


async def _answer_record_info(world: World, request: Request) -> Response:
    check_key(request)
    identifier = "" if has_fault(request, "vanished-task") else request.query_params.get("taskId", "")
    try:
        task = find_task(world, identifier)
    except Refused:
        if world.faults.switch("unknown-task-null") is not None:
            return success(None)
        raise
    data = await build_record(world, task, base_url(request))
    return success({**data, "taskId": "0" * 32} if has_fault(request, "wrong-task-id") else data)


async def _upgrade(world: World, identifier: object, kind: str) -> Task | None:
    """Return the finished upgrade of a task, None while it is made; the first call starts it."""
    source = find_task(world, identifier if isinstance(identifier, str) else "")
    if source.kind not in ("generate", "extend") or not world.is_due(source) or find_failure(source):
        raise Refused(422, "record status is not success")
    task = upgrade(world, source, kind)
    if not world.is_due(task):
        return None
    try:
        failed = await world.wait_for_files(task)
    except TimeoutError:
        return None
    if failed is not None:
        raise Refused(failed.code, failed.message)
    world.settle(task)
    return task


async def _answer_1080p(world: World, request: Request) -> Response:
    check_key(request)
    task = await _upgrade(world, request.query_params.get("taskId"), "upgrade-1080p")
    # 400 is kie's code for "not yet" here, and for 4K it is 422 (texts seen in clients, 2026).
    if task is None:
        raise Refused(400, "1080P is processing. It should be ready in 1-2 minutes. Please check back shortly.")
    return success({"resultUrl": _upgrade_link(world, request, task)})


async def _answer_4k(world: World, request: Request) -> Response:
    check_key(request)
    identifier = (await read_body(request)).get("taskId")
    # Only the first call answers 200; later ones answer 422, even when they bring the links (kie, docs of 2026-04).
    asked = world.tasks.list_all()
    fresh = not any(task.kind == "upgrade-4k" and task.request.get("taskId") == identifier for task in asked)
    task = await _upgrade(world, identifier, "upgrade-4k")
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


async def _answer_credit(world: World, request: Request) -> Response:
    check_key(request)
    settle_all(world)
    return success(world.balance(PROVIDER))


async def _answer_download_url(world: World, request: Request) -> Response:
    check_key(request)
    parts = split_link(str((await read_body(request)).get("url") or ""))
    asset = read_link(world, *parts) if parts else None
    task = world.tasks.find(asset.task) if asset else None
    # Recorded for a foreign address: HTTP 200, code 422 (2026-04).
    if asset is None or task is None:
        raise Refused(422, "url is wrong")
    links, part = Links(world=world, base=base_url(request)), "full" if asset.whole else ""
    return success(links.link(task, part, world.clock.now(), temporary=True))


async def _answer_media(world: World, request: Request) -> Response:
    asset = read_link(world, request.path_params["kind"], request.path_params["name"])
    task = world.tasks.find(asset.task) if asset else None
    unsigned = world.faults.switch("signed-links") and request.url.query != signature(request.path_params["name"])
    if unsigned or asset is None or task is None or world.clock.now() >= asset.expires or not world.is_due(task):
        return answer_expired(world)
    return serve_file(world, await world.render_result(task, whole=asset.whole))
