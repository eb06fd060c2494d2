"""longtake retake."""

import sys
from pathlib import Path

import click

from runner.api.runs import plan
from runner.cli.options import PATH, run_options, style_options
from runner.cli.resolve import resolve_target
from runner.cli.run import make_films, read_options
from runner.console.output import say
from runner.console.plan import plan_text
from runner.planning.plan_json import plan_as_json


@click.command(short_help="Another take of one hop.")
@click.argument("run_dir", type=PATH)
@click.option("--hop", type=int, required=True, help="Which hop to buy anew; the hops after it follow.")
@run_options
@style_options
def retake(run_dir: Path, *, hop: int, **values: object) -> int:
    """Buy another take of one hop. Says first what becomes stale and what that costs; the old takes are kept."""
    yes, style, options = read_options(values)
    item = resolve_target(run_dir, options, style)
    preview = plan(item.storyboard, run_dir, retake=hop)
    if not style.json and (yes or item.options.sandbox or not sys.stdin.isatty()):
        say(plan_text(plan_as_json(preview), style, requests=False))
    return make_films([item], style, yes=yes, retake=hop)
