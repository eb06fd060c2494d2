"""longtake plan."""

from pathlib import Path

import click

from runner.api.runs import RunOptions
from runner.api.runs import plan as make_plan
from runner.api.validate import validate
from runner.cli.options import PATH, place_options, style_of, style_options
from runner.cli.resolve import show_warnings
from runner.console.output import emit, out
from runner.console.plan import plan_text
from runner.planning.plan_json import plan_as_json


@click.command(short_help="The dry run.")
@click.argument("file", type=PATH)
@place_options
@click.option("--sandbox", is_flag=True, help="Plan from the sandbox's run directory.")
@click.option("--short", is_flag=True, help="Leave the request bodies out.")
@style_options
def plan(file: Path, *, short: bool, runs_dir: Path, run_dir: Path | None, sandbox: bool, **values: object) -> None:
    """Say what a run would do, why, and what it would cost. Sends nothing and writes nothing."""
    style = style_of(values)
    validation = validate(file)
    storyboard, _ = validation.usable()
    root = RunOptions(runs_dir=runs_dir, run_dir=run_dir, sandbox=sandbox).root(storyboard)
    facts = plan_as_json(make_plan(storyboard, root))
    if style.json:
        emit(facts)
        return
    show_warnings(validation, style)
    out(plan_text(facts, style, requests=not short))
