"""The sandbox's own routes: what was charged, what runs, what is to go wrong, and what time it is."""

import json
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from runner.sandbox.faults.table import FAULTS
from runner.sandbox.faults.task_effects import find_failure
from runner.sandbox.kling.catalog import GATEWAYS, OFFICIAL
from runner.sandbox.world import World, settle_all

_PROVIDERS = ("kie", "gemini", "vertex", "omni", "omni-vertex", *(each.name for each in (OFFICIAL, *GATEWAYS)))

_KNOWN_FAULTS = [{"name": kind.name, "acts": kind.moment, "meaning": kind.meaning} for kind in FAULTS.values()]


def control_routes(world: World) -> list[BaseRoute]:
    """Return the routes below `/sandbox`."""

    async def ledger(_request: Request) -> Response:
        settle_all(world)
        return JSONResponse(_describe_ledger(world))

    async def tasks(_request: Request) -> Response:
        return JSONResponse({"tasks": [_task_row(world, asdict(task)) for task in world.tasks.list_all()]})

    async def faults(_request: Request) -> Response:
        return JSONResponse({"faults": world.faults.list_armed(), "known": _KNOWN_FAULTS})

    async def add_fault(request: Request) -> Response:
        spec = await _read_field(request, "fault")
        try:
            world.faults.add(spec if isinstance(spec, str) else "")
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        return await faults(request)

    async def clear_faults(request: Request) -> Response:
        world.faults.clear()
        return await faults(request)

    async def clock(request: Request) -> Response:
        seconds = await _read_field(request, "advance") if request.method == "POST" else 0
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            return JSONResponse({"error": "advance must be a number of seconds, 0 or more"}, 400)
        if seconds:
            world.clock.advance(seconds)
        return JSONResponse({"now": world.clock.now()})

    return [
        Route("/ledger", ledger),
        Route("/tasks", tasks),
        Route("/faults", faults),
        Route("/faults", add_fault, methods=["POST"]),
        Route("/faults", clear_faults, methods=["DELETE"]),
        Route("/clock", clock, methods=["GET", "POST"]),
    ]


def _describe_ledger(world: World) -> dict[str, object]:
    charges = world.ledger.charges()
    spent = sum(charge.usd for charge in charges if charge.refunded is None)
    balances = {name: world.balance(name) for name in _PROVIDERS}
    # `balance` is kie's; it is part of the documented answer (docs/sandbox.md).
    rows = [asdict(charge) for charge in charges]
    return {"charges": rows, "balance": balances["kie"], "balances": balances, "spent_usd": spent}


async def _read_field(request: Request, name: str) -> object:
    """Return one field of a JSON body, None if there is no such thing."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        return None
    return body.get(name) if isinstance(body, dict) else None


def _task_row(world: World, task: dict[str, object]) -> dict[str, object]:
    found = world.tasks.find(str(task["id"]))
    failed = found is not None and find_failure(found) is not None
    done = found is not None and world.is_due(found)
    return {**task, "state": ("failed" if failed else "done") if done else "running"}
