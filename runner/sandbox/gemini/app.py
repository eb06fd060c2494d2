"""The routes of the emulated Gemini API, below `/gemini`, as versions v1beta and v1 serve them."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from runner.sandbox.door import Handler, Names, guarded
from runner.sandbox.faults import Fault
from runner.sandbox.gemini.records import file, name_of, operation
from runner.sandbox.gemini.submit import PRICES, PROVIDER, expired, owner, submit, unreadable
from runner.sandbox.google.intake import read_body
from runner.sandbox.google.veo import submit_names
from runner.sandbox.google.words import Refused, refuse
from runner.sandbox.media import serve_file
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

Act = Callable[[World, Request], Awaitable[Response]]


def gemini_routes(world: World) -> list[BaseRoute]:
    """Return every route of the Gemini API that the sandbox knows."""
    table: tuple[tuple[str, str, Names, Act], ...] = (
        ("POST", "/v1beta/models/{model}:predictLongRunning", submit_names, _submit),
        ("GET", "/{version}/models/{model}/operations/{id}", ("look",), _operation),
        ("GET", "/v1beta/models/{model}/operations", ("list",), _unlisted),
        ("GET", "/{version}/models", ("models",), _models),
        ("GET", "/{version}/files/{id}:download", ("media-link",), _download),
        ("GET", "/{version}/files/{id}", ("file",), _file),
        ("GET", "/download/{version}/files/{id}:download", ("media",), _media),
    )
    routes: list[BaseRoute] = [
        Route(path, guarded(world.faults, names, refuse, _handler(world, act)), methods=[method])
        for method, path, names, act in table
    ]
    return [*routes, Route("/{rest:path}", _nowhere, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])]


def _handler(world: World, act: Act) -> Handler:
    """Return `act` behind the key, with its refusals turned into answers."""

    async def handle(request: Request) -> Response:
        try:
            if act is not _media:
                _admit(request)
            return await act(world, request)
        except Refused as refused:
            return refuse(refused.refusal)

    return handle


def _admit(request: Request) -> None:
    """Any key is good that is not empty and does not begin with ``bad``."""
    key = request.headers.get("x-goog-api-key", "") or request.query_params.get("key", "")
    if not key.strip():
        raise Refused(
            403, "Method doesn't allow unregistered callers (callers without established identity)."
            " Please use API Key or other form of API consumer identity to call this API.",
        )  # fmt: skip
    if key.startswith("bad"):
        raise Refused(400, "API key not valid. Please pass a valid API key.")


async def _nowhere(_request: Request) -> Response:
    return refuse(Refused(404, "Requested entity was not found.").refusal)


async def _unlisted(_world: World, _request: Request) -> Response:
    raise Refused(501, "Operation is not implemented, or supported, or enabled.")


async def _models(_world: World, _request: Request) -> Response:
    rows = [{"name": f"models/{name}", "supportedGenerationMethods": ["predictLongRunning"]} for name in PRICES]
    return JSONResponse({"models": rows})


async def _submit(world: World, request: Request) -> Response:
    task = submit(world, request.path_params["model"], await read_body(request))
    return JSONResponse({"name": name_of(task)})


def _known(world: World, request: Request) -> Task:
    fault = getattr(request.state, "fault", None)
    name = fault.name if isinstance(fault, Fault) else ""
    task = world.tasks.find(request.path_params["id"]) if name != "vanished-task" else None
    if task is None or task.provider != PROVIDER or task.model != request.path_params["model"]:
        raise Refused(404, "Requested entity was not found.")
    return task


async def _operation(world: World, request: Request) -> Response:
    return JSONResponse(await operation(world, _known(world, request), _base(request)))


def _owner(world: World, request: Request) -> Task:
    name = request.path_params["id"]
    task = owner(world, name)
    if task is None or expired(world, task):
        raise unreadable(name)
    return task


async def _file(world: World, request: Request) -> Response:
    return JSONResponse(file(world, _owner(world, request), _base(request)))


async def _download(world: World, request: Request) -> Response:
    """Send whoever has the key to where the bytes are; elsewhere a signature stands for the key."""
    _owner(world, request)
    path, host = f"/gemini/download{request.url.path.removeprefix('/gemini')}", request.url.netloc
    elsewhere = world.faults.switch("redirect-host")
    if elsewhere is None:
        return RedirectResponse(f"{request.url.scheme}://{host}{path}?alt=media", 302)
    port = f":{request.url.port}" if request.url.port else ""
    return RedirectResponse(f"{request.url.scheme}://{elsewhere.text('host')}{port}{path}?alt=media&signature=1", 302)


async def _media(world: World, request: Request) -> Response:
    if "signature" not in request.query_params:
        _admit(request)
    elif "x-goog-api-key" in request.headers:
        raise Refused(400, "The key of another host came along.")
    return serve_file(world, await world.file(_owner(world, request), whole=True))


def _base(request: Request) -> str:
    """Return the address of this API as it is told; Google's own client takes no file that is not at https."""
    google = request.headers.get("user-agent", "").startswith("google-genai-sdk/")
    return f"{'https' if google else request.url.scheme}://{request.url.netloc}/gemini"
