"""What a run says while it works: one kind of value, and who listens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One thing that happened; `kind` is stable (``hop/submitted``), `message` is for people, `facts` for programs."""

    kind: str
    message: str
    run: str = ""
    hop: int | None = None
    take: int | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


class Reporter(Protocol):
    """What listens to a run."""

    def __call__(self, report: Report) -> None:
        """Hear one report; must not block."""
        ...


def ignore_reports(report: Report) -> None:
    """Hear nothing."""
    del report
