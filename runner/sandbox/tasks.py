"""The tasks of the sandbox's providers: one JSON file each, so that a new process knows them all."""

import dataclasses
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

from runner.sandbox.render.shot import RATE, Shot
from runner.sandbox.shared_files import make_private_folder, replace_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One accepted piece of work. It is done when the clock passes `due`; nothing need run in between."""

    # The fields are the JSON of tasks/*.json and of GET /sandbox/tasks: new ones need a default, none may be renamed.

    id: str
    provider: str
    kind: str
    created: float
    due: float
    credits: float
    usd: float
    shot: Shot
    hop: int = 0
    parent: str = ""
    """The task that this one extends or upgrades."""
    size: str = ""
    """Width x height, where it differs from what is rendered."""
    request: dict[str, object] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    """Specs of the faults that were bound to this task when it was accepted."""
    polls: int = 0
    """How often it was polled after it was done; counted only where a fault needs it."""
    upgraded: bool = False
    model: str = ""
    project: str = ""
    """The account or project that it belongs to."""
    name: str = ""
    """What the client called it."""
    alone: bool = False
    """Whether its result is the new part alone."""
    silent: bool = False
    """Whether the model makes no sound."""
    given: Shot | None = None
    """What it extends, where that came in the request."""
    keeps: float = 0.0
    """How many seconds of what it extends its result still shows; 0 is all."""
    touched: float = 0.0
    """When its result was last built on."""


class Tasks:
    """The tasks of one sandbox folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = make_private_folder(folder / "tasks")

    def save(self, task: Task) -> None:
        """Write a task as it is now."""
        replace_file(self._folder / f"{task.id}.json", json.dumps(asdict(task), indent=1))

    def find(self, identifier: str) -> Task | None:
        """Return a task, None if there is none of this name."""
        # Ids come from requests and name files, so no other characters may pass; clients of kie allow 160 (2026-10).
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,160}", identifier):
            return None
        return _read_task(self._folder / f"{identifier}.json")

    def list_all(self) -> list[Task]:
        """Return all tasks, oldest first."""
        found = (_read_task(path) for path in self._folder.glob("[!.]*.json"))
        return sorted((task for task in found if task is not None), key=lambda task: (task.created, task.hop))

    def shots(self, task: Task) -> tuple[Shot, ...]:
        """Return the footage of a chain from its first shot to that of `task`."""
        before = self.find(task.parent) if task.parent else None
        earlier = (task.given,) if task.given else self.shots(before) if before else ()
        return (*(_last_frames(earlier, round(task.keeps * RATE)) if task.keeps else earlier), task.shot)


def _last_frames(shots: tuple[Shot, ...], frames: int) -> tuple[Shot, ...]:
    """Return the last frames of some footage."""
    kept: list[Shot] = []
    for shot in reversed(shots):
        if not frames:
            break
        count = min(frames, shot.frames)
        kept.insert(0, dataclasses.replace(shot, start=shot.start + shot.frames - count, frames=count))
        frames -= count
    return tuple(kept)


def _read_task(path: Path) -> Task | None:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    given = Shot(**values["given"]) if values.get("given") else None
    return Task(**{**values, "shot": Shot(**values["shot"]), "given": given, "faults": tuple(values["faults"])})
