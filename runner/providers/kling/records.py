"""Kling's answers as values, in whatever wrapping they come: its own envelope, or a gateway's task around it.

A tolerant reader: every field may be missing, null, or of another kind; an id is text whatever it looks like.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from runner.net.messages import Reply
from runner.providers.base import Asset, Done, Failed, Pending, State
from runner.providers.kling.codes import OK, classify

Object = Mapping[str, object]

_DONE = frozenset({"succeed", "succeeded", "success", "completed"})
_FAILED = frozenset({"failed", "failure", "fail"})
_QUEUED = frozenset({"submitted", "queued", "not_start", ""})
_RUNNING = frozenset({"processing", "in_progress"})
_WRAPPED = ("fail_to_fetch_task",)  # its message is the answer that Kling gave, as text
_SAYS_NOTHING = frozenset({"", "succeed", "success"})  # stands in `message` and `fail_reason` of failed tasks too
_PAGE = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply opened: its code (None where there is none), its words, and what is inside."""

    status: int
    code: int | str | None
    words: str
    data: object

    @property
    def said(self) -> str:
        """The words for people, with the code before them."""
        return f"code {self.code}: {self.words}" if self.code is not None else self.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as it is told of; what is not told is empty.

    `name` is the one that we gave its submit, `extends` the id of the video before; `created_at` in seconds since 1970.
    """

    id: str
    status: str
    words: str
    url: str
    video: str
    name: str
    extends: str
    created_at: float


def opened(reply: Reply) -> Answer:
    """Open a reply. A bare task, as some gateways answer with, comes without a code."""
    body = reply.json()
    if not isinstance(body, dict):
        return Answer(status=reply.status, code=None, words=f"HTTP {reply.status}: {reply.text(_PAGE)}", data=None)
    error = body.get("error")
    if error:
        told = _object(error)
        words = str(told.get("message") or "") if told else str(error)[:_PAGE]
        return Answer(status=reply.status, code=_code(told.get("code")) or reply.status, words=words, data=None)
    code, words = _code(body.get("code")), str(body.get("message") or "")
    if code in _WRAPPED:
        return _unwrapped(reply.status, code, words)
    if code is None and "code" not in body:
        return Answer(status=reply.status, code=None, words=words, data=body)
    return Answer(status=reply.status, code=OK if code == "success" else code, words=words, data=body.get("data"))


def _code(value: object) -> int | str | None:
    if isinstance(value, bool) or value in (None, ""):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() else str(value)[:60]


def _unwrapped(status: int, code: int | str, words: str) -> Answer:
    inner = _object(_parsed(words))
    if _code(inner.get("code")) is None:
        return Answer(status=status, code=status if status < 500 else code, words=words, data=None)  # noqa: PLR2004
    return Answer(status=status, code=_code(inner["code"]), words=str(inner.get("message") or ""), data=None)


def bare(data: object) -> bool:
    """Whether an answer without a code is a task all the same, and not an error that has an id."""
    return isinstance(data, dict) and bool(_text(data, "task_id") or data.get("object") == "video")


def task(data: object) -> Task | None:
    """The task in an answer's data; None where there is none."""
    if not isinstance(data, dict):
        return None
    inner = _inner(data)
    url, video = _result(data, inner)
    named = _text(data, "task_id") or _text(data, "id")
    if not named:
        return None
    info = _object(inner.get("task_info"))
    return Task(
        id=named,
        status=_status(data, inner),
        words=_words(data, inner),
        url=url,
        video=video,
        name=_text(info, "external_task_id") or _text(inner, "external_task_id") or _text(inner, "external_id"),
        extends=_text(_object(info.get("parent_video")), "id"),
        created_at=_seconds(inner.get("created_at") or inner.get("create_time")),
    )


def _inner(data: Object) -> Object:
    """Kling's own task inside a gateway's, where there is one: in Kling's envelope, bare, or as text."""
    envelope = _object(_parsed(data.get("data")))
    bare_task = envelope if "task_status" in envelope else {}
    return _object(envelope.get("data")) or bare_task or data


def _status(data: Object, inner: Object) -> str:
    """How a task stands, in one word; what Kling says of its end counts more than what a gateway says."""
    said = str(inner.get("task_status") or inner.get("status") or "").lower()
    around = str(data.get("task_status") or data.get("status") or "").lower()
    return said if said in _DONE | _FAILED else around or said


def _result(data: Object, inner: Object) -> tuple[str, str]:
    """Link and id of the result; a gateway may tell the link alone, in a field for failures."""
    made = _object(inner.get("task_result")).get("videos") or inner.get("outputs")
    for each in made if isinstance(made, list) else []:
        video = _object(each)
        if _is_link(video.get("url")):
            return str(video["url"]), _text(video, "id")
    links = (data.get("fail_reason"), data.get("result_url"), data.get("url"))
    return next((str(link) for link in links if _is_link(link)), ""), ""


def _words(data: Object, inner: Object) -> str:
    """Why a task failed; Kling's `message` says SUCCEED even then."""
    told = (inner.get("task_status_msg"), data.get("task_status_msg"), data.get("fail_reason"), inner.get("message"))
    return next((str(each) for each in told if each and str(each).lower() not in _SAYS_NOTHING), "")


def state(told: Task) -> State:
    """A task as a state. A status that nobody knows is waited on: the task is paid for."""
    if told.status in _FAILED:
        words = told.words or "the task failed without a reason"
        return Failed(words=words, failure=classify(None, words))
    if told.status not in _DONE:
        known = told.status in _QUEUED or told.status in _RUNNING
        return Pending(words=told.status or "submitted" if known else f"an unknown status, {told.status!r}")
    if not told.url:
        return Pending(words="done, but without a result so far", empty=True)
    handle = {"video": told.video} if told.video else {}
    done = Done(assets=(Asset(role="film", url=told.url),), handle=handle)
    if not told.video:
        return Pending(words="done, but without the video's id so far", empty=True, meanwhile=done)
    return done


def listed(data: object) -> Sequence[Task | None] | None:
    """Every entry of a list, None for one that cannot be read; None where it is no list at all."""
    return [task(each) for each in data] if isinstance(data, list) else None


def _object(value: object) -> Object:
    return cast("Object", value) if isinstance(value, dict) else {}


def _parsed(value: object) -> object:
    """What is inside a text, where it is JSON."""
    if not isinstance(value, str):
        return value
    try:
        inside: object = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return inside


def _text(fields: Object, name: str) -> str:
    value = fields.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _is_link(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def _seconds(value: object) -> float:
    """Milliseconds, or seconds, since 1970; as a number or as text."""
    value = float(value) if isinstance(value, str) and value.isdecimal() else value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return value / 1000 if value > 1e11 else float(value)  # noqa: PLR2004 -- the year 5138 in seconds
