"""The film: the provider's last whole file as it is, or its segments joined; verified, and accounted for."""

import asyncio
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.context import Shoot
from runner.errors import CheckFailed
from runner.execution.manifest import Film, Made, film_facts
from runner.files import explained, private
from runner.inspection.drift import drift_verdicts, looks_of
from runner.inspection.policy import approved_checks, condoned, consequence
from runner.inspection.timeline import pieces_of, timeline
from runner.media.checks import Decoding, Verdict, decode_errors, judge
from runner.media.concat import Piece, join
from runner.media.download.fetch import digest_of
from runner.media.probing.probe import Probe, probe
from runner.planning.model import Plan, Step
from runner.state.artifacts import unchanged
from runner.state.history import StoredFile, Take


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipe:
    """The files that make the film, in order, each as far as it is wanted."""

    pieces: tuple[Piece, ...]
    how: str
    facts: Probe | None = None
    sha256: str = ""


async def finish(shoot: Shoot, plan: Plan) -> Film:
    """Make the film from the accepted takes, unless the one on disk is already made of them.

    Raises:
        CheckFailed: the film breaks the contract of its last hop; the hops' files are kept.
    """
    takes = tuple(_accepted(shoot, step) for step in plan.steps)
    layout = shoot.directory.layout
    record = shoot.directory.history.film
    numbers = tuple(take.number for take in takes)
    if record and record.takes == numbers and layout.film.exists():
        with explained(layout.film):
            there = await digest_of(layout.film)
        if there.sha256 == record.sha256:
            facts = await probe(layout.film, shoot.crew.tools)
            return Film(path=layout.film, seconds=facts.duration, size=there.size, sha256=there.sha256, how="as before")
    return await _make(shoot, plan, takes)


def _accepted(shoot: Shoot, step: Step) -> Take:
    takes = [take for take in shoot.directory.history.of_hop(step.wish.index) if take.usable]
    return takes[-1]


async def _make(shoot: Shoot, plan: Plan, takes: Sequence[Take]) -> Film:
    layout = shoot.directory.layout
    recipe = await _recipe(shoot, plan, takes)
    shoot.crew.say("film/making", recipe.how)
    temporary = layout.root / "film.mp4.new"
    with explained(temporary):
        os.close(private(temporary))
        if recipe.sha256:
            await asyncio.to_thread(shutil.copyfile, recipe.pieces[0].path, temporary)
        else:
            await join(recipe.pieces, temporary, shoot.crew.tools)
    facts, verdicts = await _verified(shoot, plan, takes, recipe, temporary)
    for verdict in verdicts:
        if verdict.verdict != "pass":
            shoot.crew.say("film/judged", verdict.message, check=verdict.check, verdict=verdict.verdict)
    with explained(layout.film):
        stored = await digest_of(temporary)
        if recipe.sha256 not in ("", stored.sha256):
            raise _changed(recipe.pieces[0].path)
        await asyncio.to_thread(shoot.crew.disk.replace, temporary, layout.film)
    film = Film(path=layout.film, seconds=facts.duration, size=stored.size, sha256=stored.sha256, how=recipe.how)
    made = Made(film=film, facts=facts, verdicts=verdicts)
    account = film_facts(shoot, plan, made, list(zip(takes, looks_of(layout, takes), strict=True)))
    shoot.directory.write(layout.film_facts, json.dumps(account, indent=1, ensure_ascii=False).encode() + b"\n")
    numbers = [take.number for take in takes]
    shoot.directory.note("film", sha256=stored.sha256, size=stored.size, takes=numbers)
    return film


def _changed(path: Path) -> CheckFailed:
    return CheckFailed(
        f"{path} is not the file that was fetched: its digest has changed",
        code="check/changed-on-disk",
        hint="somebody changed the file: restore it; or delete it, and the next run fetches it again",
    )


async def _recipe(shoot: Shoot, plan: Plan, takes: Sequence[Take]) -> _Recipe:
    """The last file where it holds the whole film, else what the timeline says of all of them."""
    hops = list(zip(plan.steps, takes, strict=True))
    for step, take in reversed(hops):
        whole, file = await _whole(shoot, step, take)
        path = shoot.directory.layout.take(take.hop, take.number) / file.name
        if whole:
            how = "the provider's last file as it is"
            return _Recipe(pieces=(Piece(path=path),), how=how, facts=whole, sha256=file.sha256)
        if step.wish.kind != "upgrade":
            break
        shoot.crew.say("note", f"the upgrade is not of the whole film, so it is kept beside it: {path}")
    pieces = pieces_of(await timeline(shoot, [hop for hop in hops if hop[0].wish.kind != "upgrade"]))
    return _Recipe(pieces=pieces, how=f"joined from {len(pieces)} parts")


async def _whole(shoot: Shoot, step: Step, take: Take) -> tuple[Probe | None, StoredFile]:
    """A take's file, with its facts if it holds everything so far: told by its length."""
    folder = shoot.directory.layout.take(take.hop, take.number)
    ends, contract = take.ends, step.contract.segment
    if ends is None:
        ends, contract = step.wish.seconds_total, step.contract.film
    for file in take.files:
        facts = await probe(unchanged(folder, file), shoot.crew.tools)
        if abs(facts.duration - ends) <= contract.tolerance_seconds:
            return facts, file
    return None, take.files[0]


async def _verified(
    shoot: Shoot, plan: Plan, takes: Sequence[Take], recipe: _Recipe, path: Path
) -> tuple[Probe, tuple[Verdict, ...]]:
    facts = recipe.facts or await probe(path, shoot.crew.tools)
    last, layout = plan.steps[-1], shoot.directory.layout
    # Each hop was decoded when it came, and a copy has the same digest; a join is new, so its end is decoded.
    joined = recipe.facts is None
    errors = await decode_errors(path, shoot.crew.tools, start=max(0.0, facts.duration - 1.0)) if joined else Decoding()
    verdicts = (
        *judge(facts, plan.film_of(takes[-1].ends), errors),
        *drift_verdicts(looks_of(layout, takes), plan.steps),
    )
    verdicts = condoned(verdicts, approved_checks(layout, takes))
    result, action = consequence(verdicts, last.contract)
    if result == "fail" and action == "stop":
        words = "; ".join(verdict.message for verdict in verdicts if verdict.verdict == "fail")
        raise CheckFailed(
            f"the film breaks its contract: {words}",
            code="check/film",
            hint=f"it is kept as {path.name}, and every hop beside it; change `checks` and resume to accept it",
            charged="yes",
            next_command=shoot.next_command(),
        )
    return facts, verdicts
