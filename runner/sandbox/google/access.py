"""Who may use the APIs that Google serves by key, and under which address they are met."""

from starlette.requests import Request

from runner.sandbox.google.errors import Refused


def admit(request: Request) -> None:
    """Any key is good that is not empty and does not begin with ``bad``."""
    key = request.headers.get("x-goog-api-key", "") or request.query_params.get("key", "")
    if not key.strip():
        raise Refused(
            403, "Method doesn't allow unregistered callers (callers without established identity)."
            " Please use API Key or other form of API consumer identity to call this API.",
        )  # fmt: skip
    if key.startswith("bad"):
        raise Refused(400, "API key not valid. Please pass a valid API key.")


def admit_bearer(request: Request) -> None:
    """Any token is good that is not empty and begins neither with ``bad`` nor with ``expired``; or an express key."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token if scheme.lower() == "bearer" else request.headers.get("x-goog-api-key", "")
    if not token.strip() or token.startswith(("bad", "expired")):
        raise Refused(
            401, "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other"
            " valid authentication credential.",
        )  # fmt: skip


def base_url(request: Request, provider: str) -> str:
    """Return the address of an API as it is told; Google's own client takes no file that is not at https."""
    google = request.headers.get("user-agent", "").startswith("google-genai-sdk/")
    return f"{'https' if google else request.url.scheme}://{request.url.netloc}/{provider}"
