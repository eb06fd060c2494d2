"""Kling's codes and words, and those that gateways put in their place."""

from runner.providers.base import Failure
from runner.providers.http_api import CodeRow, CodeTable, classify_words

OK = 0
BAD_TOKEN = (1002, 1003, 1004)  # one signed again, by the server's clock, may be accepted
RETRYABLE = frozenset({1302, 1303, 5000, 5001, 5002})
NO_SUCH_TASK = frozenset({1203, "task_not_exist"})  # not 1202: a route that is not there knows of no task either
# 1201 is also the answer to a name that is taken already, which two clients report; its words are not documented.
MAY_BE_DUPLICATE = frozenset({1200, 1201})

# The body's `code` (official documents, error codes, 2026-02). An empty account (1101, 1102) answers with HTTP 429,
# which is no reason to try again; 5000 to 5002 may come after the task was made. 1302 is a rate, over in seconds; 1303
# are tasks in flight, over when one of them ends: 5 s and 30 s are ours, the documents ask for a second at least.
CODES: CodeTable = {
    1000: CodeRow(Failure.CREDENTIALS, "refused"),
    1001: CodeRow(Failure.CREDENTIALS, "refused"),
    1002: CodeRow(Failure.CREDENTIALS, "refused"),
    1003: CodeRow(Failure.CREDENTIALS, "refused"),
    1004: CodeRow(Failure.CREDENTIALS, "refused"),
    1100: CodeRow(Failure.CREDENTIALS, "refused"),
    1101: CodeRow(Failure.BALANCE, "refused"),
    1102: CodeRow(Failure.BALANCE, "refused"),
    1103: CodeRow(Failure.CREDENTIALS, "refused"),
    1200: CodeRow(Failure.INPUT, "refused"),
    1201: CodeRow(Failure.INPUT, "refused"),
    1202: CodeRow(Failure.GONE, "refused"),
    1203: CodeRow(Failure.GONE, "refused"),
    1300: CodeRow(Failure.POLICY, "refused"),
    1301: CodeRow(Failure.POLICY, "refused"),
    1302: CodeRow(Failure.RATE, "later", 5.0),
    1303: CodeRow(Failure.RATE, "later", 30.0),
    1304: CodeRow(Failure.CREDENTIALS, "refused"),
    5000: CodeRow(Failure.TRANSIENT, "nothing"),
    5001: CodeRow(Failure.TRANSIENT, "nothing"),
    5002: CodeRow(Failure.TRANSIENT, "nothing"),
}
# What gateways say instead (new-api's source, 2026-07): words, or an HTTP status with an error of another form. Behind
# their 429 may be a limit or an empty account; they do not tell.
GATEWAY_CODES: CodeTable = {
    **CODES,
    401: CodeRow(Failure.CREDENTIALS, "refused"),
    402: CodeRow(Failure.BALANCE, "refused"),
    403: CodeRow(Failure.BALANCE, "refused"),
    404: CodeRow(Failure.GONE, "refused"),
    429: CodeRow(Failure.RATE, "later", 30.0),
    "task_failed": CodeRow(Failure.INPUT, "refused"),
    "invalid_request": CodeRow(Failure.INPUT, "refused"),
    "quota_not_enough": CodeRow(Failure.BALANCE, "refused"),
    "task_not_exist": CodeRow(Failure.GONE, "refused"),
    "fail_to_fetch_task": CodeRow(Failure.TRANSIENT, "nothing"),
}
_STATUS_ROWS = (401, 402, 403, 429)
_OPAQUE = frozenset({"task_failed"})  # stands for whatever Kling said with HTTP 200; only the words tell
_BY_WORDS = {
    Failure.TRANSIENT: CodeRow(Failure.TRANSIENT, "nothing"),
    Failure.RATE: CodeRow(Failure.RATE, "later", 30.0),
}
# Task-level failures and gateways' errors have no code, only words (seen in live answers of 2025 and 2026).
_PHRASES = (
    ("risk control", Failure.POLICY),
    ("content policy", Failure.POLICY),
    ("balance not enough", Failure.BALANCE),
    ("quota", Failure.BALANCE),
    ("parallel task", Failure.RATE),
    ("frequency", Failure.RATE),
    ("too many requests", Failure.RATE),
    ("饱和", Failure.RATE),  # "saturated": a gateway's upstream has no room
    ("no longer available", Failure.RETIRED),
    ("model is not supported", Failure.RETIRED),
    ("image", Failure.INPUT),
    ("invalid", Failure.INPUT),
    ("internal", Failure.TRANSIENT),
    ("timeout", Failure.TRANSIENT),
    ("timed out", Failure.TRANSIENT),
)


def find_row(code: int | str, words: str, status: int, table: CodeTable) -> CodeRow | None:
    """Return the row of an answer: of its code; for an unknown word of a gateway, of its HTTP status."""
    row = table.get(code)
    if row is None and isinstance(code, str) and status in _STATUS_ROWS:
        return table.get(status)
    if code in _OPAQUE:
        row = _BY_WORDS.get(classify(None, words), row)
    return row


def classify(code: int | str | None, words: str, table: CodeTable = GATEWAY_CODES) -> Failure:
    """Return the class of a failure: by its code where that is exact, else by its words."""
    row = table.get(code) if code is not None else None
    if row and row.failure is not Failure.INPUT:
        return row.failure
    return classify_words(words, _PHRASES) or (row.failure if row else Failure.UNKNOWN)
