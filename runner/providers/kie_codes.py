"""What kie.ai's codes mean, and the words beside them, which are more exact where they are known."""

from runner.providers.base import Failure
from runner.providers.http_api import CodeRow, CodeTable, classify_words

# The body's `code` (docs.kie.ai, error codes, 2026-04; 408, 433 and 451 seen in answers). Only 401, 402, 404 and 422
# without a task id prove that nothing was made, and 400 ("the prompt violates the content policy, or another mistake in
# the input") where its words say so; 429 is not queued, 455 is maintenance. 10 s is the window of the documented limit,
# 20 requests; 60 s is ours, for maintenance has no documented end.
CODES: CodeTable = {
    400: CodeRow(Failure.INPUT, "words"),
    401: CodeRow(Failure.CREDENTIALS, "refused"),
    402: CodeRow(Failure.BALANCE, "refused"),
    404: CodeRow(Failure.GONE, "refused"),
    408: CodeRow(Failure.TRANSIENT, "nothing"),
    422: CodeRow(Failure.INPUT, "refused"),
    429: CodeRow(Failure.RATE, "later", 10.0),
    433: CodeRow(Failure.BALANCE, "nothing"),
    451: CodeRow(Failure.INPUT, "nothing"),
    455: CodeRow(Failure.TRANSIENT, "later", 60.0),
    500: CodeRow(Failure.TRANSIENT, "nothing"),
    501: CodeRow(Failure.TRANSIENT, "nothing"),
    505: CodeRow(Failure.RETIRED, "nothing"),
}
# One code stands for many things, so the words decide where they are known; the order matters ("image" is in many).
PHRASES = (
    ("polic", Failure.POLICY),
    ("violat", Failure.POLICY),
    ("flagged", Failure.POLICY),
    ("unsafe", Failure.POLICY),
    ("prohibited", Failure.POLICY),
    ("sensitive", Failure.POLICY),
    ("moderation", Failure.POLICY),
    ("usage guidelines", Failure.POLICY),
    ("rejected by flow", Failure.POLICY),
    ("rejected by google", Failure.POLICY),
    ("public error", Failure.POLICY),
    ("no longer available", Failure.RETIRED),
    ("credits", Failure.BALANCE),
    ("points used by apikey", Failure.BALANCE),
    ("english prompts", Failure.INPUT),
    ("image", Failure.INPUT),
    ("internal error", Failure.TRANSIENT),
    ("try again", Failure.TRANSIENT),
    ("prompt", Failure.INPUT),
    ("invalid", Failure.INPUT),
    ("parameter", Failure.INPUT),
    ("not supported", Failure.INPUT),
    ("is required", Failure.INPUT),
)


def classify(code: int | None, words: str) -> Failure:
    """Return the class of a code and its words; the words are more exact where they are known."""
    row = CODES.get(code or 0)
    return classify_words(words, PHRASES) or (row.failure if row else Failure.UNKNOWN)
