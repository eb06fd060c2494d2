"""Kling's paid submits: generations, and extensions that come back as the whole video."""

import secrets
from dataclasses import replace

from runner.sandbox.faults.task_effects import failure
from runner.sandbox.kling.codes import EMPTY, EXTENDS, MODELS, USD_PER_UNIT, Refused, size
from runner.sandbox.kling.fields import WRONG, Body
from runner.sandbox.kling.parsing import Extend, Make, read_extend, read_make
from runner.sandbox.kling.profiles import Profile
from runner.sandbox.kling.visibility import owner
from runner.sandbox.render import look_of
from runner.sandbox.stage.graph import Shot
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

_MOST_SECONDS = 180.0
_BEGAN = 1_568_028_518_780
_SLOTS = 20
_MORE = (0.1, 0.0, 0.1)


def make(world: World, profile: Profile, account: str, body: Body, *, pictured: bool) -> Task:
    """Take on a generation."""
    wish = read_make(body, pictured=pictured)
    made = MODELS[wish.model, wish.mode]
    rate = made.picture if pictured else made.text
    look = look_of(wish.prompt, wish.picture)
    shot = Shot(look=look, aspect=wish.ratio, hop=0, start=0, frames=round((wish.seconds + 0.1) * rate), rate=rate)
    task = new(world, profile, account, "image2video" if pictured else "text2video", shot, made.units * wish.seconds)
    task = replace(
        task, model=f"{wish.model}/{wish.mode}", size=size(made.side, wish.ratio), name=_named(profile, wish)
    )
    return accepted(world, replace(task, request=dict(body)), "generate")


def extend(world: World, profile: Profile, account: str, body: Body) -> Task:
    """Take on an extension of a finished video."""
    wish = read_extend(body, profile.needs)
    base = extendable(world, profile, account, wish.video)
    shot = replace(base.shot, hop=base.hop + 1, start=base.shot.start + base.shot.frames)
    shot = replace(shot, frames=round(seconds_added(base.hop) * shot.rate))
    name, _, mode = base.model.partition("/")
    task = new(world, profile, account, "video-extend", shot, EXTENDS[name, mode])
    task = replace(task, hop=base.hop + 1, parent=base.id, model=base.model, size=base.size, name=_named(profile, wish))
    return accepted(world, replace(task, request=dict(body)), "extend")


def seconds_added(hop: int) -> float:
    """Return how much an extension of a hop adds: between 4 and 5 s, and never quite what one would think."""
    return 4.0 + hop * 7 % 11 / 10


def extendable(world: World, profile: Profile, account: str, video: str) -> Task:
    """Return the task whose video is to be extended, or say why it cannot be."""
    base = owner(world, profile, account, video)
    if base is None:
        raise Refused(WRONG, "video_id is invalid: the video does not exist")
    if not world.due(base) or failure(base):
        raise Refused(WRONG, "video_id is invalid: the video is not finished")
    if tuple(base.model.partition("/")[::2]) not in EXTENDS:
        raise Refused(WRONG, f"model({base.model}) is not supported by video-extend")
    if sum(shot.seconds for shot in world.tasks.shots(base)) + seconds_added(base.hop) > _MOST_SECONDS:
        raise Refused(WRONG, "the total duration of the video can not exceed 3 minutes")
    package = world.faults.switch("package-seconds")
    if package and world.clock.now() > base.created + package.number("seconds", 0):
        raise Refused(1102, "The resource pack is depleted or has expired")
    return base


def new(world: World, profile: Profile, account: str, kind: str, shot: Shot, units: float) -> Task:
    """Return a task that is not accepted yet."""
    now = world.clock.now()
    flake = ((round(now * 1000) - _BEGAN) << 22) + secrets.randbits(22)
    return Task(
        id=str(flake), provider=profile.name, kind=kind, created=now, due=now + world.task_seconds,
        credits=round(units, 6), usd=round(units * USD_PER_UNIT, 6), shot=shot, project=account, silent=True,
    )  # fmt: skip


def accepted(world: World, task: Task, route: str) -> Task:
    """Take a task on, or refuse it for what the account has no room, no name or no money for."""
    whose = (task.provider, task.project)
    mine = [each for each in world.tasks.everything() if (each.provider, each.project) == whose]
    if task.name and any(each.name == task.name for each in mine):
        raise Refused(WRONG, "external_task_id is duplicated")
    slots = world.faults.switch("slots")
    if sum(not world.due(each) for each in mine) >= (int(slots.number("slots", _SLOTS)) if slots else _SLOTS):
        raise Refused(1303, "parallel task over resource pack limit")
    taken = world.accept(task, route)
    if taken is None:
        raise Refused(EMPTY, "Account balance not enough")
    return taken


def _named(profile: Profile, wish: Make | Extend) -> str:
    """Return the client's name for a task; gateways drop it."""
    return wish.name if profile.official else ""
