"""The line to Kling or to a gateway: signed requests, and questions that cost nothing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from runner.clock import Clock
from runner.errors import ProviderError
from runner.http import Web
from runner.http_values import Call, Reply
from runner.providers.base import Failure
from runner.providers.kling import records
from runner.providers.kling.codes import ASK_AGAIN, EXPIRED, OK, UNKNOWN_TASK, classify
from runner.providers.kling.dialects import Dialect
from runner.providers.kling.requests import EXTEND, IMAGE, TEXT
from runner.providers.kling.signing import Signer

SERVER_TROUBLE = 500
_READ_DEADLINE = 30.0
_UNSIGNED = 401


class Line:
    """One account at one base URL, in one dialect."""

    def __init__(self, *, web: Web, clock: Clock, base_url: str, dialect: Dialect, signer: Signer) -> None:
        self.dialect = dialect
        self._web = web
        self._clock = clock
        self._base = base_url.rstrip("/")
        self._signer = signer
        self._renewed = False

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock.now()

    async def send(
        self, method: str, path: str, body: Mapping[str, object], deadline: float, *, fresh: bool = False
    ) -> Reply:
        """Send one request, signed."""
        call = Call(
            method=method,
            url=self._base + path,
            headers=self._signer.headers(self.now),
            json=json.loads(json.dumps(body)) if method == "POST" else None,
            deadline=deadline,
            fresh=fresh,
        )
        return await self._web.exchange(call)

    def signed_anew(self, reply: Reply, answer: records.Answer) -> bool:
        """Whether the signature was what was wrong, and a new one, by the server's clock, may help; once in a row."""
        wrong = answer.code in EXPIRED and reply.status == _UNSIGNED
        self._renewed = wrong and not self._renewed and self._signer.renew(self.now, reply.headers.get("date", ""))
        return self._renewed

    async def asked(self, path: str) -> records.Answer:
        """The answer to a question; without data where there is no such thing.

        Raises:
            ProviderError: the question failed.
        """
        reply = await self.send("GET", path, {}, _READ_DEADLINE)
        answer = records.opened(reply)
        if self.signed_anew(reply, answer):
            reply = await self.send("GET", path, {}, _READ_DEADLINE)
            answer = records.opened(reply)
        if answer.code in (OK, None) and answer.data is not None and reply.status < 300:  # noqa: PLR2004
            return answer
        if answer.code in UNKNOWN_TASK:
            return replace(answer, data=None)
        failure = classify(answer.code, answer.words)
        again = answer.code is None or answer.code in ASK_AGAIN or reply.status >= SERVER_TROUBLE
        again = again or failure is Failure.RATE
        raise ProviderError(f"Kling: {answer.said}", code=f"provider/{failure}", retryable=again)

    async def told(self, name: str, route: str, *, ours: bool = False) -> records.Task | None:
        """A task by its id or, `ours`, by the name that we gave its submit; None where it is not known."""
        exact = quote(name, safe="")
        if route:
            answer = await self.asked(f"/v1/videos/{route}/{exact}")
            return records.task(answer.data)
        answer = await self.asked(f"/tasks?{'external_task_ids' if ours else 'task_ids'}={exact}")
        return next(iter(records.listed(answer.data)), None)

    def routes(self, kind: str, handle: Mapping[str, str]) -> tuple[str, ...]:
        """Where a task can be asked for: each route knows its own tasks only."""
        if self.dialect.asks == "tasks":
            return ("",)
        known = handle.get("route")
        if known in (TEXT, IMAGE, EXTEND):
            return (known,)
        return (EXTEND,) if kind == "extend" else (TEXT, IMAGE)
