"""The film's own clock: what each file holds of the film, in frames from its beginning.

An extension may come back as the whole film so far, as the new part alone, or with its head cut off because a model
keeps only the end of what it is given. The length says which, the pictures say at which frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.engine.crew import Shoot
from runner.engine.judge import unchanged
from runner.engine.plan import Step
from runner.media.align import overlap
from runner.media.film import Piece
from runner.media.probe import Probe, probe
from runner.state.history import Take


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """A file, and the frames of the film that it holds: from `start` up to, and without, `end`."""

    path: Path
    start: int
    end: int


async def timeline(shoot: Shoot, hops: Sequence[tuple[Step, Take]]) -> tuple[Cover, ...]:
    """Where every file of the hops lies on the film's clock; of a take's files, the one that holds most."""
    covers: list[Cover] = []
    for step, take in hops:
        folder = shoot.directory.layout.take(take.hop, take.number)
        found = []
        for file in take.files:
            path = unchanged(folder, file)
            found.append(await _cover(shoot, step, covers, path, await probe(path, shoot.crew.tools)))
        covers.append(min(found, key=lambda cover: cover.start))
    return tuple(covers)


async def _cover(shoot: Shoot, step: Step, before: Sequence[Cover], path: Path, facts: Probe) -> Cover:
    if not before:
        return Cover(path=path, start=0, end=facts.frames)
    old = before[-1]
    repeated = _repeated(step, facts, old.end)
    if repeated:
        found = await overlap(old.path, old.end - old.start, path, repeated, shoot.crew.tools)
        if not found.sure:
            words = f"{path.name} does not show again what was there; it is placed by its length"
            shoot.crew.say("note", words, hop=step.wish.index)
        elif found.frames != repeated:
            words = f"{path.name} goes on {found.frames - repeated:+d} frames from where its length says"
            shoot.crew.say("note", words, hop=step.wish.index)
        if found.rewritten:
            shoot.crew.say("note", f"the second before the join is made anew in {path.name}", hop=step.wish.index)
        repeated = found.frames if found.sure else repeated
    return Cover(path=path, start=old.end - repeated, end=old.end - repeated + facts.frames)


def _repeated(step: Step, facts: Probe, total: int) -> int:
    """How many frames at its head repeat what was there, by its length: all of it, none, or as many as are not new.

    A second more or less than was asked for is a new part of another length, not another head.
    """
    repeated = facts.frames - round(step.wish.seconds_added * facts.frame_rate)
    if abs(repeated) <= facts.frame_rate:
        return 0
    return total if abs(repeated - total) <= facts.frame_rate else min(max(repeated, 0), total)


def pieces_of(covers: Sequence[Cover]) -> tuple[Piece, ...]:
    """The fewest pieces that make the film: from its end backwards, each time the file that reaches back furthest."""
    pieces: list[Piece] = []
    needed = covers[-1].end
    while needed:
        # Of those that reach as far back, one that need not be cut, and of these the oldest, is taken.
        reaching = [cover for cover in covers if cover.start < needed <= cover.end]
        best = min(reaching, key=lambda cover: (cover.start, cover.end))
        whole = best.end == needed
        pieces.insert(0, Piece(path=best.path, frames=None if whole else needed - best.start))
        needed = best.start
    return tuple(pieces)
