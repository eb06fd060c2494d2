"""A clock that jumps to whoever sleeps: no test waits for real time."""

from runner.clock import SystemClock
from tests.fakes.turns import take_turns


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
        await take_turns(1)

    sleep = jump  # a clock of the engine has to have it; nobody sleeps here


class WrongClock(SystemClock):
    """The machine's clock, wrong by so many seconds."""

    def __init__(self, skew: float = 0.0) -> None:
        self.skew = skew

    def now(self) -> float:
        return super().now() + self.skew
