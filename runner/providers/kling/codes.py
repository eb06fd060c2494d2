"""Kling's codes and words, and those that gateways put in their place."""

from collections.abc import Mapping

from runner.providers.base import Failure
from runner.providers.outcomes import Row, Table

OK = 0
EXPIRED = (1002, 1003, 1004)  # a token signed anew, by the server's clock, may be accepted
ASK_AGAIN = frozenset({1302, 1303, 5000, 5001, 5002})
UNKNOWN_TASK = frozenset({1203, "task_not_exist"})  # not 1202: a route that is not there knows of no task either
DOUBTED = frozenset({1200, 1201})  # also said of a name that is taken already, in words that nobody has written down

# The body's `code` (official documents, error codes). An empty account answers with HTTP 429, which is no reason to try
# again; 5000 to 5002 may come after the task was made.
CODES: Table = {
    1000: Row(Failure.CREDENTIALS, "refused"),
    1001: Row(Failure.CREDENTIALS, "refused"),
    1002: Row(Failure.CREDENTIALS, "refused"),
    1003: Row(Failure.CREDENTIALS, "refused"),
    1004: Row(Failure.CREDENTIALS, "refused"),
    1100: Row(Failure.CREDENTIALS, "refused"),
    1101: Row(Failure.BALANCE, "refused"),
    1102: Row(Failure.BALANCE, "refused"),
    1103: Row(Failure.CREDENTIALS, "refused"),
    1200: Row(Failure.INPUT, "refused"),
    1201: Row(Failure.INPUT, "refused"),
    1202: Row(Failure.GONE, "refused"),
    1203: Row(Failure.GONE, "refused"),
    1300: Row(Failure.POLICY, "refused"),
    1301: Row(Failure.POLICY, "refused"),
    1302: Row(Failure.RATE, "later", 5.0),
    1303: Row(Failure.RATE, "later", 30.0),
    1304: Row(Failure.CREDENTIALS, "refused"),
    5000: Row(Failure.TRANSIENT, "nothing"),
    5001: Row(Failure.TRANSIENT, "nothing"),
    5002: Row(Failure.TRANSIENT, "nothing"),
}
# What gateways say instead (new-api's source, 2026-07): words, or an HTTP status with an error of another form. Behind
# their 429 may be a limit or an empty account; they do not tell.
GATEWAY_CODES: Table = {
    **CODES,
    401: Row(Failure.CREDENTIALS, "refused"),
    402: Row(Failure.BALANCE, "refused"),
    403: Row(Failure.BALANCE, "refused"),
    404: Row(Failure.GONE, "refused"),
    429: Row(Failure.RATE, "later", 30.0),
    "task_failed": Row(Failure.INPUT, "refused"),
    "invalid_request": Row(Failure.INPUT, "refused"),
    "quota_not_enough": Row(Failure.BALANCE, "refused"),
    "task_not_exist": Row(Failure.GONE, "refused"),
    "fail_to_fetch_task": Row(Failure.TRANSIENT, "nothing"),
}
_BY_STATUS = (401, 402, 403, 429)
_HIDING = frozenset({"task_failed"})  # stands for whatever Kling said with HTTP 200; only the words tell
_BY_WORDS = {Failure.TRANSIENT: Row(Failure.TRANSIENT, "nothing"), Failure.RATE: Row(Failure.RATE, "later", 30.0)}
_PHRASES: tuple[tuple[str, Failure], ...] = (
    ("risk control", Failure.POLICY),
    ("content policy", Failure.POLICY),
    ("balance not enough", Failure.BALANCE),
    ("quota", Failure.BALANCE),
    ("parallel task", Failure.RATE),
    ("frequency", Failure.RATE),
    ("too many requests", Failure.RATE),
    ("饱和", Failure.RATE),
    ("no longer available", Failure.RETIRED),
    ("model is not supported", Failure.RETIRED),
    ("image", Failure.INPUT),
    ("invalid", Failure.INPUT),
    ("internal", Failure.TRANSIENT),
    ("timeout", Failure.TRANSIENT),
    ("timed out", Failure.TRANSIENT),
)


def row_of(code: int | str, words: str, status: int, table: Table) -> Row | None:
    """The row of an answer: of its code; for a gateway's word that nobody knows, of its HTTP status."""
    row = table.get(code)
    if row is None and isinstance(code, str) and status in _BY_STATUS:
        return table.get(status)
    if code in _HIDING:
        row = _BY_WORDS.get(classify(None, words), row)
    return row


def classify(code: int | str | None, words: str, table: Mapping[int | str, Row] = GATEWAY_CODES) -> Failure:
    """The class of a failure: by its code where that is exact, else by its words."""
    row = table.get(code) if code is not None else None
    if row and row.failure is not Failure.INPUT:
        return row.failure
    lowered = words.lower()
    found = next((failure for phrase, failure in _PHRASES if phrase in lowered), None)
    return found or (row.failure if row else Failure.UNKNOWN)
