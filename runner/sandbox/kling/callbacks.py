"""Calls back to the client at each change of a task, as Kling does: unsigned, and with the bare task.

Only a client on this machine is called: a sandbox that posted wherever a request says would be a danger.
"""

import asyncio
import ipaddress
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runner.sandbox.faults.task_effects import carried_fault
from runner.sandbox.kling.catalog import Profile
from runner.sandbox.kling.records import V2_ROUTES, Record, TaskStatus, format_record, format_v2_record, read_status
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

if TYPE_CHECKING:
    import httpx

# The headers of a real callback (captured in 2025-12); there is no signature among them.
_HEADERS = {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "Apache-HttpClient/4.5.13 (Java/11.0.23)",
}
_PACE = 0.1
"""Seconds between two looks at the clock, which a test may have advanced."""
_PATIENCE = 5.0
_ENDS = ("succeed", "failed")


def start_callbacks(world: World, profile: Profile, task: Task, origin: str) -> None:
    """Call the client back from now on, if it asked for that and is on this machine; no answer waits for it."""
    v2 = task.kind in V2_ROUTES
    options = task.request.get("options") if v2 else task.request
    url = options.get("callback_url") if isinstance(options, dict) else None
    if not isinstance(url, str) or not is_loopback_url(url) or carried_fault(task, "no-callback"):
        return
    format_body = partial(format_v2_record if v2 else format_record, world, profile, task, origin)
    world.run_in_background(_post_changes(world, task, url, format_body))


def is_loopback_url(url: str) -> bool:
    """Say whether an address is on this machine, without a DNS query."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


async def _post_changes(world: World, task: Task, url: str, format_body: Callable[[TaskStatus], Record]) -> None:
    import httpx  # takes long to import, and a sandbox without callbacks needs none of it

    times = 2 if carried_fault(task, "duplicate-callback") else 1
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # plain HTTP needs none, and the usual one takes long to make
    async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False, verify=context, headers=_HEADERS) as web:
        async for status in _watch_changes(world, task):
            # One try only: whether Kling repeats a call that was not taken is documented nowhere (2026-11).
            await _post(web, url, json.dumps(format_body(status)), times=times)


async def _post(web: "httpx.AsyncClient", url: str, body: str, *, times: int) -> None:
    import httpx

    for _ in range(times):
        with suppress(httpx.HTTPError, httpx.InvalidURL):
            await web.post(url, content=body)


async def _watch_changes(world: World, task: Task) -> AsyncIterator[TaskStatus]:
    """Yield each change of a task's status; none of the three is skipped, however fast it goes."""
    yield TaskStatus(status="submitted", at=task.created)
    begun = False
    while True:
        status = await read_status(world, task)
        if status.status != "submitted" and not begun:
            begun, word = True, "processing" if status.status in _ENDS else status.status
            yield TaskStatus(status=word, at=task.created + (task.due - task.created) / 4)
        if status.status in _ENDS:
            yield status
            return
        await asyncio.sleep(_PACE)
