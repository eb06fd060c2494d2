"""What an account of Kling has bought: one package, which the sandbox's balance fills."""

from starlette.requests import Request
from starlette.responses import Response

from runner.sandbox.kling.access import admit
from runner.sandbox.kling.codes import Refused
from runner.sandbox.kling.fields import WRONG
from runner.sandbox.kling.profiles import Profile, envelope
from runner.sandbox.world import World

_NAME = "sandbox"
_DAY = 24 * 3600 * 1000
_BOUGHT, _LASTS = 30 * _DAY, 90 * _DAY


async def costs(world: World, profile: Profile, request: Request) -> Response:
    """Answer with the packages of a window of time; the sandbox's is there at any time."""
    admit(world, profile, request)
    if _moment(request, "start_time") > _moment(request, "end_time"):
        raise Refused(WRONG, "start_time must not be after end_time")
    wanted = request.query_params.get("resource_pack_name") or _NAME
    packs = [_pack(world, profile)] if wanted == _NAME else []
    return envelope(profile, {"code": 0, "msg": "SUCCEED", "resource_pack_subscribe_infos": packs})


def _moment(request: Request, name: str) -> int:
    value = request.query_params.get(name, "")
    if not value.isdecimal():
        raise Refused(WRONG, f"{name} value '{value}' is invalid" if value else f"{name} can not be null")
    return int(value)


def _pack(world: World, profile: Profile) -> dict[str, object]:
    """Return the package; the day it was bought moves with the clock, so that it never ends."""
    left = world.balance(profile.name)
    bought = round(world.clock.now() * 1000) // _DAY * _DAY - _BOUGHT
    return {
        "resource_pack_name": _NAME,
        "resource_pack_id": _NAME,
        "resource_pack_type": "decreasing_total",
        "total_quantity": left + world.ledger.spent(profile.name),
        "remaining_quantity": left,
        "purchase_time": bought,
        "effective_time": bought,
        "invalid_time": bought + _LASTS,
        "status": "online" if left > 0 else "runOut",
    }
