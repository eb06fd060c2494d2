"""longtake retake."""

import sys
from pathlib import Path

import click

from runner.api.runs import plan
from runner.cli.options import PATH, run_options, style_options
from runner.cli.resolve import target
from runner.cli.run import films, read_options
from runner.console.output import say
from runner.console.plan import plan_text
from runner.planning.plan_json import as_json


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
