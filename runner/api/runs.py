"""The front of the library, and all that the command line uses: load, plan, run, and what a run needs around it.

from runner import load, plan, run

storyboard = load("storyboards/dog-park.yaml")
print(plan(storyboard).usd)
result = asyncio.run(run(storyboard, RunOptions(sandbox=True)))
"""

import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from runner.api.preflight import require_encoders, require_name, require_network
from runner.api.validate import validate
from runner.clock import Clock, SystemClock
from runner.commands import command
from runner.config.file import dialect_of, read_config
from runner.errors import ConfigurationError, RunDirectoryError, StoryboardInvalid, UsageError
from runner.files import Disk, refuse_non_files
from runner.planning.budget import SpendingCap
from runner.planning.model import Plan
from runner.planning.planner import plan as _plan
from runner.planning.what_if import without_take
from runner.providers.base import Account
from runner.providers.registry import Entry, entry
from runner.reporting import Reporter, ignore_reports
from runner.state.history import History
from runner.state.layout import Layout, is_run_directory
from runner.state.run_directory import read_history
from runner.storyboard.model import Storyboard
from runner.version import __version__

if TYPE_CHECKING:
    from runner.config.settings import Settings
    from runner.context import Context
    from runner.execution.workflow import Approve, RunResult
    from runner.media.ffmpeg.tools import Tools
    from runner.net.address_policy import Allowed
    from runner.net.client import Transport, Web

