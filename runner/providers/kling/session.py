"""The line to Kling or to a gateway: signed requests, and questions that cost nothing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from runner.clock import Clock
from runner.errors import ProviderError
from runner.net.client import Web
from runner.net.messages import Call, Reply
from runner.providers.base import Failure
from runner.providers.kling import records
from runner.providers.kling.codes import ASK_AGAIN, EXPIRED, OK, UNKNOWN_TASK, classify
from runner.providers.kling.dialects import Dialect
from runner.providers.kling.requests import EXTEND, IMAGE, TEXT
from runner.providers.kling.signing import Signer, clock_of

SERVER_TROUBLE = 500
TASKS = "/tasks"
_READ_DEADLINE = 30.0
_UNSIGNED = 401


class Line:
    """One account at one base URL, in one dialect."""

    def __init__(self, *, web: Web, clock: Clock, base_url: str, dialect: Dialect, signer: Signer) -> None:
        self.dialect = dialect
        self._web = web
        self._clock = clock
        self.base = base_url.rstrip("/")
        self._signer = signer
        self._renewed = False
        self._ahead = 0.0

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock.now()

    def there(self, moment: float) -> float:
        """A moment of this machine's clock by the server's, as it told the time last."""
        return moment + self._ahead

    async def send(
        self, method: str, path: str, body: Mapping[str, object], deadline: float, *, fresh: bool = False
    ) -> Reply:
        """Send one request, signed."""
        call = Call(
            method=method,
            url=self.base + path,
            headers=self._signer.headers(self.now),
            json=json.loads(json.dumps(body)) if method == "POST" else None,
            deadline=deadline,
            fresh=fresh,
        )
        reply = await self._web.exchange(call)
        self._ahead = clock_of(reply.headers.get("date", ""), self.now) - self.now
        return reply

    def signed_anew(self, reply: Reply, answer: records.Answer) -> bool:
        """Whether the signature was what was wrong, and a new one, by the server's clock, may help; once in a row."""
        wrong = answer.code in EXPIRED and reply.status == _UNSIGNED
        self._renewed = wrong and not self._renewed and self._signer.renew(self._ahead)
        return self._renewed

    async def asked(self, path: str, body: Mapping[str, object] | None = None) -> records.Answer:
        """The answer to a question that is free; without data where it says that it knows no such task.

        Raises:
            ProviderError: the question failed.
        """
        method = "GET" if body is None else "POST"
        reply = await self.send(method, path, body or {}, _READ_DEADLINE)
        answer = records.opened(reply)
        if self.signed_anew(reply, answer):
            reply = await self.send(method, path, body or {}, _READ_DEADLINE)
            answer = records.opened(reply)
        if 200 <= reply.status < 300 and answer.data is not None and self.understood(answer):  # noqa: PLR2004
            return answer
        if answer.code in UNKNOWN_TASK:
            return replace(answer, data=None)
        failure = classify(answer.code, answer.words)
        again = answer.code in (OK, None) or answer.code in ASK_AGAIN or reply.status >= SERVER_TROUBLE
        again = again or failure is Failure.RATE
        raise ProviderError(f"Kling: {answer.said}", code=f"provider/{failure}", retryable=again)

    def understood(self, answer: records.Answer) -> bool:
        """Whether an answer is a yes: Kling's own have code 0, those of gateways may be a bare task."""
        if answer.code is None:
            return self.dialect.gateway and records.bare(answer.data)
        return answer.code == OK

    async def told(self, task: str, route: str) -> records.Task | None:
        """A task by its id; None where it is not known."""
        if route:
            return records.task((await self.asked(by_route(route, task))).data)
        found = records.listed((await self.asked(f"{TASKS}?task_ids={exact(task)}")).data) or ()
        return next((each for each in found if each and each.id == task), None)

    def routes(self, kind: str, handle: Mapping[str, str], path: str = "") -> tuple[str, ...]:
        """Where a task can be asked for: each route knows its own tasks only. `path` is where it was sent."""
        if self.dialect.asks == "tasks":
            return ("",)
        for known in (handle.get("route", ""), path.rpartition("/")[2]):
            if known in (TEXT, IMAGE, EXTEND):
                return (known,)
        return (EXTEND,) if kind == "extend" else (TEXT, IMAGE)


def by_route(route: str, name: str) -> str:
    """Where one task is asked for."""
    return f"/v1/videos/{route}/{exact(name)}"


def exact(name: str) -> str:
    """A name as a part of an address."""
    return quote(name, safe="")
