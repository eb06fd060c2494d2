"""How the Interactions API says no: a code in words, and no status beside it."""

from starlette.responses import JSONResponse, Response

from runner.sandbox.faults.middleware import Refusal

_CODES = {
    400: "invalid_request",
    401: "unauthenticated",
    403: "permission_denied",
    404: "not_found",
    429: "resource_exhausted",
    503: "unavailable",
}


def refuse(refusal: Refusal) -> Response:
    """Return the no."""
    http = refusal.http or refusal.code
    http = http if 400 <= http <= 599 else 500  # noqa: PLR2004 -- what HTTP calls an error
    return JSONResponse({"error": {"message": refusal.message, "code": _CODES.get(http, "internal")}}, http)
