"""Every error of the HTTP library has a row, and only proofs stand in the rows of NotSent."""

import asyncio

import httpcore
import httpx
import pytest

from runner.net.client import Web
from runner.net.exchange import ROWS, UNKNOWN, Watch, fault_of, translate_errors
from runner.net.messages import Call, Lost, NotSent

NOT_SENT = {
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.ProxyError,
}


def families(*roots: type[Exception]) -> set[type[Exception]]:
    found: set[type[Exception]] = set()
    for root in roots:
        found |= {root} | families(*root.__subclasses__())
    return found


EXPORTED = {thing for thing in vars(httpx).values() if isinstance(thing, type) and issubclass(thing, Exception)}
EVERY = {kind for kind in EXPORTED | families(*EXPORTED) if kind.__module__.startswith("httpx")}


def make(kind: type[Exception]) -> Exception:
    error = kind.__new__(kind)
    Exception.__init__(error, "Bearer sk-very-secret-key https://x.example/a?sig=1")
    return error


def raised(error: Exception) -> NotSent | Lost:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    async def run() -> None:
        async with Web(transport=httpx.MockTransport(answer), secrets=["hunter22"]) as web:
            await web.exchange(Call(method="POST", url="https://api.example.com/v1?key=hunter22"))

    with pytest.raises((NotSent, Lost)) as caught:
        asyncio.run(run())
    return caught.value


def test_no_error_of_the_library_is_without_a_row() -> None:
    assert EVERY - set(ROWS) == set()
    assert set(ROWS) - EVERY == set()


@pytest.mark.parametrize("kind", sorted(EVERY, key=str), ids=lambda kind: kind.__name__)
def test_an_error_becomes_what_its_row_says_without_secrets(kind: type[Exception]) -> None:
    error = raised(make(kind))
    assert type(error) is (NotSent if kind in NOT_SENT else Lost)
    assert error.message.startswith("POST api.example.com: ")
    for secret in ("hunter22", "sk-very", "sig=", "v1"):
        assert secret not in error.message


@pytest.mark.parametrize(
    "error", [RuntimeError("boom"), OSError(5, "x"), TimeoutError(), KeyError("k"), ExceptionGroup("g", [ValueError()])]
)
def test_any_other_error_is_lost(error: Exception) -> None:
    assert type(raised(error)) is Lost


class Novel(httpx.NetworkError):
    """An error that the library may have one day."""


def test_an_unknown_error_is_lost() -> None:
    assert fault_of(make(Novel)).kind is Lost
    assert fault_of(RuntimeError()) is UNKNOWN


def test_any_error_before_the_connection_stands_is_not_sent() -> None:
    assert fault_of(RuntimeError(), connecting=True).kind is NotSent
    assert fault_of(TimeoutError(), connecting=True).kind is NotSent


@pytest.mark.parametrize("kind", sorted(NOT_SENT, key=str), ids=lambda kind: kind.__name__)
def test_no_error_denies_a_request_that_was_seen_leaving(kind: type[Exception]) -> None:
    assert fault_of(make(kind), left=True).kind is Lost


def told(*events: tuple[str, str]) -> type[NotSent | Lost]:
    """What a ConnectError means after these events of a real connection: step, and the request's method."""

    async def run() -> None:
        watch = Watch(real=True)
        for event, method in events:
            await watch(event, {"request": httpcore.Request(method, "https://x/")})
        with translate_errors("POST", "https://x/", watch):
            raise httpx.ConnectError("no")

    with pytest.raises((NotSent, Lost)) as caught:
        asyncio.run(run())
    return caught.type


def test_a_request_seen_leaving_is_lost_whatever_the_library_says() -> None:
    started, complete = "http11.send_request_headers.started", "http11.send_request_headers.complete"
    assert told(("connection.connect_tcp.started", "POST")) is NotSent
    assert told((started, "POST")) is NotSent
    assert told((started, "POST"), (complete, "POST")) is Lost


def test_a_tunnel_through_a_proxy_is_not_the_request() -> None:
    started, complete = "http11.send_request_headers.started", "http11.send_request_headers.complete"
    assert told((started, "CONNECT"), (complete, "CONNECT")) is NotSent
    assert told((started, "CONNECT"), (complete, "CONNECT"), (started, "POST"), (complete, "POST")) is Lost
