"""The one outermost handler: every way to end becomes words and an exit code."""

import gc
import os
import sys

from runner.version import __version__

_WRONG_SYSTEM = 5  # as for every other thing that is missing on a machine, see runner/errors.py
TYPE_CHECKING = False  # see runner/__init__.py
if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

    from runner.console.output import Style
    from runner.errors import LongtakeError


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run the command line and return its exit code."""
    import click  # within the handler

    from runner.cli.main import cli
    from runner.console.output import Style, say, show_error
    from runner.console.stopping import Stopped
    from runner.errors import Interrupted, LongtakeError, UnforeseenError, UsageError
    from runner.redaction import redact, secrets_in

    words = list(sys.argv[1:] if arguments is None else arguments)
    style = Style(json="--json" in words, color=False if "--no-color" in words else None)
    try:
        result = cli.main(words, prog_name="longtake", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        hint = f"see `{_command_path(error)} --help`"
        return _show_failure(UsageError(error.format_message(), hint=hint), style)
    except (KeyboardInterrupt, click.Abort, Stopped):
        return _show_failure(Interrupted("interrupted"), style)
    except LongtakeError as error:
        return _show_failure(error, style)
    # `longtake plan FILE | head` closes the pipe when it has read enough, which is no failure.
    except BrokenPipeError:
        return 0
    except Exception as error:  # noqa: BLE001 -- the last line of defence: words instead of a traceback
        import traceback

        bug = UnforeseenError(error)
        show_error(bug, style)
        told = bool({"-v", "--verbose"} & set(words))
        details = redact("".join(traceback.format_exception(error)), secrets_in(os.environ)) if told else ""
        say(details or "  add -v for the details to report")
        return bug.exit_code


def _show_failure(error: "LongtakeError", style: "Style") -> int:
    from runner.console.output import show_error, show_problems
    from runner.errors import StoryboardInvalid

    if isinstance(error, StoryboardInvalid):
        show_problems(error.problems, style)
    show_error(error, style)
    return error.exit_code


def _command_path(error: "click.ClickException") -> str:
    context = getattr(error, "ctx", None)
    return str(context.command_path) if context else "longtake"


def entry() -> None:
    """Run the command line for the console script, and exit."""
    if os.name != "posix":  # before anything is loaded that only POSIX has
        sys.stderr.write("longtake needs Linux or another POSIX system: on Windows, run it inside WSL.\n")
        sys.exit(_WRONG_SYSTEM)
    if sys.argv[1:] == ["--version"]:  # answered before anything is loaded
        sys.stdout.write(f"longtake {__version__}\n")
        return
    # A command is short-lived: collecting garbage while its modules load, and taking them down again one by one at
    # the end, would take a fifth of the time of a dry run.
    gc.set_threshold(100_000)
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:  # the reader has left
        pass
    os._exit(code)


if __name__ == "__main__":
    entry()
