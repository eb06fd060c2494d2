"""Kling's answers as values, in whatever wrapping they come: its own envelope, or a gateway's task around it.

A tolerant reader: every field may be missing, null, or of another kind; an id is text whatever it looks like.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.net.messages import Reply, parse_whole
from runner.providers.base import Asset, Done, Failed, Pending, State
from runner.providers.http_api import MAX_PAGE, NO_RESULT, Object, as_list, as_object, is_web_url, parse_json
from runner.providers.kling.codes import OK, classify

_DONE = frozenset({"succeed", "succeeded", "success", "completed"})
_FAILED = frozenset({"failed", "failure", "fail"})
_QUEUED = frozenset({"submitted", "queued", "not_start", ""})
_RUNNING = frozenset({"processing", "in_progress"})
_WRAPPED = ("fail_to_fetch_task",)  # its message is the answer that Kling gave, as text
_EMPTY_WORDS = frozenset({"", "succeed", "success"})  # `message` and `fail_reason` of failed tasks (new-api PR 2532)
_SERVER_ERROR = 500
_MOST_SECONDS = 1e11  # the year 5138; above are milliseconds, as Kling itself tells them


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a reply says: its code (None where there is none), its words, and what is inside."""

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


def read_answer(reply: Reply) -> Answer:
    """Read a reply. A bare task, as some gateways answer with, comes without a code."""
    body = reply.json()
    if not isinstance(body, dict):
        return Answer(status=reply.status, code=None, words=f"HTTP {reply.status}: {reply.text(MAX_PAGE)}", data=None)
    error = body.get("error")
    if error:
        told = as_object(error)
        words = str(told.get("message") or "") if told else str(error)[:MAX_PAGE]
        return Answer(status=reply.status, code=_read_code(told.get("code")) or reply.status, words=words, data=None)
    code, words = _read_code(body.get("code")), str(body.get("message") or "")
    if code in _WRAPPED:
        return _read_wrapped(reply.status, code, words)
    if code is None and "code" not in body:
        return Answer(status=reply.status, code=None, words=words, data=body)
    return Answer(status=reply.status, code=OK if code == "success" else code, words=words, data=body.get("data"))


def _read_code(value: object) -> int | str | None:
    if isinstance(value, bool) or value in (None, ""):
        return None
    if isinstance(value, int):
        return value
    text = str(value)
    number = parse_whole(text) if isinstance(value, str) else None
    return text[:60] if number is None else number


def _read_wrapped(status: int, code: int | str, words: str) -> Answer:
    inner = as_object(parse_json(words))
    if _read_code(inner.get("code")) is None:
        return Answer(status=status, code=status if status < _SERVER_ERROR else code, words=words, data=None)
    return Answer(status=status, code=_read_code(inner["code"]), words=str(inner.get("message") or ""), data=None)


def is_bare_task(data: object) -> bool:
    """Whether an answer without a code is a task all the same, and not an error that has an id."""
    return isinstance(data, dict) and bool(_text(data, "task_id") or data.get("object") == "video")


def read_task(data: object) -> Task | None:
    """Return the task in an answer's data; None where there is none."""
    if not isinstance(data, dict):
        return None
    inner = _find_inner(data)
    url, video = _read_result(data, inner)
    named = _text(data, "task_id") or _text(data, "id")
    if not named:
        return None
    info = as_object(inner.get("task_info"))
    return Task(
        id=named,
        status=_read_status(data, inner),
        words=_read_words(data, inner),
        url=url,
        video=video,
        name=_text(info, "external_task_id") or _text(inner, "external_task_id") or _text(inner, "external_id"),
        extends=_text(as_object(info.get("parent_video")), "id"),
        created_at=_read_time(inner.get("created_at") or inner.get("create_time")),
    )


def _find_inner(data: Object) -> Object:
    """Return Kling's own task inside a gateway's, where there is one: in Kling's envelope, bare, or as text."""
    envelope = as_object(parse_json(data.get("data")))
    bare_task = envelope if "task_status" in envelope else {}
    return as_object(envelope.get("data")) or bare_task or data


def _read_status(data: Object, inner: Object) -> str:
    """Return how a task stands, in one word; what Kling says of its end counts more than what a gateway says."""
    said = str(inner.get("task_status") or inner.get("status") or "").lower()
    around = str(data.get("task_status") or data.get("status") or "").lower()
    return said if said in _DONE | _FAILED else around or said


def _read_result(data: Object, inner: Object) -> tuple[str, str]:
    """Return link and id of the result; a gateway may tell the link alone, in a field for failures."""
    made = as_object(inner.get("task_result")).get("videos") or inner.get("outputs")
    for video in map(as_object, as_list(made)):
        if is_web_url(video.get("url")):
            return str(video["url"]), _text(video, "id")
    links = (data.get("fail_reason"), data.get("result_url"), data.get("url"))
    return next((str(link) for link in links if is_web_url(link)), ""), ""


def _read_words(data: Object, inner: Object) -> str:
    """Return why a task failed; Kling's `message` says SUCCEED even then."""
    told = (inner.get("task_status_msg"), data.get("task_status_msg"), data.get("fail_reason"), inner.get("message"))
    return next((str(each) for each in told if each and str(each).lower() not in _EMPTY_WORDS), "")


def read_state(task: Task) -> State:
    """Return a task as a state. An unknown status is waited on: the task is paid for."""
    if task.status in _FAILED:
        words = task.words or "the task failed without a reason"
        return Failed(words=words, failure=classify(None, words))
    if task.status not in _DONE:
        known = task.status in _QUEUED or task.status in _RUNNING
        return Pending(words=task.status or "submitted" if known else f"an unknown status, {task.status!r}")
    if not task.url:
        return Pending(words=NO_RESULT, empty=True)
    handle = {"video": task.video} if task.video else {}
    done = Done(assets=(Asset(role="film", url=task.url),), handle=handle)
    if not task.video:
        return Pending(words="done, but without the video's id so far", empty=True, meanwhile=done)
    return done


def read_list(data: object) -> Sequence[Task | None] | None:
    """Return every entry of a list, None for one that cannot be read; None where it is no list at all."""
    return [read_task(each) for each in data] if isinstance(data, list) else None


def _text(fields: Object, name: str) -> str:
    value = fields.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _read_time(value: object) -> float:
    """Return milliseconds, or seconds, since 1970 as seconds; they come as a number or as text."""
    value = float(value) if isinstance(value, str) and value.isdecimal() else value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return value / 1000 if value > _MOST_SECONDS else float(value)
