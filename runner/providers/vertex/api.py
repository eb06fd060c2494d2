"""A project at Vertex AI: submits once, asks often, never confuses the two."""

import json
from collections.abc import Mapping
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
from runner.providers.google.login import Login
from runner.providers.google.project import PROJECT
from runner.providers.google.storage import download_path
from runner.providers.vertex import records

_SUBMIT_DEADLINE = 120.0  # pictures travel in the request
_READ_DEADLINE = 120.0  # and short videos in the answer
_MOST_ANSWER = 96 << 20  # bytes
_UNSIGNED, _NOT_FOUND = 401, 404


class Vertex:
    """One project at one base URL."""

    def __init__(self, *, web: Web, clock: Clock, base_url: str, storage_url: str, project: str, login: Login) -> None:
        self._web = web
        self._clock = clock
        self._base = base_url.rstrip("/")
        self._storage = storage_url.rstrip("/")
        self._project = project
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
            path = request.path.replace(PROJECT, self._project)
            reply = await self._post(path, request.body, _SUBMIT_DEADLINE, fresh=True)
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
        return Unknown(words=f"an answer without an operation: {reply.text()}")

    async def look(self, job: Job) -> State:
        """Ask how an operation stands; a GET on its name finds nothing here."""
        reply = await self._ask(job.task)
        if reply.status == _NOT_FOUND:
            return Failed(words=errors.trouble(reply).words, failure=Failure.GONE)
        body = reply.json()
        if reply.status == errors.OK and isinstance(body, dict):
            return records.operation(body)
        raise errors.question_failed("Vertex AI", reply)

    async def find(self, lookup: SubmitLookup) -> LookupResult:
        """The API lists no operations and takes no names: only an operation that a person found can be looked at."""
        if not lookup.task or not records.TASK.fullmatch(lookup.task):
            return LookupResult()
        reply = await self._ask(lookup.task)
        found = (Candidate(task=lookup.task),) if reply.status == errors.OK else ()
        return LookupResult(means="the operation itself", candidates=found)

    def link(self, asset: Asset) -> Link:
        """An object in a bucket, through the storage's JSON API; a video that came in the answer is its own link."""
        if not asset.url.startswith("gs://"):
            return Link(url=asset.url)
        return Link(url=self._storage + download_path(asset.url), headers=self._headers)

    async def fresh_link(self, asset: Asset) -> Link:
        """The same object, with a token that is good again."""
        await self._sign_in(anew=True)
        return self.link(asset)

    async def upload(self, picture: Path, name: str) -> str:  # noqa: ARG002 -- nothing is hosted, so nothing is named
        """Pictures travel inside the request."""
        return data_url(picture)

    async def balance(self) -> Decimal | None:
        """Google tells no balance."""
        return None

    async def _sign_in(self, *, anew: bool = False) -> None:
        self._headers = await self._login.headers(anew=anew)

    async def _ask(self, task: str) -> Reply:
        """Ask for an operation; once more with a new token where the old one is not accepted."""
        path = f"/v1/{task.partition('/operations/')[0]}:fetchPredictOperation"
        for anew in (False, True):
            await self._sign_in(anew=anew)
            reply = await self._post(path, {"operationName": task}, _READ_DEADLINE)
            if reply.status != _UNSIGNED:
                break
        return reply

    async def _post(self, path: str, body: Mapping[str, object], deadline: float, *, fresh: bool = False) -> Reply:
        call = Call(
            method="POST",
            url=self._base + path,
            headers=self._headers,
            json=json.loads(json.dumps(body)),
            deadline=deadline,
            fresh=fresh,
            most=_MOST_ANSWER,
        )
        return await self._web.exchange(call)
