"""Work that nothing outside may stop half-way: the wait for the answer to a paid submit.

A signal, the failure of a sibling run, or the end of somebody else's gather cancel every task of an event loop; an
answer that is thrown away by that may be a paid task without an id. So the wait is a task that only its own deadlines
may cancel; a person who will not wait says so by `abandon_held`.
"""

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar
from weakref import WeakSet

_T = TypeVar("_T")
# Time-outs, those of libraries too, cancel by a callback that runs in a copy of the context in which they began
# (`loop.call_at`, PEP 567). So this tells a deadline inside the work from everybody else.
_INSIDE: ContextVar[bool] = ContextVar("_INSIDE", default=False)


class _Held(asyncio.Task[_T]):
    """A task that only what began inside it may cancel, until it is abandoned."""

    abandoned = False

    def cancel(self, msg: Any | None = None) -> bool:  # noqa: ANN401 -- the signature of asyncio
        if not (self.abandoned or _INSIDE.get()):
            return False
        return super().cancel(msg)


_under_way: WeakSet[_Held[Any]] = WeakSet()


async def finish_regardless(work: Coroutine[Any, Any, _T]) -> _T:
    """Do the work to its end whatever cancels the caller; the cancellation is raised once it has ended."""
    held = _Held(_begin(work), loop=asyncio.get_running_loop())
    _under_way.add(held)
    stopped: asyncio.CancelledError | None = None
    while not held.done():
        try:
            await asyncio.wait((held,))
        except asyncio.CancelledError as error:
            stopped = error
    result = held.result()  # an error of the work is worth more than that it was to be stopped
    if stopped is not None:
        raise stopped
    return result


async def _begin(work: Coroutine[Any, Any, _T]) -> _T:
    _INSIDE.set(True)
    return await work


def is_held() -> bool:
    """Return whether any answer is waited for."""
    return any(not held.done() for held in _under_way)


def abandon_held() -> None:
    """Stop waiting for answers: a person asked twice. What was sent stays open, for `reconcile` to settle."""
    for held in list(_under_way):
        if not held.done():
            held.abandoned = True
            held.cancel()
