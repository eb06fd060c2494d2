"""Looking for what became of a submit at Kling: by the name that it carried, then among all tasks of that time.

Only a task that carries the name is the one for certain. That there is none is told by two witnesses, and only where
both say so in so many words: any other answer, a list that cannot be read to its end, or a task of another name, proves
nothing.
"""

from dataclasses import dataclass, replace

from runner.errors import ProviderError
from runner.providers.base import Candidate, Failure, LookupResult, SubmitLookup
from runner.providers.http_api import Object, path_part
from runner.providers.kling.records import Answer, Task, read_list
from runner.providers.kling.session import TASKS, Session, task_path

_PAGE = 500  # the most that both APIs give at once
_MOST_PAGES = 20  # ours: 10,000 tasks of the days in question; a list that does not end by then proves nothing
_MARGIN = 24 * 3600.0  # seconds; what was made longer before the submit is not it
_NOT_UNDERSTOOD = (f"provider/{Failure.INPUT}", f"provider/{Failure.GONE}")
_BY_NAME, _BY_LIST = "its external task id", "the list of tasks"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """What one witness says: the tasks that may be it, and whether it would have shown one that is there."""

    tasks: tuple[tuple[Task, str], ...] = ()
    complete: bool = False


async def find_submit(session: Session, lookup: SubmitLookup) -> LookupResult:
    """Look for the task that carries our name, where names are kept; gateways drop them, and list nothing."""
    if lookup.task:
        return await _look_at(session, lookup)
    if not session.dialect.keeps_names or not lookup.mark:
        return LookupResult()
    by_name = await find_by_name(session, lookup)
    if by_name.certain:
        return by_name
    search_lists = _search_tasks if session.dialect.asks == "tasks" else _search_routes
    listed = await search_lists(session, lookup)
    if listed.tasks:
        return _result(lookup, listed, f"{_BY_NAME} and {_BY_LIST}")
    return replace(by_name, means=f"{_BY_NAME} and {_BY_LIST}", complete=by_name.complete and listed.complete)


async def find_by_name(session: Session, lookup: SubmitLookup) -> LookupResult:
    """Ask for the task of that name alone; `complete`: the API says that there is none."""
    routes = session.routes(lookup.kind, {}, lookup.path)
    answers = [await _ask_by_name(session, lookup.mark, route) for route in routes]
    tasks = tuple(task for each in answers for task in each.tasks)
    evidence = _Evidence(tasks=tasks, complete=all(each.complete for each in answers))
    return _result(lookup, evidence, _BY_NAME)


async def _look_at(session: Session, lookup: SubmitLookup) -> LookupResult:
    """Look at a task that a person names."""
    for route in session.routes(lookup.kind, {}, lookup.path):
        task = await session.fetch_task(lookup.task, route)
        if task:
            return LookupResult(means="the task's own record", candidates=(_candidate(lookup, task, route),))
    return LookupResult(means="the task's own record")


def _result(lookup: SubmitLookup, evidence: _Evidence, means: str) -> LookupResult:
    """Return tasks that carry our name for certain; failing these, those whose name is not told."""
    ours = tuple(_candidate(lookup, task, route) for task, route in evidence.tasks if task.name == lookup.mark)
    nameless = tuple(_candidate(lookup, task, route) for task, route in evidence.tasks if not task.name)
    return LookupResult(
        means=means,
        candidates=ours or nameless,
        certain=bool(ours),
        complete=bool(ours) or (evidence.complete and not evidence.tasks),
    )


async def _ask_by_name(session: Session, mark: str, route: str) -> _Evidence:
    path = task_path(route, mark) if route else f"{TASKS}?external_task_ids={path_part(mark)}"
    answer = await _ask(session, path)
    if answer is None:
        return _Evidence()
    if route:
        return _read_evidence([answer.data], route) if answer.data is not None else _Evidence(complete=True)
    return _read_evidence(answer.data, "")


def _read_evidence(data: object, route: str) -> _Evidence:
    """Read a list as a witness; one with an entry that cannot be read does not tell everything."""
    entries = read_list(data)
    tasks = tuple((entry, route) for entry in entries or () if entry)
    return _Evidence(tasks=tasks, complete=entries is not None and len(tasks) == len(entries))


async def _search_routes(session: Session, lookup: SubmitLookup) -> _Evidence:
    """Read the lists of the first API, page by page, in whatever order they come: none is documented."""
    complete = True
    for route in session.routes(lookup.kind, {}, lookup.path):
        for page in range(1, _MOST_PAGES + 1):
            answer = await _ask(session, f"/v1/videos/{route}?pageNum={page}&pageSize={_PAGE}")
            evidence = _read_evidence(answer.data if answer else None, route)
            named = tuple(each for each in evidence.tasks if each[0].name == lookup.mark)
            if named:
                return _Evidence(tasks=named, complete=True)
            complete = complete and evidence.complete
            if (
                not evidence.complete
                or not evidence.tasks
                or _begun_before(evidence, session.server_time(lookup.since))
            ):
                break
        else:
            complete = False
    return _Evidence(complete=complete)


def _begun_before(evidence: _Evidence, since: float) -> bool:
    """Whether a list has come to tasks of long before, newest first as it seems; what follows is older still."""
    times = [task.created_at for task, _ in evidence.tasks]
    return all(times) and times == sorted(times, reverse=True) and times[-1] < since - _MARGIN


async def _search_tasks(session: Session, lookup: SubmitLookup) -> _Evidence:
    """Read the second API's list of what was made around that time; it goes on at a cursor."""
    since, now = session.server_time(lookup.since), session.server_time(session.now)
    window = {"start_time": _moment(since - _MARGIN), "end_time": _moment(now + _MARGIN)}
    body: dict[str, object] = {**window, "limit": _PAGE}
    for _ in range(_MOST_PAGES):
        answer = await _ask(session, TASKS, body)
        page = answer.data if answer else None
        if not isinstance(page, dict) or not isinstance(page.get("has_more"), bool):
            return _Evidence()
        evidence = _read_evidence(page.get("result", []), "")
        named = tuple(each for each in evidence.tasks if each[0].name == lookup.mark)
        if named or not evidence.complete or not page["has_more"]:
            return replace(evidence, tasks=named)
        body = {"cursor": page.get("next_cursor"), "limit": _PAGE}
    return _Evidence()


def _moment(seconds: float) -> int:
    return round(seconds * 1000)


async def _ask(session: Session, path: str, body: Object | None = None) -> Answer | None:
    """Return what is answered; None where the question is not understood there, which proves nothing.

    Raises:
        ProviderError: there is no answer, or none for us.
    """
    try:
        return await session.ask(path, body)
    except ProviderError as error:
        if error.retryable or error.code not in _NOT_UNDERSTOOD:
            raise
        return None


def _candidate(lookup: SubmitLookup, task: Task, route: str) -> Candidate:
    """Return a task as a candidate: Kling repeats no prompts, and names the video before, not its task."""
    before = lookup.parent if task.extends == lookup.handle.get("video") else f"of video {task.extends}"
    return Candidate(
        task=task.id,
        handle={"route": route} if route else {},
        mark=task.name,
        parent=before if task.extends else "",
        created_at=task.created_at,
    )
