"""What a run remembers: one kind of value for everything that happens to it, as schemas/journal.schema.json has it."""

from collections.abc import Mapping
from dataclasses import dataclass

FORMAT = 1  # of the journal; a run directory of another format is refused, see `replay`


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened; `at` is in seconds since 1970 UTC, `data` is plain JSON without keys or signed URLs."""

    seq: int
    at: float
    kind: str
    data: Mapping[str, object]