_SANDBOX_SECONDS = 1.0
_AGENT = f"longtake/{__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What is around a run: environment, clock, disk and listener; tests give their own.

    `cap` is one ledger for several runs, in the place of a `max_cost` that each would have for itself.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Clock = field(default_factory=SystemClock)
    disk: Disk = field(default_factory=Disk)
    report: Reporter = field(default=ignore_reports)
    folder: Path = field(default_factory=Path.cwd)
    cap: SpendingCap | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a person may choose for a run. `faults` and `sandbox_seconds` concern the built-in emulator only.

    `here` lets a copied run directory go on beside its original, and buy what that may buy as well. `allow_hosts` may
    be sent the key though not the provider's own; with `allow_outside`, pictures may lie outside the board's folder.
    """

    runs_dir: Path = Path("runs")
    run_dir: Path | None = None
    sandbox: bool = False
    faults: Sequence[str] = ()
    sandbox_seconds: float = _SANDBOX_SECONDS
    max_cost: Decimal | None = None
    retries: int = 0
    here: bool = False
    allow_hosts: Sequence[str] = ()
    allow_outside: bool = False

    @property
    def cap(self) -> SpendingCap | None:
        """A ledger of what `max_cost` allows, where there is one."""
        return None if self.max_cost is None else SpendingCap(self.max_cost)

    @property
    def flags(self) -> tuple[str, ...]:
        """What was chosen besides place and money, as options: a command that asks for the same again repeats it."""
        retries = ("--retries", str(self.retries)) if self.retries else ()
        hosts = (word for host in self.allow_hosts for word in ("--allow-host", host))
        return (*retries, *["--here"] * self.here, *hosts, *["--allow-outside"] * self.allow_outside)

    def root(self, storyboard: Storyboard) -> Path:
        """Return the run directory of a storyboard; rehearsals never share one with the real thing."""
        if self.run_dir:
            return self.run_dir
        name = storyboard.source.file.stem if storyboard.source.file else "storyboard"
        return self.runs_dir / (f"{name}.sandbox" if self.sandbox else name)


def load(path: Path | str) -> Storyboard:
    """Read a storyboard and check it against the schema and the catalog.

    Raises:
        StoryboardInvalid: carries every problem, with line and column.
    """
    return validate(Path(path)).usable()[0]


def provider_of(storyboard: Storyboard, folder: Path | None = None) -> Entry:
    """Return the provider that a storyboard names, in the dialect that it or the folder's longtake.toml asks for.

    Raises:
        ConfigurationError: longtake.toml cannot be read.
        StoryboardInvalid: there is no such provider.
    """
    found = entry(storyboard.provider.name, dialect_of(storyboard, read_config(folder or Path.cwd())))
    if found is None:
        raise StoryboardInvalid(f"there is no provider {storyboard.provider.name!r} of this dialect", ())
    return found


def plan(
    storyboard: Storyboard,
    run_dir: Path | None = None,
    *,
    now: float | None = None,
    retake: int | None = None,
    history: History | None = None,
) -> Plan:
    """Return what a run would do and cost, from an empty history or that of a run directory; send and write nothing.

    `retake` names a hop whose take is discarded; `history` stands in for that of a run directory.

    Raises:
        RunDirectoryError: the run directory cannot be trusted.
        ConfigurationError: the run was begun with another provider, or in another dialect.
    """
    known = history or (read_history(run_dir) if run_dir else History())
    provider = provider_of(storyboard)
    if known.run and known.provider != provider.catalog.name:
        raise ConfigurationError(
            f"{run_dir or 'the run'} was begun with {known.provider}, not with {provider.catalog.name}",
            code="run-directory/other-provider",
            hint="go on with the same provider, or choose another folder with --run-dir",
        )
    return _plan(storyboard, without_take(known, retake), provider, now=SystemClock().now() if now is None else now)


async def run(
    storyboard: Storyboard,
    options: RunOptions | None = None,
    *,
    approve: "Approve | None" = None,
    environment: Environment | None = None,
    retake: int | None = None,
) -> "RunResult":
    """Carry the plan out and return the film; goes on where an earlier run stopped.

    Without `approve` nothing is bought, except in the sandbox, which is free.

    Raises:
        LongtakeError: whatever stopped it, with what it means for money and how to go on.
    """
    from runner.execution.workflow import execute  # a dry run does without HTTP and media

    options, environment = options or RunOptions(), environment or Environment()
    root = options.root(storyboard)
    # Without a way to ask, nothing is bought: a library call must not spend by default.
    answer = _approve if options.sandbox else approve or _decline
    async with open_context(storyboard, options, environment) as context:
        require_encoders(storyboard, context.tools, sandbox=options.sandbox)
        return await execute(storyboard, root, context, answer, retake=retake)


async def _approve(_plan: Plan) -> bool:
    return True


async def _decline(_plan: Plan) -> bool:
    return False


def require_run(path: Path) -> History:
    """Return the history of a run directory that must hold one.

    Raises:
        UsageError: it is no run directory.
    """
    if not is_run_directory(path):
        raise UsageError(
            f"no run has begun in {path}",
            code="usage/no-run",
            hint="name the folder of a run; without one, `longtake status` lists those in runs/",
        )
    return read_history(path)


def runs_begun_from(storyboard: Storyboard, runs_dir: Path) -> Iterator[Path]:
    """Yield the runs in a folder that were begun from a storyboard, whatever they are called."""
    from runner.execution.identity import source_of

    source = source_of(storyboard)
    for root in sorted(runs_dir.glob("*")):
        with suppress(RunDirectoryError):
            if is_run_directory(root) and read_history(root).source == source:
                yield root


def frozen_storyboard(path: Path, history: History) -> Path:
    """Return the storyboard a run last worked from.

    Raises:
        RunDirectoryError: it is not there.
    """
    copy = Layout(path).storyboard
    if copy.is_file():
        return copy
    hint = f"run the original: {command('run', Path(history.source), '--run-dir', path)}" if history.source else ""
    raise RunDirectoryError(f"{copy} is missing", code="run-directory/no-storyboard", hint=hint)


@asynccontextmanager
async def open_context(
    storyboard: Storyboard, options: RunOptions, environment: Environment
) -> AsyncIterator["Context"]:
    """Open what a run needs: key, HTTP, ffmpeg; what is missing is found missing here, before any spending.

    Raises:
        ConfigurationError: no key, no usable ffmpeg, bad settings.
    """
    from runner.backends.local import FfmpegInspector, LocalArtifactStore, LocalRunStore
    from runner.config.downloads import allowed_downloads
    from runner.context import Context
    from runner.media.ffmpeg.tools import find_tools
    from runner.providers.sanitized import SanitizedProvider

    provider, file = provider_of(storyboard, environment.folder), read_config(environment.folder)
    chosen = _settings_of(storyboard, provider, options, environment.environ, file)
    # Before the first intent: a run without ffmpeg would buy a hop and then be unable to check it.
    tools = await find_tools(environment.environ)
    root = options.root(storyboard)
    require_name(root)
    transport = _start_sandbox(root, tools, options) if options.sandbox else None
    web = _web_of(chosen, allowed_downloads(environment.environ, file), transport)
    async with web:
        require_network(web, chosen)
        yield Context(
            entry=provider,
            provider=SanitizedProvider(provider.connect(_account_of(chosen), web, environment.clock), web),
            web=web,
            disk=environment.disk,
            clock=environment.clock,
            tools=tools,
            inspector=FfmpegInspector(tools),
            store=LocalRunStore(root.parent, disk=environment.disk, clock=environment.clock),
            artifacts=LocalArtifactStore(root, disk=environment.disk),
            report=environment.report,
            pace=chosen.pace,
            endpoint=chosen.base_url,
            account=chosen.account,
            host=chosen.host,
            host_note=chosen.host_note,
            run_name=root.name,
            cap=environment.cap or options.cap,
            retries=options.retries,
            here=options.here,
            named=options.run_dir is not None,
            flags=options.flags,
        )


def _web_of(chosen: "Settings", allowed: "Allowed", transport: "Transport | None") -> "Web":
    from runner.net.client import Web

    local, secrets = chosen.local, chosen.secrets
    return Web(transport=transport, secrets=secrets, allow_local=local, allowed=allowed, user_agent=_AGENT)


def _account_of(chosen: "Settings") -> Account:
    return Account(base_url=chosen.base_url, upload_url=chosen.upload_url, key=chosen.key, settings=chosen.details)


def _settings_of(
    storyboard: Storyboard,
    provider: Entry,
    options: RunOptions,
    environ: Mapping[str, str],
    file: Mapping[str, object],
) -> "Settings":
    """Return where and as whom to work, once nothing would leave that a person has not allowed."""
    from runner.config.pictures import refuse_outside_pictures
    from runner.config.settings import settings

    allowed = options.allow_hosts
    try:
        refuse_outside_pictures(storyboard, environ, allowed=options.allow_outside)
        return settings(storyboard, provider.catalog, environ, file, sandbox=options.sandbox, allow_hosts=allowed)
    except ConfigurationError as error:
        # The flag that allows what was refused; only here is it known which command was given.
        if error.next_command.startswith("--"):
            error.next_command = f"{_command_of(storyboard, options)} {error.next_command}"
        raise


def _command_of(storyboard: Storyboard, options: RunOptions) -> str:
    root, file = options.root(storyboard), storyboard.source.file or Path("storyboard.yaml")
    again = [*options.flags, *(["--max-cost", str(options.max_cost)] if options.max_cost is not None else [])]
    if file == Layout(root).storyboard:
        return command("resume", root, *again)
    apart: list[str | Path] = ["--run-dir", root] if options.run_dir else []
    apart = apart or ([] if options.runs_dir == Path("runs") else ["--runs-dir", options.runs_dir])
    return command("run", file, *apart, *(["--sandbox"] if options.sandbox else []), *again)


def _start_sandbox(root: Path, tools: "Tools", options: RunOptions) -> "Transport":
    """Start the emulator in this process; its tasks and ledger lie beside the run, for a rehearsal to be resumed."""
    from runner.net.client import asgi_transport
    from runner.sandbox.app import sandbox_app

    # Absolute, because the emulator's paths outlive a change of the working directory.
    folder = (root / "sandbox").absolute()
    require_name(folder, plain=True)
    refuse_non_files(root)
    program = str(tools.ffmpeg.path)
    try:
        app = sandbox_app(folder, ffmpeg=program, task_seconds=options.sandbox_seconds, faults=options.faults)
    except ValueError as error:
        raise UsageError(str(error), code="usage/fault", hint="docs/sandbox.md lists every fault") from error
    return asgi_transport(app)
