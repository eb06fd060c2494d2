"""The film's own clock: what each file holds of the film, in frames from its beginning.

An extension may come back as the whole film so far, as the new part alone, or with its head cut off because a model
keeps only the end of what it is given. The length says which, the pictures say at which frame.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runner.context import ActiveRun
from runner.media.model import Clip, Overlap, Piece, Probe
from runner.planning.model import Step
from runner.quality.inspector import Inspector
from runner.state.history import Take
from runner.state.layout import artifact_of

_NAMED = 5  # places that a remark names


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A file, and the frames of the film that it holds: from `start` up to, and without, `end`.

    Its first `repeated` frames were there before; `alike` says by how many grey levels they differ, None where that
    is unknown. `moved` is how far that is from what its length says, `rewritten`: the last second of them is new, and
    `changed`: the seconds of the film before that at which it shows other pictures than were there.
    """

    path: Path
    start: int
    end: int
    repeated: int = 0
    alike: float | None = None
    sure: bool = True
    moved: int = 0
    rewritten: bool = False
    changed: tuple[float, ...] = ()


async def build_timeline(run: ActiveRun, hops: Sequence[tuple[Step, Take]]) -> tuple[Placement, ...]:
    """Return where every file of the hops lies on the film's clock; of a take's files, the one that holds most."""
    covers: list[Placement] = []
    for step, take in hops:
        found = []
        for file in take.files:
            path = await run.context.artifacts.get(artifact_of(take, file))
            facts = await run.context.inspector.probe(path)
            found.append(await place_file(step, covers[-1] if covers else None, path, facts, run.context.inspector))
        covers.append(min(found, key=lambda cover: cover.start))
        for words in describe_oddities(covers[-1]):
            run.context.say("note", words, hop=step.spec.index)
    return tuple(covers)


async def place_file(step: Step, old: Placement | None, path: Path, facts: Probe, inspector: Inspector) -> Placement:
    """Return where a file of a hop lies on the film's clock; `old` is the file that it goes on from."""
    if old is None:
        return Placement(path=path, start=0, end=facts.frames)
    guess, spare = _guess_repeated(step, facts, old.end)
    was, new = _clip(old.path, await inspector.probe(old.path)), _clip(path, facts)
    found: Overlap | None = None
    if guess:
        found = await inspector.find_overlap(was, new, guess)
    elif spare > 0:
        found = await inspector.find_short_overlap(was, new, spare)
        guess = found.frames if found else 0
    found = found or await inspector.find_repetition(was, new)
    if not found:
        return Placement(path=path, start=old.end, end=old.end + facts.frames)
    # Where the pictures do not agree anywhere, the length decides, and the film keeps as much as was paid for.
    repeated = found.frames if found.sure else min(guess, facts.frames)
    return Placement(
        path=path,
        start=old.end - repeated,
        end=old.end - repeated + facts.frames,
        repeated=repeated,
        alike=found.distance,
        sure=found.sure,
        moved=repeated - guess,
        rewritten=found.rewritten,
    )


async def compare_closely(cover: Placement, old: Placement | None, inspector: Inspector) -> Placement:
    """Return the placement of a file with the seconds that it repeats with other pictures than were there."""
    if old is None or not cover.repeated:
        return cover
    was, new = _clip(old.path, await inspector.probe(old.path)), _clip(cover.path, await inspector.probe(cover.path))
    repeats = Overlap(frames=cover.repeated, distance=cover.alike or 0.0, sure=cover.sure)
    found, begins = await inspector.find_changes(was, new, repeats), float(cover.start / new.rate)
    return replace(cover, changed=tuple(begins + second for second in found.changed))


def _clip(path: Path, facts: Probe) -> Clip:
    return Clip(path=path, frames=facts.frames, rate=facts.frame_rate, picture_delay=facts.picture_delay)


def describe_oddities(cover: Placement) -> Iterator[str]:
    """Yield what is odd about how a file repeats what was there, for people."""
    if cover.start < 0:
        yield f"{cover.path.name} has more at its head than the film (frames: {-cover.start}); it is kept"
    if not cover.sure:
        yield f"{cover.path.name} does not show again what was there; it is placed by its length"
    if cover.end == cover.start + cover.repeated:
        yield f"{cover.path.name} adds nothing: all of its {cover.repeated} frames were there before"
    elif cover.moved:
        yield f"{cover.path.name} goes on {cover.moved:+d} frames from where its length says"
    if cover.rewritten:
        yield f"the second before the join is rendered again in {cover.path.name}"
    if cover.changed:
        times = ", ".join(f"{second:.1f}" for second in cover.changed[:_NAMED])
        times += f" and {len(cover.changed) - _NAMED} more" if len(cover.changed) > _NAMED else ""
        yield f"{cover.path.name} shows other pictures than were there before at {times} s"


def _guess_repeated(step: Step, facts: Probe, total: int) -> tuple[int, int]:
    """Return how many frames at its head repeat what was there, by its length: all, none, or all that are not new.

    A second more or less than was asked for is a new part of another length, or a second of what was there: then none,
    and the second number is by how many frames it is longer.
    """
    repeated = facts.frames - round(step.spec.seconds_added * facts.frame_rate)
    if abs(repeated) <= facts.frame_rate:
        return 0, repeated
    return (total if abs(repeated - total) <= facts.frame_rate else min(max(repeated, 0), total)), 0


def pieces_of(covers: Sequence[Placement]) -> tuple[Piece, ...]:
    """Return the fewest pieces that make the film: from its end, each time the file that reaches furthest back."""
    pieces: list[Piece] = []
    needed = covers[-1].end
    # A file may begin before the film does, with its first frame doubled for instance. These few frames are shown, at
    # the head of the film: cutting them off would cost a new encoding of everything, keeping them costs no quality.
    while needed > 0:
        # Of those that reach as far back, one that need not be cut, and of these the oldest, is taken.
        reaching = [cover for cover in covers if cover.start < needed <= cover.end]
        best = min(reaching, key=lambda cover: (max(0, cover.start), cover.end))
        whole = best.end == needed
        pieces.insert(0, Piece(path=best.path, frames=None if whole else needed - best.start))
        needed = best.start
    return tuple(pieces)
