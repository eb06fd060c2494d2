"""An event loop whose time only a test moves: no deadline comes because a machine is slow."""

import asyncio
import selectors
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")
_HUNG = 60.0  # seconds of the machine, for a test that would fail by hanging; none that passes comes near


class ScriptedLoop(asyncio.SelectorEventLoop):
    """Sockets, pipes and threads are real; timers wait for `let_pass`, however long that takes."""

    def __init__(self) -> None:
        self._now = 0.0
        self._owed = 0.0
        self._waiting: list[Future[None]] = []
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self._now

    def let_pass(self, seconds: float) -> "Future[None]":
        """Let so many seconds pass while nothing else happens in the loop; from any thread. Done when they are over."""
        passed: Future[None] = Future()
        try:
            self.call_soon_threadsafe(self._owe, seconds, passed)
        except RuntimeError:  # the loop is closed: whoever waited there has left
            passed.set_result(None)
        return passed

    def skip(self, seconds: float) -> bool:
        """Move on by what is owed, but not past the next timer, which is so far away; False where nothing is owed."""
        step = min(seconds, self._owed)
        self._now += step
        self._owed -= step
        if not self._owed:
            self._release()
        return step > 0

    def close(self) -> None:
        self._release()
        super().close()

    def _owe(self, seconds: float, passed: "Future[None]") -> None:
        self._owed += seconds
        self._waiting.append(passed)

    def _release(self) -> None:
        while self._waiting:
            passed = self._waiting.pop()
            if passed.set_running_or_notify_cancel():
                passed.set_result(None)


class _Selector(selectors.DefaultSelector):
    """Where an idle loop would sleep until its next timer, it moves the time on, or waits for an event."""

    def __init__(self, loop: ScriptedLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is not None and self._loop.skip(timeout):
            return []
        ready = super().select(_HUNG)
        if not ready:
            raise AssertionError(f"nothing has happened for {_HUNG:.0f} s: does anybody wait without a deadline?")
        return ready


def run_scripted(act: Coroutine[Any, Any, T], *, passes: float = 0.0) -> T:
    """Run to the end in such a loop; `passes` is what passes from the start on, where nobody will ever answer."""
    with asyncio.Runner(loop_factory=ScriptedLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, ScriptedLoop)
        if passes:
            loop.let_pass(passes)
        return runner.run(act)


def let_pass(seconds: float) -> "Future[None]":
    """Let time pass in the running loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, ScriptedLoop)
    return loop.let_pass(seconds)
