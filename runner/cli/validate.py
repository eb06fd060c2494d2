"""longtake validate."""

from pathlib import Path

import click

from runner.api.validate import validate as check
from runner.cli.options import PATH, style_of, style_options
from runner.console.output import emit, out, paint, show_problems
from runner.errors import StoryboardInvalid


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
        result = check(file)
        wrong = bool(result.problems if strict else result.errors)
        bad += wrong
        show_problems(result.problems, style)
        if style.json:
            emit({"event": "validated", "file": str(file), "valid": not wrong})
        elif not wrong and not style.quiet:
            out(f"{file}: {paint('valid', 'green', style)}")
    return StoryboardInvalid.exit_code if bad else 0
