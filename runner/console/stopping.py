"""The one way to stop a command that works with money: Ctrl-C, a polite kill and a closed terminal all end alike."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from runner.console.output import say
from runner.files import hear_stop_signals

_T = TypeVar("_T")
_WORDS = "stopping; the answer to a request that is under way is waited for (once more: stop without it)"


class Stopped(Exception):
    """A signal ended the work in order."""


def run_until_stopped(work: Coroutine[Any, Any, _T]) -> _T:
    """Run to the end, or until a signal asks to stop, which waits for the answer to a paid submit; a second does not.

    Raises:
        Stopped: a signal ended it; everything done can be gone on with.
    """
    stop = _Stop()
    try:
        return asyncio.run(stop.watch(work))
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise Stopped from None


class _Stop:
    """Cancels the work at the first signal; at the second one, also what a cancellation waits for."""

    def __init__(self) -> None:
        self._task: asyncio.Task[Any] | None = None
        self._asked = False

    async def watch(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do the work with the signals looked after."""
        self._task = asyncio.current_task()
        hear_stop_signals(asyncio.get_running_loop(), self._ask)
        return await work

    def _ask(self, by_person: bool) -> None:  # noqa: FBT001 -- called by the event loop
        """Stop; called from the loop and not from within the code that a signal interrupts, so it tears nothing."""
        from runner.execution.held import abandon_held, is_held  # stopping before a run has begun needs none of it

        first, self._asked = not self._asked, True
        if by_person and not first:
            abandon_held()
        if self._task:
            self._task.cancel()
        if first and is_held():
            say(_WORDS)
