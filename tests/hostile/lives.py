"""Lives of a run at a hostile provider, and what must hold after each of them."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from runner.api.runs import plan
from runner.console.output import Style
from runner.console.reconcile import evidence_json, evidence_text
from runner.console.status import status_text
from runner.context import ActiveRun
from runner.errors import LongtakeError
from runner.events import Event
from runner.execution.reconcile import adopt_task, allow_resend, apply_proposal, gather_evidence, unsettled
from runner.execution.workflow import execute
from runner.planning.plan_json import plan_as_json
from runner.providers.registry import Entry
from runner.report.collect import collect_report
from runner.state.history import History, Phase, Take
from runner.state.journal import read
from runner.state.layout import Layout
from runner.state.run_directory import open_run_directory, read_history
from tests.fakes.clock import FakeClock
from tests.fakes.provider import Killed, Life
from tests.hostile.chance import Chance
from tests.hostile.process import board_of, opened, page_of
from tests.hostile.server import Door, Sale, Server
from tests.hostile.twists import Script

ENDED = ("refused", "unsent", "failed", "discarded", "judged")
"""After these events of a take its hop may be bought again."""
_NO_ANSWER = "the process ended before the answer came"
_IN_MEMORY = "/dev/shm"  # where there is one, a life takes half as long


@dataclass(frozen=True)
class Process:
    """One start of the program: after how many acts it dies, and what the server does meanwhile.

    `person`: afterwards somebody looks at the provider's own list of tasks, and settles what is unknown.
    """

    FOREVER: ClassVar[int] = 10_000

    acts: int
    script: Script
    person: bool = False


@dataclass(frozen=True)
class Story:
    """A life from its seed: the processes that it has, one after the other."""

    provider: str
    seed: int
    processes: tuple[Process, ...] = ()

    @classmethod
    def drawn(cls, provider: str, seed: int) -> "Story":
        """The same life for the same seed."""
        chance = Random(f"{provider} {seed}")
        draws = Chance(chance)
        processes = tuple(
            Process(
                acts=chance.choice((Process.FOREVER, chance.randint(0, 90))),
                script=draws.script(),
                person=chance.random() < 1 / 2,
            )
            for _ in range(chance.randint(1, 3))
        )
        return cls(provider, seed, processes)

    def live(self) -> None:
        """Live it, and once more with an honest server."""
        with lived(self.provider) as run:
            for process in (*self.processes, Process(acts=Process.FOREVER, script={})):
                run.live(process)


@dataclass
class Run:
    """One run directory at one hostile provider, through all its processes."""

    provider: str
    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.root = self.folder / "run"
        self.server = Server(self.page.catalog.name.partition("/")[0], self.folder / "server", self.root, self.clock)

    @property
    def page(self) -> Entry:
        """The provider."""
        return page_of(self.provider)

    def live(self, process: Process) -> None:
        """Start, and die or end; then hold everything to its promise, and let a person look."""
        door = self.server.door(life := Life(process.acts), process.script)
        self._mortal(self._work(door))
        self.check()
        life.left = Process.FOREVER
        self._mortal(self._reconcile(door, person=process.person))
        self.check()

    def _mortal(self, work: Any) -> None:
        """Run to an end that is foreseen: any other exception is a bug."""
        with suppress(LongtakeError, Killed), asyncio.Runner() as process:
            # Of a process that died, what was still under way is no news.
            process.get_loop().set_exception_handler(lambda _loop, _facts: None)
            process.run(work)

    async def _work(self, door: Door) -> None:
        async def yes(_plan: object) -> bool:
            return True

        async with opened(self.page, self.root, self.clock, door) as context:
            await execute(board_of(self.provider), self.root, context, yes)

    async def _reconcile(self, door: Door, *, person: bool) -> None:
        """What is unsettled is looked at, and what is proved is done; a person does the rest."""
        if not unsettled(read_history(self.root)):
            return
        async with opened(self.page, self.root, self.clock, door) as context:
            with open_run_directory(self.root, context.store, disk=context.disk, clock=context.clock) as directory:
                run = ActiveRun(context=context, directory=directory, budget=None)
                for take in unsettled(directory.history):
                    found = await gather_evidence(run, take)
                    assert evidence_text(found, self.root)
                    assert evidence_json(found, self.root)
                    if found.proposal.proved:
                        apply_proposal(run, take, found.proposal)
                    elif person:
                        await self._settle(run, take)

    async def _settle(self, run: ActiveRun, take: Take) -> None:
        """Adopt the task that the server has of this submit; where it has none, send it again."""
        sale = next((each for each in self.server.sales if each.intent == take.intent), None)
        if sale:
            await adopt_task(run, take, sale.name, sure=True)
        else:
            allow_resend(run, take)

    # What must hold.

    def check(self) -> None:
        """Hold the run to its promises."""
        history = read_history(self.root)
        events = read(self.root / "journal.jsonl").events if history.run else ()
        assert not self.server.broken_promises, self.server.broken_promises
        self._everything_can_be_read(history)
        self._no_submit_is_sent_twice(events)
        for sale in self.server.sales:
            self._is_known(sale, history, events)
        charged = sum((self._price(sale.hop) for sale in self.server.sales), Decimal(0))
        assert history.committed >= charged, f"${history.committed} committed, ${charged} charged"

    def _everything_can_be_read(self, history: History) -> None:
        if not (self.root / "storyboard.yaml").exists() or not history.run:
            return
        ahead = plan(board_of(self.provider), self.root, now=self.clock.now())
        facts = {"run": "run", "film": None, "asks": None, "next_command": "", **plan_as_json(ahead)}
        assert status_text(facts, Style(json=False))
        assert collect_report(ahead, Layout(self.root))

    def _no_submit_is_sent_twice(self, events: tuple[Event, ...]) -> None:
        numbers = [place["seq"] for place in self.server.submits]
        assert len(numbers) == len(set(numbers)), "one intent was sent twice"
        marks = [sale.mark for sale in self.server.sales]
        assert len(marks) == len(set(marks)), "two tasks were made for one submit"
        for before, after in zip(self.server.submits, self.server.submits[1:], strict=False):
            if before["hop"] != after["hop"]:
                continue
            between = events[before["seq"] : after["seq"] - 1]
            said = [event.kind for event in between if event.data.get("hop") == before["hop"]]
            assert set(said) & set(ENDED), f"hop {after['hop']} was sent again after {said}"

    def _is_known(self, sale: Sale, history: History, events: tuple[Event, ...]) -> None:
        """A task that is paid for is in the journal, or its submit is unsettled, with whatever was answered."""
        later = [event for event in events[sale.intent :] if _place(event) == (sale.hop, sale.take)]
        outcome = next((event for event in later if event.kind in ("accepted", "refused", "unsent")), None)
        unknown = next((event for event in later if event.kind == "unknown"), None)
        if outcome is None:
            take = history.take(sale.hop, sale.take)
            assert take.phase in (Phase.INTENDED, Phase.UNKNOWN), f"{sale} was sold, and its take is {take.phase}"
        else:
            assert outcome.kind == "accepted", f"{sale} was sold, and the journal says {outcome}"
            assert not sale.honest or sale.task in str(outcome.data["task"]), f"{sale} was sold as {outcome.data}"
        if unknown and sale.answered and unknown.data["words"] != _NO_ANSWER:
            assert unknown.data.get("answer"), f"what {sale} was answered is lost: {unknown}"

    def _price(self, hop: int) -> Decimal:
        return _prices(self.provider)[hop]


def _place(event: Event) -> tuple[object, object]:
    return event.data.get("hop"), event.data.get("take")


@cache
def _prices(provider: str) -> tuple[Decimal, ...]:
    return tuple(step.spec.usd for step in plan(board_of(provider)).steps)


@contextmanager
def lived(provider: str) -> Iterator[Run]:
    """A run in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="longtake-hostile-", dir=_IN_MEMORY if Path(_IN_MEMORY).is_dir() else None))
    try:
        yield Run(provider, folder)
    finally:
        shutil.rmtree(folder)
