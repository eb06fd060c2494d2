"""longtake reconcile, longtake retake: what needs a person's word about money."""

import asyncio
import sys
from pathlib import Path

import click

from runner.cli.options import PATH, run_options, style_of, style_options
from runner.cli.run import films, read_options
from runner.cli.targets import begun, target
from runner.console.plans import plan_text
from runner.console.stream import Style, emit, out, say
from runner.engine.planned import as_json
from runner.engine.reconcile import Evidence, adopt, evidence, resend, unsettled
from runner.errors import UnknownOutcome, UsageError
from runner.library import Choices, World, crew, plan
from runner.state.history import Take


@click.command(short_help="Settle unknown submits.")
@click.argument("run_dir", type=PATH)
@click.option("--hop", type=int, help="Which hop, when several are unsettled.")
@click.option("--task", metavar="ID", help="This task, found at the provider, is the one: adopt it.")
@click.option("--resend", "again", is_flag=True, help="Send it again; accepts the risk of paying twice.")
@style_options
def reconcile(run_dir: Path, *, hop: int | None, task: str | None, again: bool, **values: object) -> int:
    """Settle submits of which nobody knows whether they were taken. Without --task or --resend it changes nothing."""
    style = style_of(values)
    if task and again:
        raise UsageError("--task and --resend exclude each other")
    waiting = [take for take in unsettled(begun(run_dir)) if hop in (None, take.hop)]
    if not waiting:
        out(f"{run_dir}: nothing is unsettled")
        return 0
    if (task or again) and len(waiting) > 1:
        raise UsageError(f"hops {', '.join(str(take.hop) for take in waiting)} are unsettled: say which, with --hop")
    return asyncio.run(_settle(run_dir, waiting, task, style, again=again))


async def _settle(run_dir: Path, waiting: list[Take], task: str | None, style: Style, *, again: bool) -> int:
    from runner.engine.crew import Shoot  # only when there is something to settle
    from runner.engine.run import refuse_stranger
    from runner.state.rundir import opened

    item = target(run_dir, Choices(), style)
    world = World()
    async with crew(item.storyboard, item.choices, world) as people:
        with opened(run_dir, disk=world.disk, clock=world.clock) as directory:
            refuse_stranger(directory, people)
            if directory.moved:
                say(directory.moved)
            shoot = Shoot(crew=people, directory=directory, budget=None)
            if task:
                taken = await adopt(shoot, waiting[0], task)
                _tell(f"hop {taken.hop}: task {task} is adopted; nothing was sent", run_dir, style)
                return 0
            if again:
                resend(shoot, waiting[0])
                _tell(f"hop {waiting[0].hop}: the next run sends it again", run_dir, style)
                return 0
            for take in waiting:
                _show(await evidence(shoot, take), run_dir, style)
    return UnknownOutcome.exit_code


def _tell(words: str, run_dir: Path, style: Style) -> None:
    command = f"longtake resume {run_dir}"
    if style.json:
        emit({"event": "reconciled", "message": words, "next_command": command})
    else:
        out(f"{words}\n  next: {command}")


def _show(found: Evidence, run_dir: Path, style: Style) -> None:
    take = found.take
    command = f"longtake reconcile {run_dir} --hop {take.hop}"
    if style.json:
        facts = {"hop": take.hop, "take": take.number, "usd": take.usd, "words": found.words, "balance": found.balance}
        emit({"event": "unsettled", **facts, "prompt": found.prompt, "sent_at": take.intended_at})
        return
    from datetime import UTC, datetime  # for people only

    sent = datetime.fromtimestamp(take.intended_at, UTC).isoformat(sep=" ", timespec="seconds")
    balance = (
        f"{float(found.balance):g} credits are left" if found.balance is not None else "the balance is not to be had"
    )
    out(
        f"hop {take.hop}, take {take.number}: sent at {sent}, ${take.usd:.2f} ({take.credits:g} credits)\n"
        f"  what happened: {found.words}\n"
        f"  prompt: {found.prompt[:100]}\n"
        f"  {balance}; the provider offers no way to look a submit up\n"
        f"  look for this prompt in {found.console}, then say which it is:\n"
        f"    it is there:      {command} --task ID    (adopts it; nothing is sent)\n"
        f"    it is not there:  {command} --resend     (buys it again; your risk)"
    )


@click.command(short_help="Another take of one hop.")
@click.argument("run_dir", type=PATH)
@click.option("--hop", type=int, required=True, help="Which hop to buy anew; the hops after it follow.")
@run_options
@style_options
def retake(run_dir: Path, *, hop: int, **values: object) -> int:
    """Buy another take of one hop. Says first what becomes stale and what that costs; the old takes are kept."""
    yes, style, choices = read_options(values)
    item = target(run_dir, choices, style)
    preview = plan(item.storyboard, run_dir, retake=hop)
    if not style.json and (yes or item.choices.sandbox or not sys.stdin.isatty()):
        say(plan_text(as_json(preview), style, requests=False))
    return films([item], style, yes=yes, retake=hop)
