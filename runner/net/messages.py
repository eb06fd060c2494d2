"""What goes through the HTTP door and comes back, as plain values, and what can go wrong on the way.

Nothing here loads the HTTP library, so that providers can be described without paying for its start-up.
"""

import json
import math
import re
from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path

from runner.errors import ProviderError


class NotSent(ProviderError):
    """Proof that no byte of the request reached the server: it may be sent again, whatever it costs."""

    default_code = "http/not-sent"


class Lost(ProviderError):
    """The request may have arrived, and its answer is not known: a paid submit must not be repeated blindly."""

    default_code = "http/lost"


class Unsafe(ProviderError):
    """An address that is never fetched: a private network, another scheme, a redirect that gives up encryption."""

    default_code = "http/unsafe-address"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFile:
    """One file of a multipart form."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. At most one of `json`, `form` and `content` is the body; a path in a form is sent as a file.

    `deadline` is in seconds, for everything from the name look-up to the last byte of the answer. `fresh` asks for a
    connection of its own: a kept-alive one that the server has just closed is the commonest way to lose a paid submit.
    `most` is how many bytes the answer may have.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object | None = None
    form: Mapping[str, str | Path | FormFile] | None = None
    content: bytes | None = None
    deadline: float = 60.0
    fresh: bool = False
    most: int = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer; header names are in lower case, cookies are left out."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """Return the body as JSON, or None where it is not JSON; see `parse_json`."""
        return parse_json(self.body)

    def text(self, limit: int = 500) -> str:
        """Return at most `limit` characters of the body, for people."""
        return self.body[: 4 * limit].decode("utf-8", errors="replace")[:limit]

    def retry_after(self, now: float) -> float | None:
        """Return the seconds that the server asks us to wait, counted from `now` (seconds since 1970)."""
        return retry_after(self.headers, now)


PAID_ANSWER: ContextVar[Reply | None] = ContextVar("PAID_ANSWER", default=None)
"""What came back of the last paid request of this task, as far as it came: evidence, should nobody be able to read it.

Set by the door, whatever happens between there and the journal.
"""

# Longer whole numbers are no count and no code, and neither floats nor databases hold them.
_DIGITS = 18
_LENGTH_DIGITS = 19  # of 2**63, beyond every file
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def parse_json(value: bytes | str) -> object:
    """Return JSON from outside as values that can be counted with, written down and shown; None where it is not JSON.

    Half a surrogate pair becomes U+FFFD, a number that is not finite None, a whole number beyond 18 digits a float.
    """
    try:
        text = value.decode(json.detect_encoding(value), "replace") if isinstance(value, bytes) else value
        text = text.encode("utf-8", "replace").decode()
        # Half a pair is valid JSON (RFC 8259, section 8.2), and cannot be encoded again: no journal could take it.
        if "\\u" in text:
            text = _ESCAPE.sub(lambda found: "\\ufffd" if found[1] else found[0], text)
        parsed: object = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return parsed


def parse_whole(digits: str) -> int | None:
    """Return a whole number of a header; None for what is none, or longer than any length that there is."""
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= _LENGTH_DIGITS else None


def _whole(digits: str) -> int | float | None:
    return int(digits) if len(digits) <= _DIGITS else _finite(digits)


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """An answer whose body is still to be read, as raw bytes, once; `url` is where the redirects led."""

    status: int
    headers: Mapping[str, str]
    url: str = field(repr=False)
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a file can be fetched now; the headers are sent to the link's own origin only."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Read a Retry-After header, seconds or a date; None where there is none that makes sense."""
    # RFC 9110, section 10.2.3: whole seconds or a date; fractions of a second are read too.
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value, now)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _until(date: str, now: float) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - now
    except (ValueError, OverflowError):
        return math.nan
