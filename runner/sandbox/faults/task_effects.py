"""What the faults that a task carries make of it: how it ends, its footage, and the bytes of its files."""

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runner.sandbox.faults.spec import Fault, parse_fault
from runner.sandbox.render.shot import Shot
from runner.sandbox.shared_files import write_file
from runner.sandbox.tasks import Task

# One second more than an extension of Veo adds, and a jump of 2.5 s: both far beyond what a check may tolerate.
_LONGER = 8
_LEAP = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a task failed, in the provider's code and words; `flag` is the state it is reported under."""

    code: int
    message: str
    flag: int = 3


def carried_fault(task: Task, name: str) -> Fault | None:
    """Return the fault of this name that a task carries."""
    return next((fault for fault in map(parse_fault, task.faults) if fault.name == name), None)


def find_failure(task: Task) -> Failure | None:
    """Return how a task fails, None if it does not."""
    if carried_fault(task, "moderation-after-accept"):
        return Failure(code=400, message="Your prompt was flagged by Website as violating content policies.")
    failed = carried_fault(task, "task-failed")
    if failed is None:
        return None
    # A text that clients of kie saw with code 500 (2026).
    words = failed.text("message", "Internal Error, Please try again later.")
    return Failure(code=int(failed.number("code", 501)), message=words, flag=int(failed.number("flag", 3)))


def apply_faults(task: Task, faults: Sequence[Fault]) -> Task:
    """Return the task as these faults make it: slower, longer, with a jump, or in another landscape."""
    for fault in faults:
        due = task.created + fault.number("seconds", 30) if fault.name == "slow" else task.due
        task = replace(task, shot=_change_shot(task.shot, fault), due=due)
    return task


def _change_shot(shot: Shot, fault: Fault) -> Shot:
    match fault.name:
        case "segment-seconds":
            return replace(shot, frames=round(shot.rate * fault.number("seconds", _LONGER)))
        case "jump":
            return replace(shot, shift=shot.shift + int(fault.number("frames", _LEAP)))
        case "other-world":
            return replace(shot, look=f"{shot.look}-other")
        case _:
            return shot


def damage_file(path: Path, faults: Sequence[Fault]) -> Path:
    """Return the file as these faults leave it: `path` itself, or a damaged copy beside it."""
    for fault in faults:
        if fault.name == "truncated-file":
            path = _damaged_copy(path, f"cut-{fault.number('share', 0.7)}", fault)
        elif fault.name == "corrupt-file":
            path = _damaged_copy(path, f"hole-{fault.number('bytes', 65536):.0f}", fault)
    return path


def _damaged_copy(path: Path, name: str, fault: Fault) -> Path:
    final = path.with_name(f"{path.stem}-{name}.mp4")
    if final.exists():
        return final
    temporary = path.with_name(f".{secrets.token_hex(6)}.{final.name}")
    write_file(temporary, b"")
    shutil.copyfile(path, temporary)
    with temporary.open("r+b") as stream:
        size = stream.seek(0, 2)
        if fault.name == "truncated-file":
            stream.truncate(int(size * fault.number("share", 0.7)))
        else:
            hole = min(int(fault.number("bytes", 65536)), size // 4)
            stream.seek(size // 2)
            stream.write(bytes(hole))
    temporary.replace(final)
    return final
