"""The emulators behind a hostile door: requests reach them, or not; answers come back, or others do."""

import json
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from runner.sandbox.app import sandbox_app
from runner.state.journal import read
from tests.fakes.clock import FakeClock
from tests.fakes.provider import Life
from tests.hostile.proofs import may_deny, may_refuse, read_json
from tests.hostile.twists import HONEST, Altered, Broken, Instead, Script, Twist, Unconnected, altered, encode

TASK_SECONDS = 1.5  # of the clock that jumps: a task is asked about more than once
ROUTE: ContextVar[str] = ContextVar("ROUTE", default="file")
"""What the request that goes out now is for."""


@dataclass(frozen=True)
class Sale:
    """One submit that the server took and charges for; `answered`: an answer came back that can be kept.

    `name` is what the API calls the task, where it was told; `honest`: that came back unchanged.
    """

    intent: int
    hop: int
    take: int
    mark: str
    task: str
    name: str
    answered: bool
    honest: bool


@dataclass
class Server:
    """One provider, over the whole life of a run; it knows the run's journal, to tell which submit it is asked for."""

    provider: str
    folder: Path
    root: Path
    clock: FakeClock
    sales: list[Sale] = field(default_factory=list)
    submits: list[dict[str, Any]] = field(default_factory=list)  # the intents whose requests arrived, in order
    broken_promises: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        faults = ["no-rate-limit", "balance=1000000"]
        self.app = sandbox_app(self.folder, ffmpeg="", task_seconds=TASK_SECONDS, faults=faults, now=self.clock.now)

    def door(self, life: Life, script: Script) -> "Door":
        """What one process meets."""
        return Door(self, life, {route: list(twists) for route, twists in script.items()})

    def tasks(self) -> set[str]:
        """Every task that was made."""
        return {path.stem for path in (self.folder / "tasks").glob("*.json")}

    def arrived(self) -> dict[str, Any]:
        """The intent of the submit that arrives now; it must be on the disk, with its request."""
        event = read(self.root / "journal.jsonl").events[-1]
        place = {"seq": event.seq, **event.data}
        if event.kind != "intent":
            self.broken_promises.append(f"a submit was sent after {event.kind!r}, without an intent of its own")
            return {"hop": -1, "take": -1, "mark": "", **place}
        request = self.root / f"hops/{place['hop']:02d}/take-{place['take']:02d}/request.json"
        if not request.exists() or json.loads(request.read_bytes())["intent"] != event.seq:
            self.broken_promises.append("a submit was sent before its request was on the disk")
        self.submits.append(place)
        return place


class Door(httpx.AsyncBaseTransport):
    """Where the requests of one process go through; it dies on the way there, or on the way back."""

    def __init__(self, server: Server, life: Life, script: dict[str, list[Twist]]) -> None:
        self._server, self.life, self._script = server, life, script
        self._told = b""
        self._inner = httpx.ASGITransport(server.app, raise_app_exceptions=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.life.act()
        route = ROUTE.get()
        twists = self._script.get(route, [])
        twist = twists.pop(0) if twists else HONEST
        if route == "submit":
            ROUTE.set("find")  # what else is asked before the submit has its outcome
            response = await self._sell(request, twist)
        else:
            response = await self._answer(request, twist)
            if route == "find" and may_deny(_raw(response), self._last_mark()):
                response = await self._answer(request, HONEST)
        self.life.act()
        return response

    def _last_mark(self) -> str:
        return str(self._server.submits[-1]["mark"]) if self._server.submits else ""

    async def _sell(self, request: httpx.Request, twist: Twist) -> httpx.Response:
        server = self._server
        intent, before = server.arrived(), server.tasks()
        response = None
        try:
            response = await self._answer(request, twist)
            return response
        finally:
            made = server.tasks() - before
            refused = response is not None and may_refuse(server.provider, response.status_code, _raw(response))
            if made and not refused:
                place = (intent["seq"], intent["hop"], intent["take"], intent["mark"], min(made))
                name = _named(read_json(self._told), min(made)) or min(made)
                server.sales.append(Sale(*place, name, answered=_legible(response), honest=twist == HONEST))

    async def _answer(self, request: httpx.Request, twist: Twist) -> httpx.Response:
        match twist:
            case Unconnected():
                raise httpx.ConnectError("no connection", request=request)
            case Broken(reached):
                if reached:
                    await self._honest(request)
                raise httpx.ReadError("reset", request=request)
            case Instead(reached, status, body, headers):
                if reached:
                    await self._honest(request)
                return _made(request, status, encode(body), list(headers))
            case Altered():
                if twist.fault:
                    await self._arm(twist.fault)
                honest = await self._honest(request)
                headers = [pair for pair in honest.headers.raw if pair[0].lower() not in dict(twist.headers)]
                content = altered(honest.content, twist)
                if content != honest.content:
                    headers = [pair for pair in headers if pair[0].lower() != b"content-length"]
                return _made(request, twist.status or honest.status_code, content, [*headers, *twist.headers])

    async def _arm(self, fault: str) -> None:
        url = "http://sandbox.localhost/sandbox/faults"
        armed = await self._inner.handle_async_request(httpx.Request("POST", url, json={"fault": fault}))
        assert armed.status_code == httpx.codes.OK, fault

    async def _honest(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        self._told = await response.aread()
        return response


def _made(request: httpx.Request, status: int, content: bytes, headers: list[tuple[bytes, bytes]]) -> httpx.Response:
    """An answer whose body goes over the wire as it is, whatever its headers say of it."""
    response = httpx.Response(status, headers=headers, stream=_Body(content), request=request)
    response.extensions["raw"] = content
    return response


def _named(answer: Any, task: str) -> str:
    """The first text in an answer that holds a task's id."""
    if isinstance(answer, str):
        return answer if task in answer else ""
    inside = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ()
    return next(filter(None, (_named(each, task) for each in inside)), "")


def _legible(response: httpx.Response | None) -> bool:
    """Whether something came back that can be kept: what is packed in an unknown way cannot be."""
    return response is not None and bool(_raw(response)) and "content-encoding" not in response.headers


def _raw(response: httpx.Response) -> bytes:
    return bytes(response.extensions["raw"])


class _Body(httpx.AsyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> Any:
        yield self._content
