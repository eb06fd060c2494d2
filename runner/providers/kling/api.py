"""An account at Kling or at a gateway: submits once, asks often, never confuses the two."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from runner.clock import Clock
from runner.errors import ProviderError
from runner.net.client import Web
from runner.net.messages import Link, Lost, NotSent, Reply
from runner.providers.base import (
    Accepted,
    Asset,
    Busy,
    Failed,
    Failure,
    Job,
    Kind,
    LookupResult,
    Refused,
    Request,
    State,
    Submission,
    SubmitLookup,
    Unknown,
    Unsent,
)
from runner.providers.data_urls import data_url
from runner.providers.kling import lookup as search
from runner.providers.kling import records
from runner.providers.kling.codes import CODES, DOUBTED, GATEWAY_CODES, classify, row_of
from runner.providers.kling.dialects import Dialect
from runner.providers.kling.requests import EXTEND
from runner.providers.kling.session import SERVER_TROUBLE, Line
from runner.providers.kling.signing import Signer
from runner.providers.outcomes import verdict

_SUBMIT_DEADLINE = 120.0  # pictures travel in the request
_NOT_FOUND = 404
_TAKEN = ("external", "duplicate", "already")  # how an API may say that a name is taken


class Kling:
    """One account at one base URL, in one dialect."""

    def __init__(self, *, web: Web, clock: Clock, base_url: str, dialect: Dialect, signer: Signer) -> None:
        self._line = Line(web=web, clock=clock, base_url=base_url, dialect=dialect, signer=signer)
        self._dialect = dialect

    async def submit(self, request: Request) -> Submission:
        """Send a paid request once, on a connection of its own."""
        try:
            reply = await self._line.send(request.method, request.path, request.body, _SUBMIT_DEADLINE, fresh=True)
        except NotSent as error:
            return Unsent(words=error.message)
        except Lost as error:
            return Unknown(words=error.message)
        answer = records.opened(reply)
        if self._line.signed_anew(reply, answer):
            return Busy(words=answer.said, wait=1.0)
        outcome = self._outcome(request, reply, answer)
        if isinstance(outcome, Refused) and self._dialect.named and answer.code in DOUBTED:
            return await self._looked_up(request, outcome)
        return outcome

    def _outcome(self, request: Request, reply: Reply, answer: records.Answer) -> Submission:
        told = records.task(answer.data)
        if told and 200 <= reply.status < 300 and self._line.understood(answer):  # noqa: PLR2004
            return Accepted(task=told.id, handle=self._handle(request))
        if self._dialect.gateway and reply.status == _NOT_FOUND and reply.json() is None:
            return Refused(words=f"HTTP 404: {self._no_route(request.path)}", failure=Failure.INPUT)
        # An overloaded server may have made it, and a redirect is nobody's word.
        clear = 200 <= reply.status < 300 or 400 <= reply.status < SERVER_TROUBLE  # noqa: PLR2004
        if told or answer.code is None or not clear:
            return Unknown(words=answer.said)
        table = GATEWAY_CODES if self._dialect.gateway else CODES
        row = row_of(answer.code, answer.words, reply.status, table)
        failure = classify(answer.code, answer.words, table)
        exact = failure if failure is not Failure.UNKNOWN else None
        return verdict(row, answer.said, failure=exact, asked=reply.retry_after(self._line.now))

    def _no_route(self, path: str) -> str:
        words = f"there is no {path} at {self._line.base}; a gateway's base_url mostly ends in /kling"
        return f"{words}, or it does not extend" if path.endswith(EXTEND) else words

    async def _looked_up(self, request: Request, refused: Refused) -> Submission:
        """What Kling calls a wrong value may be our name, which a submit that arrived before has taken."""
        mark = _mark(request)
        kind: Kind = "extend" if request.path.endswith(EXTEND) else "generate"
        lookup = SubmitLookup(kind=kind, prompt="", since=self._line.now, path=request.path, mark=mark)
        try:
            seen = await search.by_name(self._line, lookup) if mark else LookupResult()
        except ProviderError as error:
            return Unknown(words=f"{refused.words}; and whether it is there already is not known: {error.message}")
        if seen.certain:
            return Accepted(task=seen.candidates[0].task, handle=seen.candidates[0].handle)
        taken = any(word in refused.words.lower() for word in _TAKEN)
        return Unknown(words=refused.words, named=taken) if taken or seen.candidates else refused

    def _handle(self, request: Request) -> Mapping[str, str]:
        """The first API asks for a task where it was made."""
        return {"route": request.path.rpartition("/")[2]} if self._dialect.asks == "route" else {}

    async def look(self, job: Job) -> State:
        """Ask how a task stands, where it was made."""
        for route in self._line.routes(job.kind, job.handle):
            told = await self._line.told(job.task, route)
            if told and told.id != job.task:
                raise ProviderError("Kling answered about another task", code="provider/wrong-task", retryable=True)
            if told:
                return records.state(told)
        return Failed(words="there is no record of this task", failure=Failure.GONE)

    async def find(self, lookup: SubmitLookup) -> LookupResult:
        """Look for a submit by its name, where names are kept."""
        return await search.find(self._line, lookup)

    def link(self, asset: Asset) -> Link:
        """Results lie at signed links; who we are stays with the API."""
        return Link(url=asset.url)

    async def fresh_link(self, asset: Asset) -> Link:
        """Nothing mints links anew but asking for the task."""
        return Link(url=asset.url)

    async def upload(self, picture: Path, name: str) -> str:  # noqa: ARG002 -- nothing is hosted, so nothing is named
        """Pictures travel inside the request."""
        return data_url(picture)

    async def balance(self) -> Decimal | None:
        """Kling tells what its packages hold up to 12 hours late: evidence of nothing."""
        return None


def _mark(request: Request) -> str:
    """The name that a submit carries."""
    options = request.body.get("options")
    body = options if isinstance(options, dict) else request.body
    return str(body.get("external_task_id") or "")
