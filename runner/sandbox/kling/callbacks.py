"""Calls back to the client at each change of a task, as Kling does: unsigned, and with the bare task.

A client on this machine is called, and nobody else: a sandbox that posted wherever a request says would be a danger.
"""

import asyncio
import ipaddress
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from runner.sandbox.faults.task_effects import bound
from runner.sandbox.kling.profiles import Profile
from runner.sandbox.kling.records import SECOND_ROUTES, Record, Told, described, described_second, state
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

_HEADERS = {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "Apache-HttpClient/4.5.13 (Java/11.0.23)",
}
_PACE = 0.1
"""Seconds between two looks at the clock, which a test may have moved on."""
_PATIENCE = 5.0
_ENDS = ("succeed", "failed")


def begin(world: World, profile: Profile, task: Task, origin: str) -> None:
    """Call the client back from now on, if it wants that and is here; no answer waits for that or suffers from it."""
    second = task.kind in SECOND_ROUTES
    options = task.request.get("options") if second else task.request
    url = options.get("callback_url") if isinstance(options, dict) else None
    if not isinstance(url, str) or not is_here(url) or bound(task, "no-callback"):
        return
    say = partial(described_second if second else described, world, profile, task, origin)
    world.aside(_follow(world, task, url, say))


def is_here(url: str) -> bool:
    """Say whether an address is on this machine, without asking anybody for a name."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


async def _follow(world: World, task: Task, url: str, say: Callable[[Told], Record]) -> None:
    import httpx  # whoever wants no calls does without

    times = 2 if bound(task, "duplicate-callback") else 1
    nothing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # plain HTTP needs none, and the usual one takes long to make
    async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False, verify=nothing, headers=_HEADERS) as web:
        async for told in _changes(world, task):
            body = json.dumps(say(told))
            for _ in range(times):
                with suppress(httpx.HTTPError, httpx.InvalidURL):
                    await web.post(url, content=body)


async def _changes(world: World, task: Task) -> AsyncIterator[Told]:
    """Yield how a task stands whenever that changes; none of the three is skipped, however fast it goes."""
    yield Told(status="submitted", at=task.created)
    begun = False
    while True:
        told = await state(world, task)
        if told.status != "submitted" and not begun:
            begun, status = True, "processing" if told.status in _ENDS else told.status
            yield Told(status=status, at=task.created + (task.due - task.created) / 4)
        if told.status in _ENDS:
            yield told
            return
        await asyncio.sleep(_PACE)
