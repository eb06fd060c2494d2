"""Who answers: Kling itself, or one of the gateways, each with a form of its own. Data."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

from runner.sandbox.door import Refusal
from runner.sandbox.kling.words import No, own

Body = Mapping[str, object]
_SATURATED = "当前分组上游负载已饱和"  # all that this family of gateways tells of a 429
_TOO_MANY, _UNSIGNED = 429, 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One server.

    `name` is where it is met and whom its ledger names. `needs` are the fields that an extension must have; empty where
    there is no such route. `official`: names of submits are kept and can be asked for, tasks are listed, and the second
    API is served too. `objects`: tasks come as objects of the gateway's own, with Kling's inside. `message` is what
    stands in answers to questions, `dated` whether the answer to a submit says when.
    """

    name: str
    needs: tuple[str, ...] = ("video_id",)
    official: bool = False
    objects: bool = False
    message: str = "SUCCEED"
    dated: bool = True


OFFICIAL = Profile(name="kling", official=True)
GATEWAYS = (
    Profile(name="kling-envelope"),
    Profile(name="kling-envelope-003", message="success", dated=False),
    Profile(name="kling-task-object", objects=True),
    Profile(name="kling-task-and-video-id", needs=("task_id", "video_id")),
    Profile(name="kling-no-extend", objects=True, needs=()),
)


def base_path(profile: Profile) -> str:
    """Return where a profile's API begins: gateways keep `/kling` before it."""
    return f"/{profile.name}" if profile.official else f"/{profile.name}/kling"


def request_id() -> str:
    """Return what names one answer."""
    return str(uuid.uuid4())


def envelope(profile: Profile, data: object, message: str = "") -> Response:
    """Return Kling's yes."""
    return JSONResponse({"code": 0, "message": message or profile.message, "request_id": request_id(), "data": data})


def refuser(profile: Profile) -> Callable[[Refusal], Response]:
    """Return how a profile says no."""

    def refuse(refusal: Refusal) -> Response:
        no = own(refusal)
        body = {"code": no.code, "message": no.message, "request_id": request_id()}
        if not profile.objects:
            return JSONResponse(body, no.http, refusal.headers)
        return _by_gateway(no, body, refusal.headers)

    return refuse


def _by_gateway(no: No, body: Body, headers: dict[str, str]) -> Response:
    """Return what a gateway makes of Kling's no: its own about keys, and Kling's as a text inside."""
    if no.http == _UNSIGNED:
        error = {"message": no.message, "type": "new_api_error", "code": ""}
        return JSONResponse({"error": error}, no.http, headers)
    if no.code == 1102:  # noqa: PLR2004 -- the gateway's customers have a balance there, not at Kling
        return JSONResponse({"code": "quota_not_enough", "message": no.message, "data": None}, 403, headers)
    words = _SATURATED if no.http == _TOO_MANY else json.dumps(body, ensure_ascii=False)
    return JSONResponse({"code": "fail_to_fetch_task", "message": words, "data": None}, no.http, headers)
