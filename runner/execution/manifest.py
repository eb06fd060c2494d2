"""film.json: of what a film was made, what was bought for it, and how it was judged."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from runner.context import ActiveRun
from runner.inspection.measurements import Measurements
from runner.inspection.policy import read_verdicts
from runner.media.model import Probe, Verdict
from runner.planning.model import Plan, Step
from runner.state.history import Take
from runner.version import __version__

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """The finished film on disk."""

    path: Path
    seconds: float
    size: int
    sha256: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedFilm:
    """A film with its facts, and the verdicts on it."""

    film: Film
    facts: Probe
    verdicts: Sequence[Verdict]


def film_manifest(
    run: ActiveRun, plan: Plan, made: FinishedFilm, takes: Sequence[tuple[Take, Measurements | None]]
) -> Mapping[str, object]:
    """Return what `film.json` tells; obeys schemas/film.schema.json. `takes` are those that the film is made of."""
    history, film, facts = run.directory.history, made.film, made.facts
    return {
        "format": FORMAT,
        "longtake": __version__,
        "title": plan.storyboard.title or "",
        "provider": plan.catalog.provider,
        "dialect": plan.catalog.dialect or None,
        "model": plan.model.id,
        "mode": plan.model.mode or None,
        "storyboard_sha256": plan.storyboard.source.digest,
        "film": {
            "file": film.path.name,
            "seconds": film.seconds,
            "frames": facts.frames,
            "frame_rate": str(facts.frame_rate),
            "width": facts.display_width,
            "height": facts.display_height,
            "audio": _sound_facts(facts),
            "size": film.size,
            "sha256": film.sha256,
            "how": film.how,
        },
        "hops": [_hop_facts(run, step, *each) for step, each in zip(plan.steps, takes, strict=True)],
        "usd": float(sum(take.usd for take, _ in takes)),
        # What the run paid is more than what the film is made of: takes not chosen, failed tasks, unknown submits.
        "spent": {
            "usd": float(history.spent),
            "failed_usd": float(history.disputed),
            "unknown_usd": float(history.unknown),
        },
        "checks": [asdict(verdict) for verdict in made.verdicts],
    }


def _sound_facts(facts: Probe) -> dict[str, object] | None:
    """Return the sound of a film, and how it lies against its picture, in seconds."""
    if facts.audio is None:
        return None
    heard = facts.audio
    format_ = {"codec": heard.codec, "sample_rate": heard.sample_rate, "channels": heard.channels}
    # Six digits, as ffprobe prints times; the rest is noise of the subtraction.
    return {**format_, "seconds": heard.duration, "offset": round(heard.start - facts.start, 6)}


def _hop_facts(run: ActiveRun, step: Step, take: Take, look: Measurements | None) -> dict[str, object]:
    # Only with a task: what is unknown has none yet, and is counted under `spent`.
    others = [other for other in run.directory.history.of_hop(take.hop) if other.task and other.number != take.number]
    return {
        "hop": step.spec.index,
        "name": step.spec.name,
        "kind": step.spec.kind,
        "prompt": step.spec.shot.prompt,
        "take": take.number,
        "task": take.task,
        "usd": float(take.usd),
        "credits": float(take.credits),
        "accepted_at": take.accepted_at,
        "verdict": take.verdict,
        "accepted_by_you": take.approved,
        "words": take.words,
        "score": take.score,
        "joins_at": round(look.joins, 6) if look else None,
        "measured": look.values if look else None,
        "checks": [asdict(verdict) for verdict in read_verdicts(run.directory.layout.take(take.hop, take.number))],
        "files": [asdict(file) for file in take.files],
        "other_takes": [_other_take_facts(other) for other in others],
    }


def _other_take_facts(take: Take) -> dict[str, object]:
    return {
        "take": take.number,
        "task": take.task,
        "usd": float(take.usd),
        "phase": take.phase,
        "verdict": take.verdict or None,
        "score": take.score,
        "why_not": take.discarded or take.words,
    }
