"""An account at the Gemini API: submits once, asks often, never confuses the two."""

import json
from decimal import Decimal
from pathlib import Path

from runner.clock import Clock
from runner.net.client import Web
from runner.net.messages import Call, Link, Lost, NotSent, Reply
from runner.providers.base import (
    Accepted,
    Asset,
    Candidate,
    Done,
    Failed,
    Failure,
    Job,
    LookupResult,
    Request,
    State,
    Submission,
    SubmitLookup,
    Unknown,
    Unsent,
)
from runner.providers.data_urls import data_url
from runner.providers.gemini import records
from runner.providers.google import errors
from runner.providers.google.files import Files

_SUBMIT_DEADLINE = 90.0  # pictures travel in the request
_READ_DEADLINE = 30.0
_NOT_FOUND = 404


class Gemini:
    """One key at one base URL."""

    def __init__(self, *, web: Web, clock: Clock, base_url: str, key: str) -> None:
        self._web = web
        self._clock = clock
        self._base = base_url.rstrip("/")
        self._headers = {"x-goog-api-key": key}
        self._files = Files(web=web, base=self._base, headers=self._headers)

    async def submit(self, request: Request) -> Submission:
        """Send a paid request once, on a connection of its own."""
        try:
            reply = await self._send(request.method, request.path, request.body, _SUBMIT_DEADLINE, fresh=True)
        except NotSent as error:
            return Unsent(words=error.message)
        except Lost as error:
            return Unknown(words=error.message)
        if reply.status != errors.OK:
            return errors.refused(reply, self._clock.now())
        body = reply.json()
        name = body.get("name") if isinstance(body, dict) else None
        if isinstance(name, str) and records.TASK.fullmatch(name):
            return Accepted(task=name)
        return Unknown(words=f"an answer without an operation: {reply.text(200)}")

    async def look(self, job: Job) -> State:
        """Ask how an operation stands; it has ended once its file is ready, for only then it can be extended."""
        reply = await self._send("GET", f"/v1beta/{job.task}", {}, _READ_DEADLINE)
        if reply.status == _NOT_FOUND:
            return Failed(words=errors.trouble(reply).words, failure=Failure.GONE)
        state = records.operation(self._object(reply))
        return await self._files.when_ready(state) if isinstance(state, Done) else state

    async def find(self, lookup: SubmitLookup) -> LookupResult:
        """The API lists no operations and takes no names: only an operation that a person found can be looked at."""
        if not lookup.task or not records.TASK.fullmatch(lookup.task):
            return LookupResult()
        reply = await self._send("GET", f"/v1beta/{lookup.task}", {}, _READ_DEADLINE)
        found = (Candidate(task=lookup.task),) if reply.status == errors.OK else ()
        return LookupResult(means="the operation itself", candidates=found)

    def link(self, asset: Asset) -> Link:
        """Results are private: the key goes along, to the API's own host only."""
        return self._files.link(asset)

    async def fresh_link(self, asset: Asset) -> Link:
        """Links live as long as their files."""
        return self.link(asset)

    async def upload(self, picture: Path, name: str) -> str:  # noqa: ARG002 -- nothing is hosted, so nothing is named
        """Pictures travel inside the request."""
        return data_url(picture)

    async def balance(self) -> Decimal | None:
        """Google tells no balance."""
        return None

    def _object(self, reply: Reply) -> dict[str, object]:
        body = reply.json()
        if reply.status == errors.OK and isinstance(body, dict):
            return body
        raise errors.question_failed("Gemini API", reply)

    async def _send(self, method: str, path: str, body: object, deadline: float, *, fresh: bool = False) -> Reply:
        call = Call(
            method=method,
            url=self._base + path,
            headers=self._headers,
            json=json.loads(json.dumps(body)) if method == "POST" else None,
            deadline=deadline,
            fresh=fresh,
        )
        return await self._web.exchange(call)
