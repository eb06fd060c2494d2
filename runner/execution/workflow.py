"""A run, from the outside in.

open the run directory → plan → ask → freeze the storyboard → perform each step → make the film.

Resuming is the same road: a directory with a journal yields a plan with less in it.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from runner.commands import command
from runner.config.settings import is_rehearsal
from runner.context import ActiveRun, Context
from runner.errors import ConfigurationError, StoppedBeforeSpending
from runner.execution.hop import perform_step
from runner.execution.identity import refuse_other_storyboard
from runner.execution.snapshot import freeze_storyboard
from runner.planning.budget import describe_need, first_passed, most_usd, round_up
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
        for note in _notes_on(directory, context):
            context.say("note", note)
        planned = _plan_own(storyboard, root, directory, context, retake)
        run = ActiveRun(context=context, directory=directory, budget=storyboard.budget_usd, steps=planned.steps)
        if context.cap:
            context.cap.follow(directory.key, lambda: directory.history.committed)
        short = _shortfall(run, planned, retake)
        if short and not _has_work_in_hand(planned):
            raise short
        # A plan that is too dear for its cap is not asked about: of it only what is paid for already is carried out.
        if planned.usd and not short and not await approve(planned):
            raise _not_approved(run, planned, retake)
        freeze_storyboard(directory, storyboard, context)
        _discard_for_retake(directory, retake)
        for step in planned.steps:
            if short and step.copies:
                raise short
            await perform_step(run, step)
        from runner.execution.assemble import assemble_film  # not needed before every hop is there

        film = await assemble_film(run, planned)
        context.say("film/done", f"{film.path} ({film.seconds:.1f} s)", path=str(film.path), seconds=film.seconds)
        return RunResult(film=film, plan=planned, history=directory.history)


def _notes_on(directory: RunDirectory, context: Context) -> Iterator[str]:
    """Yield what a person should know of the state in which a run directory was found."""
    if directory.torn:
        yield f"an interrupted write of {directory.torn} bytes was set aside; nothing else is missing"
    if directory.moved:
        yield directory.moved
    if context.disk.unflushed:
        words = "the file system cannot flush folders, so a power cut may take back what was just written"
        yield f"{directory.layout.root}: {words}; a local disk is safer"


def _plan_own(
    storyboard: Storyboard, root: Path, directory: RunDirectory, context: Context, retake: int | None
) -> Plan:
    """Plan from what the run directory holds, once it is sure that this is the storyboard's own."""
    refuse_other_provider(directory, context)
    # Planned as if it were discarded, and discarded only after the yes: a refused price changes nothing.
    known = without_take(directory.history, retake)
    planned = plan(storyboard, known, context.entry, now=context.clock.now())
    planned = replace(planned, host=context.host, host_note=context.host_note)
    if not context.named:
        keys = {step.spec.key for step in planned.steps}
        refuse_other_storyboard(root, directory.history, storyboard, keys, directory.before)
    _refuse_ended_package(planned, context)
    words = f"{len(planned.steps)} steps, ${planned.usd:.2f} at {planned.host}"
    context.say("run/planned", words, plan=plan_as_json(planned))
    return planned


def _discard_for_retake(directory: RunDirectory, retake: int | None) -> None:
    if retake is None:
        return
    take = current_take(directory.history, retake)
    directory.record("discarded", hop=retake, take=take.number, reason=ASKED_FOR_BY_USER)


def _shortfall(run: ActiveRun, planned: Plan, retake: int | None) -> StoppedBeforeSpending | None:
    """Return the error for a plan that its caps do not let come to its end; None where they do."""
    passed = first_passed(run.caps, planned.usd) if planned.usd else None
    if passed is None:
        return None
    need = describe_need(passed.committed, planned.usd, most_usd(planned, run.context.retries))
    spent = f", with ${passed.committed:.2f} already committed," if passed.committed else ""
    by_option = passed.name == "--max-cost"
    cap = round_up(passed.committed + planned.usd) if by_option else None
    return StoppedBeforeSpending(
        f"the film cannot be finished: ${planned.usd:.2f} more{spent}"
        f" pass the cap of ${passed.usd:.2f} ({passed.name})",
        code="money/budget",
        hint=f"nothing was bought: {need}; raise {'--max-cost' if by_option else '`budget` in the storyboard'} to that",
        next_command=_same_again(run, planned, retake, cap),
    )


def _has_work_in_hand(planned: Plan) -> bool:
    """Return whether something that is paid for is still to be settled, fetched or judged before the next purchase."""
    ahead = takewhile(lambda step: not step.copies, planned.steps)
    return any(step.action in ("settle", "continue", "judge") for step in ahead)


def _not_approved(run: ActiveRun, planned: Plan, retake: int | None) -> StoppedBeforeSpending:
    return StoppedBeforeSpending(
        f"nothing was bought: the plan costs ${planned.usd:.2f} and that was not confirmed",
        code="money/not-approved",
        hint="add --yes to confirm it beforehand",
        next_command=f"{_same_again(run, planned, retake)} --yes",
    )


def _same_again(run: ActiveRun, planned: Plan, retake: int | None, cap: Decimal | None = None) -> str:
    """Return the command that asks for the same again, with its options; of its --max-cost, or with another `cap`.

    A run that has not begun is begun from its storyboard.
    """
    root, file = run.directory.layout.root, planned.storyboard.source.file
    cap = cap or (run.context.cap.usd if run.context.cap else None)
    options = [*run.context.flags, *(["--max-cost", str(cap)] if cap is not None else [])]
    if retake is not None:
        return command("retake", root, "--hop", retake, *options)
    if file is None or file.resolve().is_relative_to(root.resolve()):
        return command("resume", root, *options)
    rehearsal = ["--sandbox"] if is_rehearsal(run.context.endpoint) else []
    return command("run", file, "--run-dir", root, *rehearsal, *options)


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
