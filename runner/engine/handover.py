"""What a hop is made from, made ready before it is bought: pictures, the task to extend, the end of a film too long."""

from collections.abc import Mapping

from runner.engine.crew import Shoot
from runner.engine.judge import unchanged
from runner.engine.plan import Step
from runner.engine.wishes import filled
from runner.errors import CheckFailed
from runner.media.film import cut_end
from runner.media.probe import probe
from runner.providers.base import Parent, Shot
from runner.state.history import Take


async def shot_of(shoot: Shoot, step: Step, parent: Take | None) -> Shot:
    """The shot in full: pictures hosted (free of charge), the task to extend named."""
    for image in step.wish.images:
        stand_in = f"<picture {(image.sha256 or '')[:16]}>"
        if image.path and stand_in not in shoot.uploads:
            shoot.crew.say("hop/uploading", f"uploading {image.path.name}", hop=step.wish.index)
            name = f"{(image.sha256 or '')[:16]}{image.path.suffix.lower()}"
            shoot.uploads[stand_in] = await shoot.crew.provider.upload(image.path, name)
    if parent:
        await _refuse_other_rate(shoot, step, parent)
    source = Parent(task=parent.task, handle=parent.handle) if parent else None
    urls = {**shoot.uploads, **(await _tail(shoot, step, parent) if parent and step.wish.tail_seconds else {})}
    return filled(step.wish, urls, source)


async def _refuse_other_rate(shoot: Shoot, step: Step, parent: Take) -> None:
    """A route that takes anybody's video takes it at its own frame rate; others only take what they made.

    Raises:
        CheckFailed: the file to extend has another; nothing was sent.
    """
    model = shoot.crew.entry.catalog.model(step.wish.shot.model)
    if model is None or not model.takes_seconds:
        return
    path = unchanged(shoot.directory.layout.take(parent.hop, parent.number), parent.files[0])
    rate = (await probe(path, shoot.crew.tools)).frame_rate
    if rate != model.frame_rate:
        raise CheckFailed(
            f"hop {parent.hop}, take {parent.number} has {rate} fps; {model.id} takes {model.frame_rate}",
            code="check/input-rate",
            hint="the next hop is not bought; buy another take of the hop before",
            hop=step.wish.index,
            next_command=f"{shoot.next_command('retake')} --hop {parent.hop}",
        )


async def _tail(shoot: Shoot, step: Step, parent: Take) -> Mapping[str, str]:
    """The end of the film so far, cut from the file before, by its stand-in."""
    folder, seconds = shoot.directory.layout.take(parent.hop, parent.number), step.wish.tail_seconds
    target = folder / f"tail-{seconds:g}.mp4"
    whole = next((file for file in parent.files if file.role == "film"), parent.files[0])
    words = f"handing over the last {seconds:g} s: more is not taken"
    shoot.crew.say("hop/uploading", words, hop=step.wish.index)
    await cut_end(unchanged(folder, whole), seconds, target, shoot.crew.tools)
    stand_in = step.wish.shot.parent.tail if step.wish.shot.parent else ""
    return {stand_in: await shoot.crew.provider.upload(target, target.name)}
