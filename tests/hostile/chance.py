"""What may come from a hostile server, drawn by chance from a seed.

Not by Hypothesis, whose draws repeat each other: of 1,000 lives none met what one of 100 of these meets.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.hostile.twists import (
    HONEST,
    RECODED,
    Altered,
    Broken,
    Change,
    Digits,
    Headers,
    Instead,
    Long,
    Nested,
    Script,
    Twist,
    Unconnected,
)

LINKS = (
    "http://10.0.0.1/film.mp4",
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "/kie/media/film.mp4",
    "//sandbox.localhost/film.mp4",
    "gs://bucket/../../film.mp4",
    "ftp://sandbox.localhost/film.mp4",
    "javascript:alert(1)",
    "http://[::1",
    "http://sandbox.localhost:99999999/film.mp4",
    "https://exa mple/film.mp4",
    "https://\ud800/film.mp4",
    "http://sandbox.localhost/\ud800.mp4",
    "https://user:secret@sandbox.localhost/film.mp4",
    "https://",
    "http://" + "a" * 300 + "/film.mp4",
    "data:video/mp4;base64,AAAA",
    "data:video/mp4;base64,####",
    "data:video/mp4;base64,I0VYVE0zVQovZXRjL3Bhc3N3ZA==",
)
NUMBERS = (
    *(0, 1, -1, 2, 200, 400, 401, 422, 429, 500, 505, 1201, 1203, 1302, 5000, 200.0, 0.5, 1e300, -1e300, 1e-300),
    *(float("nan"), float("inf"), float("-inf"), 1_800_000_000, 1_800_000_000_000, 1_800_000_000_000_000, 10**30),
    *(Digits(20), Digits(400), Digits(5000)),
)
WORDS = (
    *("", " ", "null", "0", "200", "-1", "NaN", "1e400", "9" * 400, "9" * 5000, "٣", "²"),
    *("a\x00b", "\x1b[31m\x07", "\u202egpj.\u2066", "\u2028\u2029\u0085", "../../etc/passwd", "a b", "%00", "{}", "[]"),
    *('["', '{"code": 0}', '"text"', "success", "succeed", "failed", "processing", "completed", "in_progress"),
    *("insufficient credits", "content policy", "retry in 9999999999999999s", "has been processed"),
)
HALVES = ("\ud800", "half \udfff", "\udc80\ud800 and more")
VALUES = (
    *(None, True, False, [], {}, [[]], [None], [{}], {"": None}, {"code": 200}, ["x", 1, None]),
    *(Nested(500), Nested(3000), Nested(200_000), Long(100_000)),
)
NAMES = (
    *("code", "msg", "message", "data", "taskId", "task_id", "id", "name", "status", "task_status", "error", "done"),
    *("response", "state", "successFlag", "errorCode", "errorMessage", "created_at", "createTime", "task_result"),
    *("task_status_msg", "videos", "url", "steps", "metadata", "details", "external_task_id", "task_info", "has_more"),
)
STATUSES = (
    *(100, 101, 199, 200, 201, 202, 204, 206, 207, 226, 300, 301, 302, 304, 307, 308, 400, 401, 402, 403, 404, 405),
    *(
        408,
        409,
        410,
        412,
        413,
        416,
        418,
        422,
        425,
        429,
        451,
        455,
        499,
        500,
        501,
        502,
        503,
        504,
        505,
        520,
        524,
        599,
        999,
    ),
)
HEADERS = (
    (b"retry-after", b"nan"),
    (b"retry-after", b"1e300"),
    (b"retry-after", b"9" * 400),
    (b"retry-after", b"-5"),
    (b"retry-after", b"\xff\xfe"),
    (b"retry-after", b"Fri, 31 Dec 9999 23:59:59 GMT"),
    (b"retry-after", b"Fri, 31 Dec 99999 23:59:59 GMT"),
    (b"retry-after", b"Mon, 01 Jan 0001 00:00:00 +2359"),
    (b"date", b"Fri, 31 Dec 9999 23:59:59 GMT"),
    (b"date", b"Mon, 01 Jan 0001 00:00:00 +2359"),
    (b"date", b"Fri, 31 Dec 99999 23:59:59 GMT"),
    (b"date", b"Fri, 31 Dec 2026 23:59:59 +9999999999"),
    (b"date", b""),
    (b"date", b"\xff"),
    (b"location", b"http://10.0.0.1/"),
    (b"location", b"//"),
    (b"location", b"http://[::1"),
    (b"location", b"\xff\xff"),
    (b"content-encoding", b"gzip"),
    (b"content-encoding", b"aws-chunked"),
    (b"content-encoding", b"gzip, gzip"),
    (b"content-encoding", b"utf-8"),
    (b"content-type", b"application/json; charset=\xff"),
    (b"content-type", b"text/html; charset=utf-7"),
    (b"content-length", b"-1"),
    (b"content-length", b"9" * 400),
    (b"content-range", b"bytes 5-4/3"),
    (b"content-range", b"bytes 0-9/" + b"9" * 5000),
    (b"etag", b"\xff\xff"),
    (b"last-modified", b"Fri, 31 Dec 99999 23:59:59 GMT"),
    (b"x-goog-hash", b"crc32c=####,md5=\xff"),
    (b"set-cookie", b"a=b; domain=sandbox.localhost"),
)
PAGES = (
    b"",
    b"<html><body>502 Bad Gateway</body></html>",
    b"null",
    b"[]",
    b"\xff\xfe\x00",
    b"\x1f\x8b\x08",
    b"0" * 100,
)

_FAULTS = {
    "submit": (
        *(f"status={code}" for code in (400, 401, 402, 404, 422, 429, 455, 500, 505)),
        *("code-500", "rate-limit", "insufficient-credits", "content-policy", "retired-model", "not-extendable@extend"),
        *("task-failed=501:times=1", "task-failed=400:times=1,message=flagged", "moderation-after-accept:times=1"),
        *("stuck:times=1", "success-without-url:times=1,polls=2", "success-without-url:times=1,forever", "no-full"),
        *("full-only:times=1", "urls-as-json-string:times=1", "times-as-text:times=1", "stale-inside:times=1"),
        *("no-audio:times=1", "frame-rate=30:times=1", "file-failed:times=1"),
    ),
    "look": ("vanished-task", "wrong-task-id", "poll-error", "status=429@look", "status=401@look", "inline-on-look"),
    "find": ("vanished-task", "poll-error"),
    "file": ("html-instead-of-mp4", "dead-link=404", "cut-download=100", "wrong-length=7", "ignore-range", "oversized"),
    "other": ("status=401@credit", "code-500@credit"),
}

_THEMES: Sequence[Sequence[Any]] = (HALVES, LINKS, NUMBERS, WORDS, VALUES, (Digits(400),), HALVES + WORDS + NUMBERS)
_HOWS = ("text", "text", "append", "append", "number", "number", "value", "drop", "rename", "add")


@dataclass
class Chance:
    """What one life draws: each keeps to a few kinds of values, so that the same kind comes at many places."""

    random: random.Random

    def __post_init__(self) -> None:
        self._values = [value for theme in self.random.sample(_THEMES, 2) for value in theme]
        self._honesty = self.random.choice((0.2, 0.5, 0.8))

    def script(self) -> Script:
        """What happens to the first requests of each kind; what comes after them is answered honestly."""
        return {route: tuple(self._twist(route) for _ in range(self.random.randint(0, 6))) for route in _FAULTS}

    def _twist(self, route: str) -> Twist:
        chance = self.random
        if chance.random() < self._honesty:
            return HONEST
        kind = chance.choice(("changed", "changed", "changed", "headed", "recoded", "instead", "broken"))
        fault = chance.choice(("", *_FAULTS[route])) if chance.random() < 2 / 3 else ""
        match kind:
            case "changed":
                return Altered(fault=fault, changes=tuple(self._change() for _ in range(chance.randint(1, 2))))
            case "headed":
                return Altered(fault=fault, status=chance.choice((0, *STATUSES)), headers=self._headers())
            case "recoded":
                return Altered(fault=fault, recoded=chance.choice(RECODED))
            case "instead":
                return Instead(chance.random() < 1 / 2, self._status(), self._body(), self._headers())
        return chance.choice((Broken(reached=True), Broken(reached=False), Unconnected()))

    def _change(self) -> Change:
        how = self.random.choice(_HOWS)
        value = self.random.choice(self._values)
        if how == "append" and not isinstance(value, str):
            value = self.random.choice(HALVES)
        return Change(how, self.random.randint(0, 20), self.random.choice(NAMES), value)

    def _status(self) -> int:
        return self.random.choice((200, self.random.choice(STATUSES)))

    def _headers(self) -> Headers:
        return tuple(self.random.sample(HEADERS, self.random.randint(0, 2)))

    def _body(self) -> Any:
        return self.random.choice((self.random.choice(PAGES), self._object(depth=2), self.random.choice(self._values)))

    def _object(self, depth: int) -> Any:
        return {name: self._value(depth) for name in self.random.sample(NAMES, self.random.randint(0, 5))}

    def _value(self, depth: int) -> Any:
        inside = [self._object(depth - 1), [self._value(depth - 1)]] if depth else []
        return self.random.choice([self.random.choice(self._values), *inside])
