"""The routes of the emulated Gemini API, below `/gemini`, as versions v1beta and v1 serve them."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from runner.sandbox.faults.middleware import Handler, Names, guarded
from runner.sandbox.faults.spec import Fault
from runner.sandbox.gemini.records import name_of, operation
from runner.sandbox.gemini.submit import FILES, PRICES, PROVIDER, submit
from runner.sandbox.google.access import admit, base_url
from runner.sandbox.google.errors import Refused, refuse
from runner.sandbox.google.files import file_routes
from runner.sandbox.google.parsing import read_body
from runner.sandbox.google.veo import submit_names
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
    )
    routes: list[BaseRoute] = [
        Route(path, guarded(world.faults, names, refuse, _handler(world, act)), methods=[method])
        for method, path, names, act in table
    ]
    return [
        *routes,
        *file_routes(world, FILES),
        Route("/{rest:path}", _nowhere, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]),
    ]


def _handler(world: World, act: Act) -> Handler:
    """Return `act` behind the key, with its refusals turned into answers."""

    async def handle(request: Request) -> Response:
        try:
            admit(request)
            return await act(world, request)
        except Refused as refused:
            return refuse(refused.refusal)

    return handle


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
    return JSONResponse(await operation(world, _known(world, request), base_url(request, PROVIDER)))
