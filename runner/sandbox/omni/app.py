"""The routes of the emulated Interactions API, below `/omni` by key and below `/omni-vertex` by token."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from runner.sandbox.faults.middleware import Handler, Names, guarded
from runner.sandbox.faults.spec import Fault
from runner.sandbox.google.access import admit, admit_bearer, base_url
from runner.sandbox.google.errors import Refused
from runner.sandbox.google.files import file_routes
from runner.sandbox.google.parsing import read_body
from runner.sandbox.omni.errors import refuse
from runner.sandbox.omni.records import interaction
from runner.sandbox.omni.submit import FILES, PROVIDER, submit
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

Act = Callable[[World, "Flavour", Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """One of the two places where Google serves interactions: who is let in, and whether results are files."""

    provider: str
    path: str
    admit: Callable[[Request], None]
    files: bool


BY_KEY = Flavour(provider=PROVIDER, path="/{version}/interactions", admit=admit, files=True)
ON_VERTEX = Flavour(
    provider="omni-vertex",
    path="/{version}/projects/{project}/locations/{location}/interactions",
    admit=admit_bearer,
    files=False,
)


def omni_routes(world: World, flavour: Flavour) -> list[BaseRoute]:
    """Return every route of the Interactions API that the sandbox knows."""
    table: tuple[tuple[str, str, Names, Act], ...] = (
        ("POST", flavour.path, _names, _create),
        ("GET", f"{flavour.path}/{{id}}", ("look",), _look),
    )
    routes: list[BaseRoute] = [
        Route(path, guarded(world.faults, names, refuse, _handler(world, flavour, act)), methods=[method])
        for method, path, names, act in table
    ]
    nowhere = Route("/{rest:path}", _nowhere, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    return [*routes, *(file_routes(world, FILES) if flavour.files else ()), nowhere]


def _names(body: bytes) -> Sequence[str]:
    """Return the names under which faults know an interaction: generations and extensions share one address."""
    try:
        fields = json.loads(body)
        extends = "previous_interaction_id" in fields or '"extend"' in json.dumps(fields.get("generation_config"))
    except (ValueError, TypeError, AttributeError):
        return ("generate",)
    return ("extend",) if extends else ("generate",)


def _handler(world: World, flavour: Flavour, act: Act) -> Handler:
    """Return `act` behind the door, with its refusals turned into answers."""

    async def handle(request: Request) -> Response:
        try:
            flavour.admit(request)
            return await act(world, flavour, request)
        except Refused as refused:
            return refuse(refused.refusal)

    return handle


async def _nowhere(_request: Request) -> Response:
    return refuse(Refused(404, "Requested entity was not found.").refusal)


async def _create(world: World, flavour: Flavour, request: Request) -> Response:
    """Answer at once where it is to run in the background, else when it is done."""
    task, wish = submit(world, await read_body(request), flavour.provider)
    if not wish.background:
        await asyncio.sleep(max(0.0, task.due - world.clock.now()))
    inline = wish.delivery == "inline" or not flavour.files
    return JSONResponse(await interaction(world, task, base_url(request, flavour.provider), inline=inline))


async def _look(world: World, flavour: Flavour, request: Request) -> Response:
    fault = getattr(request.state, "fault", None)
    vanished = isinstance(fault, Fault) and fault.name == "vanished-task"
    task = _known(world, flavour, request.path_params["id"]) if not vanished else None
    if task is None:
        raise Refused(404, "Requested entity was not found.")
    form = task.request.get("response_format")
    delivery = form.get("delivery") if isinstance(form, dict) else "inline"
    inline = delivery != "uri" or not flavour.files or world.faults.switch("inline-on-look") is not None
    return JSONResponse(await interaction(world, task, base_url(request, flavour.provider), inline=inline))


def _known(world: World, flavour: Flavour, identifier: str) -> Task | None:
    task = world.tasks.find(identifier)
    return task if task and task.provider == flavour.provider else None
