"""One account at Kling or at a gateway: signed calls, and questions that cost nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from runner.net.messages import Link, Reply
from runner.providers.base import Failure, Request, Unknown, Unsent
from runner.providers.http_api import HttpApi, Object, is_success, path_part, question_error
from runner.providers.kling.codes import BAD_TOKEN, NO_SUCH_TASK, OK, RETRYABLE, classify
from runner.providers.kling.dialects import Dialect
from runner.providers.kling.records import Answer, Task, is_bare_task, read_answer, read_list, read_task
from runner.providers.kling.requests import EXTEND, IMAGE, TEXT
from runner.providers.kling.signing import Signer, read_date

if TYPE_CHECKING:
    from runner.clock import Clock
    from runner.net.client import Web

SERVER_ERROR = 500
TASKS = "/tasks"
_UNSIGNED = 401


class Session:
    """One account at one base URL, in one dialect."""

    def __init__(self, *, web: "Web", clock: "Clock", base_url: str, dialect: Dialect, signer: Signer) -> None:
        self.dialect = dialect
        self.base = base_url.rstrip("/")
        self._clock = clock
        self._signer = signer
        self._was_renewed = False
        self._ahead = 0.0
        self._http = HttpApi(
            web=web,
            base=self.base,
            headers=lambda: self._signer.headers(self.now),
            submit_deadline=120.0,  # pictures travel in the request
        )

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock.now()

    def server_time(self, moment: float) -> float:
        """Return a moment of this machine's clock by the server's, as it told the time last."""
        return moment + self._ahead

    def _read_clock(self, reply: Reply) -> None:
        self._ahead = read_date(reply.headers.get("date", ""), self.now) - self.now

    async def submit(self, request: Request) -> Reply | Unsent | Unknown:
        """Send a paid request once, signed."""
        reply = await self._http.submit(request)
        if isinstance(reply, Reply):
            self._read_clock(reply)
        return reply

    def renew_signature(self, reply: Reply, answer: Answer) -> bool:
        """Sign again by the server's clock where the signature was what was wrong; whether that may help.

        Once in a row: a key that is wrong stays wrong.
        """
        is_bad = answer.code in BAD_TOKEN and reply.status == _UNSIGNED
        self._was_renewed = is_bad and not self._was_renewed and self._signer.renew(self._ahead)
        return self._was_renewed

    async def ask(self, path: str, body: Object | None = None) -> Answer:
        """Return the answer to a question that is free; without data where it says that it knows no such task.

        Raises:
            ProviderError: the question failed.
        """
        reply, answer = await self._ask_once(path, body)
        if self.renew_signature(reply, answer):
            reply, answer = await self._ask_once(path, body)
        if is_success(reply.status) and answer.data is not None and self.is_yes(answer):
            return answer
        if answer.code in NO_SUCH_TASK:
            return replace(answer, data=None)
        failure = classify(answer.code, answer.words)
        retryable = answer.code in (OK, None) or answer.code in RETRYABLE or reply.status >= SERVER_ERROR
        raise question_error(
            "Kling",
            answer.said,
            failure,
            retryable=retryable or failure is Failure.RATE,
            retry_after=reply.retry_after(self.now),
        )

    async def _ask_once(self, path: str, body: Object | None) -> tuple[Reply, Answer]:
        reply = await self._http.ask(path, body)
        self._read_clock(reply)
        return reply, read_answer(reply)

    def is_yes(self, answer: Answer) -> bool:
        """Whether an answer is a yes: Kling's own have code 0, those of gateways may be a bare task."""
        if answer.code is None:
            return self.dialect.gateway and is_bare_task(answer.data)
        return answer.code == OK

    def file_link(self, url: str) -> Link:
        """Return where a result can be fetched."""
        return self._http.file_link(url)

    async def fetch_task(self, task: str, route: str) -> Task | None:
        """Return a task by its id; None where it is not known."""
        if route:
            return read_task((await self.ask(task_path(route, task))).data)
        listed = read_list((await self.ask(f"{TASKS}?task_ids={path_part(task)}")).data) or ()
        return next((each for each in listed if each and each.id == task), None)

    def routes(self, kind: str, handle: Mapping[str, str], path: str = "") -> tuple[str, ...]:
        """Return where a task can be asked for: each route knows its own tasks only. `path` is where it was sent."""
        if self.dialect.asks == "tasks":
            return ("",)
        for known in (handle.get("route", ""), path.rpartition("/")[2]):
            if known in (TEXT, IMAGE, EXTEND):
                return (known,)
        return (EXTEND,) if kind == "extend" else (TEXT, IMAGE)


def task_path(route: str, name: str) -> str:
    """Return where one task is asked for, by its id or by our name for it."""
    return f"/v1/videos/{route}/{path_part(name)}"
