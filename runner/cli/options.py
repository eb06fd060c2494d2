"""Options that several commands share, and what they make."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click

from runner.console.output import Style

_NUMBER = re.compile(r"[0-9]{0,9}(\.[0-9]{1,9})?", re.ASCII)


def usd(words: str) -> Decimal:
    """Read an amount of money."""
    return Decimal(_require_number(words, "amount of US dollars"))


def seconds(words: object) -> float:
    """Read a time; a default comes as the number that it is."""
    return float(_require_number(str(words), "number of seconds"))


def _require_number(words: str, what: str) -> str:
    """Return a plain decimal number that is not below zero: `nan`, `inf`, `1e3`, `1,50` and nothing are none."""
    if words.strip() and _NUMBER.fullmatch(words.strip()):
        return words.strip()
    raise click.BadParameter(f"{words!r} is no {what}; write it as 1.50")


Command = TypeVar("Command", bound=Callable[..., Any])
PATH = click.Path(path_type=Path)


def style_options(command: Command) -> Command:
    """Add the options of style: --json, -q, -v, --no-color."""
    for option in (
        click.option("--json", "json", is_flag=True, help="Write JSON for programs on standard output, nothing else."),
        click.option("-q", "--quiet", is_flag=True, help="Say only what matters."),
        click.option("-v", "--verbose", is_flag=True, help="Say everything, line by line."),
        click.option("--color/--no-color", default=None, help="Colour; the default looks at the terminal."),
    ):
        command = option(command)
    return command


def place_options(command: Command) -> Command:
    """Add the options of place: --runs-dir, --run-dir."""
    command = click.option(
        "--run-dir", type=PATH, help="The run directory itself, instead of one named after the storyboard."
    )(command)
    return click.option(
        "--runs-dir", type=PATH, default=Path("runs"), show_default=True, help="The folder of run directories."
    )(command)


def run_options(command: Command) -> Command:
    """Add the options of a run: --sandbox, --yes, --max-cost and the like."""
    for option in (
        click.option("--yes", is_flag=True, help="Spend without asking."),
        click.option("--max-cost", type=usd, metavar="USD",
                     help="A cap on everything that the runs of this command have committed together."),
        # Five at most and none by default: each is a purchase, and a fault that lasts would use up all of them.
        click.option("--retries", type=click.IntRange(0, 5), default=0, show_default=True,
                     help="Takes to buy again when a task fails at the provider for a passing reason."),
        click.option("--here", is_flag=True, help="Go on in a copied run directory beside its original."),
        click.option("--sandbox", is_flag=True, help="Rehearse with the built-in emulator: no key, no cost."),
        click.option("--fault", "faults", multiple=True, metavar="SPEC",
                     help="Make the sandbox fail; see docs/sandbox.md."),
        click.option("--sandbox-seconds", type=seconds, metavar="S", default=1.0, show_default=True,
                     help="How long the tasks of the sandbox take."),
        allow_host_option,
        click.option("--allow-outside", is_flag=True, help="Use pictures from outside the storyboard's folder."),
    ):  # fmt: skip
        command = option(command)
    return command


def allow_host_option(command: Command) -> Command:
    """Add --allow-host."""
    words = "Send the key to this host, too, although it is not the provider's own."
    return click.option("--allow-host", "allow_hosts", multiple=True, metavar="HOST", help=words)(command)


def style_of(values: dict[str, object]) -> Style:
    """Take the style's options out of a command's values."""
    color = values.pop("color")
    json, quiet, verbose = (bool(values.pop(name)) for name in ("json", "quiet", "verbose"))
    return Style(json=json, quiet=quiet, verbose=verbose, color=None if color is None else bool(color))
