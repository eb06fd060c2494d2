"""A run, from the outside in.

open the run directory → plan → ask → freeze the storyboard → perform each step → make the film.

Resuming is the same road: a directory with a journal yields a plan with less in it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runner.context import ActiveRun, Context
from runner.errors import ConfigurationError, StoppedBeforeSpending
from runner.execution.hop import perform_step
from runner.execution.snapshot import freeze_storyboard
from runner.planning.model import Plan
from runner.planning.plan_json import plan_as_json
from runner.planning.planner import package_end, plan
from runner.planning.reuse import ASKED_FOR_BY_USER
from runner.planning.what_if import current_take, without_take
from runner.state.history import History
from runner.state.run_directory import RunDirectory, open_run_directory
from runner.storyboard.model import Storyboard

if TYPE_CHECKING:
    from runner.execution.manifest import Film

Approve = Callable[[Plan], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a run came to."""

    film: "Film"
    plan: Plan
    history: History


async def execute(
    storyboard: Storyboard, root: Path, context: Context, approve: Approve, *, retake: int | None = None
) -> RunResult:
    """Carry a storyboard's plan out in the run directory `root`, which may hold a part of it already.

    `retake` names a hop whose take is discarded first, once the price of that is approved.

    Raises:
        LongtakeError: whatever stops it; everything done so far is kept.
    """
    with open_run_directory(
        root, context.store, disk=context.disk, clock=context.clock, copied=context.here
    ) as directory:
        if directory.torn:
            context.say(
                "note", f"an interrupted write of {directory.torn} bytes was set aside; nothing else is missing"
            )
        if directory.moved:
            context.say("note", directory.moved)
        refuse_other_provider(directory, context)
        # Planned as if it were discarded, and discarded only after the yes: a refused price changes nothing.
        known = without_take(directory.history, retake)
        planned = plan(storyboard, known, context.entry, now=context.clock.now())
        planned = replace(planned, host=context.host, host_note=context.host_note)
        _refuse_ended_package(planned, context)
        context.say(
            "run/planned",
            f"{len(planned.steps)} steps, ${planned.usd:.2f} at {planned.host}",
            plan=plan_as_json(planned),
        )
        if planned.usd and not await approve(planned):
            raise StoppedBeforeSpending(
                f"nothing was bought: the plan costs ${planned.usd:.2f} and that was not confirmed",
                code="money/not-approved",
                hint="add --yes to confirm it beforehand",
                next_command=f"longtake run {storyboard.source.file} --yes",
            )
        freeze_storyboard(directory, storyboard, context)
        if retake is not None:
            directory.record(
                "discarded", hop=retake, take=current_take(directory.history, retake).number, reason=ASKED_FOR_BY_USER
            )
        run = ActiveRun(context=context, directory=directory, budget=storyboard.budget_usd, steps=planned.steps)
        for step in planned.steps:
            await perform_step(run, step)
        from runner.execution.assemble import assemble_film  # not needed before every hop is there

        film = await assemble_film(run, planned)
        context.say("film/done", f"{film.path} ({film.seconds:.1f} s)", path=str(film.path), seconds=film.seconds)
        return RunResult(film=film, plan=planned, history=directory.history)


def _refuse_ended_package(planned: Plan, context: Context) -> None:
    """Refuse to buy extensions once the package is over that pays for them."""
    if context.clock.now() < package_end(planned.storyboard):
        return
    if any(step.action == "buy" and step.spec.kind == "extend" for step in planned.steps):
        raise StoppedBeforeSpending(
            f"the account's package ended on {planned.storyboard.options['package_ends']}: what was made with it can"
            " no longer be extended",
            code="money/package-over",
            hint="renew the package and write its new day into `package_ends`, or take the option out",
        )


def refuse_other_provider(directory: RunDirectory, context: Context) -> None:
    """Refuse to go on elsewhere than where the run began: tasks of one endpoint mean nothing to another.

    Raises:
        ConfigurationError: naming both.
    """
    history = directory.history
    if not history.run:
        return
    if (history.provider, history.endpoint) != (context.entry.catalog.name, context.endpoint):
        raise ConfigurationError(
            f"{directory.layout.root} was begun with {history.provider} at {history.endpoint},"
            f" not with {context.entry.catalog.name} at {context.endpoint}",
            code="run-directory/other-provider",
            hint="go on with the same provider, or choose another folder with --run-dir",
        )
    # A note and no error: two keys may belong to one account, which only the provider can tell.
    if history.owner != context.account and any(take.task for take in history.takes):
        context.say(
            "note", "this is not the key that the hops were bought with; it cannot see tasks of another account"
        )
