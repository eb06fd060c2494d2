"""How a run goes on from where it stands: the step that comes next, and the command for it that people are told."""

from collections.abc import Sequence

from runner.commands import command
from runner.planning.model import Plan, Step
from runner.planning.planner import matching_takes
from runner.state.history import Take
from runner.state.layout import Layout


def next_step(plan: Plan) -> Step | None:
    """Return the first step that is not done; first of all, what may have been bought already is settled."""
    # A later hop's, too: what may be paid for already comes before anything that will be.
    unsettled = next((step for step in plan.steps if step.action == "settle"), None)
    return unsettled or next((step for step in plan.steps if step.action != "keep"), None)


def needs_choice(step: Step, takes: Sequence[Take]) -> bool:
    """Return whether a person has to choose from the takes of a hop: as was asked for, or because none is good."""
    good = any(take.usable for take in matching_takes(step.spec, takes))
    return step.action == "choose" and (step.spec.choose == "ask" or not good)


def next_command(plan: Plan, layout: Layout) -> str:
    """Return the command that goes on from here, or nothing where the film is made of what counts."""
    step, root = next_step(plan), layout.root
    if step is None:
        return "" if plan.film_is_current and layout.film.exists() else command("resume", root)
    hop = step.spec.index
    if step.action == "settle":
        return command("reconcile", root)
    if step.action == "mend":
        return command("retake", root, "--hop", hop)
    if needs_choice(step, plan.history.of_hop(hop)):
        return command("takes", root, "--hop", hop)
    return command("resume", root)
