"""longtake status."""

from pathlib import Path

import click

from runner.api.status import run_status
from runner.cli.options import PATH, style_of, style_options
from runner.console.output import emit, out, say
from runner.console.status import status_text
from runner.planning.plan_json import plan_as_json
from runner.state.layout import is_run_directory


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
        now = run_status(path)
        facts = plan_as_json(now.plan)
        film = str(now.film) if now.film else None
        facts.update(run=str(path), film=film, film_is_current=now.plan.film_is_current, asks=now.asks)
        facts["next_command"] = now.next_command
        if style.json:
            emit({"event": "status", **facts})
            continue
        out(("\n" if number else "") + status_text(facts, style))
