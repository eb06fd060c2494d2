"""Random lives of a run: bought, killed, resumed, retaken, edited, reconciled, in any order, over a scripted API.

Time and the provider's mishaps are scripted, for no real API shows them at will; journal, directory and money path are
real. Media are not looked at: what a take is worth has its own tests.
"""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from runner.context import ActiveRun, Context
from runner.errors import LongtakeError, ProviderError, UnknownOutcome
from runner.execution.manifest import Film
from runner.execution.reconcile import adopt_task, allow_resend, unsettled
from runner.execution.workflow import execute
from runner.files import Disk
from runner.media.ffmpeg.tools import Tools
from runner.net.client import Web
from runner.planning.model import Plan, Step
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
from runner.reporting import ignore_reports
from runner.state.history import Take
from runner.state.run_directory import RunDirectory, open_run_directory, read_history
from runner.storyboard.load import parse
from tests.doses import DOSE
from tests.execution.studio import UNSEEN
from tests.fakes.clock import FakeClock

KIE = entry("kie") or pytest.fail("kie is built in")
MISHAPS = ("none", "none", "none", "lost-before", "lost-after", "refused", "busy", "unsent", "fails")
PROMPTS = ("a dog trots", "it goes on", "it slows down")


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

    def take(self, mark: str, mishap: str) -> str:
        task = f"{len(self.charged):032x}"
        self.charged[task] = mark
        if mishap == "fails":
            self.failing.add(task)
        return task


class Connection:
    """One process's view of the API."""

    def __init__(self, api: Api, life: Life) -> None:
        self._api, self._life = api, life

    async def submit(self, request: Request) -> Submission:
        self._life.act()
        mishap = self._api.mishaps.pop(0) if self._api.mishaps else "none"
        if mishap == "refused":
            return Refused(words="no", failure=Failure.INPUT)
        if mishap == "busy":
            return Busy(words="later", wait=1)
        if mishap == "unsent":
            return Unsent(words="no connection")
        if mishap == "lost-before":
            return Unknown(words="reset")
        task = self._api.take(str(request.body["mark"]), mishap)
        self._life.act()
        return Unknown(words="reset") if mishap == "lost-after" else Accepted(task=task)

    async def look(self, job: Job) -> State:
        self._life.act()
        if job.task in self._api.failing:
            return Failed(words="it failed", failure=Failure.TRANSIENT)
        return Done(assets=(Asset(role="film", url=f"https://files.example/{job.task}"),))

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


async def store(run: ActiveRun, _step: Step, take: Take, _done: Done) -> Take:
    """A file that is there, instead of a download."""
    folder = run.directory.layout.take(take.hop, take.number)
    run.directory.write(folder / "video.mp4", take.task.encode())
    file = {"role": "film", "name": "video.mp4", "size": len(take.task), "sha256": "0" * 64}
    run.directory.record("stored", hop=take.hop, take=take.number, files=[file])
    return run.directory.history.take(take.hop, take.number)


async def approve_of(run: ActiveRun, _step: Step, take: Take) -> Take:
    """Every file is good."""
    facts = {"verdict": "pass", "words": "", "expectation": _step.contract.digest}
    run.directory.record("judged", hop=take.hop, take=take.number, **facts)
    return run.directory.history.take(take.hop, take.number)


async def cut(run: ActiveRun, plan: Plan) -> Film:
    """The film is the list of its takes."""
    for step in plan.steps:
        assert any(take.usable for take in run.directory.history.of_hop(step.spec.index))
    return Film(path=run.directory.layout.film, seconds=1.0, size=1, sha256="0" * 64, how="fake")


async def yes(_plan: object) -> bool:
    return True


