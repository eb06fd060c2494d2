"""Looking for what became of a submit at Kling: by the name that it carried, then among all tasks of that time.

Only a task that carries the name is the one for certain. That there is none is told by two witnesses, and only where
both say so in so many words: any other answer, a list that cannot be read to its end, or a task of another name, proves
nothing.
"""

from dataclasses import dataclass, replace

from runner.errors import ProviderError
from runner.providers.base import Candidate, Failure, LookupResult, SubmitLookup
from runner.providers.kling.records import Object, Task, listed
from runner.providers.kling.session import TASKS, Line, by_route, exact

_PAGE, _MOST_PAGES = 500, 20
_BEFORE = 24 * 3600.0  # seconds; what was made longer before the submit is not it
_NOT_UNDERSTOOD = (f"provider/{Failure.INPUT}", f"provider/{Failure.GONE}")
_BY_NAME, _BY_LIST = "its external task id", "the list of tasks"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What one witness says: the tasks that may be it, and whether it would have shown one that is there."""

    tasks: tuple[tuple[Task, str], ...] = ()
    whole: bool = False


async def find(line: Line, lookup: SubmitLookup) -> LookupResult:
    """Where names are kept, the task that carries ours is the one; gateways drop them, and list nothing."""
    if lookup.task:
        return await _one(line, lookup)
    if not line.dialect.named or not lookup.mark:
        return LookupResult()
    search = await by_name(line, lookup)
    if search.certain:
        return search
    heard = await _listed_since(line, lookup) if line.dialect.asks == "tasks" else await _among_all(line, lookup)
    if heard.tasks:
        return _found(lookup, heard, f"{_BY_NAME} and {_BY_LIST}")
    return replace(search, means=f"{_BY_NAME} and {_BY_LIST}", complete=search.complete and heard.whole)


async def by_name(line: Line, lookup: SubmitLookup) -> LookupResult:
    """Ask for the task of that name alone; `complete`: the API says that there is none."""
    heard = [await _named(line, lookup.mark, route) for route in line.routes(lookup.kind, {}, lookup.path)]
    every = _Heard(tasks=tuple(task for each in heard for task in each.tasks), whole=all(each.whole for each in heard))
    return _found(lookup, every, _BY_NAME)


async def _one(line: Line, lookup: SubmitLookup) -> LookupResult:
    """A task that a person names."""
    for route in line.routes(lookup.kind, {}, lookup.path):
        told = await line.told(lookup.task, route)
        if told:
            return LookupResult(means="the task's own record", candidates=(_candidate(lookup, told, route),))
    return LookupResult(means="the task's own record")


def _found(lookup: SubmitLookup, heard: _Heard, means: str) -> LookupResult:
    """Tasks that carry our name for certain; failing these, those whose name is not told."""
    ours = tuple(_candidate(lookup, task, route) for task, route in heard.tasks if task.name == lookup.mark)
    nameless = tuple(_candidate(lookup, task, route) for task, route in heard.tasks if not task.name)
    return LookupResult(
        means=means,
        candidates=ours or nameless,
        certain=bool(ours),
        complete=bool(ours) or (heard.whole and not heard.tasks),
    )


async def _named(line: Line, mark: str, route: str) -> _Heard:
    path = by_route(route, mark) if route else f"{TASKS}?external_task_ids={exact(mark)}"
    answer = await _asked(line, path)
    if answer is None:
        return _Heard()
    if route:
        return _heard([answer.data], route) if answer.data is not None else _Heard(whole=True)
    return _heard(answer.data, "")


def _heard(data: object, route: str) -> _Heard:
    """A list as a witness; one with an entry that cannot be read does not tell everything."""
    entries = listed(data)
    tasks = tuple((entry, route) for entry in entries or () if entry)
    return _Heard(tasks=tasks, whole=entries is not None and len(tasks) == len(entries))


async def _among_all(line: Line, lookup: SubmitLookup) -> _Heard:
    """The lists of the first API, page by page, in whatever order they come."""
    whole = True
    for route in line.routes(lookup.kind, {}, lookup.path):
        for page in range(1, _MOST_PAGES + 1):
            answer = await _asked(line, f"/v1/videos/{route}?pageNum={page}&pageSize={_PAGE}")
            heard = _heard(answer.data if answer else None, route)
            named = tuple(each for each in heard.tasks if each[0].name == lookup.mark)
            if named:
                return _Heard(tasks=named, whole=True)
            whole = whole and heard.whole
            if not heard.whole or not heard.tasks or _begun_before(heard, line.there(lookup.since)):
                break
        else:
            whole = False
    return _Heard(whole=whole)


def _begun_before(heard: _Heard, since: float) -> bool:
    """Whether a list has come to tasks of long before, newest first as it seems; what follows is older still."""
    times = [task.created_at for task, _ in heard.tasks]
    return all(times) and times == sorted(times, reverse=True) and times[-1] < since - _BEFORE


async def _listed_since(line: Line, lookup: SubmitLookup) -> _Heard:
    """The second API's list of what was made around that time; it goes on at a cursor."""
    since, now = line.there(lookup.since), line.there(line.now)
    window = {"start_time": _moment(since - _BEFORE), "end_time": _moment(now + _BEFORE)}
    body: dict[str, object] = {**window, "limit": _PAGE}
    for _ in range(_MOST_PAGES):
        answer = await _asked(line, TASKS, body)
        page = answer.data if answer else None
        if not isinstance(page, dict) or not isinstance(page.get("has_more"), bool):
            return _Heard()
        heard = _heard(page.get("result", []), "")
        named = tuple(each for each in heard.tasks if each[0].name == lookup.mark)
        if named or not heard.whole or not page["has_more"]:
            return replace(heard, tasks=named)
        body = {"cursor": page.get("next_cursor"), "limit": _PAGE}
    return _Heard()


def _moment(seconds: float) -> int:
    return round(seconds * 1000)


@dataclass(frozen=True, slots=True)
class _Said:
    data: object


async def _asked(line: Line, path: str, body: Object | None = None) -> _Said | None:
    """What is answered; None where the question is not understood there, which proves nothing.

    Raises:
        ProviderError: there is no answer, or none for us.
    """
    try:
        return _Said((await line.asked(path, body)).data)
    except ProviderError as error:
        if error.retryable or error.code not in _NOT_UNDERSTOOD:
            raise
        return None


def _candidate(lookup: SubmitLookup, told: Task, route: str) -> Candidate:
    """Kling repeats no prompts, and names the video before, not its task."""
    before = lookup.parent if told.extends == lookup.handle.get("video") else f"of video {told.extends}"
    return Candidate(
        task=told.id,
        handle={"route": route} if route else {},
        mark=told.name,
        parent=before if told.extends else "",
        created_at=told.created_at,
    )
