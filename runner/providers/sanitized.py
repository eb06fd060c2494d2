"""What a provider says, made safe to keep and to show: no secret, no endless text, no control characters, no odd id.

It stands between the engine and every provider, built-in or foreign, because a server may repeat a key or a signed
link in its words, and because a task id ends in the journal, in addresses and in commands that people copy.
"""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from runner.errors import ProviderError
from runner.net.client import Web
from runner.net.messages import Link
from runner.providers.base import (
    Accepted,
    Asset,
    Busy,
    Candidate,
    Done,
    Failed,
    Job,
    LookupResult,
    Pending,
    Provider,
    Refused,
    Request,
    State,
    Submission,
    SubmitLookup,
    Unknown,
    Unsent,
)

MOST_WORDS = 500
_LONGEST_WAIT = 900.0
_LONG_PAGE, _LONGEST_SECRET = 1 << 16, 1 << 12
# Wide enough for every provider's ids (operation names hold slashes), and harmless in a shell.
_TASK = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_:/=+@-]|\.(?!\.)){0,511}", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def is_task_id(text: str) -> bool:
    """Whether a text can be the name of a task at any provider."""
    return _TASK.fullmatch(text) is not None


class SanitizedProvider:
    """A provider whose words can be written down."""

    def __init__(self, provider: Provider, web: Web) -> None:
        self._provider = provider
        self._web = web

    def _clean(self, words: str) -> str:
        if len(words) > _LONG_PAGE:  # what is left of a secret that is cut through would not be known as one
            words = words[: _LONG_PAGE - _LONGEST_SECRET].rpartition(" ")[0]
        return _UNPRINTABLE.sub(" ", self._web.redact(words))[:MOST_WORDS]

    def _cleaned(self, error: ProviderError) -> ProviderError:
        error.message, error.hint = self._clean(error.message), self._clean(error.hint)
        error.args = (error.message,)
        return error

    async def submit(self, request: Request) -> Submission:
        """Send a paid request once; an id that cannot be one proves neither that it was taken nor that it was not."""
        outcome = await self._provider.submit(request)
        match outcome:
            case Accepted(task=task):
                odd = Unknown(words="the answer names a task by what is no id")
                return outcome if is_task_id(task) else odd
            case Busy(words=words, wait=wait):
                return replace(outcome, words=self._clean(words), wait=min(wait, _LONGEST_WAIT))
            case Refused(words=words) | Unsent(words=words) | Unknown(words=words):
                return replace(outcome, words=self._clean(words))

    async def look(self, job: Job) -> State:
        """Ask how a task stands."""
        try:
            state = await self._provider.look(job)
        except ProviderError as error:
            raise self._cleaned(error) from None
        match state:
            case Pending(words=words) | Failed(words=words):
                return replace(state, words=self._clean(words))
            case Done(notes=notes):
                return replace(state, notes=tuple(self._clean(note) for note in notes))

    async def find(self, lookup: SubmitLookup) -> LookupResult:
        """Look for what became of a submit; what has no proper id is no candidate, and none is then no proof."""
        try:
            search = await self._provider.find(lookup)
        except ProviderError as error:
            raise self._cleaned(error) from None
        known = tuple(self._shown(each) for each in search.candidates if is_task_id(each.task))
        whole = search.complete and len(known) == len(search.candidates)
        return replace(search, candidates=known, complete=whole)

    def _shown(self, candidate: Candidate) -> Candidate:
        parent = candidate.parent if is_task_id(candidate.parent) else ""
        return replace(candidate, prompt=self._web.redact(candidate.prompt), parent=parent)

    def link(self, asset: Asset) -> Link:
        """Where an asset can be fetched now."""
        return self._provider.link(asset)

    async def fresh_link(self, asset: Asset) -> Link:
        """Give a link for an asset whose own link has died."""
        try:
            return await self._provider.fresh_link(asset)
        except ProviderError as error:
            raise self._cleaned(error) from None

    async def upload(self, picture: Path, name: str) -> str:
        """Host a picture, free of charge."""
        try:
            return await self._provider.upload(picture, name)
        except ProviderError as error:
            raise self._cleaned(error) from None

    async def balance(self) -> Decimal | None:
        """Give the credits left."""
        try:
            return await self._provider.balance()
        except ProviderError as error:
            raise self._cleaned(error) from None
