"""The proof proves something: each of these mistakes, planted in the engine, is found within a few lives."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from runner.execution import submit
from runner.providers import sanitized
from runner.providers.base import Accepted, Failed, Failure, Refused, Request, Submission, Unknown, Unsent
from runner.state.history import History, Take
from runner.state.run_directory import RunDirectory
from tests.hostile.stories import DEAD_EMULATORS, first_that_fails

LIVES = 60  # of chance; each of the mistakes is found in far fewer
Plant = Callable[[pytest.MonkeyPatch], None]


def let_errors_through(patch: pytest.MonkeyPatch) -> None:
    """1, never a bug: a task that failed ends in an exception that nobody foresaw."""
    inner = sanitized.SanitizedProvider.look

    async def look(self: Any, job: Any) -> Any:
        state = await inner(self, job)
        return {}[state.words] if isinstance(state, Failed) else state

    patch.setattr(sanitized.SanitizedProvider, "look", look)


def write_what_nobody_can_read(patch: pytest.MonkeyPatch) -> None:
    """2, the journal can be read: a refusal is written down in a way that replay does not know."""
    inner = RunDirectory.record

    def record(self: RunDirectory, kind: str, /, **data: object) -> Any:
        event = inner(self, kind, **data)
        if kind == "refused":
            with self.layout.journal.open("ab") as journal:
                journal.write(b"and one more line\n\n")
        return event

    patch.setattr(RunDirectory, "record", record)


def send_again_what_is_unknown(patch: pytest.MonkeyPatch) -> None:
    """3, one paid submit for a hop: a lost answer is taken for a request that never left."""
    inner = sanitized.SanitizedProvider.submit

    async def submit_(self: Any, request: Request) -> Submission:
        outcome = await inner(self, request)
        return Unsent(words=outcome.words) if isinstance(outcome, Unknown) and not outcome.answer else outcome

    patch.setattr(sanitized.SanitizedProvider, "submit", submit_)


def send_twice(patch: pytest.MonkeyPatch) -> None:
    """3, one task for a submit: what is not understood is asked once more."""
    inner = sanitized.SanitizedProvider.submit

    async def submit_(self: Any, request: Request) -> Submission:
        outcome = await inner(self, request)
        if not isinstance(outcome, Unknown):
            return outcome
        from tests.hostile.server import ROUTE

        ROUTE.set("submit")
        return await inner(self, request)

    patch.setattr(sanitized.SanitizedProvider, "submit", submit_)


def forget_the_answer(patch: pytest.MonkeyPatch) -> None:
    """4, what is not understood is kept: the answer is thrown away."""
    inner = sanitized.SanitizedProvider.submit

    async def submit_(self: Any, request: Request) -> Submission:
        outcome = await inner(self, request)
        return replace(outcome, answer="") if isinstance(outcome, Unknown) else outcome

    patch.setattr(sanitized.SanitizedProvider, "submit", submit_)


def record_another_task(patch: pytest.MonkeyPatch) -> None:
    """4, what was taken is in the journal: a task is written down by another id."""
    inner = submit._record_accepted

    def record(run: Any, take: Take, outcome: Accepted) -> None:
        inner(run, take, replace(outcome, task=outcome.task[:8]))

    patch.setattr(submit, "_record_accepted", record)


def count_the_unknown_as_free(patch: pytest.MonkeyPatch) -> None:
    """5, what is committed is no less than what is charged: an open submit costs nothing."""
    patch.setattr(History, "unknown", property(lambda _history: Decimal(0)))


def believe_any_error(patch: pytest.MonkeyPatch) -> None:
    """5, the same: an answer that proves nothing is taken for a refusal, and what it cost is forgotten."""
    inner = sanitized.SanitizedProvider.submit

    async def submit_(self: Any, request: Request) -> Submission:
        outcome = await inner(self, request)
        return Refused(words=outcome.words, failure=Failure.INPUT) if isinstance(outcome, Unknown) else outcome

    patch.setattr(sanitized.SanitizedProvider, "submit", submit_)


def request_before_intent(patch: pytest.MonkeyPatch) -> None:
    """The order of writes: the request is on its way before its file is on the disk."""
    inner = RunDirectory.write

    def write(self: RunDirectory, path: Any, data: bytes) -> None:
        if path.name != "request.json":
            inner(self, path, data)

    patch.setattr(RunDirectory, "write", write)


PLANTED: tuple[Plant, ...] = (
    let_errors_through,
    write_what_nobody_can_read,
    send_again_what_is_unknown,
    send_twice,
    forget_the_answer,
    record_another_task,
    count_the_unknown_as_free,
    believe_any_error,
    request_before_intent,
)


@pytest.mark.proof
@pytest.mark.usefixtures("films_of_numbers")
@DEAD_EMULATORS
@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_mistake_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert any(first_that_fails(provider, range(LIVES), least=False) for provider in ("kling/envelope", "kie"))
