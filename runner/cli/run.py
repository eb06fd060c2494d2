"""longtake run, longtake resume, longtake retake."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, cast

import click

from runner.api.hosts import name_host
from runner.api.runs import Environment, RunOptions
from runner.api.runs import plan as make_plan
from runner.api.runs import run as make_film
from runner.cli.options import PATH, place_options, run_options, style_of, style_options
from runner.cli.resolve import Target, ask_for_hosts, resolve_target
from runner.console.output import Style, emit, out, say, show_error
from runner.console.plan import plan_text
from runner.console.progress import Screen, reporter
from runner.errors import Interrupted, LongtakeError, UsageError
from runner.planning.model import Plan
from runner.planning.plan_json import plan_as_json
from runner.reporting import Reporter

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
        from runner.cli.plan import plan  # another command

        names = ("runs_dir", "run_dir", "sandbox", "json", "quiet", "verbose", "color")
        for file in files:
            context.invoke(plan, file=file, short=False, **{name: values[name] for name in names})
        return 0
    if values["run_dir"] and len(files) > 1:
        raise UsageError("--run-dir is for one storyboard; use --runs-dir for several")
    yes, style, options = read_options(values)
    targets = [ask_for_hosts(resolve_target(file, options, style), style) for file in files]
    return make_films(targets, style, yes=yes, jobs=jobs)


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
    if not style.json and (yes or item.options.sandbox or not sys.stdin.isatty()):
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
    with reporter(style) as report:
        pause = report.pause if isinstance(report, Screen) else None
        answer = _SpendingApproval(yes=yes, style=style, pause=pause)
        work = _run_all(targets, report, answer, jobs=jobs, retake=retake)
        ended = run_interruptibly(work, [str(item.root) for item in targets])
    # Only now: a live table would have been drawn around anything said before.
    for end in ended:
        _show_end(end, style)
    return next((end.exit_code for end in ended if isinstance(end, LongtakeError)), 0)


def _show_end(end: "RunResult | LongtakeError", style: Style) -> None:
    if isinstance(end, LongtakeError):
        show_error(end, style)
    elif style.json:
        emit({"event": "film", "path": str(end.film.path), "seconds": end.film.seconds})
    else:
        out(str(end.film.path))
        if not style.quiet:
            say(f"  look at it: longtake report {end.film.path.parent}")


async def _run_all(
    targets: list[Target], report: Reporter, answer: "_SpendingApproval", *, jobs: int, retake: int | None
) -> "list[RunResult | LongtakeError]":
    gate = asyncio.Semaphore(jobs)

    async def one(item: Target) -> "RunResult | LongtakeError":
        async with gate:
            try:
                environment = Environment(report=report)
                return await make_film(
                    item.storyboard, item.options, approve=answer, environment=environment, retake=retake
                )
            # Kept as a value: what stops one storyboard must not end the others.
            except LongtakeError as error:
                return error

    return await asyncio.gather(*(one(item) for item in targets))


class _SpendingApproval:
    """Who says yes: the flag, or a person at a terminal."""

    def __init__(self, *, yes: bool, style: Style, pause: Callable[[], None] | None) -> None:
        self._yes = yes
        self._pause = pause
        self._style = style
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, plan: Plan) -> bool:
        # A program that reads JSON cannot answer a question, so for it there is none: no --yes means no.
        if self._yes or not sys.stdin.isatty() or self._style.json:
            return self._yes
        # Several storyboards run at once, and a terminal has one line to answer on.
        async with self._one_at_a_time:
            if self._pause:
                self._pause()
            say(plan_text(plan_as_json(plan), self._style, requests=False))
            return await asyncio.to_thread(click.confirm, f"Spend ${plan.usd:.2f} at {plan.host}?", err=True)


def run_interruptibly(
    work: "Coroutine[Any, Any, list[RunResult | LongtakeError]]", roots: list[str]
) -> "list[RunResult | LongtakeError]":
    """Run to the end or to Ctrl-C (or a polite kill), after which everything can be resumed."""
    # SIGTERM's default would end the process at once, in the middle of a submit perhaps; so it ends like Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        commands = " && ".join(f"longtake resume {root}" for root in roots)
        raise Interrupted(
            "interrupted; everything done is kept, and tasks that are paid for go on at the provider",
            retryable=True,
            next_command=commands,
        ) from None
