"""The paid submit of the emulated Interactions API: a generation, or an extension of what was there."""

import secrets
from dataclasses import replace

from runner.sandbox.faults.task_effects import failure
from runner.sandbox.google.errors import QUOTA, Refused
from runner.sandbox.google.files import Files, active, named_in
from runner.sandbox.google.parsing import Body
from runner.sandbox.google.veo import SIZES
from runner.sandbox.omni.parsing import Wish, read
from runner.sandbox.render import look_of
from runner.sandbox.stage.graph import RATE, Shot
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

PROVIDER, PREFIX = "omni", "v1_"
FILES = Files(provider=PROVIDER, prefix=PREFIX)
_PRICES_OF_1_1 = {"720p": 0.10136, "1080p": 0.15204, "4k": 0.30408}
PRICES = {
    "gemini-omni-1.1-flash": _PRICES_OF_1_1,
    "gemini-omni-1.1-flash-preview": _PRICES_OF_1_1,
    "gemini-omni-1.2-flash": {"720p": 0.0695, "1080p": 0.1043, "4k": 0.2085},
}
"""USD per second of new video."""
_KEPT = 30.0
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def submit(world: World, body: Body, provider: str = PROVIDER) -> tuple[Task, Wish]:
    """Take on what a body asks for."""
    wish = read(body)
    task = _extension(world, wish, provider) if wish.extends else _generation(world, wish)
    accepted = world.accept(replace(task, request=dict(body), provider=provider), task.kind)
    if accepted is None:
        raise Refused(429, QUOTA)
    return accepted, wish


def _generation(world: World, wish: Wish) -> Task:
    look, frames = look_of(wish.prompt, *wish.images), round(wish.seconds * RATE)
    shot = Shot(look=look, aspect=wish.ratio, hop=0, start=0, frames=frames)
    return replace(_new(world, "generate", wish, shot), size=SIZES[wish.resolution][wish.ratio])


def _extension(world: World, wish: Wish, provider: str) -> Task:
    """Of a longer video only the end is kept, with the new part behind it."""
    base = _before(world, wish, provider)
    world.tasks.save(replace(base, touched=world.clock.now()))
    frames = round(wish.seconds * RATE)
    shot = replace(base.shot, hop=base.hop + 1, start=base.shot.start + base.shot.frames, frames=frames)
    task = replace(_new(world, "extend", wish, shot), hop=base.hop + 1, parent=base.id, keeps=_KEPT)
    return replace(task, size=SIZES[wish.resolution][base.shot.aspect])


def _before(world: World, wish: Wish, provider: str) -> Task:
    if wish.previous:
        base = world.tasks.find(wish.previous)
        if base is None or base.provider != provider:
            raise Refused(404, f"Interaction {wish.previous} was not found.")
        if not world.due(base) or failure(base):
            raise Refused(400, "The previous interaction is not completed.")
        return base
    base = FILES.owner(world, named_in(wish.video))
    if not active(world, base):
        raise Refused(400, "The file is not in an ACTIVE state and usage is not allowed.")
    return base


def _new(world: World, kind: str, wish: Wish, shot: Shot) -> Task:
    now, price = world.clock.now(), round(PRICES[wish.model][wish.resolution] * wish.seconds, 5)
    return Task(
        id=PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(12)), provider=PROVIDER, kind=kind, created=now,
        due=now + world.task_seconds, credits=price, usd=price, shot=shot, model=wish.model,
    )  # fmt: skip
