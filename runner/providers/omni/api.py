"""The Interactions API, by key or on Vertex AI: submits once, asks often, never confuses the two."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from runner.clock import Clock
from runner.errors import ProviderError
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
    Refused,
    Request,
    State,
    Submission,
    SubmitLookup,
    Unknown,
    Unsent,
)
from runner.providers.data_urls import data_url
from runner.providers.google import errors
from runner.providers.google.files import Files
from runner.providers.google.login import Login
from runner.providers.google.project import PROJECT
from runner.providers.google.storage import download_path
from runner.providers.omni import records

_SUBMIT_DEADLINE = 90.0  # pictures travel in the request
_READ_DEADLINE = 120.0  # an interaction tells its whole story, and may hold the video
_MOST_ANSWER = 96 << 20  # bytes
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where interactions are served; `path` holds the project's place where there are projects."""

    base: str
    path: str
    storage: str = ""
    project: str = ""

    def url(self, rest: str = "") -> str:
        """The address of the interactions, or of what is below it."""
        return self.base + self.path.replace(PROJECT, self.project) + rest


class Omni:
    """One login at one place."""

    def __init__(self, *, web: Web, clock: Clock, place: Place, login: Login) -> None:
        self._web = web
        self._clock = clock
        self._place = place
        self._login = login
        self._headers: Mapping[str, str] = {}

    async def submit(self, request: Request) -> Submission:
        """Send a paid request once, on a connection of its own."""
        try:
            await self._sign_in()
        except ProviderError as error:
            words = Unsent(words=error.message)
            return words if error.retryable else Refused(words=error.message, failure=Failure.CREDENTIALS)
        try:
            reply = await self._send("POST", self._place.url(), request.body, _SUBMIT_DEADLINE, fresh=True)
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
        return await self._files().when_ready(state) if isinstance(state, Done) else state

    async def find(self, lookup: SubmitLookup) -> LookupResult:
        """The API lists no interactions and takes no names: only one that a person found can be looked at."""
        if not lookup.task or not records.TASK.fullmatch(lookup.task):
            return LookupResult()
        reply = await self._ask(lookup.task)
        found = (Candidate(task=lookup.task),) if reply.status == errors.OK else ()
        return LookupResult(means="the interaction itself", candidates=found)

    def link(self, asset: Asset) -> Link:
        """Results are private: who we are goes along, to the API's own host or to the storage only."""
        if asset.url.startswith("gs://"):
            return Link(url=self._place.storage + download_path(asset.url), headers=self._headers)
        return self._files().link(asset)

    async def fresh_link(self, asset: Asset) -> Link:
        """The same file, signed in anew."""
        await self._sign_in(anew=True)
        return self.link(asset)

    async def upload(self, picture: Path, name: str) -> str:  # noqa: ARG002 -- nothing is hosted, so nothing is named
        """Pictures travel inside the request."""
        return data_url(picture)

    async def balance(self) -> Decimal | None:
        """Google tells no balance."""
        return None

    def _files(self) -> Files:
        return Files(web=self._web, base=self._place.base, headers=self._headers)

    async def _sign_in(self, *, anew: bool = False) -> None:
        self._headers = await self._login.headers(anew=anew)

    async def _ask(self, task: str) -> Reply:
        await self._sign_in()
        return await self._send("GET", self._place.url(f"/{task}?stream=false"), {}, _READ_DEADLINE)

    async def _send(self, method: str, url: str, body: object, deadline: float, *, fresh: bool = False) -> Reply:
        call = Call(
            method=method,
            url=url,
            headers=self._headers,
            json=json.loads(json.dumps(body)) if method == "POST" else None,
            deadline=deadline,
            fresh=fresh,
            most=_MOST_ANSWER,
        )
        return await self._web.exchange(call)
