"""longtake status."""

from pathlib import Path

import click

from runner.api.runs import plan
from runner.api.validate import validate
from runner.cli.options import PATH, style_of, style_options
from runner.cli.resolve import frozen_storyboard, require_run
from runner.console.output import emit, out, say
from runner.console.status import status_text
from runner.planning.model import Plan
from runner.planning.next_action import needs_choice, next_command
from runner.planning.plan_json import plan_as_json
from runner.state.layout import Layout, is_run_directory


@click.command(short_help="Where a run stands.")
@click.argument("run_dirs", nargs=-1, type=PATH)
@click.option("--runs-dir", type=PATH, default=Path("runs"), show_default=True, help="The folder to look through.")
@style_options
def status(run_dirs: tuple[Path, ...], *, runs_dir: Path, **values: object) -> None:
    """Say where each run stands, what was spent, what expires when, and how to go on. Changes nothing."""
    style = style_of(values)
    found = run_dirs or tuple(sorted(path for path in runs_dir.glob("*") if is_run_directory(path)))
    if not found and not style.json:
        say(f"no runs in {runs_dir}")
    for number, path in enumerate(found):
        stands = planned(path)
        facts = plan_as_json(stands)
        facts.update(run=str(path), film=_film(path), film_is_current=stands.film_is_current, asks=_asks(stands))
        facts["next_command"] = next_command(stands, Layout(path))
        if style.json:
            emit({"event": "status", **facts})
            continue
        out(("\n" if number else "") + status_text(facts, style))


def planned(path: Path) -> Plan:
    """The plan of a run directory from here on; a storyboard with errors is shown, then refused."""
    validation = validate(frozen_storyboard(path, require_run(path)))
    storyboard, _ = validation.usable()
    return plan(storyboard, path)


def _asks(stands: Plan) -> int | None:
    """The first hop whose take a person has to choose."""
    hops = ((step.spec.index, step) for step in stands.steps)
    return next((hop for hop, step in hops if needs_choice(step, stands.history.of_hop(hop))), None)


def _film(path: Path) -> str | None:
    layout = Layout(path)
    return str(layout.film) if require_run(path).film and layout.film.exists() else None
