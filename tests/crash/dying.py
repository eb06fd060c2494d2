"""A process that dies right after one event: nothing that it would have done comes to pass."""

from pathlib import Path

from runner.files import Disk


class KilledError(BaseException):
    """The process is gone."""


class DyingDisk(Disk):
    """The process dies once an event with these bytes in it is durable."""

    def __init__(self, moment: bytes) -> None:
        self._moment, self._dead = moment, False

    def append(self, descriptor: int, data: bytes) -> None:
        self._live()
        super().append(descriptor, data)
        self._dead = self._moment in data
        self._live()

    def write(self, path: Path, data: bytes) -> None:
        self._live()
        super().write(path, data)

    def _live(self) -> None:
        if self._dead:
            raise KilledError
