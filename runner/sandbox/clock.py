"""The sandbox's own time: the machine's, plus what a test has advanced it by, shared by all processes on a folder."""

import json
from collections.abc import Callable
from pathlib import Path

from runner.sandbox.shared_files import locked, replace


class SandboxClock:
    """Seconds since 1970; `advance` moves every deadline of the sandbox nearer."""

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        self._file = folder / "clock.json"
        self._lock = folder / "lock"
        self._now = now

    def now(self) -> float:
        """Return the present."""
        return self._now() + self._advanced()

    def advance(self, seconds: float) -> None:
        """Move on."""
        with locked(self._lock):
            replace(self._file, json.dumps({"advanced": self._advanced() + seconds}))

    def _advanced(self) -> float:
        try:
            return float(json.loads(self._file.read_text(encoding="utf-8"))["advanced"])
        except FileNotFoundError:
            return 0.0
