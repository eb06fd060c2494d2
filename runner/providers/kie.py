"""kie.ai's Veo 3.1 routes: /api/v1/veo/generate, /extend, /record-info, /get-1080p-video.

Sources: docs.kie.ai (crawled 2026-04, since mid-2026 under /old-model/veo3-api/), and bodies that clients recorded. The
verdict is the body's `code`, for the HTTP status is nearly always 200.
"""

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from runner.errors import ProviderError
from runner.net.messages import Call, FormFile, Link, Reply
from runner.providers.base import (
    Accepted,
    Account,
    Asset,
    Candidate,
    Done,
    Failed,
    Failure,
    Job,
    Kind,
    LookupResult,
    Pending,
    Provider,
    Refused,
    Request,
    Shot,
    State,
    Submission,
    SubmitLookup,
    Unknown,
)
from runner.providers.http_api import (
    MAX_PAGE,
    NO_RESULT,
    HttpApi,
    Object,
    as_list,
    as_object,
    callback_url,
    classify_words,
    drop_nulls,
    is_web_url,
    judge_submit,
    parse_json,
    path_part,
    question_error,
)
from runner.providers.kie_codes import CODES, PHRASES, classify

if TYPE_CHECKING:
    from runner.clock import Clock
    from runner.net.client import Web

_GENERATE, _EXTEND = "/api/v1/veo/generate", "/api/v1/veo/extend"
_RECORD, _UPGRADE = "/api/v1/veo/record-info", "/api/v1/veo/get-1080p-video"

_OK, _BEGUN, _NO_RECORD = 200, 400, 422
_RETRYABLE = (429, 455, 500)
# HTTP statuses that kie.ai documents for its own answers; a code inside another, a 3xx or 5xx, speaks for a gateway.
_OWN_STATUSES = (200, 400, 401, 402, 404, 422, 429, 455)
_UPLOAD_DEADLINE = 120.0  # seconds, ours: a picture on a slow line
# Real ids are 32 hex digits, the samples in the docs are words; nothing else belongs into an address.
_TASK = re.compile(r"[A-Za-z0-9_-]{1,160}")
_CODE = re.compile(r"[0-9]{1,9}")
_UPLOADED = re.compile(r"https?://[!-~]{3,2000}")  # it goes into a paid request, so it has to be a URL

# Extensions name the tiers in words of their own (docs.kie.ai, extend a Veo 3.1 video, 2026-01 and later).
_EXTEND_TIERS = {"veo3": "quality", "veo3_fast": "fast", "veo3_lite": "lite"}


# Requests.


def request(shot: Shot) -> Request:
    """Return the request of a shot; fields that the storyboard leaves open are left to kie.ai."""
    if shot.kind == "generate":
        return Request(method="POST", path=_GENERATE, body=drop_nulls(_generation(shot)))
    task = shot.parent.task if shot.parent else ""
    if shot.kind == "extend":
        return Request(method="POST", path=_EXTEND, body=drop_nulls(_extension(shot, task)))
    # The upgrade is asked for and polled by the same GET, and a second GET is not a second order.
    return Request(method="GET", path=f"{_UPGRADE}?taskId={task}&index=0", repeatable=True)


def _generation(shot: Shot) -> dict[str, object]:
    frames = [url for url in (shot.first_frame, shot.last_frame) if url]
    # Spelled aspectRatio in the docs of 2025, aspect_ratio since; kie.ai's playground sends the old one (2026-09).
    ratio_field = str(shot.options.get("ratio_field", "aspect_ratio"))
    return {
        "prompt": shot.prompt,
        "model": shot.model,
        "generationType": _generation_type(shot, frames),
        "imageUrls": list(shot.references) or frames or None,
        ratio_field: "Auto" if shot.aspect_ratio == "auto" else shot.aspect_ratio,
        "resolution": shot.resolution if shot.resolution != "720p" else None,
        "duration": int(shot.duration) if shot.duration else None,
        "seeds": shot.seed,
        "watermark": shot.options.get("watermark"),
        "callBackUrl": callback_url(shot),
        # kie.ai translates prompts unless told not to; a prompt that was planned is sent as it stands.
        "enableTranslation": bool(shot.options.get("enable_translation", False)),
    }


def _generation_type(shot: Shot, frames: list[str]) -> str:
    if shot.references:
        return "REFERENCE_2_VIDEO"
    return "FIRST_AND_LAST_FRAMES_2_VIDEO" if frames else "TEXT_2_VIDEO"


def _extension(shot: Shot, task: str) -> dict[str, object]:
    return {
        "taskId": task,
        "prompt": shot.prompt,
        "model": _EXTEND_TIERS.get(shot.model, shot.model),
        "seeds": shot.seed,
        "watermark": shot.options.get("watermark"),
        "callBackUrl": callback_url(shot),
    }


