"""longtake reconcile."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from runner.api.runs import Environment, RunOptions, open_context, require_run
from runner.cli.options import PATH, allow_host_option, style_of, style_options
from runner.cli.resolve import Target, ask_for_hosts, resolve_target
from runner.commands import command
from runner.console.output import Style, emit, out, say
from runner.console.progress import plain_reporter
from runner.console.reconcile import evidence_json, evidence_text
from runner.console.stopping import run_until_stopped
from runner.errors import UnknownOutcome, UsageError
from runner.execution.reconcile import adopt_task, allow_resend, apply_proposal, gather_evidence, settle, unsettled
from runner.state.history import Take

if TYPE_CHECKING:
    from runner.context import ActiveRun


@click.command(short_help="Settle unknown submits.")
@click.argument("run_dir", type=PATH)
@click.option("--hop", type=int, help="Which hop, when several are unsettled.")
@click.option("--task", metavar="ID", help="This task, found at the provider, is the one: adopt it.")
@click.option(
    "--yes", is_flag=True, help="Do what is proposed; with --task: even if that task was asked for otherwise."
)
@click.option("--resend", "again", is_flag=True, help="Send it again; accepts the risk of paying twice.")
@allow_host_option
@style_options
def reconcile(run_dir: Path, *, hop: int | None, task: str | None, yes: bool, again: bool, **values: object) -> int:
    """Settle submits with an unknown outcome.

    Says what is known and proposes one action; changes nothing without --yes, --task or --resend.
    """
    style = style_of(values)
    if again and (task or yes):
        raise UsageError("--resend stands alone: it needs neither --task nor --yes")
    waiting = _unsettled_takes(run_dir, hop)
    if not waiting:
        _say_settled(run_dir, style)
        return 0
    # Each one is money: an answer for one take must not be taken for the others as well.
    if len(waiting) > 1 and any((task, again, yes)):
        raise UsageError(f"hops {', '.join(str(take.hop) for take in waiting)} are unsettled: say which, with --hop")
    # Asked before the loop begins, which hears Ctrl-C for itself from then on.
    options = RunOptions(allow_hosts=cast("tuple[str, ...]", values["allow_hosts"]))
    item = ask_for_hosts(resolve_target(run_dir, options, style), style)
    decision = _Decision(run_dir=run_dir, waiting=waiting, task=task, yes=yes, again=again)
    return run_until_stopped(_settle(item, decision, style))


def _unsettled_takes(run_dir: Path, hop: int | None) -> tuple[Take, ...]:
    """Return the unsettled takes of a run, of one hop or of all."""
    every = unsettled(require_run(run_dir))
    waiting = tuple(take for take in every if hop in (None, take.hop))
    if every and not waiting:
        raise UsageError(f"hop {hop} is settled; unsettled: {', '.join(f'hop {take.hop}' for take in every)}")
    return waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decision:
    """What the person asked for."""

    run_dir: Path
    waiting: tuple[Take, ...]
    task: str | None
    yes: bool
    again: bool


async def _settle(item: Target, decision: _Decision, style: Style) -> int:
    from runner.context import ActiveRun  # only when there is something to settle
    from runner.execution.workflow import refuse_other_provider
    from runner.state.run_directory import open_run_directory

    environment = Environment(report=plain_reporter(style))
    async with open_context(item.storyboard, item.options, environment) as context:
        # Held while it is settled: absence is proof only while no other process can be sending (docs/money.md).
        with open_run_directory(
            decision.run_dir, context.store, disk=environment.disk, clock=environment.clock
        ) as directory:
            refuse_other_provider(directory, context)
            if directory.moved:
                say(directory.moved)
            run = ActiveRun(context=context, directory=directory, budget=None)
            return await _apply_decision(run, decision, style)


async def _apply_decision(run: "ActiveRun", decision: _Decision, style: Style) -> int:
    """Do what the person said, or else tell what is known."""
    first = decision.waiting[0]
    if decision.task:
        taken = await adopt_task(run, first, decision.task, sure=decision.yes)
        _show_result(f"hop {taken.hop}: task {decision.task} is adopted; nothing was sent", decision.run_dir, style)
        return 0
    if decision.again:
        allow_resend(run, first)
        words = f"the next run sends it again for ${first.usd:.2f}; if the first one was taken, that was paid too"
        _show_result(f"hop {first.hop}: {words}", decision.run_dir, style)
        return 0
    if decision.yes:
        return await _accept_proposal(run, first, style)
    for take in decision.waiting:
        known = await gather_evidence(run, take)
        if style.json:
            emit({"event": "unsettled", **evidence_json(known, decision.run_dir)})
        else:
            out(evidence_text(known, decision.run_dir))
    # Not 0, although nothing went wrong here: a script must not go on while money is unsettled.
    return UnknownOutcome.exit_code


async def _accept_proposal(run: "ActiveRun", take: Take, style: Style) -> int:
    """Carry the proposal out: of proof, or of a match that the person says yes to."""
    found = (await gather_evidence(run, take)).proposal
    # Anything else has to be proved first; `settle` looks again and never resends on a guess.
    if found.action == "adopt":
        settled = apply_proposal(run, take, found)
    else:
        settled = await settle(run, take)
    words = f"task {settled.task} is adopted; nothing was sent" if settled.task else "the next run sends it again"
    _show_result(f"hop {take.hop}: {words}", run.directory.layout.root, style)
    return 0


def _say_settled(run_dir: Path, style: Style) -> None:
    words = f"{run_dir}: nothing is unsettled"
    if style.json:
        emit({"event": "reconciled", "message": words, "next_command": command("status", run_dir)})
    else:
        out(words)


def _show_result(words: str, run_dir: Path, style: Style) -> None:
    further = command("resume", run_dir)
    if style.json:
        emit({"event": "reconciled", "message": words, "next_command": further})
    else:
        out(f"{words}\n  next: {further}")
