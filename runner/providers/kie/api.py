"""An account at kie.ai: submits once, asks often, never confuses the two."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

from runner.clock import Clock
from runner.errors import ProviderError
from runner.net.client import Web
from runner.net.messages import Call, FormFile, Link, Lost, NotSent, Reply
from runner.providers.base import (
    Accepted,
    Asset,
    Done,
    Failed,
    Failure,
    Job,
    LookupResult,
    Pending,
    Refused,
    Request,
    State,
    Submission,
    SubmitLookup,
    Unknown,
    Unsent,
)
from runner.providers.kie import records
from runner.providers.outcomes import verdict

_SUBMIT_DEADLINE = 60.0
_READ_DEADLINE = 30.0
_UPLOAD_DEADLINE = 120.0
_ASK_AGAIN = (429, 455, 500)
_ADDRESS = re.compile(r"https?://[!-~]{3,2000}")  # it goes into a paid request, so it has to be one


class Kie:
    """One key at one base URL."""

    def __init__(self, *, web: Web, clock: Clock, base_url: str, upload_url: str, key: str) -> None:
        self._web = web
        self._clock = clock
        self._base = base_url.rstrip("/")
        self._uploads = upload_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"}

    async def submit(self, request: Request) -> Submission:
        """Send a paid request once, on a connection of its own."""
        try:
            reply = await self._send(request.method, request.path, request.body, _SUBMIT_DEADLINE, fresh=True)
        except NotSent as error:
            return Unsent(words=error.message)
        except Lost as error:
            return Unknown(words=error.message)
        return self._upgrade(request, reply) if request.repeatable else records.submission(reply, self._clock.now())

    def _upgrade(self, request: Request, reply: Reply) -> Submission:
        """An upgrade runs under the id of the task that it upgrades; 400 means that it has begun."""
        code, words, _ = records.envelope(reply)
        if code in (records.OK, 400):
            return Accepted(task=request.path.partition("taskId=")[2].partition("&")[0])
        if code in (None, *_ASK_AGAIN):
            return verdict(records.CODES.get(code or 0), words, failure=records.classify(code, words))
        return Refused(words=f"code {code}: {words}", failure=records.classify(code, words))

    async def look(self, job: Job) -> State:
        """Ask record-info, the authority on every task, or the upgrade's own route."""
        if job.kind == "upgrade":
            return await self._look_at_upgrade(job.task)
        data = await self._ask(f"/api/v1/veo/record-info?taskId={quote(job.task, safe='')}")
        if not isinstance(data, dict):
            return Failed(words="kie.ai has no record of this task", failure=Failure.GONE)
        if data.get("taskId", job.task) != job.task:
            raise ProviderError("kie.ai answered about another task", code="provider/wrong-task", retryable=True)
        return records.record(data, job.kind)

    async def _look_at_upgrade(self, task: str) -> State:
        path = f"/api/v1/veo/get-1080p-video?taskId={quote(task, safe='')}&index=0"
        reply = await self._send("GET", path, {}, _READ_DEADLINE)
        code, words, data = records.envelope(reply)
        if code == records.OK and isinstance(data, dict) and records.urls(data.get("resultUrl")):
            return Done(assets=(Asset(role="film", url=records.urls(data["resultUrl"])[0]),))
        if code in (records.OK, 400, 422) and "process" in words.lower():
            return Pending(words=words)
        if code is None or code in _ASK_AGAIN:
            raise ProviderError(words, code="provider/unclear", retryable=True)
        return Failed(words=f"code {code}: {words}", failure=records.classify(code, words))

    async def find(self, lookup: SubmitLookup) -> LookupResult:
        """kie.ai lists no tasks and takes no names: only a task that a person found can be looked at."""
        if not lookup.task:
            return LookupResult()
        data = await self._ask(f"/api/v1/veo/record-info?taskId={quote(lookup.task, safe='')}")
        found = (records.candidate(lookup.task, data),) if isinstance(data, dict) else ()
        return LookupResult(means="the task's own record", candidates=found)

    def link(self, asset: Asset) -> Link:
        """Results lie at public links."""
        return Link(url=asset.url)

    async def fresh_link(self, asset: Asset) -> Link:
        """A link that lives 20 minutes; the old one again where kie.ai does not know it."""
        try:
            data = await self._ask("/api/v1/common/download-url", {"url": asset.url})
        except ProviderError:
            data = None
        return Link(url=data if isinstance(data, str) and data.startswith("http") else asset.url)

    async def upload(self, picture: Path, name: str) -> str:
        """Host a picture for three days, free of charge."""
        form: dict[str, str | Path | FormFile] = {"file": picture, "uploadPath": "longtake", "fileName": name}
        call = Call(
            method="POST",
            url=f"{self._uploads}/api/file-stream-upload",
            headers=self._headers,
            form=form,
            deadline=_UPLOAD_DEADLINE,
        )
        reply = await self._web.exchange(call)
        _, words, data = records.envelope(reply)
        url = data.get("downloadUrl") if isinstance(data, dict) else None
        if not isinstance(url, str) or not _ADDRESS.fullmatch(url):
            raise ProviderError(f"uploading {picture.name} failed: {words}", code="provider/upload", retryable=True)
        return url

    async def balance(self) -> Decimal | None:
        """Credits left; kie.ai gives fractions."""
        data = await self._ask("/api/v1/chat/credit")
        return Decimal(str(data)) if isinstance(data, int | float) else None

    async def _ask(self, path: str, body: Mapping[str, object] | None = None) -> object:
        """A question that costs nothing: its data, None for a record that is not there, or ProviderError."""
        reply = await self._send("POST" if body else "GET", path, body or {}, _READ_DEADLINE)
        code, words, data = records.envelope(reply)
        if code == records.OK:
            return data
        if code == 422 and "null" in words.lower():  # noqa: PLR2004 -- "record is null": there is none
            return None
        failure = records.classify(code, words)
        again = code is None or code in _ASK_AGAIN
        said = f"code {code}: {words}" if code is not None else words
        raise ProviderError(f"kie.ai: {said}", code=f"provider/{failure}", retryable=again)

    async def _send(
        self, method: str, path: str, body: Mapping[str, object], deadline: float, *, fresh: bool = False
    ) -> Reply:
        call = Call(
            method=method,
            url=self._base + path,
            headers=self._headers,
            json=json.loads(json.dumps(body)) if method == "POST" else None,
            deadline=deadline,
            fresh=fresh,
        )
        return await self._web.exchange(call)
