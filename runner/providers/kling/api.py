"""An account at Kling or at a gateway: submits once, asks often, never confuses the two."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from runner.errors import ProviderError
from runner.net.messages import Link, Reply
from runner.providers.base import (
    Accepted,
    Account,
    Asset,
    Busy,
    Failed,
    Failure,
    Job,
    Kind,
    LookupResult,
    Provider,
    Refused,
    Request,
    Shot,
    State,
    Submission,
    SubmitLookup,
    Unknown,
)
from runner.providers.http_api import as_object, is_success, judge_submit, read_data_url
from runner.providers.kling.codes import CODES, GATEWAY_CODES, MAY_BE_DUPLICATE, classify, find_row
from runner.providers.kling.dialects import DIALECTS, Dialect
from runner.providers.kling.lookup import find_by_name, find_submit
from runner.providers.kling.records import Answer, read_answer, read_state, read_task
from runner.providers.kling.requests import EXTEND
from runner.providers.kling.session import SERVER_ERROR, Session
from runner.providers.kling.signing import Signer, make_signer

if TYPE_CHECKING:
    from runner.clock import Clock
    from runner.net.client import Web

_NOT_FOUND = 404
_DUPLICATE_WORDS = ("external", "duplicate", "already")  # how an API may say that a name is taken


def request(dialect: str, shot: Shot) -> Request:
    """Return the request of a shot in a dialect."""
    return DIALECTS[dialect].request(shot)


def connect(dialect: str, account: Account, web: "Web", clock: "Clock") -> Provider:
    """Connect to an account in a dialect."""
    signer = make_signer(account.settings.get("access_key", ""), account.key)
    return Kling(web=web, clock=clock, base_url=account.base_url, dialect=DIALECTS[dialect], signer=signer)


class Kling:
    """One account at one base URL, in one dialect."""

    def __init__(self, *, web: "Web", clock: "Clock", base_url: str, dialect: Dialect, signer: Signer) -> None:
        self._session = Session(web=web, clock=clock, base_url=base_url, dialect=dialect, signer=signer)
        self._dialect = dialect

    async def submit(self, request: Request) -> Submission:
        """Send a paid request once."""
        reply = await self._session.submit(request)
        if not isinstance(reply, Reply):
            return reply
        answer = read_answer(reply)
        if self._session.renew_signature(reply, answer):
            return Busy(words=answer.said, wait=1.0)  # a token of its own second, in case the clock was what was wrong
        outcome = self._read_submission(request, reply, answer)
        if isinstance(outcome, Refused) and self._dialect.keeps_names and answer.code in MAY_BE_DUPLICATE:
            return await self._rule_out_duplicate(request, outcome)
        return outcome

    def _read_submission(self, request: Request, reply: Reply, answer: Answer) -> Submission:
        task = read_task(answer.data)
        if task and is_success(reply.status) and self._session.is_yes(answer):
            return Accepted(task=task.id, handle=self._handle(request))
        # A gateway without the route (new-api has none for extensions) answers with its router's 404, or with a page.
        if self._dialect.gateway and reply.status == _NOT_FOUND and reply.json() is None:
            return Refused(words=f"HTTP 404: {self._explain_no_route(request.path)}", failure=Failure.INPUT)
        # An overloaded server may have made it, and a redirect proves nothing.
        is_clear = is_success(reply.status) or reply.status in range(400, SERVER_ERROR)
        if task or answer.code is None or not is_clear:
            return Unknown(words=answer.said)
        return self._judge(reply, answer.code, answer)

    def _judge(self, reply: Reply, code: int | str, answer: Answer) -> Submission:
        table = GATEWAY_CODES if self._dialect.gateway else CODES
        failure = classify(code, answer.words, table)
        return judge_submit(
            find_row(code, answer.words, reply.status, table),
            answer.said,
            failure=failure if failure is not Failure.UNKNOWN else None,
            retry_after=reply.retry_after(self._session.now),
        )

    def _explain_no_route(self, path: str) -> str:
        words = f"there is no {path} at {self._session.base}; a gateway's base_url mostly ends in /kling"
        return f"{words}, or it does not extend" if path.endswith(EXTEND) else words

    async def _rule_out_duplicate(self, request: Request, refused: Refused) -> Submission:
        """Look whether what Kling calls a wrong value is our name, which a submit that arrived before has taken."""
        mark = _mark(request)
        kind: Kind = "extend" if request.path.endswith(EXTEND) else "generate"
        lookup = SubmitLookup(kind=kind, prompt="", since=self._session.now, path=request.path, mark=mark)
        try:
            found = await find_by_name(self._session, lookup) if mark else LookupResult()
        except ProviderError as error:
            return Unknown(words=f"{refused.words}; and whether it is there already is not known: {error.message}")
        if found.certain:
            return Accepted(task=found.candidates[0].task, handle=found.candidates[0].handle)
        is_taken = any(word in refused.words.lower() for word in _DUPLICATE_WORDS)
        return Unknown(words=refused.words, named=is_taken) if is_taken or found.candidates else refused

    def _handle(self, request: Request) -> Mapping[str, str]:
        """Return the route: the first API asks for a task where it was made."""
        return {"route": request.path.rpartition("/")[2]} if self._dialect.asks == "route" else {}

    async def look(self, job: Job) -> State:
        """Ask how a task stands, where it was made."""
        for route in self._session.routes(job.kind, job.handle):
            task = await self._session.fetch_task(job.task, route)
            if task and task.id != job.task:
                raise ProviderError("Kling answered about another task", code="provider/wrong-task", retryable=True)
            if task:
                return read_state(task)
        return Failed(words="there is no record of this task", failure=Failure.GONE)

    async def find(self, lookup: SubmitLookup) -> LookupResult:
        """Look for a submit by its name, where names are kept."""
        return await find_submit(self._session, lookup)

    def link(self, asset: Asset) -> Link:
        """Return the asset's own link; who we are goes along to the API itself only, as gateways want it."""
        return self._session.file_link(asset.url)

    async def fresh_link(self, asset: Asset) -> Link:
        """Return the same link: nothing makes a new one but asking for the task."""
        return self.link(asset)

    async def upload(self, picture: Path, name: str) -> str:
        """Read a picture, which travels inside the request."""
        del name
        return read_data_url(picture)

    async def balance(self) -> Decimal | None:
        """Return nothing: Kling tells what its packages hold up to 12 hours late, which is evidence of nothing."""
        return None


def _mark(request: Request) -> str:
    """Return the name that a submit carries."""
    options = request.body.get("options")
    body = as_object(options) if isinstance(options, dict) else request.body
    return str(body.get("external_task_id") or "")
