"""The sandbox: one ASGI app with every emulated provider and its own control routes."""

import time
from collections.abc import Callable, Sequence
from email.utils import formatdate
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Message, Receive, Scope, Send

from runner.sandbox.control import control_routes
from runner.sandbox.faults.responses import DROPPED, TRANSPORT
from runner.sandbox.faults.spec import Faults
from runner.sandbox.gemini import gemini_routes
from runner.sandbox.kie.app import kie_routes
from runner.sandbox.kling.access import SECRET
from runner.sandbox.kling.app import kling_routes
from runner.sandbox.kling.catalog import GATEWAYS, OFFICIAL, base_path
from runner.sandbox.omni.app import BY_KEY, ON_VERTEX, omni_routes
from runner.sandbox.render.renderer import Renderer
from runner.sandbox.shared_files import make_private_folder
from runner.sandbox.vertex import vertex_routes
from runner.sandbox.world import SandboxClock, World

_ABOUT = f"""longtake sandbox: emulated video providers. Nothing here costs money; every video is real.

/kie                kie.ai's Veo API; any key that does not begin with "bad"
/gemini             Veo on Google's Gemini API; the same keys
/vertex             Veo on Vertex AI; any token that does not begin with "bad" or "expired"
/omni               Gemini Omni over the Interactions API; the same keys as kie
/omni-vertex        the same on Vertex AI; the same tokens as there
/kling              Kling, both of its APIs; the same keys, or tokens: KLING_ACCESS_KEY=any
                    KLING_SECRET_KEY={SECRET}
/kling-*/kling      gateways that follow it: envelope, envelope-003, task-object, task-and-video-id, no-extend
/sandbox/ledger     what would have been charged
/sandbox/tasks      every task and its state
/sandbox/faults     GET what can go wrong, POST {{"fault": "spec"}}, DELETE to clear
/sandbox/clock      POST {{"advance": seconds}}
"""


class _Sandbox(Starlette):
    """Starlette that remembers a request's socket, so that a fault can close it, and dates answers by its own clock.

    Clients set their clocks by the `Date` of an answer (RFC 9110, 6.6.1), and sign by what they learn from it.
    """

    def __init__(self, routes: Sequence[BaseRoute], clock: SandboxClock) -> None:
        super().__init__(routes=routes)
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        # uvicorn's `send` is a method of its request cycle, which knows the socket; ASGI itself has no word for it.
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        dropped: list[bool] = []

        async def send_unless_dropped(message: Message) -> None:
            # Starlette reports the exception that stands for a drop with HTTP 500: nothing may be sent after it.
            if dropped:
                return
            if message["type"] == "http.response.start":
                date = formatdate(self._clock.now(), usegmt=True).encode()
                message = {**message, "headers": [*message.get("headers", ()), (b"date", date)]}
            await send(message)

        known = {TRANSPORT: transport} if transport else {}
        await super().__call__({**scope, **known, DROPPED: dropped}, receive, send_unless_dropped)


def sandbox_app(
    folder: Path,
    *,
    ffmpeg: str,
    task_seconds: float = 3.0,
    faults: Sequence[str] = (),
    now: Callable[[], float] = time.time,
    films: Path | None = None,
) -> Starlette:
    """Return the app; all its state lies in `folder`. ValueError if a fault makes no sense.

    `films` is where rendered files are kept, if not in `folder`: several sandboxes may share them.
    """
    world = World(
        folder,
        task_seconds=task_seconds,
        clock=SandboxClock(make_private_folder(folder), now),
        faults=Faults(faults),
        renderer=Renderer(make_private_folder(films or folder / "films"), ffmpeg),
    )
    routes = [
        Route("/", _about),
        Mount("/kie", routes=kie_routes(world)),
        Mount("/gemini", routes=gemini_routes(world)),
        Mount("/vertex", routes=vertex_routes(world)),
        Mount("/omni", routes=omni_routes(world, BY_KEY)),
        Mount("/omni-vertex", routes=omni_routes(world, ON_VERTEX)),
        *(Mount(base_path(each), routes=kling_routes(world, each)) for each in (OFFICIAL, *GATEWAYS)),
        Mount("/sandbox", routes=control_routes(world)),
    ]
    return _Sandbox(routes, world.clock)


async def _about(_request: Request) -> Response:
    return PlainTextResponse(_ABOUT)
