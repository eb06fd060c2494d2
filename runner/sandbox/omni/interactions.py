"""The interactions of the emulated API: the paid submit, and what is told of one later."""

import base64
import secrets
from dataclasses import replace
from http import HTTPStatus

from runner.sandbox.faults.task_effects import carried_fault, find_failure
from runner.sandbox.google.errors import QUOTA, Refused
from runner.sandbox.google.files import Files, is_active, parse_file_name
from runner.sandbox.google.parsing import Body
from runner.sandbox.google.veo import SIZES
from runner.sandbox.omni.parsing import InteractionRequest, read_interaction
from runner.sandbox.render.renderer import choose_look
from runner.sandbox.render.shot import RATE, Shot
from runner.sandbox.tasks import Task
from runner.sandbox.world import World, withholds_result

PROVIDER, PREFIX = "omni", "v1_"
FILES = Files(provider=PROVIDER, prefix=PREFIX)
# Per second of video, from the tokens that Google bills (Google's price page, 2026-09); those of 1.2 as two resellers
# quote Google's list price (2026-11).
_PRICES_OF_1_1 = {"720p": 0.10136, "1080p": 0.15204, "4k": 0.30408}
PRICES = {
    "gemini-omni-1.1-flash": _PRICES_OF_1_1,
    "gemini-omni-1.1-flash-preview": _PRICES_OF_1_1,
    "gemini-omni-1.2-flash": {"720p": 0.0695, "1080p": 0.1043, "4k": 0.2085},
}
"""USD per second of new video."""
# The new part is appended to at most the last 30 s of the input (Vertex, page "extend videos", 2026-11).
_KEPT = 30.0
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def submit(world: World, body: Body, provider: str = PROVIDER) -> tuple[Task, InteractionRequest]:
    """Accept and charge what a body asks for."""
    request = read_interaction(body)
    task = _extend(world, request, provider) if request.extends else _generate(world, request)
    accepted = world.accept(replace(task, request=dict(body), provider=provider), task.kind)
    if accepted is None:
        raise Refused(429, QUOTA)
    return accepted, request


def _generate(world: World, request: InteractionRequest) -> Task:
    look, frames = choose_look(request.prompt, *request.images), round(request.seconds * RATE)
    shot = Shot(look=look, aspect=request.ratio, hop=0, start=0, frames=frames)
    return replace(_build_task(world, "generate", request, shot), size=SIZES[request.resolution][request.ratio])


def _extend(world: World, request: InteractionRequest, provider: str) -> Task:
    """Build an extension; of a longer video only the end is kept, with the new part behind it."""
    base = _find_base(world, request, provider)
    world.tasks.save(replace(base, touched=world.clock.now()))
    frames = round(request.seconds * RATE)
    shot = replace(base.shot, hop=base.hop + 1, start=base.shot.start + base.shot.frames, frames=frames)
    task = replace(_build_task(world, "extend", request, shot), hop=base.hop + 1, parent=base.id, keeps=_KEPT)
    return replace(task, size=SIZES[request.resolution][base.shot.aspect])


def _find_base(world: World, request: InteractionRequest, provider: str) -> Task:
    if request.previous:
        base = world.tasks.find(request.previous)
        if base is None or base.provider != provider:
            raise Refused(404, f"Interaction {request.previous} was not found.")
        if not world.is_due(base) or find_failure(base):
            raise Refused(400, "The previous interaction is not completed.")
        return base
    base = FILES.find_owner(world, parse_file_name(request.video))
    if not is_active(world, base):
        raise Refused(400, "The file is not in an ACTIVE state and usage is not allowed.")
    return base


def _build_task(world: World, kind: str, request: InteractionRequest, shot: Shot) -> Task:
    now, price = world.clock.now(), round(PRICES[request.model][request.resolution] * request.seconds, 5)
    return Task(
        id=PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(12)), provider=PROVIDER, kind=kind, created=now,
        due=now + world.task_seconds, credits=price, usd=price, shot=shot, model=request.model,
    )  # fmt: skip


Record = dict[str, object]

_TOKENS_A_SECOND = 5792
# Videos over 4 MB need delivery by uri (Interactions API, video page of 2026-09).
_MOST_INLINE = 4 << 20
_BLOCKED = "The request was blocked by the content filter. Support codes: 64151117"


async def describe_interaction(world: World, task: Task, base: str, *, inline: bool) -> Record:
    """Return an interaction; a failed one has the reason in an `error` of its own."""
    running = _record(task, "in_progress")
    if not world.is_due(task):
        return running
    blocked = carried_fault(task, "moderation-after-accept") is not None
    try:
        failed = None if blocked else find_failure(task) or await world.wait_for_files(task)
    except TimeoutError:
        return running
    world.settle(task)
    if blocked:
        return _record(task, "failed", error={"code": "content_blocked", "message": _BLOCKED})
    if failed is not None:
        code = "invalid_request" if failed.code == HTTPStatus.BAD_REQUEST else "internal"
        return _record(task, "failed", error={"code": code, "message": failed.message})
    if withholds_result(world, task):
        return _record(task, "completed")
    return await _describe_result(world, task, base, inline=inline)


async def _describe_result(world: World, task: Task, base: str, *, inline: bool) -> Record:
    video: Record = {"type": "video", "mime_type": "video/mp4"}
    if inline:
        content = (await world.render_result(task, whole=True)).read_bytes()
        if len(content) > _MOST_INLINE and _asked_delivery(task) == "inline":
            error = {"code": "invalid_request", "message": "The video is larger than 4 MB: use delivery uri."}
            return _record(task, "failed", error=error)
        video["data"] = base64.b64encode(content).decode()
    else:
        video["uri"] = FILES.uri(task, base)
    tokens = round(task.shot.seconds * _TOKENS_A_SECOND)
    usage = {"output_tokens_by_modality": [{"modality": "video", "tokens": tokens}]}
    steps = [
        {"type": "user_input", "content": [{"type": "text", "text": "…"}]},
        {"type": "thought"},
        {"type": "model_output", "content": [video]},
    ]
    return _record(task, "completed", steps=steps, usage=usage)


def _asked_delivery(task: Task) -> object:
    form = task.request.get("response_format")
    return form.get("delivery", "inline") if isinstance(form, dict) else "inline"


def _record(task: Task, status: str, **news: object) -> Record:
    return {"id": task.id, "object": "interaction", "status": status, "model": task.model, "steps": [], **news}
