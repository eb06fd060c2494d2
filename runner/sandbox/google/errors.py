"""Google's error replies: the HTTP status is the verdict, the body repeats it by number and by name."""

from starlette.responses import JSONResponse, Response

from runner.sandbox.faults.middleware import Refusal

_TYPE = "type.googleapis.com/google.rpc."
_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more information on this error,"
    " head to: https://ai.google.dev/gemini-api/docs/rate-limits."
)


class Refused(Exception):
    """A request that Google turns down."""

    def __init__(self, http: int, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(code=http, message=message, http=http)


def refuse(refusal: Refusal) -> Response:
    """Return Google's no; a wait is told in the details, not by a header."""
    http = refusal.http or refusal.code
    http = http if 400 <= http <= 599 else 500  # noqa: PLR2004 -- what HTTP calls an error
    error: dict[str, object] = {"code": http, "message": refusal.message, "status": _NAMES.get(http, "UNKNOWN")}
    if http == 429:  # noqa: PLR2004
        error["message"] = QUOTA
        error["details"] = _quota(refusal.headers.get("retry-after", ""))
    return JSONResponse({"error": error}, http)


def _quota(wait: str) -> list[dict[str, object]]:
    """What comes along with a 429; without a wait there is often nothing."""
    if not wait:
        return []
    violations = [{"quotaMetric": "generativelanguage.googleapis.com/generate_requests", "quotaId": "PerMinute"}]
    return [
        {"@type": f"{_TYPE}QuotaFailure", "violations": violations},
        {"@type": f"{_TYPE}RetryInfo", "retryDelay": f"{wait}s"},
    ]
