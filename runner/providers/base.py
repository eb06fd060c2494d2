"""The boundary between the engine and the video APIs: a Shot goes in, plain values come out.

A new API is one file with `request` (pure), and `connect`, which gives something that obeys `Provider`; the registry
names it, the catalog holds its limits and prices. Outcomes of a paid submit are three for certain: Accepted, Refused
(or Busy: refused for now), and Unknown, which is never resent without a person's word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from runner.net.messages import Link

Kind = Literal["generate", "extend", "upgrade"]


class Failure(StrEnum):
    """Why a provider said no, in classes that decide what to do next."""

    INPUT = "input"
    POLICY = "content-policy"
    CREDENTIALS = "credentials"
    BALANCE = "balance"
    RATE = "rate"
    TRANSIENT = "transient"
    RETIRED = "retired-model"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """What an extension continues: the task before it and what the provider needs to find its result.

    `tail` is the end of the film so far as a ``data:`` URL, where the whole is longer than the provider takes; `link`
    is where its result lies now, for providers that are shown it.
    """

    task: str
    handle: Mapping[str, str] = field(default_factory=dict)
    tail: str = ""
    link: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One hop as the provider must understand it. Pictures are public URLs.

    `mode` is the provider's word for the quality, where one model is sold in several. `mark` is the name of this very
    submit, for APIs that take one and can be asked for it; a dry run has none.
    """

    kind: Kind
    model: str
    mode: str = ""
    prompt: str = ""
    aspect_ratio: str = "16:9"
    resolution: str = "720p"
    seed: int | None = None
    duration: float | None = None
    first_frame: str = ""
    last_frame: str = ""
    references: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    parent: Parent | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it will be sent, without address and key. `repeatable`: sending it again is never paid again."""

    method: Literal["GET", "POST"]
    path: str
    body: Mapping[str, object] = field(default_factory=dict)
    repeatable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider took it and named the task; `answer` as for `Unknown`."""

    task: str
    handle: Mapping[str, str] = field(default_factory=dict)
    answer: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A documented refusal: nothing was made and nothing is owed."""

    words: str
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """Refused for now; the same request may be sent again after `wait` seconds."""

    words: str
    wait: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """Proof that no byte of the request left this machine."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Everything else: it may have been taken and may have to be paid; `named`: the API says that it knows its name.

    `answer` is what came back, without secrets, for a person to read. `doubtful`: the code is one of refusals, without
    the words for it; an account that was not charged is then the proof that is missing.
    """

    words: str
    named: bool = False
    answer: str = field(default="", repr=False)
    doubtful: Failure | None = None


Submission = Accepted | Refused | Busy | Unsent | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A result to fetch: ``film`` holds everything so far, ``segment`` what this hop added."""

    role: Literal["film", "segment"]
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Not done yet. `empty`: said to be done, but without a result; `meanwhile`: what there is if it stays so."""

    words: str = ""
    empty: bool = False
    meanwhile: "Done | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Finished; fetch the assets at once, their links die. `handle` is what an extension of it has to name."""

    assets: tuple[Asset, ...]
    handle: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The task ended without a result."""

    words: str
    failure: Failure


State = Pending | Done | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A task to look at: its id, what it was bought as, what the provider said of it, and the prompt it came from."""

    task: str
    kind: Kind
    prompt: str = ""
    handle: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitLookup:
    """A submit whose answer is missing, as far as it is known here; or with `task`, one task that may be its outcome.

    `since` is when it was intended, in seconds since 1970 by this machine's clock; `path` is where it was sent, `mark`
    its name, `parent` the task it extends, with that one's `handle`.
    """

    kind: Kind
    prompt: str
    since: float
    path: str = ""
    parent: str = ""
    handle: Mapping[str, str] = field(default_factory=dict)
    mark: str = ""
    task: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A task that may be what a submit came to; what the API does not tell stays empty.

    `mark` is the name of the submit that it came from, `parent` the task, or else the video, that it extends.
    """

    task: str
    handle: Mapping[str, str] = field(default_factory=dict)
    mark: str = ""
    prompt: str = ""
    parent: str = ""
    created_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupResult:
    """What looking for a submit brought.

    `means` says for people how it was looked for, empty where the API offers no way. `certain`: the candidates carry
    the name that we gave the submit. `complete`: the API said in so many words that it knows no task of that name, and
    every task that it took would have been found, so that finding none is proof once it has had time to list it.
    """

    means: str = ""
    candidates: tuple[Candidate, ...] = ()
    certain: bool = False
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where and as whom to connect. The key never leaves this value but as a header; `settings` as the catalog asks."""

    base_url: str
    upload_url: str
    key: str = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)


class Provider(Protocol):
    """One account at one API, connected."""

    async def submit(self, request: Request) -> Submission:
        """Send a paid request exactly once; never raises for anything that the network or the server does."""
        ...

    async def look(self, job: Job) -> State:
        """Ask how a task stands.

        Raises:
            ProviderError: the question itself failed; `retryable` says whether to ask again.
        """
        ...

    async def find(self, lookup: SubmitLookup) -> LookupResult:
        """Look for what became of a submit, by the best means there is; costs nothing.

        Raises:
            ProviderError: the question itself failed; `retryable` says whether to ask again.
        """
        ...

    def link(self, asset: Asset) -> "Link":
        """Where an asset can be fetched now, with the headers that this takes."""
        ...

    async def fresh_link(self, asset: Asset) -> "Link":
        """A link for an asset whose own link has died."""
        ...

    async def upload(self, picture: Path, name: str) -> str:
        """Make a picture ready for a request, free of charge: its public URL, or its content as a ``data:`` URL."""
        ...

    async def balance(self) -> Decimal | None:
        """Credits left, or None where the API does not tell."""
        ...
