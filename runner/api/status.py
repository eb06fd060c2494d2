"""Where a run stands: its plan from here on, whom it waits for, and how to go on."""

from dataclasses import dataclass
from pathlib import Path

from runner.api.runs import plan
from runner.api.validate import validate
from runner.errors import RunDirectoryError, UsageError
from runner.planning.model import Plan
from runner.planning.next_action import needs_choice, next_command
from runner.state.history import History
from runner.state.layout import Layout, is_run_directory
from runner.state.run_directory import read_history


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """A run from here on: `asks` is the first hop whose take a person has to choose, `film` the film if it is there."""

    plan: Plan
    film: Path | None
    asks: int | None
    next_command: str


def run_status(path: Path) -> RunStatus:
    """Return where the run in a directory stands.

    Raises:
        UsageError: no run has begun there.
        StoryboardInvalid: its frozen storyboard has errors.
    """
    ahead, layout = plan_run_directory(path), Layout(path)
    waiting = (step.spec.index for step in ahead.steps if needs_choice(step, ahead.history.of_hop(step.spec.index)))
    return RunStatus(
        plan=ahead,
        film=layout.film if ahead.history.film and layout.film.exists() else None,
        asks=next(waiting, None),
        next_command=next_command(ahead, layout),
    )


def plan_run_directory(path: Path) -> Plan:
    """Return the plan of a run directory from here on.

    Raises:
        StoryboardInvalid: its frozen storyboard has errors.
    """
    storyboard, _ = validate(frozen_storyboard(path, require_run(path))).usable()
    return plan(storyboard, path)


def require_run(path: Path) -> History:
    """Return the history of a run directory that must hold one.

    Raises:
        UsageError: it is no run directory.
    """
    if not is_run_directory(path):
        raise UsageError(
            f"no run has begun in {path}",
            code="usage/no-run",
            hint="name the folder of a run; without one, `longtake status` lists those in runs/",
        )
    return read_history(path)


def frozen_storyboard(path: Path, history: History) -> Path:
    """Return the storyboard a run last worked from.

    Raises:
        RunDirectoryError: it is not there.
    """
    copy = Layout(path).storyboard
    if copy.is_file():
        return copy
    hint = f"run the original: longtake run {history.source} --run-dir {path}" if history.source else ""
    raise RunDirectoryError(f"{copy} is missing", code="run-directory/no-storyboard", hint=hint)
