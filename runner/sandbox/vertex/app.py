"""The routes of the emulated Vertex AI, below `/vertex`: Veo, the storage's JSON API, and the sign-in."""

import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from runner.sandbox.faults.middleware import Handler, Names, guarded
from runner.sandbox.faults.spec import Fault
from runner.sandbox.google.access import admit_bearer
from runner.sandbox.google.errors import Refused, refuse
from runner.sandbox.google.parsing import read_body
from runner.sandbox.google.veo import submit_names
from runner.sandbox.media_routes import serve_file
from runner.sandbox.tasks import Task
from runner.sandbox.vertex.records import name_of, operation
from runner.sandbox.vertex.submit import PROVIDER, stored, submit
from runner.sandbox.world import World

Act = Callable[[World, Request], Awaitable[Response]]

_VEO = "/{version}/projects/{project}/locations/{location}/publishers/google/models/{model}"
_EXPRESS = "/{version}/publishers/google/models/{model}"


def vertex_routes(world: World) -> list[BaseRoute]:
    """Return every route of Vertex AI that the sandbox knows."""
    table: tuple[tuple[str, str, Names, Act], ...] = (
        ("POST", f"{_VEO}:predictLongRunning", submit_names, _submit),
        ("POST", f"{_EXPRESS}:predictLongRunning", submit_names, _submit),
        ("POST", f"{_VEO}:fetchPredictOperation", ("look",), _operation),
        ("POST", f"{_EXPRESS}:fetchPredictOperation", ("look",), _operation),
        ("GET", "/storage/v1/b/{bucket}/o/{object:path}", ("media",), _object),
        ("POST", "/token", ("token",), _token),
    )
    routes: list[BaseRoute] = [
        Route(path, guarded(world.faults, names, refuse, _handler(world, act)), methods=[method])
        for method, path, names, act in table
    ]
    return [*routes, Route("/{rest:path}", _nowhere, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])]


def _handler(world: World, act: Act) -> Handler:
    """Return `act` behind the token, with its refusals turned into answers."""

    async def handle(request: Request) -> Response:
        try:
            if act is not _token:
                admit_bearer(request)
            return await act(world, request)
        except Refused as refused:
            return refuse(refused.refusal)

    return handle


async def _nowhere(_request: Request) -> Response:
    return refuse(Refused(404, "Requested entity was not found.").refusal)


async def _token(_world: World, _request: Request) -> Response:
    """Sign any service account in; the sandbox looks at no signature."""
    token = f"ya29.{secrets.token_urlsafe(24)}"
    return JSONResponse({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})


async def _submit(world: World, request: Request) -> Response:
    project = request.path_params.get("project", "express")
    if project.startswith("wrong"):
        raise Refused(403, f"Permission 'aiplatform.endpoints.predict' denied on resource '//projects/{project}'.")
    task = submit(world, request.path_params["model"], project, await read_body(request))
    return JSONResponse({"name": name_of(task)})


async def _operation(world: World, request: Request) -> Response:
    name = (await read_body(request)).get("operationName")
    fault = getattr(request.state, "fault", None)
    vanished = isinstance(fault, Fault) and fault.name == "vanished-task"
    task = _known(world, name) if isinstance(name, str) and not vanished else None
    if task is None:
        raise Refused(404, "Requested entity was not found.")
    return JSONResponse(await operation(world, task))


def _known(world: World, name: str) -> Task | None:
    task = world.tasks.find(name.rpartition("/")[2])
    return task if task and task.provider == PROVIDER and name_of(task) == name else None


async def _object(world: World, request: Request) -> Response:
    uri = f"gs://{request.path_params['bucket']}/{unquote(request.path_params['object'])}"
    task = stored(world, uri)
    if task is None:
        raise Refused(404, f"No such object: {uri.removeprefix('gs://')}")
    return serve_file(world, await world.file(task, whole=True))
