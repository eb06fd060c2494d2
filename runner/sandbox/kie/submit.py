"""kie's paid submits: generate, extend, and the upgrades to 1080p and 4K."""

import hashlib
import secrets
from dataclasses import replace

from runner.sandbox.faults.task_effects import failure
from runner.sandbox.kie.envelope import (
    EXTEND_CREDITS,
    PROVIDER,
    UPGRADE_CREDITS,
    USD_PER_CREDIT,
    Refused,
    generate_credits,
)
from runner.sandbox.kie.parsing import Body, Extend, Generate, read_extend, read_generate
from runner.sandbox.render import look_of
from runner.sandbox.stage.graph import RATE, Shot
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

EXTENSION_FRAMES = 7 * RATE
KEPT_SECONDS = 14 * 24 * 3600
_SIZES = {
    "1080p": {"16:9": "1920x1080", "9:16": "1080x1920"},
    "4k": {"16:9": "3840x2160", "9:16": "2160x3840"},
}


def generate(world: World, body: Body) -> Task:
    """Take on a generation."""
    wish = read_generate(body, strict=_strict(world))
    price = generate_credits(wish.model, wish.resolution, images=bool(wish.images))
    task = replace(_new(world, "generate", price, _first_shot(wish)), request=dict(body), size=_size(wish))
    return _accepted(world, task, "generate")


def extend(world: World, body: Body) -> Task:
    """Take on an extension of a finished task."""
    wish = read_extend(body, strict=_strict(world))
    base = extendable(world, wish.task)
    task = _new(world, "extend", EXTEND_CREDITS[wish.tier], _next_shot(base, wish))
    return _accepted(world, replace(task, hop=base.hop + 1, parent=base.id, request=dict(body)), "extend")


def extendable(world: World, identifier: str) -> Task:
    """Return the task that is to be extended, or say why it cannot be."""
    base = world.tasks.find(identifier)
    if base is None or base.kind not in ("generate", "extend"):
        raise Refused(404, "The original video does not exist")
    if world.clock.now() - base.created > KEPT_SECONDS:
        raise Refused(422, "Temporarily supports records within 14 days.")
    if not world.due(base) or failure(base):
        raise Refused(422, "record status is not success")
    if base.upgraded or base.request.get("resolution", "720p") != "720p":
        raise Refused(422, "Videos generated after 1080P generation cannot be extended.")
    return base


def upgrade(world: World, source: Task, kind: str) -> Task:
    """Return the upgrade of a task; the first call for it starts and charges it."""
    identifier = hashlib.sha256(f"{kind}/{source.id}".encode()).hexdigest()[:32]
    known = world.tasks.find(identifier)
    if known is not None:
        return known
    size = _SIZES["1080p" if kind == "upgrade-1080p" else "4k"][source.shot.aspect]
    fresh = _new(world, kind, UPGRADE_CREDITS[kind], source.shot)
    task = replace(fresh, id=identifier, hop=source.hop, parent=source.parent, size=size, request={"taskId": source.id})
    accepted = _accepted(world, task, "upgrade")
    world.tasks.save(replace(source, upgraded=True))
    return accepted


def _new(world: World, kind: str, price: float, shot: Shot) -> Task:
    now = world.clock.now()
    return Task(
        id=secrets.token_hex(16), provider=PROVIDER, kind=kind, created=now, due=now + world.task_seconds,
        credits=price, usd=price * USD_PER_CREDIT, shot=shot,
    )  # fmt: skip


def _accepted(world: World, task: Task, route: str) -> Task:
    accepted = world.accept(task, route)
    if accepted is None:
        raise Refused(402, "The current credits are insufficient. Please top up.")
    return accepted


def _strict(world: World) -> bool:
    return world.faults.switch("strict-fields") is not None


def _first_shot(wish: Generate) -> Shot:
    look = look_of(wish.prompt, str(wish.seed or ""), *wish.images)
    ratio = "16:9" if wish.ratio == "Auto" else wish.ratio
    return Shot(look=look, aspect=ratio, hop=0, start=0, frames=wish.seconds * RATE, watermark=wish.watermark)


def _next_shot(base: Task, wish: Extend) -> Shot:
    before = base.shot
    return replace(
        before, hop=base.hop + 1, start=before.start + before.frames, frames=EXTENSION_FRAMES, watermark=wish.watermark
    )  # fmt: skip


def _size(wish: Generate) -> str:
    return "" if wish.resolution == "720p" else _SIZES[wish.resolution]["9:16" if wish.ratio == "9:16" else "16:9"]
