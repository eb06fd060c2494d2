"""What followed from the checks of a take: what a person accepted, and what its policies came to."""

from dataclasses import replace

from runner.planning.model import Step
from runner.planning.reuse import FAILED_CHECKS, may_retake
from runner.state.history import History, Take

ANOTHER = "so another take is bought"


def after_retake(take: Take, step: Step, history: History) -> str:
    """What the policy `retake` comes to for a take, in words; nothing where that no longer matters."""
    if take.discarded:
        return ANOTHER if take.discarded == FAILED_CHECKS else ""
    if step.spec.takes > 1:
        return "but of several takes none is bought anew"
    if take.verdict != "fail":
        return "but not yet when it was judged"
    if take.remedy != "retake":
        return "but another check stopped the run"
    return ANOTHER if may_retake(history, step.spec, step.contract) else _used_up(step, history)


def _used_up(step: Step, history: History) -> str:
    money = may_retake(history, step.spec, replace(step.contract, retakes_usd=None))
    return "and the money for retakes is used up" if money else "and its retakes are used up"
