"""Where the file of a take lies on the film's clock: as was seen, or, where nobody looked, by its length."""

import json
from collections.abc import Mapping
from pathlib import Path

from runner.inspection.measurements import Measurements
from runner.media.model import Probe
from runner.planning.model import Step
from runner.report.model import Place
from runner.state.history import StoredFile, Take

_NEAR = 0.5  # seconds


def placed(take: Take, folder: Path, look: Measurements | None, before: Place | None, step: Step) -> Place | None:
    """The file of a take that shows most, on the film's clock; None where no file is here whose facts are known."""
    facts = _facts(folder)
    if look and look.file in facts and (folder / look.file).exists():
        known = facts[look.file]
        return Place(
            path=folder / look.file, facts=known, start=look.start, end=look.end, repeated=look.repeated, seen=True
        )
    found = [
        _by_length(folder / file.name, facts[file.name], file, before, step)
        for file in take.files
        if file.name in facts and (folder / file.name).exists()
    ]
    return max(found, key=lambda place: (place.repeated > 0, place.new), default=None)


def _by_length(path: Path, facts: Probe, file: StoredFile, before: Place | None, step: Step) -> Place:
    rate = float(facts.frame_rate) or 1.0
    old = round(before.ends * rate) if before else 0
    repeated = _repeated(facts, file, old, rate, step)
    return Place(
        path=path,
        facts=facts,
        start=old - repeated,
        end=old - repeated + facts.frames,
        repeated=repeated,
        seen=False,
    )


def _repeated(facts: Probe, file: StoredFile, old: int, rate: float, step: Step) -> int:
    """How many frames at the head of a file were there before; a file that was cut may hold nothing else."""
    spec = step.spec
    alone = file.role == "segment" or abs(facts.frames / rate - spec.seconds_added) < _NEAR
    if alone or facts.frames <= old:
        return 0
    if spec.seconds_back < spec.seconds_total - _NEAR:
        return min(max(facts.frames - round(spec.seconds_added * rate), 0), old)
    return old


def _facts(folder: Path) -> Mapping[str, Probe]:
    """The facts that were written down beside a take, by file."""
    try:
        files = json.loads((folder / "probe.json").read_bytes())["files"]
        return {name: Probe.from_json(values) for name, values in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
