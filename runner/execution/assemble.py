"""The film: the provider's last whole file as it is, or its segments joined; verified, and accounted for."""

import asyncio
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.context import ActiveRun
from runner.errors import CheckFailed
from runner.execution.manifest import Film, FinishedFilm, film_manifest
from runner.files import explain_os_errors, open_new
from runner.inspection.drift import drift_verdicts, measurements_of
from runner.inspection.policy import approved_checks, consequence, waive
from runner.inspection.timeline import build_timeline, pieces_of
from runner.media.checks import judge
from runner.media.concat import join
from runner.media.download.fetch import digest_of
from runner.media.model import Decoding, Piece, Probe, Verdict
from runner.planning.model import Plan, Step
from runner.ports import Artifact
from runner.state.history import StoredFile, Take
from runner.state.layout import artifact_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assembly:
    """The files that make the film, in order, each as far as it is wanted."""

    pieces: tuple[Piece, ...]
    how: str
    facts: Probe | None = None
    sha256: str = ""


async def assemble_film(run: ActiveRun, plan: Plan) -> Film:
    """Make the film from the accepted takes, unless the one on disk is already made of them.

    Raises:
        CheckFailed: the film breaks the contract of its last hop; the hops' files are kept.
    """
    takes = tuple(_accepted_take(run, step) for step in plan.steps)
    layout = run.directory.layout
    record = run.directory.history.film
    numbers = tuple(take.number for take in takes)
    if record and record.takes == numbers and layout.film.exists():
        with explain_os_errors(layout.film):
            # By digest and not by date or size: a film that somebody cut in place must not pass as the one that was
            # checked.
            there = await digest_of(layout.film)
        if there.sha256 == record.sha256:
            facts = await run.context.inspector.probe(layout.film)
            return Film(path=layout.film, seconds=facts.duration, size=there.size, sha256=there.sha256, how="as before")
    return await _make_film(run, plan, takes)


def _accepted_take(run: ActiveRun, step: Step) -> Take:
    takes = [take for take in run.directory.history.of_hop(step.spec.index) if take.usable]
    return takes[-1]


async def _make_film(run: ActiveRun, plan: Plan, takes: Sequence[Take]) -> Film:
    layout = run.directory.layout
    recipe = await _choose_pieces(run, plan, takes)
    run.context.say("film/making", recipe.how)
    temporary = layout.root / "film.mp4.new"
    with explain_os_errors(temporary):
        # Made here and overwritten by ffmpeg, which would create it as the umask says, readable for others.
        os.close(open_new(temporary))
        # Copied, not encoded again: the provider's own file keeps its quality.
        if recipe.sha256:
            await asyncio.to_thread(shutil.copyfile, recipe.pieces[0].path, temporary)
        else:
            await join(recipe.pieces, temporary, run.context.tools)
    facts, verdicts = await _verify_film(run, plan, takes, recipe, temporary)
    for verdict in verdicts:
        if verdict.verdict != "pass":
            run.context.say("film/judged", verdict.message, check=verdict.check, verdict=verdict.verdict)
    with explain_os_errors(layout.film):
        stored = await digest_of(temporary)
        # The copy is compared, not the source: what is handed over is what was checked.
        if recipe.sha256 not in ("", stored.sha256):
            raise _digest_error(recipe.pieces[0].path)
    kept = Artifact(name=layout.film.name, size=stored.size, sha256=stored.sha256)
    await run.context.artifacts.put(kept, temporary)
    film = Film(path=layout.film, seconds=facts.duration, size=stored.size, sha256=stored.sha256, how=recipe.how)
    made = FinishedFilm(film=film, facts=facts, verdicts=verdicts)
    account = film_manifest(run, plan, made, list(zip(takes, measurements_of(layout, takes), strict=True)))
    run.directory.write(layout.film_manifest, json.dumps(account, indent=1, ensure_ascii=False).encode() + b"\n")
    numbers = [take.number for take in takes]
    # Last: an event that names a film promises that film.mp4 and film.json are in place.
    run.directory.record("film", sha256=stored.sha256, size=stored.size, takes=numbers)
    return film


def _digest_error(path: Path) -> CheckFailed:
    return CheckFailed(
        f"{path} is not the file that was fetched: its digest has changed",
        code="check/changed-on-disk",
        hint="the file was changed since: restore it; or delete it, and the next run fetches it again",
    )


async def _choose_pieces(run: ActiveRun, plan: Plan, takes: Sequence[Take]) -> _Assembly:
    """Return the last file if it holds the whole film, else the pieces that the timeline names."""
    hops = list(zip(plan.steps, takes, strict=True))
    for step, take in reversed(hops):
        whole, file = await _find_whole_film(run, step, take)
        path = run.directory.layout.take(take.hop, take.number) / file.name
        if whole:
            how = "the provider's last file as it is"
            return _Assembly(pieces=(Piece(path=path),), how=how, facts=whole, sha256=file.sha256)
        # Only an upgrade may be skipped: any other last file that is not the whole film is a piece of it.
        if step.spec.kind != "upgrade":
            break
        run.context.say("note", f"the upgrade is not of the whole film, so it is kept beside it: {path}")
    pieces = pieces_of(await build_timeline(run, [hop for hop in hops if hop[0].spec.kind != "upgrade"]))
    return _Assembly(pieces=pieces, how=f"joined from {len(pieces)} parts")


async def _find_whole_film(run: ActiveRun, step: Step, take: Take) -> tuple[Probe | None, StoredFile]:
    """Return a take's file, with its facts if it holds everything so far: told by its length."""
    ends, contract = take.ends, step.contract.segment
    if ends is None:
        ends, contract = step.spec.seconds_total, step.contract.film
    for file in take.files:
        facts = await run.context.inspector.probe(await run.context.artifacts.get(artifact_of(take, file)))
        if abs(facts.duration - ends) <= contract.tolerance_seconds:
            return facts, file
    return None, take.files[0]


async def _verify_film(
    run: ActiveRun, plan: Plan, takes: Sequence[Take], recipe: _Assembly, path: Path
) -> tuple[Probe, tuple[Verdict, ...]]:
    facts = recipe.facts or await run.context.inspector.probe(path)
    last, layout = plan.steps[-1], run.directory.layout
    # Each hop was decoded when it came, and a copy has the same digest; a join is new, so its end is decoded.
    joined = recipe.facts is None
    errors = await run.context.inspector.decode(path, start=max(0.0, facts.duration - 1.0)) if joined else Decoding()
    verdicts = (
        *judge(facts, plan.film_of(takes[-1].ends), errors),
        *drift_verdicts(measurements_of(layout, takes), plan.steps),
    )
    verdicts = waive(verdicts, approved_checks(layout, takes))
    result, action = consequence(verdicts, last.contract)
    if result == "fail" and action == "stop":
        words = "; ".join(verdict.message for verdict in verdicts if verdict.verdict == "fail")
        raise CheckFailed(
            f"the film breaks its contract: {words}",
            code="check/film",
            hint=f"it is kept as {path.name}, and every hop beside it; change `checks` and resume to accept it",
            charged="yes",
            next_command=run.next_command(),
        )
    return facts, verdicts
