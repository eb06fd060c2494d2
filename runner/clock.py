"""Time as a parameter, so that tests own it."""

import time
from typing import Protocol


class Clock(Protocol):
    """What the engine knows of time."""

    def now(self) -> float:
        """Return the seconds since 1970 UTC, for people and for deadlines that outlive the process."""
        ...

    def monotonic(self) -> float:
        """Return the seconds of a clock that never goes back, for waiting within this process."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; may be cancelled."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return the seconds since 1970 UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Return the seconds of the machine's monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait on the event loop."""
        import asyncio  # who only tells the time should not wait for it to load

        await asyncio.sleep(seconds)
