"""Google's error replies: ``{"error": {code, message, status, details}}``, and what they prove about a paid submit."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.errors import ProviderError
from runner.net.messages import Reply
from runner.providers.base import Busy, Failure, Submission, Unknown
from runner.providers.http_api import (
    CodeRow,
    CodeTable,
    Object,
    as_list,
    as_object,
    classify_words,
    judge_submit,
    question_error,
)

OK, NOT_FOUND = 200, 404
RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})  # those that google-genai's own HttpRetryOptions repeats
_INVALID, _QUOTA = 400, 429
_PROCESSING_WAIT = 15.0  # reproduced by others: refused right after the end, taken 15 s later

# By HTTP status, beside an error of Google's own form. Overload (500, 503, 504) is no refusal: there is no key that
# would make a second submit the same as the first. A 429 may come without RetryInfo
# (googleapis/python-genai#2065): half a minute is near the 34 s that a recorded one says.
CODES: CodeTable = {
    400: CodeRow(Failure.INPUT, "refused"),
    401: CodeRow(Failure.CREDENTIALS, "refused"),
    403: CodeRow(Failure.CREDENTIALS, "refused"),
    404: CodeRow(Failure.GONE, "refused"),
    408: CodeRow(Failure.TRANSIENT, "nothing"),
    409: CodeRow(Failure.TRANSIENT, "nothing"),
    429: CodeRow(Failure.RATE, "later", 30.0),
    499: CodeRow(Failure.TRANSIENT, "nothing"),
    500: CodeRow(Failure.TRANSIENT, "nothing"),
    503: CodeRow(Failure.TRANSIENT, "nothing"),
    504: CodeRow(Failure.TRANSIENT, "nothing"),
}
# google.rpc.Code, as it stands in a finished operation.
_OPERATION_CODES: Mapping[int, Failure] = {
    3: Failure.INPUT,
    5: Failure.GONE,
    7: Failure.CREDENTIALS,
    8: Failure.TRANSIENT,
    9: Failure.INPUT,
    13: Failure.TRANSIENT,
    14: Failure.TRANSIENT,
    16: Failure.CREDENTIALS,
}
_PHRASES = (
    # Veo's previews ended on 2026-10-22; their ids answer 404 with these words since.
    ("is no longer available", Failure.RETIRED),
    ("is not found for api version", Failure.RETIRED),
    ("publisher model", Failure.RETIRED),
    ("permission to access the file", Failure.GONE),  # 403, also for a file past its two days
    ("api key not valid", Failure.CREDENTIALS),
    ("billing", Failure.BALANCE),
    ("content policy", Failure.POLICY),
    ("responsible ai", Failure.POLICY),
)
# "check your plan and billing details" stands in every quota error, which is a matter of waiting.
_QUOTA_PHRASES = tuple((phrase, failure) for phrase, failure in _PHRASES if failure is not Failure.BALANCE)
_DELAY = re.compile(r"(\d+(?:\.\d+)?)s")
_RETRY_IN = re.compile(r"retry in (\d+(?:\.\d+)?)s")

# Support codes of the content filter (Google's responsible-AI page for Veo, 2026-09).
_FILTERS: Mapping[str, tuple[str, ...]] = {
    "a child": ("58061214", "17301594"),
    "a celebrity": ("29310472", "15236754"),
    "video safety": ("64151117", "42237218"),
    "dangerous content": ("62263041",),
    "hate": ("57734940", "22137204"),
    "prohibited content": ("89371032", "49114662", "63429089", "72817394", "60599140"),
    "content of third parties": ("35561574", "35561575"),
    "sexual content": ("90789179", "43188360"),
    "toxic language": ("78610348",),
    "violence": ("61493863", "56562880"),
    "vulgar language": ("32635315",),
    "other reasons": ("74803281", "29578790", "42876398"),
}
_FILTER_OF = {code: category for category, codes in _FILTERS.items() for code in codes}
_SUPPORT_CODE = re.compile(r"\b\d{8}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReply:
    """An error reply: Google's words, and the seconds to wait where they say so.

    `genuine` is False where the body is not Google's: a proxy's word proves nothing.
    """

    words: str
    wait: float | None
    genuine: bool


def read_error(reply: Reply) -> ErrorReply:
    """Read an error reply."""
    body = reply.json()
    body = body[0] if isinstance(body, list) and len(body) == 1 else body
    error = as_object(as_object(body).get("error"))
    if "message" not in error:
        return ErrorReply(words=f"HTTP {reply.status}: {reply.text(200)}", wait=None, genuine=False)
    message = str(error["message"])
    name = error.get("status") or error.get("code") or ""  # the Interactions API has a word in `code`, and no status
    return ErrorReply(words=f"{reply.status} {name}: {message}".strip(), wait=_read_wait(error, message), genuine=True)


def _read_wait(error: Object, message: str) -> float | None:
    """Return RetryInfo's delay, or what the message says."""
    delays = (_DELAY.fullmatch(str(as_object(each).get("retryDelay", ""))) for each in as_list(error.get("details")))
    found = next(filter(None, delays), None) or _RETRY_IN.search(message)
    return float(found[1]) if found else None


def classify(status: int, words: str) -> Failure:
    """Return the class of an error; the words are more exact where they are known."""
    row = CODES.get(status)
    by_words = classify_words(words, _QUOTA_PHRASES if status == _QUOTA else _PHRASES)
    return by_words or (row.failure if row else Failure.UNKNOWN)


def read_refusal(reply: Reply, now: float) -> Submission:
    """Return what an error reply to a paid submit proves."""
    error = read_error(reply)
    if not error.genuine:
        return Unknown(words=error.words)
    if "has been processed" in error.words and reply.status == _INVALID:
        return Busy(words=error.words, wait=_PROCESSING_WAIT)
    failure = classify(reply.status, error.words)
    wait = _asked_wait(error, reply, now)
    return judge_submit(CODES.get(reply.status), error.words, failure=failure, retry_after=wait)


def reply_error(title: str, reply: Reply, now: float) -> ProviderError:
    """Return the error for a question that was answered by an error; it says whether to ask again, and when."""
    error = read_error(reply)
    retryable = reply.status in RETRYABLE or not error.genuine
    failure = classify(reply.status, error.words)
    wait = _asked_wait(error, reply, now)
    return question_error(title, error.words, failure, retryable=retryable, retry_after=wait)


def _asked_wait(error: ErrorReply, reply: Reply, now: float) -> float | None:
    """Return the seconds that an error wants us to wait, by its details or else by its header."""
    return error.wait if error.wait is not None else reply.retry_after(now)


def classify_operation(code: object, words: str) -> Failure:
    """Return the class of an error in a finished operation."""
    lowered = words.lower()
    if "support codes" in lowered or "responsible ai" in lowered or "safety" in lowered:
        return Failure.POLICY
    return _OPERATION_CODES.get(code, Failure.UNKNOWN) if isinstance(code, int) else Failure.UNKNOWN


def explain_filter(reasons: Sequence[object]) -> str:
    """Return the content filter's reasons, with its support codes in words."""
    said = " ".join(map(str, reasons)) or "the result was held back by the content filter, without a reason"
    meant = sorted({_FILTER_OF[code] for code in _SUPPORT_CODE.findall(said) if code in _FILTER_OF})
    return f"{said} (filtered for {', '.join(meant)})" if meant else said
