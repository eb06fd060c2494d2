"""The command line's table of contents: each command's module is loaded only when that command is called."""

from importlib import import_module
from typing import Any

import click

from runner.suggest import did_you_mean
from runner.version import __version__

_COMMANDS = {
    # Helps stand here and not in the modules: `--help` would otherwise import every command, and start-up counts.
    "init": ("init", "Write a commented sample storyboard."),
    "validate": ("plan", "Check storyboards: schema, rules, prompt lint. No network, no key, no ffmpeg."),
    "plan": ("plan", "Say what a run would do and cost: the dry run."),
    "run": ("run", "Make the film; goes on where an earlier run stopped."),
    "resume": ("run", "Go on with a run that exists; never starts a new one."),
    "status": ("status", "Where a run stands, what was spent, what expires when."),
    "reconcile": ("reconcile", "Settle submits with an unknown outcome."),
    "check": ("check", "Probe and judge a run's files, or any video."),
    "retake": ("run", "Buy another take of one hop; says first what that costs."),
    "report": ("report", "Write the HTML report of a run."),
    "takes": ("takes", "List every take that was bought; promote one."),
    "providers": ("providers", "The catalog: models, limits, prices."),
    "sandbox": ("sandbox", "Serve the emulators on a port, for your own tests."),
    "doctor": ("doctor", "What longtake finds on this machine: ffmpeg, keys, disk, clock."),
}


class _Commands(click.Group):
    """A group that knows its commands' names and one-line helps without importing them."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Return the commands in the order in which people meet them."""
        return list(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Load one command."""
        if name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"runner.cli.{_COMMANDS[name][0]}"), name)
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in _COMMANDS.items()])

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the one that was meant."""
        if args[0] not in _COMMANDS:
            context.fail(f"there is no command {args[0]!r}. {did_you_mean(args[0], _COMMANDS).capitalize()}".rstrip())
        return super().resolve_command(context, args)


def _version(context: click.Context, _parameter: click.Parameter, value: Any) -> None:  # noqa: ANN401 -- click's callback
    if value and not context.resilient_parsing:
        click.echo(f"longtake {__version__}")
        context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
def cli() -> None:
    """Turn a YAML storyboard into one long AI-generated shot, without paying twice.

    Start with `longtake run storyboards/dog-park.yaml --sandbox`: it needs no key and costs nothing.
    """
