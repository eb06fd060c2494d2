"""Which tasks an account of Kling can see: its own, at one server, for as long as they are kept."""

from runner.sandbox.faults.task_effects import bound
from runner.sandbox.kling.profiles import Profile
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

KEPT_SECONDS = 30 * 24 * 3600.0
VIDEO_AFTER_TASK = (12 << 22) + 50_331
"""How far the id of a video lies behind that of its task."""


def by_id(world: World, profile: Profile, account: str, identifier: str) -> Task | None:
    """Return a task of an account by its id."""
    task = world.tasks.find(identifier)
    return task if task and _seen(world, profile, account, task) else None


def by_name(world: World, profile: Profile, account: str, name: str) -> Task | None:
    """Return a task of an account by the client's name for it, where those are kept."""
    return next((task for task in listed(world, profile, account) if task.name == name), None) if name else None


def known(world: World, profile: Profile, account: str, either: str) -> Task | None:
    """Return a task of an account by its id or, where those are kept, by the client's name for it."""
    return by_id(world, profile, account, either) or by_name(world, profile, account, either)


def listed(world: World, profile: Profile, account: str) -> list[Task]:
    """Return every task that an account can find without knowing its id, oldest first."""
    seen = [task for task in world.tasks.everything() if _seen(world, profile, account, task)]
    return [task for task in seen if not _lags(world, task)]


def owner(world: World, profile: Profile, account: str, video: str) -> Task | None:
    """Return the task that made a video, if it is this account's and still there."""
    return by_id(world, profile, account, str(int(video) - VIDEO_AFTER_TASK)) if video.isdecimal() else None


def video_of(task: Task) -> str:
    """Return the id of a task's video."""
    return str(int(task.id) + VIDEO_AFTER_TASK)


def _lags(world: World, task: Task) -> bool:
    """Say whether a new task has not found its way into the index yet."""
    fault = bound(task, "lagging")
    return fault is not None and world.clock.now() < task.created + fault.number("seconds", 30)


def _seen(world: World, profile: Profile, account: str, task: Task) -> bool:
    mine = (task.provider, task.project) == (profile.name, account)
    return mine and world.clock.now() - task.created <= KEPT_SECONDS
