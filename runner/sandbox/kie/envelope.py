"""kie's envelope, keys, rate limit and prices. Nearly always HTTP is 200; the verdict is the body's `code`."""

from collections import deque

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from runner.sandbox.faults import middleware
from runner.sandbox.faults.middleware import Refusal
from runner.sandbox.world import World

PROVIDER = "kie"
# kie's price feed, the same on 2026-08-06, 2026-09-24 and 2026-10-04; a price does not depend on the length.
USD_PER_CREDIT = 0.005
UPGRADE_CREDITS = {"upgrade-1080p": 5.0, "upgrade-4k": 120.0}
EXTEND_CREDITS = {"fast": 60.0, "lite": 30.0, "quality": 250.0}
_GENERATE_CREDITS = {
    "veo3": {"720p": 250.0, "1080p": 255.0, "4k": 380.0},
    "veo3_fast": {"720p": 60.0, "1080p": 65.0, "4k": 180.0},
    "veo3_lite": {"720p": 30.0, "1080p": 35.0, "4k": 150.0},
}
_IMAGE_4K_QUALITY = 370.0

MODELS = tuple(_GENERATE_CREDITS)
RESOLUTIONS = ("720p", "1080p", "4k")


class Refused(middleware.Refused):
    """A request that kie turns down."""

    def __init__(self, code: int, message: str, *, http: int = 200, headers: dict[str, str] | None = None) -> None:
        super().__init__(Refusal(code=code, message=message, http=http, headers=headers or {}))


def success(data: object) -> Response:
    """Return a successful answer."""
    return _json({"code": 200, "msg": "success", "data": data})


def refuse(refusal: Refusal, data: object = None) -> Response:
    """Return an error reply."""
    # All 595 recorded refusals came with HTTP 200 (2026-04); a rate limit alone is documented as HTTP 429.
    body = {"code": refusal.code, "msg": refusal.message, "data": data}
    return _json(body, refusal.http or 200, refusal.headers)


def _json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(body, status, headers, media_type="application/json;charset=UTF-8")


def price_generation(model: str, resolution: str, *, images: bool) -> float:
    """Return the price of a generation."""
    if images and (model, resolution) == ("veo3", "4k"):
        return _IMAGE_4K_QUALITY
    return _GENERATE_CREDITS[model][resolution]


# 20 new generation requests per 10 s and account, then HTTP 429 (kie, docs of 2026-04). Whether polls count is not
# said: here they do not.
_POSTS, _SPAN = 20, 10.0


def is_authorized(request: Request) -> bool:
    """Say whether a request has a key that is not empty and does not begin with ``bad``."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and bool(key.strip()) and not key.strip().startswith("bad")


def check_key(request: Request) -> None:
    """Refuse a request without a good key."""
    if not is_authorized(request):
        raise Refused(401, "You do not have access permissions")


def base_url(request: Request) -> str:
    """Return the address of the emulated kie as the client sees it."""
    return f"{request.url.scheme}://{request.url.netloc}/kie"


class Limiter:
    """At most 20 new generations per 10 seconds, in a sliding window."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._taken: deque[float] = deque()

    def take(self) -> None:
        """Count one more, or refuse it with HTTP 429."""
        now = self._world.clock.now()
        while self._taken and now - self._taken[0] >= _SPAN:
            self._taken.popleft()
        if len(self._taken) >= _POSTS and self._world.faults.switch("no-rate-limit") is None:
            raise Refused(429, "Your request frequency is too high. Please try again later.", http=429)
        self._taken.append(now)
