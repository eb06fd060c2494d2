"""Many lives, one after the other; the first that fails is told by the least of it that fails as well."""

import traceback
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from tests.hostile.lives import Process, Story

DEAD_EMULATORS = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""An emulator that dies with the process that asks it leaves the film open that it was sending."""

_MOST = 200  # lives that are tried to make one of them smaller


def first_that_fails(provider: str, seeds: Iterable[int], *, least: bool = True) -> str | None:
    """Live a life for each seed; the first failure in words, with its seed and (`least`) only what is needed for it."""
    for seed in seeds:
        story = Story.drawn(provider, seed)
        failed = _failure(story)
        if failed:
            return _told(*(_smallest(story, failed) if least else (story, failed)))
    return None


def _failure(story: Story) -> BaseException | None:
    try:
        story.live()
    except Exception as error:  # noqa: BLE001 -- whatever it is, it was not foreseen
        return error
    return None


def _smallest(story: Story, failed: BaseException) -> tuple[Story, BaseException]:
    """Leave out what is not needed for a failure of the same kind."""
    tried = 0
    smaller = _smaller(story)
    while tried < _MOST and (candidate := next(smaller, None)):
        tried += 1
        again = _failure(candidate)
        if type(again) is type(failed) and again is not None:
            story, failed, smaller = candidate, again, _smaller(candidate)
    return story, failed


def _smaller(story: Story) -> Iterator[Story]:
    """The story with one thing less: a process, a death, what happens on one route, or one thing that happens."""
    for number, process in enumerate(story.processes):
        for less in (None, *_quieter(process)):
            others = (*story.processes[:number], *([less] if less else []), *story.processes[number + 1 :])
            yield replace(story, processes=others)


def _quieter(process: Process) -> Iterator[Process]:
    if process.acts < Process.FOREVER:
        yield replace(process, acts=Process.FOREVER)
    for route, twists in process.script.items():
        parts = [(), *(twists[:each] + twists[each + 1 :] for each in range(len(twists)))] if twists else []
        for part in parts:
            yield replace(process, script={**process.script, route: part})


def _told(story: Story, failed: BaseException) -> str:
    lines = [f"{story.provider}, HOSTILE_SEED={story.seed}, shortened to:"]
    for process in story.processes:
        happens = {route: list(twists) for route, twists in process.script.items() if twists}
        lines.append(f"  dies after {process.acts} acts, a person settles: {process.person}, the server: {happens}")
    return "\n".join([*lines, "".join(traceback.format_exception(failed))])
