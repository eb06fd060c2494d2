"""Where requests enter an emulated provider: faults act here, the provider's handler does the rest."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from runner.sandbox.faults.responses import Severed, Silent, dripping, halved, page
from runner.sandbox.faults.spec import Fault, Faults

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a provider says no with: its code, its words, and the HTTP status if it is not the usual one.

    `fault` is the one that asked for it, and `stock` says that it left the words to the provider.
    """

    code: int
    message: str
    http: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    stock: bool = False


Refuse = Callable[[Refusal], Response]
Names = Sequence[str] | Callable[[bytes], Sequence[str]]
"""The names that faults know a route by; where one address serves several purposes, its body tells them apart."""


def guarded(faults: Faults, names: Names, refuse: Refuse, handler: Handler) -> Handler:
    """Return `handler` behind the faults of a route that goes by `names`."""

    async def endpoint(request: Request) -> Response:
        # The body is read first: a server that drops a request has still received it.
        body = await request.body()
        routes = names(body) if callable(names) else names
        for fault in faults.strike("reply", *routes):
            answer = await _answer(fault, request, refuse, handler)
            if answer is not None:
                return answer
        return await handler(request)

    return endpoint


async def _answer(fault: Fault, request: Request, refuse: Refuse, handler: Handler) -> Response | None:
    """Return what a fault answers; None if the handler looks after this one."""
    if fault.name in ("lost-reply", "hang", "empty-body", "not-json") or fault.text("commit") == "yes":
        await handler(request)
    if fault.kind.refusal or fault.name in ("status", "rate-limit"):
        return refuse(_refusal(fault))
    if fault.name in _MADE:
        return _MADE[fault.name](fault)
    if fault.name in _BENT:
        return _BENT[fault.name](fault, await handler(request))
    request.state.fault = fault
    return None


_MADE: dict[str, Callable[[Fault], Response]] = {
    "lost-reply": lambda _: Severed(),
    "lost-request": lambda _: Severed(),
    "hang": lambda fault: Silent(fault.number("seconds", 3600)),
    "empty-body": lambda _: Response(),
    "not-json": lambda _: PlainTextResponse("upstream connect error or disconnect/reset before headers"),
    "http-502-html": lambda fault: page(int(fault.number("status", 502))),
    "http-error": lambda fault: page(int(fault.number("status", 502))),
}


_BENT: dict[str, Callable[[Fault, Response], Response]] = {
    "cut-json": lambda _, answer: halved(answer),
    "slow-reply": lambda fault, answer: dripping(answer, fault.number("seconds", 10)),
}


def _refusal(fault: Fault) -> Refusal:
    code, words = fault.kind.refusal or (int(fault.number("code", 500)), "The service is unavailable.")
    http, headers = int(fault.number("http", 0)), {}
    if fault.name == "rate-limit":
        code, words, http, wait = 429, "Your request frequency is too high.", 429, fault.text("retry_after")
        headers = {"retry-after": wait} if wait else {}
    message, stock = fault.text("message", words), "message" not in fault.values
    return Refusal(code=code, message=message, http=http, headers=headers, fault=fault.name, stock=stock)
