"""An account at Kling or at a gateway: submits once, asks often, never confuses the two."""

from decimal import Decimal
from pathlib import Path

from runner.clock import Clock
from runner.errors import ProviderError
from runner.http import Web
from runner.http_values import Link, Lost, NotSent, Reply
from runner.providers.base import (
    Accepted,
    Asset,
    Busy,
    Failed,
    Failure,
    Job,
    Quest,
    Refused,
    Request,
    Search,
    State,
    Submission,
    Unknown,
    Unsent,
)
from runner.providers.kling import records, search
from runner.providers.kling.codes import CODES, GATEWAY_CODES, OK, WRONG, classify
from runner.providers.kling.dialects import Dialect
from runner.providers.kling.line import SERVER_TROUBLE, Line
from runner.providers.kling.requests import EXTEND
from runner.providers.kling.signing import Signer
from runner.providers.pictures import data_url
from runner.providers.verdict import verdict

_SUBMIT_DEADLINE = 120.0  # pictures travel in the request
_NOT_FOUND = 404


class Kling:
    """One account at one base URL, in one dialect."""

    def __init__(self, *, web: Web, clock: Clock, base_url: str, dialect: Dialect, signer: Signer) -> None:
        self._line = Line(web=web, clock=clock, base_url=base_url, dialect=dialect, signer=signer)
        self._dialect = dialect

    async def submit(self, request: Request) -> Submission:
        """Send a paid request once, on a connection of its own."""
        if request.path.endswith(EXTEND) and not request.body.get("video_id"):
            words = "the video to extend has no id that is known: the gateway told of its link alone"
            return Refused(words=words, failure=Failure.INPUT)
        try:
            reply = await self._line.send(request.method, request.path, request.body, _SUBMIT_DEADLINE, fresh=True)
        except NotSent as error:
            return Unsent(words=error.message)
        except Lost as error:
            return Unknown(words=error.message)
        answer = records.opened(reply)
        if self._line.signed_anew(reply, answer):
            return Busy(words=answer.said, wait=1.0)
        return self._outcome(request, reply, answer)

    def _outcome(self, request: Request, reply: Reply, answer: records.Answer) -> Submission:
        told = records.task(answer.data)
        fine = 200 <= reply.status < 300  # noqa: PLR2004
        if told and answer.code in (OK, None) and fine:
            route = request.path.rpartition("/")[2] if self._dialect.asks == "route" else ""
            return Accepted(task=told.id, handle={"route": route} if route else {})
        if self._dialect.gateway and reply.status == _NOT_FOUND and reply.json() is None:
            return Refused(words="the gateway has no such route (HTTP 404)", failure=Failure.INPUT)
        # An overloaded server, and one that knows the name of this submit already, may both have made it.
        known = answer.code == WRONG and "external" in answer.words.lower()
        if told or known or answer.code is None or reply.status >= SERVER_TROUBLE:
            return Unknown(words=answer.said)
        table = GATEWAY_CODES if self._dialect.gateway else CODES
        failure = classify(answer.code, answer.words, table)
        asked = reply.retry_after(self._line.now)
        return verdict(table.get(answer.code), answer.said, failure=failure, asked=asked)

    async def look(self, job: Job) -> State:
        """Ask how a task stands, where it was made."""
        for route in self._line.routes(job.kind, job.handle):
            told = await self._line.told(job.task, route)
            if told and told.id != job.task:
                raise ProviderError("Kling answered about another task", code="provider/wrong-task", retryable=True)
            if told:
                return records.state(told)
        return Failed(words="there is no record of this task", failure=Failure.GONE)

    async def find(self, quest: Quest) -> Search:
        """Look for a submit by its name, where names are kept."""
        return await search.find(self._line, quest)

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
