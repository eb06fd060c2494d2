"""kie's paid submits: generate, extend, and the upgrades to 1080p and 4K."""

import hashlib
import secrets
from dataclasses import replace

from runner.sandbox.faults.task_effects import find_failure
from runner.sandbox.kie.envelope import (
    EXTEND_CREDITS,
    PROVIDER,
    UPGRADE_CREDITS,
    USD_PER_CREDIT,
    Refused,
    price_generation,
)
from runner.sandbox.kie.parsing import Body, ExtendRequest, GenerateRequest, read_extend, read_generate
from runner.sandbox.render.renderer import choose_look
from runner.sandbox.render.shot import RATE, Shot
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

# kie states no length; 7 s is what Veo adds everywhere else. Its records are kept for 14 days (text of its 422).
EXTENSION_FRAMES = 7 * RATE
KEPT_SECONDS = 14 * 24 * 3600
_SIZES = {
    "1080p": {"16:9": "1920x1080", "9:16": "1080x1920"},
    "4k": {"16:9": "3840x2160", "9:16": "2160x3840"},
}


def generate(world: World, body: Body) -> Task:
    """Accept and charge a generation."""
    request = read_generate(body, strict=_is_strict(world))
    price = price_generation(request.model, request.resolution, images=bool(request.images))
    task = replace(_build_task(world, "generate", price, _first_shot(request)), request=dict(body), size=_size(request))
    return _accept(world, task, "generate")


def extend(world: World, body: Body) -> Task:
    """Accept and charge an extension of a finished task."""
    request = read_extend(body, strict=_is_strict(world))
    base = find_extendable(world, request.task)
    task = _build_task(world, "extend", EXTEND_CREDITS[request.tier], _next_shot(base, request))
    return _accept(world, replace(task, hop=base.hop + 1, parent=base.id, request=dict(body)), "extend")


def find_extendable(world: World, identifier: str) -> Task:
    """Return the task that is to be extended, or refuse with the reason."""
    # Whether the tiers of both must match, and how often a film may be extended, is documented nowhere: no limit here.
    base = world.tasks.find(identifier)
    if base is None or base.kind not in ("generate", "extend"):
        raise Refused(404, "The original video does not exist")
    if world.clock.now() - base.created > KEPT_SECONDS:
        raise Refused(422, "Temporarily supports records within 14 days.")
    if not world.is_due(base) or find_failure(base):
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
    fresh = _build_task(world, kind, UPGRADE_CREDITS[kind], source.shot)
    task = replace(fresh, id=identifier, hop=source.hop, parent=source.parent, size=size, request={"taskId": source.id})
    accepted = _accept(world, task, "upgrade")
    # "Videos generated after 1080P generation cannot be extended" (kie, extend page).
    world.tasks.save(replace(source, upgraded=True))
    return accepted


def _build_task(world: World, kind: str, price: float, shot: Shot) -> Task:
    now = world.clock.now()
    return Task(
        id=secrets.token_hex(16), provider=PROVIDER, kind=kind, created=now, due=now + world.task_seconds,
        credits=price, usd=price * USD_PER_CREDIT, shot=shot,
    )  # fmt: skip


def _accept(world: World, task: Task, route: str) -> Task:
    accepted = world.accept(task, route)
    if accepted is None:
        raise Refused(402, "The current credits are insufficient. Please top up.")
    return accepted


def _is_strict(world: World) -> bool:
    return world.faults.switch("strict-fields") is not None


def _first_shot(request: GenerateRequest) -> Shot:
    look = choose_look(request.prompt, str(request.seed or ""), *request.images)
    ratio = "16:9" if request.ratio == "Auto" else request.ratio
    return Shot(look=look, aspect=ratio, hop=0, start=0, frames=request.seconds * RATE, watermark=request.watermark)


def _next_shot(base: Task, request: ExtendRequest) -> Shot:
    shot = replace(base.shot, hop=base.hop + 1, start=base.shot.start + base.shot.frames)
    return replace(shot, frames=EXTENSION_FRAMES, watermark=request.watermark)


def _size(request: GenerateRequest) -> str:
    return (
        ""
        if request.resolution == "720p"
        else _SIZES[request.resolution]["9:16" if request.ratio == "9:16" else "16:9"]
    )
