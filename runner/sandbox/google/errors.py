"""What Google's APIs share at the entrance: keys and tokens, addresses, and error replies."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from runner.sandbox.faults import middleware
from runner.sandbox.faults.middleware import Refusal

# The names and numbers of google.rpc.Code, as the error model of Google's APIs pairs them with HTTP statuses.
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
_ERRORS = range(400, 600)
QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more information on this error,"
    " head to: https://ai.google.dev/gemini-api/docs/rate-limits."
)


class Refused(middleware.Refused):
    """A request that Google turns down."""

    def __init__(self, http: int, message: str) -> None:
        super().__init__(Refusal(code=http, message=message, http=http))


def http_status(refusal: Refusal) -> int:
    """Return the HTTP status of a refusal; a fault may ask for a code of another provider, which is none."""
    http = refusal.http or refusal.code
    return http if http in _ERRORS else int(HTTPStatus.INTERNAL_SERVER_ERROR)


def refuse(refusal: Refusal) -> Response:
    """Return Google's error reply; how long to wait stands in its details, not in a header."""
    http = http_status(refusal)
    error: dict[str, object] = {"code": http, "message": refusal.message, "status": _NAMES.get(http, "UNKNOWN")}
    if http == HTTPStatus.TOO_MANY_REQUESTS:
        error["message"] = QUOTA
        error["details"] = _quota_details(refusal.headers.get("retry-after", ""))
    return JSONResponse({"error": error}, http)


def _quota_details(wait: str) -> list[dict[str, object]]:
    """Return what comes along with a 429."""
    # Google sends both forms, with RetryInfo and without any details (googleapis/python-genai#2065).
    if not wait:
        return []
    violations = [{"quotaMetric": "generativelanguage.googleapis.com/generate_requests", "quotaId": "PerMinute"}]
    return [
        {"@type": f"{_TYPE}QuotaFailure", "violations": violations},
        {"@type": f"{_TYPE}RetryInfo", "retryDelay": f"{wait}s"},
    ]


def check_key(request: Request) -> None:
    """Refuse a request without a key, or with one that begins with ``bad``."""
    key = request.headers.get("x-goog-api-key", "") or request.query_params.get("key", "")
    if not key.strip():
        raise Refused(
            403, "Method doesn't allow unregistered callers (callers without established identity)."
            " Please use API Key or other form of API consumer identity to call this API.",
        )  # fmt: skip
    if key.startswith("bad"):
        raise Refused(400, "API key not valid. Please pass a valid API key.")


def check_token(request: Request) -> None:
    """Refuse a request without a bearer token or express key, or with one that begins with ``bad`` or ``expired``."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token if scheme.lower() == "bearer" else request.headers.get("x-goog-api-key", "")
    if not token.strip() or token.startswith(("bad", "expired")):
        raise Refused(
            401, "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other"
            " valid authentication credential.",
        )  # fmt: skip


def base_url(request: Request, provider: str) -> str:
    """Return the address of an API as its answers name it."""
    # google-genai 2.34.0 takes only file links that begin with https://, so it is told such, and downloads by the id.
    google = request.headers.get("user-agent", "").startswith("google-genai-sdk/")
    return f"{'https' if google else request.url.scheme}://{request.url.netloc}/{provider}"
