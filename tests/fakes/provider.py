"""A scripted provider, and a process that dies at its n-th act: the engine without network and ffmpeg.

Films are lists of numbers (see `runner.backends.memory`), sent inside the answer; everything else is the real thing.
"""

import asyncio
import base64
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from runner.backends.local import LocalArtifactStore, LocalRunStore
from runner.backends.memory import MemoryFilm, MemoryInspector
from runner.clock import Clock
from runner.context import Context
from runner.errors import ProviderError
from runner.files import Disk
from runner.media.ffmpeg.tools import Tools
from runner.net.client import Web
from runner.net.messages import Link
from runner.providers.base import (
    Accepted,
    Asset,
    Busy,
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
from runner.providers.catalog import Pace
from runner.providers.registry import Entry, entry
from runner.reporting import Reporter, ignore_reports
from tests.fakes.turns import take_turns

_KIE = entry("kie")
assert _KIE is not None
KIE = _KIE
FRAME_RATE = 24
FIRST_SECONDS, ADDED_SECONDS = 4, 7


class Killed(BaseException):
    """The process is gone: nothing that it would have done comes to pass."""


class Life:
    """One process: after its last act every further act ends it too, as no code runs in a dead process."""

    def __init__(self, acts: int) -> None:
        self.left = acts

    def act(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


class MortalDisk(Disk):
    def __init__(self, life: Life) -> None:
        self._life = life

    def append(self, descriptor: int, data: bytes) -> None:
        self._life.act()
        super().append(descriptor, data)
        self._life.act()

    def replace(self, temporary: Path, final: Path) -> None:
        self._life.act()
        super().replace(temporary, final)
        self._life.act()


class Api:
    """A provider that charges for what it takes, and does what the script says with the answer."""

    def __init__(self, *, keeps_names: bool) -> None:
        self.keeps_names = keeps_names
        self.charged: dict[str, str] = {}  # task → the name of its submit
        self.failing: set[str] = set()
        self.mishaps: list[str] = []
        self.names: dict[str, Request] = {}
        self.silent: set[str] = set()  # tasks whose films have no sound
        self.slow = 0  # turns of the event loop that the answer to a submit takes
        self.asked = asyncio.Event()

    def take(self, mark: str, mishap: str) -> str:
        task = f"{len(self.charged):032x}"
        self.charged[task] = mark
        if mishap == "fails":
            self.failing.add(task)
        if mishap == "silent":
            self.silent.add(task)
        return task


_FREE: dict[str, Submission] = {
    "refused": Refused(words="no", failure=Failure.INPUT),
    "busy": Busy(words="later", wait=1),
    "unsent": Unsent(words="no connection"),
    "lost-before": Unknown(words="reset"),
    "wordless": Unknown(words="", answer="HTTP 200: {}"),
    "doubtful": Unknown(words="code 400", doubtful=Failure.INPUT),
}
_PAID: dict[str, Submission] = {
    "lost-after": Unknown(words="reset"),
    "doubtful-charged": Unknown(words="code 400", doubtful=Failure.INPUT),
}


class Connection:
    """One process's view of the API."""

    def __init__(self, api: Api, life: Life) -> None:
        self._api, self._life = api, life

    async def submit(self, request: Request) -> Submission:
        self._life.act()
        mishap = self._api.mishaps.pop(0) if self._api.mishaps else "none"
        if mishap in _FREE:
            return _FREE[mishap]
        if mishap == "task-of-another":
            self._api.take(str(request.body["mark"]), mishap)
            return Accepted(task=next(iter(self._api.charged)), answer="HTTP 200: {}")
        task = self._api.take(str(request.body["mark"]), mishap)
        self._life.act()
        self._api.asked.set()
        await take_turns(self._api.slow)
        return _PAID.get(mishap) or Accepted(task=task)

    async def look(self, job: Job) -> State:
        self._life.act()
        if job.task in self._api.failing:
            return Failed(words="it failed", failure=Failure.TRANSIENT)
        return Done(
            assets=(
                Asset(role="film", url=film_after(self._api.charged[job.task], sound=job.task not in self._api.silent)),
            )
        )

    def link(self, asset: Asset) -> Link:
        return Link(url=asset.url)

    async def find(self, lookup: SubmitLookup) -> LookupResult:
        self._life.act()
        if lookup.task:
            known = lookup.task in self._api.charged
            return LookupResult(means="its record", candidates=(Candidate(task=lookup.task),) if known else ())
        if not self._api.keeps_names:
            return LookupResult()
        found = tuple(Candidate(task=task) for task, mark in self._api.charged.items() if mark == lookup.mark)
        return LookupResult(means="its name", candidates=found, certain=True, complete=True)

    async def upload(self, picture: Path, name: str) -> str:
        raise ProviderError(f"{picture} {name}")

    async def balance(self) -> Decimal:
        return Decimal(1000 - len(self._api.charged))


def named(shot: Any) -> Request:
    """The request to kie, with the name of the submit in it."""
    request = KIE.request(shot)
    return Request(method="POST", path=request.path, body={**request.body, "mark": shot.mark})


def film_after(mark: str, *, sound: bool = True) -> str:
    """The film so far, as the answer to a submit of that name brings it inside."""
    hop = int(mark.split("-h")[1][:2])
    seconds = FIRST_SECONDS + ADDED_SECONDS * hop
    content = MemoryFilm(pictures=tuple(range(FRAME_RATE * seconds)), sound=sound).encode()
    return f"data:video/mp4;base64,{base64.b64encode(content).decode()}"


def scripted_context(
    root: Path, api: Api, life: Life, web: Web, clock: Clock, *, report: Reporter = ignore_reports
) -> Context:
    """What a run in `root` works with, in one process's life."""
    provider: Any = Connection(api, life)
    disk = MortalDisk(life)
    return Context(
        entry=Entry(catalog=KIE.catalog, request=named, connect=KIE.connect),
        provider=provider,
        web=web,
        disk=disk,
        clock=clock,
        tools=cast("Tools", None),  # nothing is joined
        inspector=MemoryInspector(),
        store=LocalRunStore(root.parent, disk=disk, clock=clock),
        artifacts=LocalArtifactStore(root, disk=disk),
        report=report,
        pace=Pace(first=1, growth=1, ceiling=1, deadline=9, empty_grace=1, settle=1),
        endpoint="https://api.example",
        account="a",
    )
