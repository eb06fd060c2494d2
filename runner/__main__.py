"""The one outermost handler: every way to end becomes words and an exit code."""

import errno
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
    except (OSError, MemoryError) as error:
        return _show_failure(_explain_system(error), style)
    except Exception as error:  # noqa: BLE001 -- the last line of defence: words instead of a traceback
        import traceback

        bug = UnforeseenError(error)
        show_error(bug, style)
        told = bool({"-v", "--verbose"} & set(words))
        details = redact("".join(traceback.format_exception(error)), secrets_in(os.environ)) if told else ""
        say(details or "  add -v for the details to report")
        return bug.exit_code


def _show_failure(error: "LongtakeError", style: "Style") -> int:
    from dataclasses import replace

    from runner.console.output import show_error, show_problems
    from runner.console.streams import failure_of
    from runner.errors import StoryboardInvalid

    if isinstance(error, StoryboardInvalid):
        show_problems(error.problems, style)
    show_error(error, style)
    if style.json and failure_of(sys.stdout):  # a program does not hear it, perhaps a person does
        show_error(error, replace(style, json=False))
    return error.exit_code


def _explain_system(error: "OSError | MemoryError") -> "LongtakeError":
    """Put what this machine refused into words: a full disk or a folder that is gone is no bug."""
    from runner.errors import ConfigurationError

    words = getattr(error, "strerror", None) or str(error) or "no memory is left"
    name = getattr(error, "filename", None)
    where = f"{os.fsdecode(name) if isinstance(name, str | bytes) else name}: " if name is not None else ""
    if _folder_is_gone():
        where, words = "", "the folder that this command was called in is gone"
    hint = "whatever was done before is kept; `longtake status` shows where each run stands"
    return ConfigurationError(f"{where}{words}", code="system/refused", hint=hint, charged="unknown")


def _folder_is_gone() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 -- pathlib would be loaded for this alone
    except OSError:
        return True
    return False


def _command_path(error: "click.ClickException") -> str:
    context = getattr(error, "ctx", None)
    return str(context.command_path) if context else "longtake"


def entry() -> None:
    """Run the command line for the console script, and exit."""
    if os.name != "posix":  # before anything is loaded that only POSIX has
        sys.stderr.write("longtake needs Linux or another POSIX system: on Windows, run it inside WSL.\n")
        sys.exit(_WRONG_SYSTEM)
    from runner.console.streams import guard_streams

    guard_streams()
    if sys.argv[1:] == ["--version"]:  # answered before anything is loaded
        sys.stdout.write(f"longtake {__version__}\n")
        os._exit(_end(0))
    # A command is short-lived: collecting garbage while its modules load, and taking them down again one by one at
    # the end, would take a fifth of the time of a dry run.
    gc.set_threshold(100_000)
    os._exit(_end(main()))


def _end(code: int) -> int:
    """Return the exit code, once it is known whether the results could be written."""
    from runner.console.streams import failure_of, has_left

    sys.stdout.flush()
    failure = failure_of(sys.stdout)
    # `longtake plan FILE | head` closes the pipe when it has read enough, which is no failure.
    if failure and not has_left(failure):
        from runner.console.output import Style, show_error
        from runner.errors import ConfigurationError

        why = "it is closed" if failure.errno == errno.EBADF else failure.strerror
        words = f"the results could not be written to standard output: {why}"
        lost = ConfigurationError(
            words, code="output/lost", hint="what the command did is done; only what it had to say is missing"
        )
        show_error(lost, Style(color=False))
        code = code or lost.exit_code
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    entry()
