"""The routes of the emulated Interactions API, below `/omni` by key and below `/omni-vertex` by token."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from runner.sandbox.faults.middleware import Handler, Names, Refusal, has_fault, with_faults
from runner.sandbox.google.errors import Refused, base_url, check_key, check_token, http_status
from runner.sandbox.google.files import file_routes
from runner.sandbox.google.parsing import read_body
from runner.sandbox.omni.interactions import FILES, PROVIDER, describe_interaction, submit
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

# Errors of this API carry a code in words and no `status`, unlike Google's others (google-genai 3.4.0, class `Error`).
_CODES = {
    400: "invalid_request",
    401: "unauthenticated",
    403: "permission_denied",
    404: "not_found",
    429: "resource_exhausted",
    503: "unavailable",
}


def refuse(refusal: Refusal) -> Response:
    """Return an error reply."""
    http = http_status(refusal)
    return JSONResponse({"error": {"message": refusal.message, "code": _CODES.get(http, "internal")}}, http)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One of the two places where Google serves interactions: whom it accepts, and whether results are files."""

    provider: str
    path: str
    check_access: Callable[[Request], None]
    files: bool


Act = Callable[[World, Endpoint, Request], Awaitable[Response]]


BY_KEY = Endpoint(provider=PROVIDER, path="/{version}/interactions", check_access=check_key, files=True)
ON_VERTEX = Endpoint(
    provider="omni-vertex",
    path="/{version}/projects/{project}/locations/{location}/interactions",
    check_access=check_token,
    files=False,
)


def omni_routes(world: World, endpoint: Endpoint) -> list[BaseRoute]:
    """Return every route of the Interactions API that the sandbox knows."""
    table: tuple[tuple[str, str, Names, Act], ...] = (
        ("POST", endpoint.path, _fault_names, _answer_create),
        ("GET", f"{endpoint.path}/{{id}}", ("look",), _answer_look),
    )
    routes: list[BaseRoute] = [
        Route(path, with_faults(world.faults, names, refuse, _require_access(world, endpoint, act)), methods=[method])
        for method, path, names, act in table
    ]
    unknown = Route("/{rest:path}", _answer_unknown, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    return [*routes, *(file_routes(world, FILES) if endpoint.files else ()), unknown]


def _fault_names(body: bytes) -> Sequence[str]:
    """Return the names under which faults know an interaction: generations and extensions share one address."""
    try:
        fields = json.loads(body)
        extends = "previous_interaction_id" in fields or '"extend"' in json.dumps(fields.get("generation_config"))
    except (ValueError, TypeError, AttributeError):
        return ("generate",)
    return ("extend",) if extends else ("generate",)


def _require_access(world: World, endpoint: Endpoint, act: Act) -> Handler:
    """Return `act` for requests that the endpoint accepts."""

    async def handle(request: Request) -> Response:
        endpoint.check_access(request)
        return await act(world, endpoint, request)

    return handle


async def _answer_unknown(_request: Request) -> Response:
    return refuse(Refused(404, "Requested entity was not found.").refusal)


async def _answer_create(world: World, endpoint: Endpoint, request: Request) -> Response:
    """Answer at once if it shall run in the background, else when it is done."""
    task, asked = submit(world, await read_body(request), endpoint.provider)
    # Without `background` the service holds the connection until the video is done.
    if not asked.background:
        await asyncio.sleep(max(0.0, task.due - world.clock.now()))
    inline = asked.delivery == "inline" or not endpoint.files
    return JSONResponse(await describe_interaction(world, task, base_url(request, endpoint.provider), inline=inline))


async def _answer_look(world: World, endpoint: Endpoint, request: Request) -> Response:
    known = not has_fault(request, "vanished-task")
    task = _find_task(world, endpoint, request.path_params["id"]) if known else None
    if task is None:
        raise Refused(404, "Requested entity was not found.")
    form = task.request.get("response_format")
    # The service was seen to give the video itself where a link was asked for (2026): here that is a switch.
    delivery = form.get("delivery") if isinstance(form, dict) else "inline"
    inline = delivery != "uri" or not endpoint.files or world.faults.switch("inline-on-look") is not None
    return JSONResponse(await describe_interaction(world, task, base_url(request, endpoint.provider), inline=inline))


def _find_task(world: World, endpoint: Endpoint, identifier: str) -> Task | None:
    task = world.tasks.find(identifier)
    return task if task and task.provider == endpoint.provider else None
