"""longtake run, longtake resume, longtake retake."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, cast

import click

from runner.api.batch import Film, prepare_runs
from runner.api.hosts import name_host
from runner.api.runs import Environment, RunOptions, load
from runner.api.runs import plan as make_plan
from runner.api.runs import run as make_film
from runner.cli.options import PATH, place_options, run_options, style_of, style_options
from runner.cli.resolve import Target, ask_for_hosts, resolve_target
from runner.commands import command
from runner.console.output import Style, can_ask, emit, out, say, show_error
from runner.console.plan import plan_text
from runner.console.progress import Screen, reporter
from runner.console.question import confirm
from runner.console.stopping import Stopped, run_until_stopped
from runner.errors import Interrupted, LongtakeError, UsageError, explain
from runner.planning.model import Plan
from runner.planning.plan_json import plan_as_json
from runner.state.layout import is_run_directory
from runner.state.run_directory import read_history

if TYPE_CHECKING:
    from decimal import Decimal

    from runner.execution.workflow import RunResult

    class _Choices(TypedDict, total=False):
        runs_dir: Path
        run_dir: Path | None
        sandbox: bool
        faults: tuple[str, ...]
        sandbox_seconds: float
        max_cost: Decimal | None
        retries: int
        here: bool
        allow_hosts: tuple[str, ...]
        allow_outside: bool


@click.command(short_help="Make the film.")
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.option("--dry-run", is_flag=True, help="The same as `longtake plan`.")
@click.option("--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Storyboards at the same time.")
@place_options
@run_options
@style_options
@click.pass_context
def run(context: click.Context, /, files: tuple[Path, ...], *, dry_run: bool, jobs: int, **values: object) -> int:
    """Make the film of each storyboard; goes on where an earlier run stopped."""
    if dry_run:
        return _dry_run(context, files, values)
    if values["run_dir"] and len(files) > 1:
        raise UsageError("--run-dir is for one storyboard; use --runs-dir for several")
    yes, style, options = read_options(values)
    targets = [ask_for_hosts(resolve_target(file, options, style), style) for file in files]
    return make_films(targets, style, yes=yes, jobs=jobs)


def _dry_run(context: click.Context, files: tuple[Path, ...], values: dict[str, object]) -> int:
    """Show each plan, and then what would stop all of them together."""
    from runner.cli.plan import plan  # another command

    names = ("runs_dir", "run_dir", "sandbox", "json", "quiet", "verbose", "color")
    for file in files:
        context.invoke(plan, file=file, short=False, **{name: values[name] for name in names})
    _, _, options = read_options(values)
    prepare_runs([Film(storyboard=load(file), options=options) for file in files], dry=True)
    return 0


@click.command(short_help="Go on with a run.")
@click.argument("where", type=PATH)
@place_options
@run_options
@style_options
def resume(where: Path, **values: object) -> int:
    """Go on with a run that exists, given as its directory or as its storyboard; never starts a new one."""
    yes, style, options = read_options(values)
    item = ask_for_hosts(resolve_target(where, options, style, existing=True), style)
    return make_films([item], style, yes=yes)


@click.command(short_help="Another take of one hop.")
@click.argument("run_dir", type=PATH)
@click.option("--hop", type=int, required=True, help="Which hop to buy again; the hops after it follow.")
@run_options
@style_options
def retake(run_dir: Path, *, hop: int, **values: object) -> int:
    """Buy another take of one hop. Says first what becomes stale and what that costs; the old takes are kept."""
    yes, style, options = read_options(values)
    item = ask_for_hosts(resolve_target(run_dir, options, style), style)
    preview = name_host(make_plan(item.storyboard, run_dir, retake=hop), sandbox=item.options.sandbox)
    # A person who is asked sees the plan with the question; all others see it here.
    if not style.json and (yes or item.options.sandbox or not can_ask()):
        say(plan_text(plan_as_json(preview), style, requests=False))
    return make_films([item], style, yes=yes, retake=hop)


def read_options(values: dict[str, object]) -> tuple[bool, Style, RunOptions]:
    """Turn a command's values into the answer to spending, the style and the choices."""
    style, yes = style_of(values), bool(values.pop("yes"))
    if values["faults"] and not values["sandbox"]:
        raise UsageError("--fault makes the sandbox fail: add --sandbox")
    return yes, style, RunOptions(**cast("_Choices", values))


