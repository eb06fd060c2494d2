"""longtake plan."""

from pathlib import Path

import click

from runner.cli.options import PATH, place_options, style_of, style_options
from runner.cli.targets import warn
from runner.console.plans import plan_text
from runner.console.stream import emit, out
from runner.engine.planned import as_json
from runner.engine.validate import validate
from runner.library import Choices
from runner.library import plan as make_plan


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
    root = Choices(runs_dir=runs_dir, run_dir=run_dir, sandbox=sandbox).root(storyboard)
    facts = as_json(make_plan(storyboard, root))
    if style.json:
        emit(facts)
        return
    warn(validation, style)
    out(plan_text(facts, style, requests=not short))
