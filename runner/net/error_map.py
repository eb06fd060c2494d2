"""What each failure of the HTTP library means: was the request surely not sent, or is its outcome unknown?"""

from collections.abc import Mapping
from typing import NamedTuple

import httpx

from runner.net.messages import Lost, NotSent


class Fault(NamedTuple):
    """One row: which error we raise, its stable code, and the words that follow the host's name."""

    kind: type[Lost | NotSent]
    code: str
    words: str


UNKNOWN = Fault(Lost, "http/lost", "the request broke off in an unforeseen way")
DEADLINE = Fault(Lost, "http/deadline", "no complete answer in time")
CONNECTING = Fault(NotSent, "http/connect", "no connection in time")

_LIBRARY = Fault(Lost, "http/lost", "the answer could not be taken in")

# The rows of NotSent are raised only before the first byte of the request is written. They hold unless the request was
# seen leaving.
ROWS: Mapping[type[Exception], Fault] = {
    httpx.ConnectError: Fault(NotSent, "http/connect", "no connection"),
    httpx.ConnectTimeout: Fault(NotSent, "http/connect-timeout", "no connection in time"),
    httpx.PoolTimeout: Fault(NotSent, "http/pool", "too many requests at once, this one never got a connection"),
    httpx.UnsupportedProtocol: Fault(NotSent, "http/invalid-url", "the address has no http or https scheme"),
    # Raised while the request is put into words (an illegal header), before any of it is written.
    httpx.LocalProtocolError: Fault(NotSent, "http/invalid-request", "the request is not valid HTTP"),
    # Raised only when a proxy refuses to open the tunnel (CONNECT or SOCKS). What a plain-HTTP proxy answers to a
    # forwarded request is an ordinary reply. So the provider has seen nothing.
    httpx.ProxyError: Fault(NotSent, "http/proxy", "the proxy refused the connection"),
    httpx.ReadTimeout: Fault(Lost, "http/read-timeout", "the server fell silent"),
    httpx.WriteTimeout: Fault(Lost, "http/write-timeout", "the server stopped taking the request"),
    httpx.ReadError: Fault(Lost, "http/broken", "the connection broke"),
    httpx.WriteError: Fault(Lost, "http/broken", "the connection broke while sending"),
    httpx.CloseError: Fault(Lost, "http/broken", "the connection broke while closing"),
    httpx.RemoteProtocolError: Fault(Lost, "http/garbled", "the answer is missing, cut short, or not HTTP"),
    httpx.DecodingError: Fault(Lost, "http/garbled", "the answer's compression is damaged"),
    # Raised for the Location of a redirect too, when the request is long gone; our own address is checked before.
    httpx.InvalidURL: Fault(Lost, "http/garbled", "the server redirects to what is no address"),
    # Bases, and errors that our way of calling never causes: whatever they may mean one day, it is no proof.
    **dict.fromkeys(
        (
            httpx.HTTPError,
            httpx.RequestError,
            httpx.TransportError,
            httpx.TimeoutException,
            httpx.NetworkError,
            httpx.ProtocolError,
            httpx.HTTPStatusError,
            httpx.TooManyRedirects,
            httpx.CookieConflict,
            httpx.StreamError,
            httpx.StreamConsumed,
            httpx.StreamClosed,
            httpx.ResponseNotRead,
            httpx.RequestNotRead,
        ),
        _LIBRARY,
    ),
}

EXPLAINED = (
    httpx.ConnectError,
    httpx.ProxyError,
)  # their own words help (a name not found, a certificate), and are safe


def fault_of(error: Exception, *, connecting: bool = False, left: bool = False) -> Fault:
    """Find the row of an error; `connecting`: no connection stands, for sure; `left`: the request was sent."""
    rows = (ROWS[kind] for kind in type(error).__mro__ if kind in ROWS)
    found = DEADLINE if isinstance(error, TimeoutError) else next(rows, UNKNOWN)
    if connecting and found.kind is Lost:
        return CONNECTING
    return UNKNOWN if left and found.kind is NotSent else found