def make_films(targets: list[Target], style: Style, *, yes: bool, jobs: int = 1, retake: int | None = None) -> int:
    """Run every target, some at the same time; the exit code is that of the first one that stopped."""
    targets = list({(item.root.resolve(), _resolved(item.storyboard.source.file)): item for item in targets}.values())
    cap = prepare_runs([Film(storyboard=item.storyboard, options=item.options) for item in targets], retake=retake)
    with reporter(style) as report:
        pause = report.pause if isinstance(report, Screen) else None
        answer = _SpendingApproval(yes=yes, style=style, pause=pause)
        environment = Environment(report=report, cap=cap)
        batch = _Batch(environment=environment, answer=answer, retake=retake, gate=asyncio.Semaphore(jobs))
        with suppress(Stopped):
            run_until_stopped(batch.run(targets))
    # Only now: a live table would have been drawn around anything said before.
    ended = [batch.ended[item.root] for item in targets if item.root in batch.ended]
    for end in ended:
        _show_end(end, style)
    if len(ended) < len(targets):
        raise _interrupted([item.root for item in targets if item.root in batch.begun])
    return next((end.exit_code for end in ended if isinstance(end, LongtakeError)), 0)


def _resolved(file: Path | None) -> Path | None:
    """Return the one file that may be named in several spellings."""
    return file.resolve() if file else None


def _show_end(end: "RunResult | LongtakeError", style: Style) -> None:
    if isinstance(end, LongtakeError):
        show_error(end, style)
    elif style.json:
        emit({"event": "film", "path": str(end.film.path), "seconds": end.film.seconds})
    else:
        out(str(end.film.path))
        if not style.quiet:
            say(f"  look at it: {command('report', end.film.path.parent)}")


def _interrupted(begun: list[Path]) -> Interrupted:
    """Return the error for a command that was stopped, with the way on for each run that was under way."""
    there = [root for root in begun if is_run_directory(root)]
    open_ones = [root for root in there if any(take.unsettled for take in read_history(root).takes)]
    commands = [command("reconcile" if root in open_ones else "resume", root) for root in there]
    words = "everything done is kept, and tasks that are paid for go on at the provider"
    words += "; a submit was left without its answer, and may have been taken" if open_ones else ""
    return Interrupted(
        f"interrupted; {words if commands else 'nothing was bought'}",
        retryable=True,
        charged="unknown" if open_ones else "no",
        next_command=" && ".join(commands),
    )


@dataclass(slots=True, kw_only=True)
class _Batch:
    """The runs of one command: by their directories, those that are under way and how the others ended."""

    environment: Environment
    answer: "_SpendingApproval"
    retake: int | None
    gate: asyncio.Semaphore
    begun: set[Path] = field(default_factory=set)
    ended: "dict[Path, RunResult | LongtakeError]" = field(default_factory=dict)

    async def run(self, targets: list[Target]) -> None:
        """Run every target to its end. Where the batch is stopped, all of them are, each in order."""
        # With the exceptions returned, one that ends does not end the wait for the others.
        await asyncio.gather(*map(self._run_one, targets), return_exceptions=True)

    async def _run_one(self, item: Target) -> None:
        async with self.gate:
            self.begun.add(item.root)
            end = await self._end_of(item)
            self.begun.remove(item.root)  # not reached where the run is stopped
            self.ended[item.root] = end

    async def _end_of(self, item: Target) -> "RunResult | LongtakeError":
        try:
            return await make_film(
                item.storyboard,
                item.options,
                approve=self.answer,
                environment=self.environment,
                retake=self.retake,
            )
        except Exception as error:  # noqa: BLE001 -- what stops one storyboard, foreseen or not, must not end the others
            return explain(error)


class _SpendingApproval:
    """Who says yes: the flag, or a person at a terminal."""

    def __init__(self, *, yes: bool, style: Style, pause: Callable[[], None] | None) -> None:
        self._yes = yes
        self._pause = pause
        self._style = style
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, plan: Plan) -> bool:
        # A program that reads JSON cannot answer a question, so for it there is none: no --yes means no.
        if self._yes or not can_ask() or self._style.json:
            return self._yes
        # Several storyboards run at once, and a terminal has one line to answer on.
        async with self._one_at_a_time:
            if self._pause:
                self._pause()
            say(plan_text(plan_as_json(plan), self._style, requests=False))
            return await confirm(f"Spend ${plan.usd:.2f} at {plan.host}?")