# Answers.


def read_envelope(reply: Reply) -> tuple[int | None, str, object]:
    """Return a reply's code, words and data; the code is None when the body is not kie.ai's envelope."""
    body = reply.json()
    if not isinstance(body, dict):
        return None, f"HTTP {reply.status}: {reply.text(MAX_PAGE)}", None
    code = body.get("code")
    code = int(code) if isinstance(code, float) and code.is_integer() else code
    number = int(code) if isinstance(code, int | str) and _CODE.fullmatch(str(code)) else None
    return number, str(body.get("msg") or ""), body.get("data")


def read_submission(reply: Reply, now: float) -> Submission:
    """Return what became of a paid submit. Anything that proves neither yes nor no is Unknown."""
    code, words, data = read_envelope(reply)
    task = as_object(data).get("taskId")
    if code == _OK and isinstance(task, str) and _TASK.fullmatch(task):
        return Accepted(task=task)
    said = _with_code(code, words)
    if code == _OK:
        said = f"it says yes, but names no task that can be read ({said})"
    if code is None or task or reply.status not in _OWN_STATUSES:
        return Unknown(words=said)
    failure = classify_words(words, PHRASES)
    return judge_submit(CODES.get(code), said, failure=failure, retry_after=reply.retry_after(now))


def _with_code(code: int | None, words: str) -> str:
    return f"code {code}: {words}" if code is not None else words


def read_upgrade_submission(task: str, reply: Reply) -> Submission:
    """Return what became of an order of an upgrade: it runs under the id of the task that it upgrades."""
    code, words, _ = read_envelope(reply)
    if code in (_OK, _BEGUN):  # 400 "1080P is processing": it has begun
        return Accepted(task=task)
    if code is None or code in _RETRYABLE:
        return judge_submit(CODES.get(code or 0), words, failure=classify(code, words))
    return Refused(words=_with_code(code, words), failure=classify(code, words))


def read_candidate(task: str, data: Object) -> Candidate:
    """Return a record as a task that a person found; `paramJson` repeats what was asked for, as a string."""
    asked = as_object(parse_json(data.get("paramJson")))
    created = data.get("createTime")
    return Candidate(
        task=task,
        prompt=str(asked.get("prompt") or ""),
        parent=str(asked.get("taskId") or ""),
        # A number of milliseconds, or a text without a time zone, which tells no moment.
        created_at=created / 1000 if isinstance(created, int | float) else 0.0,
    )


def read_record(data: Object, kind: Kind) -> State:
    """Return a record-info record as a state; a success without a URL counts as pending for a while."""
    flag = data.get("successFlag")
    if flag in (0, "0", None):
        return Pending(words="generating")
    # 2 and 3 are documented as failures. Any other without a reason is waited on: the task is paid for.
    if flag not in (1, "1", 2, "2", 3, "3") and not data.get("errorMessage"):
        return Pending(words=f"an unknown status, {str(flag)[:20]!r}")
    if flag not in (1, "1"):
        words = str(data.get("errorMessage") or "the task failed without a reason")
        code = data.get("errorCode")
        return Failed(words=words, failure=classify(code if isinstance(code, int) else None, words))
    response = data.get("response")
    # Samples of 2025 have the links in the record itself.
    assets = _read_assets(response if isinstance(response, dict) else data, kind)
    if not assets:
        return Pending(words=NO_RESULT, empty=True)
    notes = ("kie.ai used its fallback model: 720p, cannot be upgraded",) if data.get("fallbackFlag") is True else ()
    return Done(assets=assets, notes=notes)


def _read_assets(fields: Object, kind: Kind) -> tuple[Asset, ...]:
    """Return a result's files.

    An extension gives the segment in `resultUrls` and the whole in `fullResultUrls`; a generation is the whole.
    """
    results, whole = read_urls(fields.get("resultUrls")), read_urls(fields.get("fullResultUrls"))
    if kind == "generate":
        return tuple(Asset(role="film", url=url) for url in results[:1] or whole[:1])
    films = tuple(Asset(role="film", url=url) for url in whole[:1])
    return (*films, *(Asset(role="segment", url=url) for url in results[:1]))


def read_urls(value: object) -> tuple[str, ...]:
    """Return result URLs, given as an array, as a JSON string of one, as a bare URL, or not at all."""
    parsed = parse_json(value)
    return tuple(str(url) for url in as_list([value] if parsed is None else parsed) if is_web_url(url))


# The account.


def connect(account: Account, web: "Web", clock: "Clock") -> Provider:
    """Connect to an account."""
    return Kie(account, web, clock)


