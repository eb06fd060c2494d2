"""Where requests enter an emulated provider: faults act here, the provider's handler does the rest."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from runner.sandbox.faults.responses import DropResponse, HangResponse, cut_body, proxy_error, send_slowly
from runner.sandbox.faults.spec import Fault, Faults

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error reply before it has a provider's form: code, words, and the HTTP status if it is not the usual one.

    `fault` is the one that asked for it, and `stock` says that it left the words to the provider.
    """

    code: int
    message: str
    http: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    stock: bool = False


class Refused(Exception):
    """A request that a provider turns down; each provider derives its own, with its own usual status."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


Refuse = Callable[[Refusal], Response]
Names = Sequence[str] | Callable[[bytes], Sequence[str]]
"""The names that faults know a route by; where one address serves several purposes, its body tells them apart."""


def with_faults(faults: Faults, names: Names, refuse: Refuse, act: Handler) -> Handler:
    """Return `act` behind the faults of a route that goes by `names`; `refuse` turns a Refused into an answer."""

    async def handler(request: Request) -> Response:
        try:
            return await act(request)
        except Refused as refused:
            return refuse(refused.refusal)

    async def endpoint(request: Request) -> Response:
        # The body is read first: a server that drops a request has still received it.
        body = await request.body()
        routes = names(body) if callable(names) else names
        for fault in faults.trigger("reply", *routes):
            answer = await _answer(fault, request, refuse, handler)
            if answer is not None:
                return answer
        return await handler(request)

    return endpoint


def has_fault(request: Request, name: str) -> bool:
    """Say whether a fault of this name was left to the handler of this request."""
    fault = getattr(request.state, "fault", None)
    return isinstance(fault, Fault) and fault.name == name


async def _answer(fault: Fault, request: Request, refuse: Refuse, handler: Handler) -> Response | None:
    """Return what a fault answers; None if the handler deals with this one."""
    # These act first and fail afterwards: the case in which a client must not send a paid request again.
    if fault.name in ("lost-reply", "hang", "empty-body", "not-json") or fault.text("commit") == "yes":
        await handler(request)
    if fault.kind.refusal or fault.name in ("status", "rate-limit"):
        return refuse(_refusal_for(fault))
    if fault.name in _REPLACEMENTS:
        return _REPLACEMENTS[fault.name](fault)
    if fault.name in _ALTERATIONS:
        return _ALTERATIONS[fault.name](fault, await handler(request))
    request.state.fault = fault
    return None


_REPLACEMENTS: dict[str, Callable[[Fault], Response]] = {
    "lost-reply": lambda _: DropResponse(),
    "lost-request": lambda _: DropResponse(),
    "hang": lambda fault: HangResponse(fault.number("seconds", 3600)),
    "empty-body": lambda _: Response(),
    "not-json": lambda _: PlainTextResponse("upstream connect error or disconnect/reset before headers"),
    "http-502-html": lambda fault: proxy_error(int(fault.number("status", 502))),
    "http-error": lambda fault: proxy_error(int(fault.number("status", 502))),
}


_ALTERATIONS: dict[str, Callable[[Fault, Response], Response]] = {
    "cut-json": lambda _, answer: cut_body(answer),
    "slow-reply": lambda fault, answer: send_slowly(answer, fault.number("seconds", 10)),
}


def _refusal_for(fault: Fault) -> Refusal:
    code, words = fault.kind.refusal or (int(fault.number("code", 500)), "The service is unavailable.")
    http, headers = int(fault.number("http", 0)), {}
    if fault.name == "rate-limit":
        code, words, http, wait = 429, "Your request frequency is too high.", 429, fault.text("retry_after")
        headers = {"retry-after": wait} if wait else {}
    message, stock = fault.text("message", words), "message" not in fault.values
    return Refusal(code=code, message=message, http=http, headers=headers, fault=fault.name, stock=stock)
