"""The dry runs: longtake plan, longtake validate."""

from pathlib import Path

import click

from runner.api.batch import require_own_run
from runner.api.hosts import name_host
from runner.api.runs import RunOptions
from runner.api.runs import plan as make_plan
from runner.api.validate import validate as validate_file
from runner.cli.options import PATH, place_options, style_of, style_options
from runner.cli.resolve import show_warnings
from runner.console.output import emit, out, paint, show_problems
from runner.console.plan import plan_text
from runner.errors import StoryboardInvalid
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
    validation = validate_file(file)
    storyboard, _ = validation.usable()
    options = RunOptions(runs_dir=runs_dir, run_dir=run_dir, sandbox=sandbox)
    require_own_run(storyboard, options)
    facts = plan_as_json(name_host(make_plan(storyboard, options.root(storyboard)), sandbox=sandbox))
    if style.json:
        # This object and nothing else: schemas/plan.schema.json describes the whole output.
        emit(facts)
        return
    show_warnings(validation, style)
    out(plan_text(facts, style, requests=not short))


@click.command(short_help="Check storyboards.")
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
@style_options
def validate(files: tuple[Path, ...], *, strict: bool, **values: object) -> int:
    """Check storyboards: schema, rules of the catalog, prompt lint.

    Every problem of every file is shown, with line, column and cure. Needs no network, no key and no ffmpeg.
    """
    style = style_of(values)
    bad = 0
    for file in files:
        result = validate_file(file)
        wrong = bool(result.problems if strict else result.errors)
        bad += wrong
        show_problems(result.problems, style)
        if style.json:
            emit({"event": "validated", "file": str(file), "valid": not wrong})
        elif not wrong and not style.quiet:
            out(f"{file}: {paint('valid', 'green', style)}")
    return StoryboardInvalid.exit_code if bad else 0