class Kie:
    """One key at one base URL."""

    def __init__(self, account: Account, web: "Web", clock: "Clock") -> None:
        self._clock = clock
        self._uploads = account.upload_url.rstrip("/")
        headers = {"Authorization": f"Bearer {account.key}"}
        self._api = HttpApi(web=web, base=account.base_url.rstrip("/"), headers=lambda: headers, submit_deadline=60.0)

    async def submit(self, request: Request) -> Submission:
        """Send a paid request once."""
        reply = await self._api.submit(request)
        if not isinstance(reply, Reply):
            return reply
        if request.repeatable:
            return read_upgrade_submission(request.path.partition("taskId=")[2].partition("&")[0], reply)
        return read_submission(reply, self._clock.now())

    async def look(self, job: Job) -> State:
        """Ask record-info, the authority on every task, or the upgrade's own route."""
        if job.kind == "upgrade":
            return await self._look_at_upgrade(job.task)
        data = await self._ask(f"{_RECORD}?taskId={path_part(job.task)}")
        if not isinstance(data, dict):
            return Failed(words="kie.ai has no record of this task", failure=Failure.GONE)
        if data.get("taskId", job.task) != job.task:
            raise ProviderError("kie.ai answered about another task", code="provider/wrong-task", retryable=True)
        return read_record(data, job.kind)

    async def _look_at_upgrade(self, task: str) -> State:
        reply = await self._api.ask(f"{_UPGRADE}?taskId={path_part(task)}&index=0")
        code, words, data = read_envelope(reply)
        urls = read_urls(as_object(data).get("resultUrl"))
        if code == _OK and urls:
            return Done(assets=(Asset(role="film", url=urls[0]),))
        # "1080P is processing" comes with 400, and with 422 in what clients saw.
        if code in (_OK, _BEGUN, _NO_RECORD) and "process" in words.lower():
            return Pending(words=words)
        if code is None or code in _RETRYABLE:
            wait = reply.retry_after(self._clock.now()) or 0.0
            raise ProviderError(words, code="provider/unclear", retryable=True, retry_after=wait)
        return Failed(words=_with_code(code, words), failure=classify(code, words))

    async def find(self, lookup: SubmitLookup) -> LookupResult:
        """Look at a task that a person found; kie.ai lists no tasks and takes no names."""
        if not lookup.task:
            return LookupResult()
        data = await self._ask(f"{_RECORD}?taskId={path_part(lookup.task)}")
        found = (read_candidate(lookup.task, data),) if isinstance(data, dict) else ()
        return LookupResult(means="the task's own record", candidates=found)

    def link(self, asset: Asset) -> Link:
        """Return the asset's own link, which is public at kie.ai; a gateway's own links get its key."""
        return self._api.file_link(asset.url)

    async def fresh_link(self, asset: Asset) -> Link:
        """Ask for a link that lives 20 minutes; the old one again where kie.ai does not know it."""
        try:
            data = await self._ask("/api/v1/common/download-url", {"url": asset.url})
        except ProviderError:
            data = None
        return self._api.file_link(str(data) if is_web_url(data) else asset.url)

    async def upload(self, picture: Path, name: str) -> str:
        """Host a picture for three days, free of charge."""
        form: dict[str, str | Path | FormFile] = {"file": picture, "uploadPath": "longtake", "fileName": name}
        url = f"{self._uploads}/api/file-stream-upload"
        call = Call(method="POST", url=url, headers=self._api.headers(), form=form, deadline=_UPLOAD_DEADLINE)
        _, words, data = read_envelope(await self._api.web.exchange(call))
        # The quickstart promises `fileUrl`; real answers (41 recorded, 2026-04) have `downloadUrl` alone.
        hosted = as_object(data).get("downloadUrl")
        if not isinstance(hosted, str) or not _UPLOADED.fullmatch(hosted):
            raise ProviderError(f"uploading {picture.name} failed: {words}", code="provider/upload", retryable=True)
        return hosted

    async def balance(self) -> Decimal | None:
        """Ask for the credits left; kie.ai gives fractions, though its docs say integers."""
        data = await self._ask("/api/v1/chat/credit")
        return Decimal(str(data)) if isinstance(data, int | float) and not isinstance(data, bool) else None

    async def _ask(self, path: str, body: Object | None = None) -> object:
        """Return the data of a free answer, None for a record that is not there.

        Raises:
            ProviderError: the question failed.
        """
        reply = await self._api.ask(path, body)
        code, words, data = read_envelope(reply)
        if code == _OK:
            return data
        if code == _NO_RECORD and "null" in words.lower():  # "record is null", "recordInfo is null"
            return None
        retryable = code is None or code in _RETRYABLE
        wait = reply.retry_after(self._clock.now())
        said, failure = _with_code(code, words), classify(code, words)
        raise question_error("kie.ai", said, failure, retryable=retryable, retry_after=wait)
