"""A clock that jumps to whoever sleeps: no test waits for real time."""

import asyncio

from runner.clock import SystemClock


class FakeClock:
    """Starts at a fixed moment; who sleeps moves it on at once."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self.time = start
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def jump(self, seconds: float) -> None:
        """Move on, and let the other tasks have a turn, as a real sleeper would."""
        self.slept.append(seconds)
        self.time += seconds
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        loop.call_soon(turn.set_result, None)
        await turn

    sleep = jump  # a clock of the engine has to have it; nobody sleeps here


class WrongClock(SystemClock):
    """The machine's clock, wrong by so many seconds."""

    def __init__(self, skew: float = 0.0) -> None:
        self.skew = skew

    def now(self) -> float:
        return super().now() + self.skew
