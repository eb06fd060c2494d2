"""One login at one of Google's video APIs: the paid submit and the free questions, which all of them have alike."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runner.errors import ProviderError
from runner.net.messages import Reply
from runner.providers.base import (
    Accepted,
    Candidate,
    Failed,
    Failure,
    LookupResult,
    Refused,
    Request,
    Submission,
    SubmitLookup,
    Unknown,
    Unsent,
)
from runner.providers.google.errors import NOT_FOUND, OK, read_error, read_refusal, reply_error
from runner.providers.http_api import HttpApi, Object, as_object

if TYPE_CHECKING:
    from runner.clock import Clock
    from runner.net.client import Web
    from runner.providers.google.login import Login

PROJECT = "{project}"
"""Stands in a request's path for the project that pays and is filled in on sending: one storyboard serves all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleApi:
    """What an API calls itself and its tasks: `task_field` of an accepted submit holds an id of the form `task_id`.

    `read_deadline` is in seconds, `max_answer` in bytes: some answers hold the video itself.
    """

    title: str
    noun: str
    task_field: str
    task_id: re.Pattern[str]
    submit_deadline: float = 90.0  # pictures travel in the request
    read_deadline: float = 30.0
    max_answer: int = 8 << 20


class GoogleClient:
    """One login at one base URL; `headers` are those of the last sign-in."""

    def __init__(
        self, *, api: GoogleApi, base_url: str, login: "Login", web: "Web", clock: "Clock", project: str = ""
    ) -> None:
        self._api = api
        self._clock = clock
        self._login = login
        self._project = project
        self.headers: Mapping[str, str] = login.known
        self.http = HttpApi(
            web=web,
            base=base_url.rstrip("/"),
            headers=lambda: self.headers,
            submit_deadline=api.submit_deadline,
            read_deadline=api.read_deadline,
            max_answer=api.max_answer,
        )

    async def sign_in(self, *, renew: bool = False) -> None:
        """Ask the login who we are; `renew` where the last answer was not accepted.

        Raises:
            ProviderError: Google does not give a token now.
        """
        self.headers = await self._login.headers(renew=renew)

    async def submit(self, request: Request) -> Submission:
        """Send a paid request once."""
        try:
            await self.sign_in()
        except ProviderError as error:  # no token, so nothing was sent
            unsent = Unsent(words=error.message)
            return unsent if error.retryable else Refused(words=error.message, failure=Failure.CREDENTIALS)
        reply = await self.http.submit(replace(request, path=self._fill(request.path)))
        return self._read_submission(reply) if isinstance(reply, Reply) else reply

    def _read_submission(self, reply: Reply) -> Submission:
        if reply.status != OK:
            return read_refusal(reply, self._clock.now())
        task = as_object(reply.json()).get(self._api.task_field)
        if isinstance(task, str) and self._api.task_id.fullmatch(task):
            return Accepted(task=task)
        return Unknown(words=f"an answer without an {self._api.noun}: {reply.text()}")

    async def ask(self, path: str, body: Object | None = None, *, renew: bool = False) -> Reply:
        """Send a question that costs nothing, signed in."""
        await self.sign_in(renew=renew)
        return await self.http.ask(self._fill(path), body)

    def _fill(self, path: str) -> str:
        return path.replace(PROJECT, self._project)

    def read_task(self, reply: Reply) -> Object | Failed:
        """Return what a question about a task was answered.

        Raises:
            ProviderError: it was not answered.
        """
        if reply.status == NOT_FOUND:
            return Failed(words=read_error(reply).words, failure=Failure.GONE)
        body = reply.json()
        if reply.status != OK or not isinstance(body, dict):
            raise self.error_of(reply)
        return body

    def error_of(self, reply: Reply) -> ProviderError:
        """Return the error for a question that was answered by an error."""
        return reply_error(self._api.title, reply, self._clock.now())

    def is_findable(self, lookup: SubmitLookup) -> bool:
        """Whether a look-up names a task of this API.

        The APIs take no names for submits, and operations cannot be listed: only a task that a person found can be
        looked at. Vertex AI documents a list of interactions (2026-11); it is not used yet.
        """
        return self._api.task_id.fullmatch(lookup.task) is not None

    def read_lookup(self, lookup: SubmitLookup, reply: Reply) -> LookupResult:
        """Return what looking at a task that a person found brought."""
        found = (Candidate(task=lookup.task),) if reply.status == OK else ()
        return LookupResult(means=f"the {self._api.noun} itself", candidates=found)
