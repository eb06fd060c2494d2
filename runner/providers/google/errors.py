"""Google's error replies: ``{"error": {code, message, status, details}}``, and what they prove about a paid submit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from runner.errors import ProviderError
from runner.net.messages import Reply
from runner.providers.base import Busy, Failure, Submission, Unknown
from runner.providers.outcomes import Row, Table, verdict

OK = 200
AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_PROCESSING_WAIT = 15.0  # reproduced by others: refused right after the end, taken 15 s later

# By HTTP status, beside an error of Google's own form. Overload (500, 503, 504) is no refusal: there is no key that
# would make a second submit the same as the first.
CODES: Table = {
    400: Row(Failure.INPUT, "refused"),
    401: Row(Failure.CREDENTIALS, "refused"),
    403: Row(Failure.CREDENTIALS, "refused"),
    404: Row(Failure.GONE, "refused"),
    408: Row(Failure.TRANSIENT, "nothing"),
    409: Row(Failure.TRANSIENT, "nothing"),
    429: Row(Failure.RATE, "later", 30.0),
    499: Row(Failure.TRANSIENT, "nothing"),
    500: Row(Failure.TRANSIENT, "nothing"),
    503: Row(Failure.TRANSIENT, "nothing"),
    504: Row(Failure.TRANSIENT, "nothing"),
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
_PHRASES: tuple[tuple[str, Failure], ...] = (
    ("is no longer available", Failure.RETIRED),
    ("is not found for api version", Failure.RETIRED),
    ("publisher model", Failure.RETIRED),
    ("permission to access the file", Failure.GONE),
    ("api key not valid", Failure.CREDENTIALS),
    ("billing", Failure.BALANCE),
    ("content policy", Failure.POLICY),
    ("responsible ai", Failure.POLICY),
)
_DELAY = re.compile(r"(\d+(?:\.\d+)?)s")
_SOON = re.compile(r"retry in (\d+(?:\.\d+)?)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An error reply: the HTTP status, Google's words, and the seconds to wait where they say so."""

    status: int
    words: str
    wait: float | None
    genuine: bool


def trouble(reply: Reply) -> Trouble:
    """Read an error reply; `genuine` is False where the body is not Google's."""
    body = reply.json()
    body = body[0] if isinstance(body, list) and len(body) == 1 else body
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or "message" not in error:
        return Trouble(status=reply.status, words=f"HTTP {reply.status}: {reply.text(200)}", wait=None, genuine=False)
    message = str(error["message"])
    name = error.get("status") or error.get("code") or ""
    return Trouble(
        status=reply.status, words=f"{reply.status} {name}: {message}".strip(), wait=_wait(error, message), genuine=True
    )


def _wait(error: Mapping[str, object], message: str) -> float | None:
    """RetryInfo's delay, or what the message says."""
    details = error.get("details")
    for detail in details if isinstance(details, list) else []:
        found = _DELAY.fullmatch(str(detail.get("retryDelay", ""))) if isinstance(detail, dict) else None
        if found:
            return float(found[1])
    told = _SOON.search(message)
    return float(told[1]) if told else None


def classify(status: int, words: str) -> Failure:
    """The class of an error; the words are more exact where they are known."""
    lowered = words.lower()
    for phrase, failure in _PHRASES:
        if phrase in lowered and not (failure is Failure.BALANCE and status == 429):  # noqa: PLR2004 -- quota, by HTTP
            return failure
    row = CODES.get(status)
    return row.failure if row else Failure.UNKNOWN


def refused(reply: Reply, now: float) -> Submission:
    """What an error reply to a paid submit proves."""
    found = trouble(reply)
    if not found.genuine:
        return Unknown(words=found.words)
    if "has been processed" in found.words and reply.status == 400:  # noqa: PLR2004 -- INVALID_ARGUMENT
        return Busy(words=found.words, wait=_PROCESSING_WAIT)
    asked = found.wait if found.wait is not None else reply.retry_after(now)
    failure = classify(found.status, found.words)
    return verdict(CODES.get(found.status), found.words, failure=failure, asked=asked)


def question_failed(whose: str, reply: Reply) -> ProviderError:
    """The error for a question that was not answered; it says whether to ask again."""
    found = trouble(reply)
    failure = classify(found.status, found.words)
    again = reply.status in AGAIN or not found.genuine
    return ProviderError(f"{whose}: {found.words}", code=f"provider/{failure}", retryable=again)


def operation_failure(code: object, words: str) -> Failure:
    """The class of an error in a finished operation."""
    lowered = words.lower()
    if "support codes" in lowered or "responsible ai" in lowered or "safety" in lowered:
        return Failure.POLICY
    return _OPERATION_CODES.get(code, Failure.UNKNOWN) if isinstance(code, int) else Failure.UNKNOWN
