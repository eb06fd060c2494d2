"""longtake takes."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.api.hosts import name_host
from runner.api.runs import RunOptions, plan, require_run
from runner.api.takes import record_promotion
from runner.cli.options import PATH, style_of, style_options
from runner.cli.resolve import resolve_target
from runner.commands import command
from runner.console.output import Style, can_ask, emit, out, paint, say
from runner.console.plan import plan_text
from runner.console.status import take_facts, take_line
from runner.errors import StoppedBeforeSpending, UsageError
from runner.inspection.policy import read_verdicts
from runner.planning.plan_json import plan_as_json
from runner.planning.what_if import promote_take
from runner.state.history import History
from runner.state.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.state.history import Take


@click.command(short_help="List takes, promote one.")
@click.argument("run_dir", type=PATH)
@click.option("--hop", type=int, help="Which hop.")
@click.option("--promote", type=int, metavar="TAKE", help="The take of the hop that the film continues from.")
@click.option("-y", "--yes", is_flag=True, help="Promote without asking.")
@style_options
def takes(run_dir: Path, *, hop: int | None, promote: int | None, yes: bool, **values: object) -> None:
    """List every take that was bought, or promote one; says first what becomes stale and costs. Sends nothing."""
    style = style_of(values)
    history = require_run(run_dir)
    if promote is None:
        _list_takes(run_dir, history, hop, style)
        return
    if hop is None:
        raise UsageError("--promote needs --hop: takes are counted by hop")
    item = resolve_target(run_dir, RunOptions(), style)
    # From the storyboard as it stands, so that takes which no longer fit do not come along.
    keys = [step.spec.key for step in plan(item.storyboard, history=history).steps]
    after, chosen = promote_take(history, hop, promote, keys)
    preview = plan_as_json(name_host(plan(item.storyboard, history=after), sandbox=item.options.sandbox))
    if style.json:
        emit({"event": "run/planned", "plan": preview})
    else:
        say(plan_text(preview, style, requests=False))
    if not yes and not (can_ask() and click.confirm(_question(chosen), err=True)):
        raise StoppedBeforeSpending(
            "nothing was changed: that was not confirmed",
            code="takes/not-approved",
            hint="add --yes to confirm it beforehand",
            next_command=command("takes", run_dir, "--hop", hop, "--promote", promote, "--yes"),
        )
    record_promotion(item.root, history, chosen)
    say(f"take {promote} of hop {hop} counts now; next: {paint(command('resume', run_dir), 'bold', style)}")


def _list_takes(run_dir: Path, history: History, hop: int | None, style: Style) -> None:
    """Show the takes that were bought, of one hop or of all, and which hop waits for a choice."""
    waiting: list[int] = []
    for take in history.takes:
        # Without a task it was not bought, or is for `longtake reconcile` to settle first.
        if hop not in (None, take.hop) or not take.task:
            continue
        folder = Layout(run_dir).take(take.hop, take.number)
        facts = take_facts(take, folder, history, read_verdicts(folder))
        emit({"event": "take", **facts}) if style.json else out(take_line(facts, style))
        waiting += [take.hop] * bool(facts["to_choose"])
    if waiting and not style.json:
        choose = command("takes", run_dir, "--hop", waiting[0], "--promote", "TAKE")
        say(f"  choose: {paint(choose, 'bold', style)}")


def _question(chosen: "Sequence[Take]") -> str:
    more = f", and {len(chosen) - 1} that were made from it" if len(chosen) > 1 else ""
    return f"Promote take {chosen[0].number} of hop {chosen[0].hop}{more}?"
