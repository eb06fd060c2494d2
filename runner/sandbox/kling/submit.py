"""Kling's paid submits: generations, and extensions that come back as the whole video."""

import secrets
from dataclasses import replace

from runner.sandbox.faults.task_effects import find_failure
from runner.sandbox.kling.access import find_by_video
from runner.sandbox.kling.catalog import EXTENSION_UNITS, MODELS, USD_PER_UNIT, Profile, output_size
from runner.sandbox.kling.parsing import INVALID, Body, ExtendRequest, GenerateRequest, read_extend, read_generate
from runner.sandbox.kling.replies import NO_BALANCE, Refused
from runner.sandbox.render.renderer import choose_look
from runner.sandbox.render.shot import Shot
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

# "The total duration can not exceed 3 minutes" (Kling, extend page, 2026-02).
_MOST_SECONDS = 180.0
# Ids are snowflakes: milliseconds since this moment, then 22 random bits (worked out from five real ids, 2025-2026).
_ID_EPOCH = 1_568_028_518_780
# Slots are the account's and depend on what it bought; 20 is a plausible one, and `slots` sets another.
_SLOTS = 20


def generate(world: World, profile: Profile, account: str, body: Body, *, pictured: bool) -> Task:
    """Accept and charge a generation."""
    request = read_generate(body, pictured=pictured)
    made = MODELS[request.model, request.mode]
    rate = made.picture if pictured else made.text
    look = choose_look(request.prompt, request.picture)
    # A 5 s film is 5.1 s long (answers of 2025-12).
    frames = round((request.seconds + 0.1) * rate)
    shot = Shot(look=look, aspect=request.ratio, hop=0, start=0, frames=frames, rate=rate)
    kind, units = "image2video" if pictured else "text2video", made.units * request.seconds
    task = build_task(world, profile, account, kind, shot, units)
    size, name = output_size(made.side, request.ratio), _client_name(profile, request)
    task = replace(task, model=f"{request.model}/{request.mode}", size=size, name=name)
    return accept(world, replace(task, request=dict(body)), "generate")


def extend(world: World, profile: Profile, account: str, body: Body) -> Task:
    """Accept and charge an extension of a finished video."""
    request = read_extend(body, profile.needs)
    base = find_extendable(world, profile, account, request.video)
    shot = replace(base.shot, hop=base.hop + 1, start=base.shot.start + base.shot.frames)
    shot = replace(shot, frames=round(seconds_added(base.hop) * shot.rate))
    name, _, mode = base.model.partition("/")
    task = build_task(world, profile, account, "video-extend", shot, EXTENSION_UNITS[name, mode])
    task = replace(
        task, hop=base.hop + 1, parent=base.id, model=base.model, size=base.size, name=_client_name(profile, request)
    )
    return accept(world, replace(task, request=dict(body)), "extend")


def seconds_added(hop: int) -> float:
    """Return how much an extension of a hop adds: between 4 and 5 s, and not the same each time."""
    return 4.0 + hop * 7 % 11 / 10


def find_extendable(world: World, profile: Profile, account: str, video: str) -> Task:
    """Return the task whose video is to be extended, or refuse with the reason."""
    # Kling's texts for these were never seen (2026-11); clients are to go by the code.
    base = find_by_video(world, profile, account, video)
    if base is None:
        raise Refused(INVALID, "video_id is invalid: the video does not exist")
    if not world.is_due(base) or find_failure(base):
        raise Refused(INVALID, "video_id is invalid: the video is not finished")
    if tuple(base.model.partition("/")[::2]) not in EXTENSION_UNITS:
        raise Refused(INVALID, f"model({base.model}) is not supported by video-extend")
    if sum(shot.seconds for shot in world.tasks.shots(base)) + seconds_added(base.hop) > _MOST_SECONDS:
        raise Refused(INVALID, "the total duration of the video can not exceed 3 minutes")
    package = world.faults.switch("package-seconds")
    if package and world.clock.now() > base.created + package.number("seconds", 0):
        raise Refused(1102, "The resource pack is depleted or has expired")
    return base


def build_task(world: World, profile: Profile, account: str, kind: str, shot: Shot, units: float) -> Task:
    """Return a task that is not accepted yet."""
    now = world.clock.now()
    flake = ((round(now * 1000) - _ID_EPOCH) << 22) + secrets.randbits(22)
    return Task(
        id=str(flake), provider=profile.name, kind=kind, created=now, due=now + world.task_seconds,
        credits=round(units, 6), usd=round(units * USD_PER_UNIT, 6), shot=shot, project=account, silent=True,
    )  # fmt: skip


def accept(world: World, task: Task, route: str) -> Task:
    """Accept a task, or refuse it: its name is taken, or the account has no free slot or no balance."""
    # A name is unique per account (Kling, English docs, 2026-02); two clients saw 1201 for one that was taken.
    whose = (task.provider, task.project)
    mine = [each for each in world.tasks.list_all() if (each.provider, each.project) == whose]
    if task.name and any(each.name == task.name for each in mine):
        raise Refused(INVALID, "external_task_id is duplicated")
    slots = world.faults.switch("slots")
    if sum(not world.is_due(each) for each in mine) >= (int(slots.number("slots", _SLOTS)) if slots else _SLOTS):
        raise Refused(1303, "parallel task over resource pack limit")
    taken = world.accept(task, route)
    if taken is None:
        raise Refused(NO_BALANCE, "Account balance not enough")
    return taken


def _client_name(profile: Profile, request: GenerateRequest | ExtendRequest) -> str:
    """Return the client's name for a task; gateways drop it."""
    return request.name if profile.official else ""
