"""Tells when an app has an answer ready, or none, and keeps its client waiting."""

from collections.abc import Callable
from typing import Any


def telling(app: Any, held: Callable[[], object]) -> Any:
    """The app, which calls `held` when it has read a request and then only waits for its client to leave."""

    async def told(scope: Any, receive: Any, send: Any) -> None:
        whole = False

        async def listen() -> Any:
            nonlocal whole
            if whole:
                held()
            message = await receive()
            whole = message["type"] == "http.request" and not message.get("more_body", False)
            return message

        await app(scope, listen, send)

    return told
