"""A clock that jumps to whoever sleeps: no test waits for real time."""

import asyncio

from runner.clock import SystemClock


class FakeClock:
    """Starts at a fixed moment; `sleep` moves it on at once and lets other tasks run."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self.time = start
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


class WrongClock(SystemClock):
    """The machine's clock, wrong by so many seconds."""

    def __init__(self, skew: float = 0.0) -> None:
        self.skew = skew

    def now(self) -> float:
        return super().now() + self.skew
