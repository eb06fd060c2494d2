"""kie.ai's answers as values. The verdict is the body's `code`, not the HTTP status; URLs come in three shapes."""

import json
import re
from collections.abc import Mapping

from runner.net.messages import Reply
from runner.providers.base import (
    Accepted,
    Asset,
    Candidate,
    Done,
    Failed,
    Failure,
    Kind,
    Pending,
    State,
    Submission,
    Unknown,
)
from runner.providers.outcomes import Row, Table, verdict

OK = 200
_TASK = re.compile(r"[A-Za-z0-9_-]{1,160}")
_CODE = re.compile(r"[0-9]{1,9}")
_PAGE = 4000  # shortened for people once it is free of secrets: a key that is cut through is not found
_PLAIN = (200, 401, 402, 404, 422, 429, 455)

# The body's `code` on a submit (docs.kie.ai, error codes; facts of 2026-11). Only 401, 402, 404 and 422 without a task
# id prove that nothing was made; 429 is not queued, 455 is maintenance.
CODES: Table = {
    400: Row(Failure.INPUT, "nothing"),
    401: Row(Failure.CREDENTIALS, "refused"),
    402: Row(Failure.BALANCE, "refused"),
    404: Row(Failure.GONE, "refused"),
    408: Row(Failure.TRANSIENT, "nothing"),
    422: Row(Failure.INPUT, "refused"),
    429: Row(Failure.RATE, "later", 10.0),
    433: Row(Failure.BALANCE, "nothing"),
    451: Row(Failure.INPUT, "nothing"),
    455: Row(Failure.TRANSIENT, "later", 60.0),
    500: Row(Failure.TRANSIENT, "nothing"),
    501: Row(Failure.TRANSIENT, "nothing"),
    505: Row(Failure.RETIRED, "nothing"),
}
_PHRASES: tuple[tuple[str, Failure], ...] = (
    ("content polic", Failure.POLICY),
    ("rejected by flow", Failure.POLICY),
    ("rejected by google", Failure.POLICY),
    ("public error", Failure.POLICY),
    ("no longer available", Failure.RETIRED),
    ("credits", Failure.BALANCE),
    ("points used by apikey", Failure.BALANCE),
    ("english prompts", Failure.INPUT),
    ("image", Failure.INPUT),
    ("internal error", Failure.TRANSIENT),
)


def envelope(reply: Reply) -> tuple[int | None, str, object]:
    """A reply's code, words and data; the code is None when the body is not kie.ai's envelope."""
    body = reply.json()
    if not isinstance(body, dict):
        return None, f"HTTP {reply.status}: {reply.text(_PAGE)}", None
    code = body.get("code")
    number = int(code) if isinstance(code, int | str) and _CODE.fullmatch(str(code)) else None
    return number, str(body.get("msg") or ""), body.get("data")


def classify(code: int | None, words: str) -> Failure:
    """What a code and its words mean; the words are more exact where they are known."""
    lowered = words.lower()
    for phrase, failure in _PHRASES:
        if phrase in lowered:
            return failure
    row = CODES.get(code or 0)
    return row.failure if row else Failure.UNKNOWN


def submission(reply: Reply, now: float) -> Submission:
    """What became of a paid submit. Anything that proves neither yes nor no is Unknown."""
    code, words, data = envelope(reply)
    task = data.get("taskId") if isinstance(data, dict) else None
    if code == OK and isinstance(task, str) and _TASK.fullmatch(task):
        return Accepted(task=task)
    said = f"code {code}: {words}" if code is not None else words
    # A code inside a 3xx or 5xx reply speaks for a gateway, not for kie.ai.
    if code is None or task or reply.status not in _PLAIN:
        return Unknown(words=said)
    return verdict(CODES.get(code), said, failure=classify(code, words), asked=reply.retry_after(now))


def candidate(task: str, data: Mapping[str, object]) -> Candidate:
    """A record as a task that a person found; `paramJson` repeats what was asked for, as a string."""
    asked = _object(data.get("paramJson"))
    made = data.get("createTime")
    return Candidate(
        task=task,
        prompt=str(asked.get("prompt") or ""),
        parent=str(asked.get("taskId") or ""),
        created_at=made / 1000 if isinstance(made, int | float) else 0.0,
    )


def _object(text: object) -> Mapping[str, object]:
    try:
        parsed = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def record(data: Mapping[str, object], kind: Kind) -> State:
    """A record-info record as a state; a success without a URL counts as pending for a while."""
    flag = data.get("successFlag")
    if flag in (0, "0", None):
        return Pending(words="generating")
    if flag not in (1, "1"):
        words = str(data.get("errorMessage") or "the task failed without a reason")
        code = data.get("errorCode")
        return Failed(words=words, failure=classify(code if isinstance(code, int) else None, words))
    response = data.get("response")
    fields = response if isinstance(response, dict) else data
    assets = _assets(fields, kind)
    if not assets:
        return Pending(words="done, but without a result so far", empty=True)
    notes = ("kie.ai used its fallback model: 720p, cannot be upgraded",) if data.get("fallbackFlag") is True else ()
    return Done(assets=assets, notes=notes)


def _assets(fields: Mapping[str, object], kind: Kind) -> tuple[Asset, ...]:
    """An extension gives the segment in `resultUrls` and the whole in `fullResultUrls`; a generation is the whole."""
    results, whole = urls(fields.get("resultUrls")), urls(fields.get("fullResultUrls"))
    if kind == "generate":
        return tuple(Asset(role="film", url=url) for url in results[:1] or whole[:1])
    films = tuple(Asset(role="film", url=url) for url in whole[:1])
    return (*films, *(Asset(role="segment", url=url) for url in results[:1]))


def urls(value: object) -> tuple[str, ...]:
    """Result URLs, given as an array, as a JSON string of one, as a bare URL, or not at all."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = [value]
    if not isinstance(value, list):
        return ()
    return tuple(url for url in value if isinstance(url, str) and url.startswith(("http://", "https://")))
