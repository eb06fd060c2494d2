"""Who may use the emulated kie, how often, and under which address it is met."""

from collections import deque

from starlette.requests import Request

from runner.sandbox.kie.envelope import Refused
from runner.sandbox.world import World

_POSTS, _SPAN = 20, 10.0


def allowed(request: Request) -> bool:
    """Any key is good that is not empty and does not begin with ``bad``."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and bool(key.strip()) and not key.strip().startswith("bad")


def admit(request: Request) -> None:
    """Refuse a request without a good key."""
    if not allowed(request):
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
