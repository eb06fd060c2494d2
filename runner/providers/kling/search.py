"""Looking for what became of a submit at Kling: by the name that it carried, then among all tasks."""

from dataclasses import replace

from runner.providers.base import Candidate, Quest, Search
from runner.providers.kling.line import Line
from runner.providers.kling.records import Task, listed

_PAGE, _MOST_PAGES = 500, 20
_BEFORE = 3600.0  # how much two clocks may differ, in seconds


async def find(line: Line, quest: Quest) -> Search:
    """Where names are kept, the task that carries ours is the one; gateways drop them, and list nothing."""
    if quest.task:
        return await _named(line, quest, quest.task, "the task's own record")
    if not line.dialect.named or not quest.mark:
        return Search()
    search = await _named(line, quest, quest.mark, "its external task id")
    if search.candidates or line.dialect.asks == "tasks":
        return replace(search, certain=bool(search.candidates), complete=True)
    return await _among_all(line, quest)


async def _named(line: Line, quest: Quest, name: str, means: str) -> Search:
    for route in line.routes(quest.kind, {}):
        told = await line.told(name, route, ours=not quest.task)
        if told:
            return Search(means=means, candidates=(_candidate(told, route),))
    return Search(means=means)


async def _among_all(line: Line, quest: Quest) -> Search:
    """The lists are the second witness: only where they do not show the name either, it was never taken."""
    means, whole = "its external task id and the list of tasks", True
    for route in line.routes(quest.kind, {}):
        for page in range(1, _MOST_PAGES + 1):
            tasks = listed((await line.asked(f"/v1/videos/{route}?pageNum={page}&pageSize={_PAGE}")).data)
            named = tuple(_candidate(told, route) for told in tasks if told.name == quest.mark)
            if named:
                return Search(means=means, candidates=named, certain=True, complete=True)
            if len(tasks) < _PAGE or max(told.created_at for told in tasks) < quest.since - _BEFORE:
                break
        else:
            whole = False
    return Search(means=means, complete=whole)


def _candidate(told: Task, route: str) -> Candidate:
    """Kling repeats no prompts, and names the video before, not its task."""
    return Candidate(task=told.id, handle={"route": route} if route else {}, created_at=told.created_at)
