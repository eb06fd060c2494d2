"""What a hop is made from, made ready before it is bought: pictures, the task to extend, the end of a film too long."""

from collections.abc import Mapping
from dataclasses import replace

from runner.context import ActiveRun
from runner.errors import CheckFailed, ProviderError
from runner.planning.model import Step
from runner.planning.spec import fill_placeholders
from runner.providers.base import Done, Failure, Job, Kind, Parent, Shot
from runner.state.history import Take
from runner.state.layout import artifact_of


async def resolve_inputs(run: ActiveRun, step: Step, parent: Take | None) -> Shot:
    """Host the pictures (free of charge), name the task to extend, and return the shot in full."""
    # Named by its content: one picture in several hops is hosted once.
    for image in step.spec.images:
        stand_in = f"<picture {(image.sha256 or '')[:16]}>"
        if image.path and stand_in not in run.uploads:
            run.context.say("hop/uploading", f"uploading {image.path.name}", hop=step.spec.index)
            name = f"{(image.sha256 or '')[:16]}{image.path.suffix.lower()}"
            run.uploads[stand_in] = await run.context.provider.upload(image.path, name)
    if parent:
        await _refuse_other_rate(run, step, parent)
    source = await _find_source(run, step, parent) if parent else None
    urls = {**run.uploads, **(await _upload_tail(run, step, parent) if parent and step.spec.tail_seconds else {})}
    return fill_placeholders(step.spec, urls, source)


async def _find_source(run: ActiveRun, step: Step, parent: Take) -> Parent:
    """Return the task to extend; with its video, or a link to that, where the provider has to be told.

    Raises:
        ProviderError: the video can no longer be named or linked to; nothing was sent.
    """
    source = Parent(task=parent.task, handle=parent.handle)
    # Providers differ in what they extend: a task of their own, a video's id, or any link; the catalog says which.
    model = run.context.entry.catalog.model(step.spec.shot.model, step.spec.shot.mode)
    wanted = model.hands_over if model and step.spec.kind == "extend" else "task"
    if wanted == "task" or (wanted == "video" and parent.handle.get("video")):
        return source
    kind: Kind = "extend" if parent.kind == "extend" else "generate"
    job = Job(task=parent.task, kind=kind, prompt=parent.prompt, handle=parent.handle)
    # Asked for at each submit: links are signed and die, so they are never kept.
    state = await run.context.provider.look(job)
    match state:
        case Done(handle=handle) if wanted == "video" and handle.get("video"):
            return replace(source, handle=handle)
        case Done(assets=(first, *_)) if wanted == "link":
            return replace(source, link=run.context.provider.link(first).url)
    words = getattr(state, "words", "") or f"it has no {'id' if wanted == 'video' else 'link'}"
    raise ProviderError(
        f"hop {step.spec.index}: the video of hop {parent.hop} cannot be named to {run.context.entry.catalog.title}:"
        f" {words}",
        code=f"provider/{Failure.GONE}",
        hint="nothing was sent; resume later, for it may be known yet, or buy the hop before again",
        hop=step.spec.index,
        next_command=f"{run.next_command('retake')} --hop {parent.hop}",
    )


async def _refuse_other_rate(run: ActiveRun, step: Step, parent: Take) -> None:
    """Refuse a file of another frame rate where the route takes any video, but only at its own rate.

    Raises:
        CheckFailed: the file to extend has another; nothing was sent.
    """
    model = run.context.entry.catalog.model(step.spec.shot.model, step.spec.shot.mode)
    if model is None or not model.takes_seconds:
        return
    path = await run.context.artifacts.get(artifact_of(parent, parent.files[0]))
    rate = (await run.context.inspector.probe(path)).frame_rate
    if rate != model.frame_rate:
        raise CheckFailed(
            f"hop {parent.hop}, take {parent.number} has {rate} fps; {model.id} takes {model.frame_rate}",
            code="check/input-rate",
            hint="the next hop is not bought; buy another take of the hop before",
            hop=step.spec.index,
            next_command=f"{run.next_command('retake')} --hop {parent.hop}",
        )


async def _upload_tail(run: ActiveRun, step: Step, parent: Take) -> Mapping[str, str]:
    """Cut the end of the film so far from the file before, upload it, and return its address by its stand-in."""
    folder, seconds = run.directory.layout.take(parent.hop, parent.number), step.spec.tail_seconds
    target = folder / f"tail-{seconds:g}.mp4"
    whole = next((file for file in parent.files if file.role == "film"), parent.files[0])
    words = f"handing over the last {seconds:g} s: more is not taken"
    run.context.say("hop/uploading", words, hop=step.spec.index)
    from runner.media.concat import cut_end  # few providers are handed an end of the film

    await cut_end(await run.context.artifacts.get(artifact_of(parent, whole)), seconds, target, run.context.tools)
    stand_in = step.spec.shot.parent.tail if step.spec.shot.parent else ""
    return {stand_in: await run.context.provider.upload(target, target.name)}
