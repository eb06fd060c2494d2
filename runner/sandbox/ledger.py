"""What the sandbox's providers have charged: one line per charge or refund, kept across processes."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from runner.sandbox.shared_files import append_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Money taken for one task; `credits` is the provider's unit, `hop` counts from 0."""

    provider: str
    task: str
    kind: str
    hop: int
    credits: float
    usd: float
    at: float
    refunded: float | None = None
    """When the money was given back."""


class Ledger:
    """The charges of one sandbox folder. Whoever charges holds the folder's lock."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ledger.jsonl"

    def charge(self, charge: Charge) -> None:
        """Take money."""
        append_line(self._file, json.dumps({"entry": "charge", **asdict(charge)}))

    def refund(self, task: str, at: float) -> None:
        """Give back what a task has cost."""
        append_line(self._file, json.dumps({"entry": "refund", "task": task, "at": at}))

    def charges(self) -> list[Charge]:
        """Return every charge in order, marked if it was refunded."""
        taken: dict[str, Charge] = {}
        for line in self._lines():
            entry = json.loads(line)
            kind = entry.pop("entry")
            if kind == "charge":
                taken[entry["task"]] = Charge(**entry)
            # Refunds are lines of their own, so that writers only ever append.
            elif entry["task"] in taken:
                taken[entry["task"]] = Charge(**{**asdict(taken[entry["task"]]), "refunded": entry["at"]})
        return list(taken.values())

    def spent(self, provider: str) -> float:
        """Return the credits that a provider has taken and kept."""
        return sum(c.credits for c in self.charges() if c.provider == provider and c.refunded is None)

    def _lines(self) -> list[str]:
        try:
            return self._file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
