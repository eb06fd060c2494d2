"""What was measured of a take, as its `look.json` keeps it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from runner.files import read_file
from runner.quality.inspector import Values

NAME = "look.json"
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """What a take looks and sounds like: raw values by family, and where its file lies on the film's clock.

    `steps` are the signed steps at its seam, `means` those of its new part; `loudness` in LUFS. `alike`, `sure`,
    `moved` and `rewritten` say how it takes up what was there (see `Placement`); `sure` is None where nothing was.
    """

    file: str
    start: int
    end: int
    repeated: int
    rate: float
    values: Mapping[str, Values]
    steps: Values = field(default_factory=dict)
    means: Values = field(default_factory=dict)
    loudness: float | None = None
    curves: Mapping[str, Sequence[float]] = field(default_factory=dict)
    stamps: str = ""
    alike: float | None = None
    sure: bool | None = None
    moved: int = 0
    rewritten: bool = False
    changed: Sequence[float] = ()
    remarks: Sequence[str] = ()

    @property
    def joins(self) -> float:
        """Where its new part begins, in seconds of the film."""
        return (self.start + self.repeated) / self.rate


def read_measurements(folder: Path) -> Measurements | None:
    """Return what was seen of the take in a folder, None if it was not looked at."""
    try:
        data = json.loads(read_file(folder / NAME))
        # Names that this version does not know are passed over, later ones take their defaults: a record of another
        # version is still better than decoding the film again.
        return Measurements(**{each.name: data[each.name] for each in fields(Measurements) if each.name in data})
    # Evidence, not truth: what cannot be read counts as never looked at, and can be measured again.
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