class RandomLife(RuleBasedStateMachine):
    """What may happen to a run, and what must hold whatever happens."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="longtake-machine-"))
        self.root = self.folder / "run"
        self.clock = FakeClock()
        self.prompts = list(PROMPTS)
        self.risked = 0  # submits that a person sent again at their own risk
        self.patches = [
            mock.patch("runner.execution.hop.collect_results", store),
            mock.patch("runner.execution.hop.judge_take", approve_of),
            mock.patch("runner.execution.workflow.assemble_film", cut),
        ]
        for patch in self.patches:
            patch.start()

    def teardown(self) -> None:
        try:
            self._must_finish()
        finally:
            for patch in self.patches:
                patch.stop()
            shutil.rmtree(self.folder)

    @initialize(keeps_names=st.booleans())
    def begin(self, *, keeps_names: bool) -> None:
        self.api = Api(keeps_names=keeps_names)

    @rule(acts=st.integers(0, 90), mishaps=st.lists(st.sampled_from(MISHAPS), max_size=4))
    def live(self, acts: int, mishaps: list[str]) -> None:
        """Run or resume, until the end, an error, or death."""
        self.api.mishaps = mishaps
        self._run(acts)

    @precondition(lambda self: self._usable())
    @rule(acts=st.integers(0, 60), hop=st.integers(0, 2))
    def retake(self, acts: int, hop: int) -> None:
        self._run(acts, retake=hop)

    @rule(hop=st.integers(0, 2), words=st.sampled_from(["in the rain", "at night", ""]))
    def edit(self, hop: int, words: str) -> None:
        self.prompts[hop] = f"{PROMPTS[hop]} {words}".strip()

    @precondition(lambda self: self._unsettled())
    @rule(acts=st.integers(0, 12), trust=st.booleans())
    def reconcile(self, acts: int, *, trust: bool) -> None:
        """A person looks at the provider's list: adopts what is there, or sends again what they believe is not."""
        lost = self._lost()
        self._with_directory(acts, lambda run, take: self._word(run, take, lost if trust else ""))

    @invariant()
    def every_charge_is_accounted_for(self) -> None:
        """Each charged task is in the journal, or a take is unsettled that may be it, or a person took the risk."""
        if not self.root.exists():
            return
        history = read_history(self.root)
        named_here = {take.task for take in history.takes if take.task}
        lost = [task for task in self.api.charged if task not in named_here]
        assert len(lost) <= len(unsettled(history)) + self.risked
        assert history.committed >= Decimal("0.30") * (len(self.api.charged) - self.risked)

    @invariant()
    def no_submit_is_charged_twice(self) -> None:
        marks = list(self.api.charged.values()) if hasattr(self, "api") else []
        assert len(marks) == len(set(marks))

    def _run(self, acts: int, retake: int | None = None) -> Exception | None:
        life = Life(acts)
        text = "\n".join(
            [
                "storyboard: 1",
                "provider: kie",
                f"checks: {json.dumps(UNSEEN)}",
                f"initial: {{prompt: {self.prompts[0]}, duration: 4}}",
                "extensions:",
            ]
            + [f"  - prompt: {prompt}" for prompt in self.prompts[1:]]
        )
        storyboard = parse(text.encode())

        async def work() -> None:
            async with Web() as web:
                await execute(storyboard, self.root, self._crew(life, web), yes, retake=retake)

        return self._mortal(work)

    def _with_directory(self, acts: int, act: Callable[[ActiveRun, Take], Any]) -> None:
        life = Life(acts)

        async def work() -> None:
            async with Web() as web:
                context = self._crew(life, web)
                with open_run_directory(self.root, disk=context.disk, clock=self.clock) as directory:
                    await act(ActiveRun(context=context, directory=directory, budget=None), self._first(directory))

        self._mortal(work)

    def _mortal(self, work: Callable[[], Any]) -> Exception | None:
        try:
            asyncio.run(work())
        except LongtakeError as error:
            return error
        except Killed:
            pass
        return None

    def _crew(self, life: Life, web: Web) -> Context:
        api: Any = Connection(self.api, life)
        provider = Entry(catalog=KIE.catalog, request=named, connect=KIE.connect)
        pace = Pace(first=1, growth=1, ceiling=1, deadline=9, empty_grace=1, settle=1)
        return Context(
            entry=provider,
            provider=api,
            web=web,
            disk=MortalDisk(life),
            clock=self.clock,
            tools=cast("Tools", None),  # no media are looked at
            report=ignore_reports,
            pace=pace,
            endpoint="https://api.example",
            account="a",
        )

    async def _word(self, run: ActiveRun, take: Take, lost: str) -> None:
        if lost:
            await adopt_task(run, take, lost)
            return
        before = len(unsettled(run.directory.history))
        try:
            allow_resend(run, take)
        finally:
            self.risked += before - len(unsettled(read_history(self.root)))

    def _first(self, directory: RunDirectory) -> Take:
        return unsettled(directory.history)[0]

    def _lost(self) -> str:
        """The task that nobody knows of, as a person finds it in the provider's list."""
        named_here = {take.task for take in read_history(self.root).takes}
        return next((task for task in self.api.charged if task not in named_here), "")

    def _unsettled(self) -> bool:
        return self.root.exists() and bool(unsettled(read_history(self.root)))

    def _usable(self) -> bool:
        if not self.root.exists():
            return False
        history = read_history(self.root)
        return all(any(t.usable for t in history.of_hop(hop)) for hop in range(3)) and not unsettled(history)

    def _must_finish(self) -> None:
        """Whatever happened, the run can be brought to its end."""
        self.api.mishaps, self.api.failing = [], set()
        for _ in range(6):
            ended = self._run(10_000)
            if ended is None:
                return
            assert isinstance(ended, UnknownOutcome), ended
            lost = self._lost()
            self._with_directory(10_000, lambda run, take, lost=lost: self._word(run, take, lost))  # type: ignore[misc]
        raise AssertionError("it never ended")


EVERYDAY = settings(
    max_examples=12, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


class TestSomeRandomLives(RandomLife.TestCase):  # type: ignore[misc]
    settings = EVERYDAY


@pytest.mark.proof
class TestManyRandomLives(RandomLife.TestCase):  # type: ignore[misc]
    settings = settings(EVERYDAY, max_examples=60 * DOSE)
