"""What a provider says, made safe to keep and to show: no secret, no endless text, no control characters, no odd id.

It stands between the engine and every provider, built-in or foreign, because a server may repeat a key or a signed
link in its words, and because a task id ends in the journal, in addresses and in commands that people copy.
"""

import math
import re
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from runner.errors import LongtakeError, ProviderError
from runner.net.client import Web
from runner.net.messages import PAID_ANSWER, Link
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

MOST_WORDS, MOST_ANSWER = 500, 4000
_LAST_MOMENT = 253_402_300_799.0  # the end of the year 9999, which every calendar holds
_LONGEST_WAIT = 900.0
_LONG_PAGE, _LONGEST_SECRET = 1 << 16, 1 << 12
# Wide enough for every provider's ids (operation names hold slashes), and harmless in a shell.
_TASK = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_:/=+@-]|\.(?!\.)){0,511}", re.ASCII)
_OF_SECRETS = string.ascii_letters + string.digits + "._~+/=%-"
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def is_task_id(text: str) -> bool:
    """Whether a text can be the name of a task at any provider."""
    return _TASK.fullmatch(text) is not None


class SanitizedProvider:
    """A provider whose words can be written down, and whose every failure is one that was foreseen."""

    def __init__(self, provider: Provider, web: Web) -> None:
        self._provider = provider
        self._web = web

    def _clean(self, words: str, most: int = MOST_WORDS) -> str:
        words = str(words).encode("utf-8", "replace").decode()
        if len(words) > _LONG_PAGE:  # what is left of a secret that is cut through would not be known as one
            words = words[: _LONG_PAGE - _LONGEST_SECRET].rstrip(_OF_SECRETS)
        return _UNPRINTABLE.sub(" ", self._web.redact(words))[:most]

    def _cleaned(self, error: ProviderError) -> ProviderError:
        error.message, error.hint = self._clean(error.message), self._clean(error.hint)
        error.args = (error.message,)
        return error

    @contextmanager
    def _net(self) -> Iterator[None]:
        """Let nothing out of a question but a ProviderError in clean words: a server may answer with anything."""
        try:
            yield
        except ProviderError as error:
            raise self._cleaned(error) from None
        except LongtakeError:
            raise
        except Exception as error:
            words = self._clean(f"the answer could not be read ({type(error).__name__}: {error})")
            raise ProviderError(words, code="provider/unreadable", retryable=True) from error

    async def submit(self, request: Request) -> Submission:
        """Send a paid request once; whatever cannot be read proves neither that it was taken nor that it was not."""
        PAID_ANSWER.set(None)
        try:
            outcome = await self._provider.submit(request)
            return self._cleaned_outcome(outcome)
        except Exception as error:  # noqa: BLE001 -- between intent and outcome nothing may raise
            words = self._clean(f"the answer could not be read ({type(error).__name__}: {error})")
            return Unknown(words=words, answer=self._answer())

    def _cleaned_outcome(self, outcome: Submission) -> Submission:
        match outcome:
            case Accepted(task=task, handle=handle):
                if not is_task_id(task):
                    return Unknown(words="the answer names a task by what is no id", answer=self._answer())
                return replace(outcome, handle=_clean_handle(handle), answer=self._answer())
            case Unknown(words=words):
                return replace(outcome, words=self._clean(words), answer=self._answer())
            case Busy(words=words, wait=wait):
                return replace(outcome, words=self._clean(words), wait=_clamp(wait, 0.0, _LONGEST_WAIT))
            case Refused(words=words) | Unsent(words=words):
                return replace(outcome, words=self._clean(words))

    def _answer(self) -> str:
        """Return what came back of the submit that is under way: status and text, without secrets and cut."""
        reply = PAID_ANSWER.get()
        if reply is None:
            return ""
        return self._clean(f"HTTP {reply.status}: {reply.text(_LONG_PAGE)}", MOST_ANSWER).rstrip()

    async def look(self, job: Job) -> State:
        """Ask how a task stands."""
        with self._net():
            state = await self._provider.look(job)
            match state:
                case Pending(words=words) | Failed(words=words):
                    return replace(state, words=self._clean(words))
                case Done(notes=notes, handle=handle):
                    notes = tuple(self._clean(note) for note in notes)
                    return replace(state, notes=notes, handle=_clean_handle(handle))

    async def find(self, lookup: SubmitLookup) -> LookupResult:
        """Look for what became of a submit; what has no proper id is no candidate, and none is then no proof."""
        with self._net():
            search = await self._provider.find(lookup)
            known = tuple(self._shown(each) for each in search.candidates if is_task_id(each.task))
            whole = search.complete and len(known) == len(search.candidates)
            return replace(search, candidates=known, complete=whole)

    def _shown(self, candidate: Candidate) -> Candidate:
        return replace(
            candidate,
            prompt=self._web.redact(candidate.prompt).encode("utf-8", "replace").decode(),
            parent=candidate.parent if is_task_id(candidate.parent) else "",
            handle=_clean_handle(candidate.handle),
            created_at=_clamp(candidate.created_at, 0.0, _LAST_MOMENT),
        )

    def link(self, asset: Asset) -> Link:
        """Where an asset can be fetched now."""
        with self._net():
            return self._provider.link(asset)

    async def fresh_link(self, asset: Asset) -> Link:
        """Give a link for an asset whose own link has died."""
        with self._net():
            return await self._provider.fresh_link(asset)

    async def upload(self, picture: Path, name: str) -> str:
        """Host a picture, free of charge."""
        with self._net():
            return await self._provider.upload(picture, name)

    async def balance(self) -> Decimal | None:
        """Give the credits left; None where that is no number."""
        with self._net():
            credits_left = await self._provider.balance()
            return credits_left if credits_left is not None and credits_left.is_finite() else None


def _clean_handle(handle: Mapping[str, str]) -> dict[str, str]:
    """Return a handle as the journal can hold it: texts that can be encoded."""
    return {str(name): str(value).encode("utf-8", "replace").decode() for name, value in handle.items()}


def _clamp(number: float, least: float, most: float) -> float:
    """Return a number within bounds; the least where it is none, for a server may tell any."""
    try:
        return min(max(float(number), least), most) if math.isfinite(number) else least
    except (OverflowError, TypeError, ValueError):
        return least
