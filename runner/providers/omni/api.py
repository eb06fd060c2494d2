"""An account at the Interactions API: submits once, asks often, never confuses the two."""

import json
from decimal import Decimal
from pathlib import Path

from runner.clock import Clock
from runner.errors import ProviderError
from runner.http import Web
from runner.http_values import Call, Link, Lost, NotSent, Reply
from runner.providers.base import (
    Accepted,
    Asset,
    Candidate,
    Done,
    Failed,
    Failure,
    Job,
    Quest,
    Request,
    Search,
    State,
    Submission,
    Unknown,
    Unsent,
)
from runner.providers.google import errors
from runner.providers.google.files import Files
from runner.providers.google.pictures import data_url
from runner.providers.omni import records

_SUBMIT_DEADLINE = 90.0  # pictures travel in the request
_READ_DEADLINE = 120.0  # an interaction tells its whole story, and may hold the video
_MOST_ANSWER = 96 << 20  # bytes
_NOT_FOUND = 404


class Omni:
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
        name = body.get("id") if isinstance(body, dict) else None
        if isinstance(name, str) and records.TASK.fullmatch(name):
            return Accepted(task=name)
        return Unknown(words=f"an answer without an interaction: {reply.text()}")

    async def look(self, job: Job) -> State:
        """Ask how an interaction stands; it has ended once its file is ready, for only then it can be extended."""
        reply = await self._ask(job.task)
        if reply.status == _NOT_FOUND:
            return Failed(words=errors.trouble(reply).words, failure=Failure.GONE)
        body = reply.json()
        if reply.status != errors.OK or not isinstance(body, dict):
            raise errors.question_failed("Gemini Omni", reply)
        state = records.interaction(body)
        return await self._files.when_ready(state) if isinstance(state, Done) else state

    async def find(self, quest: Quest) -> Search:
        """The API lists no interactions and takes no names: only one that a person found can be looked at."""
        if not quest.task or not records.TASK.fullmatch(quest.task):
            return Search()
        reply = await self._ask(quest.task)
        found = (Candidate(task=quest.task),) if reply.status == errors.OK else ()
        return Search(means="the interaction itself", candidates=found)

    def link(self, asset: Asset) -> Link:
        """Results are private: the key goes along, to the API's own host only."""
        return self._files.link(asset)

    async def fresh_link(self, asset: Asset) -> Link:
        """Links live as long as their files."""
        return self._files.link(asset)

    async def upload(self, picture: Path, name: str) -> str:  # noqa: ARG002 -- nothing is hosted, so nothing is named
        """Pictures travel inside the request."""
        try:
            return data_url(picture)
        except OSError as error:
            raise ProviderError(f"{picture}: {error.strerror}", code="provider/upload") from error

    async def balance(self) -> Decimal | None:
        """Google tells no balance."""
        return None

    async def _ask(self, task: str) -> Reply:
        return await self._send("GET", f"/v1beta/interactions/{task}?stream=false", {}, _READ_DEADLINE)

    async def _send(self, method: str, path: str, body: object, deadline: float, *, fresh: bool = False) -> Reply:
        call = Call(
            method=method,
            url=self._base + path,
            headers=self._headers,
            json=json.loads(json.dumps(body)) if method == "POST" else None,
            deadline=deadline,
            fresh=fresh,
            most=_MOST_ANSWER,
        )
        return await self._web.exchange(call)
