"""Serves the sandbox on a socket: in the foreground for people, in a thread for tests."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp


class _NotifyingServer(uvicorn.Server):
    """uvicorn that calls back once it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call back."""
        await super().startup(sockets)
        self._ready()


def _config(app: ASGIApp) -> uvicorn.Config:
    # asyncio and h11 also where uvloop and httptools are installed: faults close the transport that these two hand on.
    return uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, server_header=False, date_header=False,
        loop="asyncio", http="h11", ws="none", timeout_graceful_shutdown=1,
    )  # fmt: skip


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def serve(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0, ready: Callable[[int], None]) -> None:
    """Serve until Ctrl-C; `ready` is told the port. OSError if the port is taken."""
    with _listen(host, port) as listening:
        chosen = listening.getsockname()[1]
        server = _NotifyingServer(_config(app), lambda: ready(chosen))
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


class Server:
    """The same in a thread, on a free port: ``with Server(app) as server: … server.url …``."""

    def __init__(self, app: ASGIApp) -> None:
        self._socket = _listen("127.0.0.1", 0)
        self._started = threading.Event()
        self._server = _NotifyingServer(_config(app), self._started.set)
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        """Start, and wait until it answers."""
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; whoever still waits for an answer is cut off."""
        # `force_exit`: a graceful end would wait for requests that hang on purpose.
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])
        self._started.set()
