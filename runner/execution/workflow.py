"""A run, from the outside in.

open the run directory → plan → ask → freeze the storyboard → perform each step → make the film.

Resuming is the same road: a directory with a journal yields a plan with less in it.
"""

import os
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from runner.context import Crew, Shoot
from runner.errors import ConfigurationError, StoppedBeforeSpending
from runner.execution.assemble import finish
from runner.execution.hop import perform
from runner.execution.manifest import Film
from runner.files import explained
from runner.planning.model import Plan
from runner.planning.plan_json import as_json
from runner.planning.planner import package_end, plan
from runner.planning.what_if import REASON, current, without
from runner.state.history import History
from runner.state.journal import FORMAT
from runner.state.run_directory import RunDirectory, opened
from runner.storyboard.model import Storyboard

# The names that a run gives its own files; a picture may stand beside them, not in their place.
_OWN = re.compile(r"(?i)(journal|lock|place|state|film|storyboard|report)(\.[^/\\]*)?$|(hops|sandbox)([/\\]|$)")

Approve = Callable[[Plan], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run came to."""

    film: Film
    plan: Plan
    history: History


async def run(
    storyboard: Storyboard, root: Path, crew: Crew, approve: Approve, *, retake: int | None = None
) -> Outcome:
    """Carry a storyboard's plan out in the run directory `root`, which may hold a part of it already.

    `retake` names a hop whose take is let go of first, once the price of that is approved.

    Raises:
        LongtakeError: whatever stops it; everything done so far is kept.
    """
    with opened(root, disk=crew.disk, clock=crew.clock, copied=crew.here) as directory:
        if directory.torn:
            crew.say("note", f"an interrupted write of {directory.torn} bytes was set aside; nothing else is missing")
        if directory.moved:
            crew.say("note", directory.moved)
        refuse_stranger(directory, crew)
        known = without(directory.history, retake)
        planned = plan(storyboard, known, crew.entry, now=crew.clock.now())
        _refuse_ended_package(planned, crew)
        crew.say("run/planned", f"{len(planned.steps)} steps, ${planned.usd:.2f}", plan=as_json(planned))
        if planned.usd and not await approve(planned):
            raise StoppedBeforeSpending(
                f"nothing was bought: the plan costs ${planned.usd:.2f} and nobody said yes",
                code="money/not-approved",
                hint="add --yes to say it beforehand",
                next_command=f"longtake run {storyboard.source.file} --yes",
            )
        _freeze(directory, storyboard, crew)
        if retake is not None:
            directory.note("discarded", hop=retake, take=current(directory.history, retake).number, reason=REASON)
        shoot = Shoot(crew=crew, directory=directory, budget=storyboard.budget_usd, steps=planned.steps)
        for step in planned.steps:
            await perform(shoot, step)
        film = await finish(shoot, planned)
        crew.say("film/done", f"{film.path} ({film.seconds:.1f} s)", path=str(film.path), seconds=film.seconds)
        return Outcome(film=film, plan=planned, history=directory.history)


def _refuse_ended_package(planned: Plan, crew: Crew) -> None:
    """Nothing is bought to be extended, and no extension, once the package is over that pays for extensions."""
    if crew.clock.now() < package_end(planned.storyboard):
        return
    if any(step.action == "buy" and step.wish.kind == "extend" for step in planned.steps):
        raise StoppedBeforeSpending(
            f"the account's package ended on {planned.storyboard.options['package_ends']}: what was made with it can"
            " no longer be extended",
            code="money/package-over",
            hint="renew the package and write its new day into `package_ends`, or take the option out",
        )


def refuse_stranger(directory: RunDirectory, crew: Crew) -> None:
    """A run goes on where it began: tasks of one endpoint mean nothing to another.

    Raises:
        ConfigurationError: naming both.
    """
    history = directory.history
    if not history.run:
        return
    if (history.provider, history.endpoint) != (crew.entry.catalog.name, crew.endpoint):
        raise ConfigurationError(
            f"{directory.layout.root} was begun with {history.provider} at {history.endpoint},"
            f" not with {crew.entry.catalog.name} at {crew.endpoint}",
            code="run-directory/other-provider",
            hint="go on with the same provider, or choose another folder with --run-dir",
        )
    if history.owner != crew.account and any(take.task for take in history.takes):
        crew.say(
            "note", "this is another key than the hops were bought with; tasks of another account are not seen by it"
        )


def _freeze(directory: RunDirectory, storyboard: Storyboard, crew: Crew) -> None:
    """Keep the storyboard and its pictures in the run directory, and say in the journal which one is in force."""
    layout = directory.layout
    if directory.history.storyboard == storyboard.source.digest and layout.storyboard.exists():
        return
    directory.write(layout.storyboard, storyboard.source.text.encode())
    _copy_pictures(directory, storyboard)
    if directory.history.run:
        directory.note("edited", storyboard=storyboard.source.digest)
        return
    directory.note(
        "opened",
        format=FORMAT,
        run=secrets.token_hex(8),
        provider=crew.entry.catalog.name,
        endpoint=crew.endpoint,
        account=crew.account,
        source=str(storyboard.source.file or ""),
        storyboard=storyboard.source.digest,
    )


def _copy_pictures(directory: RunDirectory, storyboard: Storyboard) -> None:
    """Pictures named by a path inside the storyboard's folder keep that path, so that the frozen copy finds them."""
    for hop in storyboard.hops:
        for image in (hop.images.first_frame, hop.images.last_frame, *hop.images.references):
            if image is None or image.path is None:
                continue
            relative = Path(os.path.normpath(image.reference))
            if relative.is_absolute() or ".." in relative.parts:
                continue
            target = _place_for(directory.layout.root, relative)
            with explained(image.path):
                directory.write(target, image.path.read_bytes())


def _place_for(root: Path, relative: Path) -> Path:
    """Where a picture is kept; never over a file of the run, never through a link that leads out of the directory.

    Raises:
        ConfigurationError: there is no such place.
    """
    target = root / relative
    inside = target.parent.resolve().is_relative_to(root.resolve())
    if inside and not target.is_symlink() and not _OWN.match(str(relative)):
        return target
    raise ConfigurationError(
        f"the picture {str(relative)!r} cannot be kept in {root}: that is a file of the run, or leads out of it",
        code="run-directory/picture-name",
        hint="give the picture another name or folder",
    )
