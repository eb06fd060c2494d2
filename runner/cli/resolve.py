"""What a command was pointed at: a storyboard file, or a run directory with its frozen storyboard."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import click

from runner.api.hosts import unallowed_hosts
from runner.api.runs import RunOptions, frozen_storyboard, require_run, runs_begun_from
from runner.api.validate import Validation, validate
from runner.commands import command
from runner.config.hosts import remember_host
from runner.config.settings import is_rehearsal
from runner.console.output import Style, can_ask, say, show_problems
from runner.errors import UsageError
from runner.state.layout import is_run_directory
from runner.storyboard.model import Storyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A storyboard and where it runs."""

    storyboard: Storyboard
    options: RunOptions
    root: Path


def show_warnings(validation: Validation, style: Style) -> None:
    """Show the warnings of a usable storyboard."""
    if style.json or not style.quiet:
        show_problems(validation.problems, style)


def resolve_target(path: Path, options: RunOptions, style: Style, *, existing: bool = False) -> Target:
    """Resolve a file or a run directory to what is run; `existing`: the run must have begun.

    Raises:
        UsageError: there is nothing of that kind.
        StoryboardInvalid: the storyboard has errors.
    """
    # A name that is not there is taken for a run's, because that error says where runs are listed.
    if path.is_dir() or (existing and not path.exists()):
        return _resolve_directory(path, options, style)
    validation = validate(path)
    storyboard, _ = validation.usable()
    show_warnings(validation, style)
    root = options.root(storyboard)
    if existing and not is_run_directory(root):
        raise _nothing_to_resume(path, options, storyboard)
    return Target(storyboard=storyboard, options=options, root=root)


def _nothing_to_resume(path: Path, options: RunOptions, storyboard: Storyboard) -> UsageError:
    """Return the error for a run that has not begun; a rehearsal leads to no paid run, nor the other way round."""
    root = options.root(storyboard)
    other = replace(options, sandbox=not options.sandbox).root(storyboard)
    if not is_run_directory(other):
        other = next(runs_begun_from(storyboard, options.runs_dir), other)
    words: list[str | Path] = ["--sandbox"] if options.sandbox else []
    words += ["--run-dir", options.run_dir] if options.run_dir else []
    begin = command("run", path, *words)
    if other == root or not is_run_directory(other):
        return UsageError(f"there is no run to resume in {root}", code="usage/no-run", next_command=begin)
    kind = "a rehearsal, which costs nothing" if is_rehearsal(require_run(other).endpoint) else "a run that is paid for"
    return UsageError(
        f"there is no run to resume in {root}, but {kind}, in {other}",
        code="usage/no-run",
        hint=f"to begin the other: {begin}",
        next_command=command("resume", other),
    )


def ask_for_hosts(item: Target, style: Style) -> Target:
    """Ask a person at a terminal about each host that the key would go to and that nobody has allowed; remember a yes.

    Without a person nothing is asked: the run then stops before anything is sent, and says how to allow the host.
    """
    if style.json or not can_ask():
        return item
    allowed = list(item.options.allow_hosts)
    for address, words in unallowed_hosts(item.storyboard, item.options):
        say(f"Your key would go to {address.host}: {words}.")
        if click.confirm(f"Trust {address.host} with it from now on?", err=True):
            remember_host(address.host, os.environ)
            allowed.append(address.host)
    return replace(item, options=replace(item.options, allow_hosts=tuple(allowed)))


def _resolve_directory(path: Path, options: RunOptions, style: Style) -> Target:
    history = require_run(path)
    validation = validate(frozen_storyboard(path, history))
    storyboard, _ = validation.usable()
    # Quiet: this copy was frozen from a storyboard whose warnings were shown when it was run.
    show_warnings(validation, replace(style, quiet=True))
    # A rehearsal's tasks exist in its emulator only; resumed against the real service they would be unknown.
    sandbox = options.sandbox or is_rehearsal(history.endpoint)
    return Target(storyboard=storyboard, options=replace(options, run_dir=path, sandbox=sandbox), root=path)
