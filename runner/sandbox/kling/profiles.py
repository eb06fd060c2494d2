"""Who answers: Kling itself, or one of the gateways, each with a form of its own. Data."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from runner.sandbox.faults.middleware import Refusal
from runner.sandbox.faults.spec import Faults
from runner.sandbox.kling.codes import OWN_NO, UNSIGNED, No, own

Body = Mapping[str, object]
_SATURATED = "当前分组上游负载已饱和"  # all that this family of gateways tells of a 429
_OK, _TOO_MANY = 200, 429


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


def origin(request: Request) -> str:
    """Return where a client has met the sandbox: its links lead there too."""
    return f"{request.url.scheme}://{request.url.netloc}"


def request_id() -> str:
    """Return what names one answer."""
    return str(uuid.uuid4())


def envelope(profile: Profile, data: object, message: str = "") -> Response:
    """Return Kling's yes."""
    return JSONResponse({"code": 0, "message": message or profile.message, "request_id": request_id(), "data": data})


def refuser(profile: Profile, faults: Faults) -> Callable[[Refusal], Response]:
    """Return how a profile says no."""

    def refuse(refusal: Refusal) -> Response:
        if profile.objects and refusal.code in OWN_NO:
            return _own_no(refusal)
        no = own(refusal, always_ok=faults.switch("errors-as-200") is not None)
        body = {"code": no.code, "message": no.message, "request_id": request_id()}
        return _handed_on(no, body, refusal) if profile.objects else JSONResponse(body, no.http, refusal.headers)

    return refuse


def _own_no(refusal: Refusal) -> Response:
    """Return a gateway's no to its own customer; Kling was not asked."""
    if refusal.code == UNSIGNED:
        error = {"message": refusal.message, "type": "new_api_error", "code": ""}
        return JSONResponse({"error": error}, refusal.http or 401, refusal.headers)
    return _failed("quota_not_enough", refusal.message, refusal.http or 403, refusal)


def _handed_on(no: No, body: Body, refusal: Refusal) -> Response:
    """Return what a gateway makes of Kling's no to the gateway; of those with HTTP 429 nobody learns which it was."""
    if no.http == _OK:
        return _failed("task_failed", no.message, 400, refusal)
    words = _SATURATED if no.http == _TOO_MANY else json.dumps(body, ensure_ascii=False)
    return _failed("fail_to_fetch_task", words, no.http, refusal)


def _failed(code: str, words: str, http: int, refusal: Refusal) -> Response:
    return JSONResponse({"code": code, "message": words, "data": None}, http, refusal.headers)
