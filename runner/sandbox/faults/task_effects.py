"""What the faults that a task carries make of it: how it ends, and what its footage is like."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner.sandbox.faults.spec import Fault, parse
from runner.sandbox.stage.graph import Shot
from runner.sandbox.tasks import Task

_LONGER = 8
_LEAP = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a task failed, in the provider's code and words; `flag` is the state it is reported under."""

    code: int
    message: str
    flag: int = 3


def bound(task: Task, name: str) -> Fault | None:
    """Return the fault of this name that a task carries."""
    return next((fault for fault in map(parse, task.faults) if fault.name == name), None)


def failure(task: Task) -> Failure | None:
    """Say whether a task ends badly."""
    if bound(task, "moderation-after-accept"):
        return Failure(code=400, message="Your prompt was flagged by Website as violating content policies.")
    failed = bound(task, "task-failed")
    if failed is None:
        return None
    words = failed.text("message", "Internal Error, Please try again later.")
    return Failure(code=int(failed.number("code", 501)), message=words, flag=int(failed.number("flag", 3)))


def bent(task: Task, faults: Sequence[Fault]) -> Task:
    """Return the task as these faults would have it: slower, longer, leaping, or in another world."""
    for fault in faults:
        due = task.created + fault.number("seconds", 30) if fault.name == "slow" else task.due
        task = replace(task, shot=_bent_shot(task.shot, fault), due=due)
    return task


def _bent_shot(shot: Shot, fault: Fault) -> Shot:
    match fault.name:
        case "segment-seconds":
            return replace(shot, frames=round(shot.rate * fault.number("seconds", _LONGER)))
        case "jump":
            return replace(shot, shift=shot.shift + int(fault.number("frames", _LEAP)))
        case "other-world":
            return replace(shot, look=f"{shot.look}-other")
        case _:
            return shot
