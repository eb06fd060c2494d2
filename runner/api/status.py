"""Where a run stands: its plan from here on, whom it waits for, and how to go on."""

from dataclasses import dataclass
from pathlib import Path

from runner.api.runs import frozen_storyboard, plan, require_run
from runner.api.validate import validate
from runner.planning.model import Plan
from runner.planning.next_action import needs_choice, next_command
from runner.state.layout import Layout


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
        # The journal remembers a film that a person has moved away since.
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
