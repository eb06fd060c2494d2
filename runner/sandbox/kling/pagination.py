"""The window of time that the second API lists tasks of, and the cursor that leads through it."""

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from runner.sandbox.kling.codes import Refused
from runner.sandbox.kling.fields import WRONG, Body, text
from runner.sandbox.tasks import Task

_MOST, _USUAL = 500, 30
_ENDLESS = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is asked for: milliseconds from `start` to `end`, both included, and where the last answer ended."""

    start: int
    end: int
    limit: int
    last: tuple[float, str] | None = None


def read(body: Body) -> Window:
    """Read a request. A cursor carries its own window; what filters there are is not known, so none is applied."""
    if not isinstance(body.get("filters", {}), dict | list):
        raise Refused(WRONG, "filters value is invalid")
    limit = _number(body, "limit", _USUAL)
    if not 1 <= limit <= _MOST:
        raise Refused(WRONG, f"limit value '{limit}' is invalid")
    cursor = text(body, "cursor")
    if cursor:
        return replace(_opened(cursor), limit=limit)
    window = Window(start=_number(body, "start_time", 0), end=_number(body, "end_time", _ENDLESS), limit=limit)
    if not 0 <= window.start <= window.end:
        raise Refused(WRONG, "start_time must not be after end_time")
    return window


def cut(window: Window, tasks: Iterable[Task], *, oldest: bool) -> tuple[Sequence[Task], str]:
    """Return the tasks to show, newest or oldest first, and the cursor to the next ones; empty if that is all."""
    inside = [task for task in tasks if window.start <= round(task.created * 1000) <= window.end]
    left = sorted((task for task in inside if _comes(task, window, oldest=oldest)), key=_place, reverse=not oldest)
    shown = left[: window.limit]
    return shown, _sealed(replace(window, last=_place(shown[-1]))) if len(left) > len(shown) else ""


def _place(task: Task) -> tuple[float, str]:
    return task.created, task.id


def _comes(task: Task, window: Window, *, oldest: bool) -> bool:
    """Say whether a task comes after what was shown; the last one shown may be gone by now."""
    if window.last is None:
        return True
    return _place(task) > window.last if oldest else _place(task) < window.last


def _number(body: Body, name: str, usual: int) -> int:
    value = body.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(WRONG, f"{name} value '{value}' is invalid")
    return value


def _sealed(window: Window) -> str:
    return base64.urlsafe_b64encode(json.dumps([window.start, window.end, *(window.last or ())]).encode()).decode()


def _opened(cursor: str) -> Window:
    try:
        start, end, created, task = json.loads(base64.urlsafe_b64decode(cursor))
        return Window(start=int(start), end=int(end), limit=_USUAL, last=(float(created), str(task)))
    except (ValueError, TypeError, binascii.Error):
        raise Refused(WRONG, "cursor value is invalid") from None
