"""longtake reconcile."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.api.runs import Choices, World, crew
from runner.cli.options import PATH, style_of, style_options
from runner.cli.resolve import begun, target
from runner.console.output import Style, emit, out, say
from runner.console.progress import plain_reporter
from runner.console.reconcile import evidence_json, evidence_text
from runner.errors import UnknownOutcome, UsageError
from runner.execution.reconcile import adopt, carry_out, evidence, resend, settle, unsettled
from runner.state.history import Take

if TYPE_CHECKING:
    from runner.context import Shoot


@click.command(short_help="Settle unknown submits.")
@click.argument("run_dir", type=PATH)
@click.option("--hop", type=int, help="Which hop, when several are unsettled.")
@click.option("--task", metavar="ID", help="This task, found at the provider, is the one: adopt it.")
@click.option(
    "--yes", is_flag=True, help="Do what is proposed; with --task: even if that task was asked for otherwise."
)
@click.option("--resend", "again", is_flag=True, help="Send it again; accepts the risk of paying twice.")
@style_options
def reconcile(run_dir: Path, *, hop: int | None, task: str | None, yes: bool, again: bool, **values: object) -> int:
    """Settle submits of which nobody knows whether they were taken.

    Says what is known and proposes one action; changes nothing without --yes, --task or --resend.
    """
    style = style_of(values)
    if again and (task or yes):
        raise UsageError("--resend stands alone: it needs neither --task nor --yes")
    every = unsettled(begun(run_dir))
    waiting = [take for take in every if hop in (None, take.hop)]
    if every and not waiting:
        raise UsageError(f"hop {hop} is settled; unsettled: {', '.join(f'hop {take.hop}' for take in every)}")
    if not waiting:
        _say_settled(run_dir, style)
        return 0
    if (task or again or yes) and len(waiting) > 1:
        raise UsageError(f"hops {', '.join(str(take.hop) for take in waiting)} are unsettled: say which, with --hop")
    wish = _Wish(run_dir=run_dir, waiting=tuple(waiting), task=task, yes=yes, again=again)
    return asyncio.run(_settle(wish, style))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What the person asked for."""

    run_dir: Path
    waiting: tuple[Take, ...]
    task: str | None
    yes: bool
    again: bool


async def _settle(wish: _Wish, style: Style) -> int:
    from runner.context import Shoot  # only when there is something to settle
    from runner.execution.workflow import refuse_stranger
    from runner.state.run_directory import opened

    item = target(wish.run_dir, Choices(), style)
    world = World(report=plain_reporter(style))
    async with crew(item.storyboard, item.choices, world) as people:
        with opened(wish.run_dir, disk=world.disk, clock=world.clock) as directory:
            refuse_stranger(directory, people)
            if directory.moved:
                say(directory.moved)
            shoot = Shoot(crew=people, directory=directory, budget=None)
            return await _act(shoot, wish, style)


async def _act(shoot: "Shoot", wish: _Wish, style: Style) -> int:
    """Do what the person said, or else tell what is known."""
    first = wish.waiting[0]
    if wish.task:
        taken = await adopt(shoot, first, wish.task, sure=wish.yes)
        _tell(f"hop {taken.hop}: task {wish.task} is adopted; nothing was sent", wish.run_dir, style)
        return 0
    if wish.again:
        resend(shoot, first)
        words = f"the next run sends it again for ${first.usd:.2f}; if the first one was taken, that was paid too"
        _tell(f"hop {first.hop}: {words}", wish.run_dir, style)
        return 0
    if wish.yes:
        return await _as_proposed(shoot, first, style)
    for take in wish.waiting:
        known = await evidence(shoot, take)
        if style.json:
            emit({"event": "unsettled", **evidence_json(known, wish.run_dir)})
        else:
            out(evidence_text(known, wish.run_dir))
    return UnknownOutcome.exit_code


async def _as_proposed(shoot: "Shoot", take: Take, style: Style) -> int:
    """Carry the proposal out: of proof, or of a match that the person says yes to."""
    found = (await evidence(shoot, take)).proposal
    if found.action == "adopt":
        settled = carry_out(shoot, take, found)
    else:
        settled = await settle(shoot, take)
    words = f"task {settled.task} is adopted; nothing was sent" if settled.task else "the next run sends it again"
    _tell(f"hop {take.hop}: {words}", shoot.directory.layout.root, style)
    return 0


def _say_settled(run_dir: Path, style: Style) -> None:
    words = f"{run_dir}: nothing is unsettled"
    if style.json:
        emit({"event": "reconciled", "message": words, "next_command": f"longtake status {run_dir}"})
    else:
        out(words)


def _tell(words: str, run_dir: Path, style: Style) -> None:
    command = f"longtake resume {run_dir}"
    if style.json:
        emit({"event": "reconciled", "message": words, "next_command": command})
    else:
        out(f"{words}\n  next: {command}")
