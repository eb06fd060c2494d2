"""Who carries a plan out: the outside world as parameters, and the run directory that remembers."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from runner.clock import Clock
from runner.commands import command
from runner.config.settings import is_rehearsal
from runner.files import Disk
from runner.media.ffmpeg.tools import Tools
from runner.net.client import Web
from runner.planning.budget import Cap, SpendingCap, caps_in_force
from runner.ports import ArtifactStore, RunStore
from runner.providers.base import Provider
from runner.providers.catalog import Pace
from runner.providers.registry import Entry
from runner.reporting import Report, Reporter
from runner.state.run_directory import RunDirectory

if TYPE_CHECKING:
    from runner.planning.model import Step
    from runner.quality.inspector import Inspector  # names what measures, which nothing needs before a result is there


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What it takes to see a run's files: where they are kept, and who inspects them."""

    artifacts: ArtifactStore
    inspector: "Inspector"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything a run works with. `endpoint` and `account` say where and as whom; neither holds a key.

    `host` and `host_note` say where for people; `here` lets a copied run directory go on beside its original; `cap` is
    shared by all runs of a command; `named`: a person named the run directory, so it is meant whichever storyboard it
    began from; `flags` are the options that a command repeats which asks for the same again.
    """

    entry: Entry
    provider: Provider
    web: Web
    disk: Disk
    clock: Clock
    tools: Tools
    inspector: "Inspector"
    store: RunStore
    artifacts: ArtifactStore
    report: Reporter
    pace: Pace
    endpoint: str
    account: str
    host: str = ""
    host_note: str = ""
    run_name: str = ""
    cap: SpendingCap | None = None
    retries: int = 0
    here: bool = False
    named: bool = False
    flags: tuple[str, ...] = ()

    def say(self, kind: str, message: str, /, *, hop: int | None = None, **facts: object) -> None:
        """Report one thing that happened; whatever becomes of whoever listens is no matter of the run."""
        # Said between a durable intent and its send, too: a full disk or a closed pane must not lose an outcome.
        with suppress(Exception):
            self.report(Report(kind=kind, message=message, run=self.run_name, hop=hop, facts=facts))


@dataclass(slots=True)
class ActiveRun:
    """A run under way: context, directory, the plan's steps, and the pictures already uploaded in this process."""

    context: Context
    directory: RunDirectory
    budget: Decimal | None
    steps: "Sequence[Step]" = ()
    uploads: dict[str, str] = field(default_factory=dict)

    @property
    def view(self) -> View:
        """What it takes to see this run's files."""
        return View(artifacts=self.context.artifacts, inspector=self.context.inspector)

    @property
    def caps(self) -> Sequence[Cap]:
        """The caps that hold, as they stand now."""
        return caps_in_force(self.budget, self.context.cap, self.directory.history.committed)

    def next_command(self, verb: str = "resume") -> str:
        """Return the command that goes on from here."""
        return command(verb, self.directory.layout.root)

    @property
    def after_edit(self) -> str:
        """The command that goes on from a storyboard that was changed."""
        history, root = self.directory.history, self.directory.layout.root
        # Without it the command would send the real key, and spend, where a rehearsal stopped.
        rehearsal = ["--sandbox"] if is_rehearsal(self.context.endpoint) else []
        if not history.source:
            return self.next_command()
        return command("run", Path(history.source), "--run-dir", root, *rehearsal)
