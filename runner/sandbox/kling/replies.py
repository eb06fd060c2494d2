"""How Kling and the gateways answer: envelopes, error codes with their HTTP statuses, and who refuses how."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from runner.sandbox.faults import middleware
from runner.sandbox.faults.middleware import Refusal
from runner.sandbox.faults.spec import Faults
from runner.sandbox.kling.catalog import Profile

Body = Mapping[str, object]
# "The upstream of this group is saturated": all that this family of gateways tells of a 429.
_SATURATED = "当前分组上游负载已饱和"
# Kling's error table (English docs, 2026-02). An empty account is HTTP 429: whoever retries every 429 retries that too.
_BY_STATUS = {
    400: (1200, 1201, 1300, 1301),
    401: (1000, 1001, 1002, 1003, 1004),
    403: (1103,),
    404: (1202, 1203),
    429: (1100, 1101, 1102, 1302, 1303, 1304),
    500: (5000,),
    503: (5001,),
    504: (5002,),
}
STATUS = {code: status for status, codes in _BY_STATUS.items() for code in codes}
"""The HTTP status that comes with each code."""
_OTHERS = {
    400: 1201,
    401: 1002,
    402: 1102,
    403: 1103,
    404: 1203,
    422: 1201,
    429: 1302,
    433: 1102,
    451: 1201,
    455: 5001,
    500: 5000,
    501: 5000,
    503: 5001,
    504: 5002,
    505: 1103,
}
"""What Kling says where other providers have the code on the left."""


UNAUTHORIZED, NO_BALANCE, KEY_LIMIT = 401, 402, 433
GATEWAY_CODES = (UNAUTHORIZED, NO_BALANCE, KEY_LIMIT)
"""With what a gateway refuses its own customer. From Kling itself the same comes in Kling's codes."""


_TEXTS = {
    1000: "Authentication failed",
    1001: "Authorization is empty",
    1002: "Authorization is not valid",
    1003: "Authorization is not yet valid",
    1004: "Authorization has expired",
    1100: "Account exception",
    1101: "Account in arrears",
    1102: "Account balance not enough",
    1103: "No permission to access the requested resource",
    1200: "Invalid request parameters",
    1201: "Invalid request parameters",
    1202: "The requested method is not found",
    1203: "The requested resource is not found",
    1300: "The platform policy is triggered",
    1301: "The content security policy of the platform is triggered",
    1302: "Too many requests",
    1303: "parallel task over resource pack limit",
    1304: "The IP address is not on the whitelist",
    5000: "Server internal error",
    5001: "Server temporarily unavailable",
    5002: "Server internal timeout",
}
"""What Kling says with a code; those of 1102 and 1303 were seen, the others paraphrase what is documented."""
_BY_FAULT = {
    "content-policy": (1301, _TEXTS[1301]),
    "not-extendable": (1201, "video_id is invalid: the video can not be extended"),
    "not-processed": (1201, "video_id is invalid: the video is not finished"),
    "image-unreachable": (1201, "Failed to download the image"),
}
"""What Kling says to faults for which other providers have no code of their own."""


class Refused(middleware.Refused):
    """A request that Kling turns down."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(Refusal(code=code, message=message))


@dataclass(frozen=True, slots=True, kw_only=True)
class KlingError:
    """An error in Kling's own code, and the HTTP status it comes with."""

    code: int
    http: int
    message: str


def translate_refusal(refusal: Refusal, *, always_ok: bool = False) -> KlingError:
    """Return any refusal as an error of Kling's; `always_ok`: with HTTP 200, unless another is asked for."""
    code = refusal.code if refusal.code in STATUS else _OTHERS.get(refusal.code, refusal.code)
    code, text = _BY_FAULT.get(refusal.fault) or (code, _TEXTS.get(code, refusal.message))
    http = refusal.http or (200 if always_ok else STATUS.get(code, 400))
    return KlingError(code=code, http=http, message=text if refusal.stock else refusal.message)


def origin(request: Request) -> str:
    """Return the address under which the client reached the sandbox: its links lead there too."""
    return f"{request.url.scheme}://{request.url.netloc}"


def request_id() -> str:
    """Return a new id of an answer."""
    return str(uuid.uuid4())


def envelope(profile: Profile, data: object, message: str = "") -> Response:
    """Return a successful answer."""
    return JSONResponse({"code": 0, "message": message or profile.message, "request_id": request_id(), "data": data})


def refuser(profile: Profile, faults: Faults) -> Callable[[Refusal], Response]:
    """Return how a profile refuses."""

    def refuse(refusal: Refusal) -> Response:
        if profile.objects and refusal.code in GATEWAY_CODES:
            return _gateway_error(refusal)
        error = translate_refusal(refusal, always_ok=faults.switch("errors-as-200") is not None)
        body = {"code": error.code, "message": error.message, "request_id": request_id()}
        return (
            _relay_error(error, body, refusal) if profile.objects else JSONResponse(body, error.http, refusal.headers)
        )

    return refuse


def _gateway_error(refusal: Refusal) -> Response:
    """Return how a gateway refuses its own customer; Kling was not asked."""
    # new-api, middleware and relay (read 2026-07-07): token errors are objects, an empty quota is HTTP 403.
    if refusal.code == UNAUTHORIZED:
        error = {"message": refusal.message, "type": "new_api_error", "code": ""}
        return JSONResponse({"error": error}, refusal.http or 401, refusal.headers)
    return _task_error("quota_not_enough", refusal.message, refusal.http or 403, refusal)


def _relay_error(error: KlingError, body: Body, refusal: Refusal) -> Response:
    """Return what a gateway makes of an error that Kling gave it."""
    # new-api replaces whatever comes with HTTP 429 by one text, so an empty account looks like a busy one (2026-07-07).
    if error.http == HTTPStatus.OK:
        return _task_error("task_failed", error.message, 400, refusal)
    words = _SATURATED if error.http == HTTPStatus.TOO_MANY_REQUESTS else json.dumps(body, ensure_ascii=False)
    return _task_error("fail_to_fetch_task", words, error.http, refusal)


def _task_error(code: str, words: str, http: int, refusal: Refusal) -> Response:
    return JSONResponse({"code": code, "message": words, "data": None}, http, refusal.headers)
