"""The table of faults: data, printed in docs/sandbox.md and by ``GET /sandbox/faults``."""

from dataclasses import dataclass
from typing import Literal

Moment = Literal["reply", "accept", "media", "switch"]
"""When a fault acts: on an answer, when a task is accepted, when a file is fetched, or all the time."""

ROUTES = (
    *("generate", "extend", "create", "look", "upgrade", "credit", "download-url", "upload", "media"),
    *("record-info", "get-1080p-video", "get-4k-video"),
    *("file", "media-link", "list", "models", "token"),
)
"""What may stand behind an @: the general names, and the providers' own names for the same."""

# Where a fault strikes if its spec names no route.
SUBMITS = ("generate", "extend", "create")
FILES = ("media",)
LOOKS = ("look",)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """One thing that can go wrong. `once`: it strikes one time unless `times` says otherwise."""

    name: str
    moment: Moment
    meaning: str
    routes: tuple[str, ...] = ()
    """Where it strikes when the spec names no route; everywhere if empty."""
    once: bool = True
    value: str = ""
    """The key that ``name=value`` sets."""
    keys: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    example: str = ""
    refusal: tuple[int, str] | None = None
    """The provider's code and words, for faults that refuse a request."""


def _reply(name: str, meaning: str, *keys: str, routes: tuple[str, ...] = SUBMITS) -> FaultKind:
    return FaultKind(name=name, moment="reply", meaning=meaning, routes=routes, keys=keys)


def _refusal(name: str, code: int, words: str, *, routes: tuple[str, ...] = SUBMITS) -> FaultKind:
    meaning = f"Refused with code {code}; nothing is charged."
    return FaultKind(
        name=name, moment="reply", meaning=meaning, routes=routes, refusal=(code, words), keys=("message", "http")
    )


def _task(name: str, meaning: str, *keys: str, value: str = "", example: str = "") -> FaultKind:
    needs = (value,) if example else ()
    every = (*keys, value) if value else keys
    return FaultKind(
        name=name,
        moment="accept",
        meaning=meaning,
        routes=SUBMITS,
        once=False,
        value=value,
        keys=every,
        needs=needs,
        example=example,
    )


def _media(name: str, meaning: str, *keys: str, value: str = "") -> FaultKind:
    every = (*keys, value) if value else keys
    return FaultKind(name=name, moment="media", meaning=meaning, routes=FILES, value=value, keys=every)


def _switch(name: str, meaning: str, value: str = "", example: str = "") -> FaultKind:
    needs, keys = ((value,), (value,)) if value else ((), ())
    return FaultKind(
        name=name, moment="switch", meaning=meaning, once=False, value=value, keys=keys, needs=needs, example=example
    )


IMAGE_UNREACHABLE = "Failed to fetch the image. Kindly verify any access limits set by you or your service provider."

# Codes and texts of refusals are kie's where it has them: its error table and bodies seen in clients (2025-10 to
# 2026-10). Kling and Google translate them into their own (`kling/replies.py`, `google/errors.py`).
_TABLE = (
    _reply("lost-reply", "The request is carried out and charged, then the connection drops without an answer."),
    _reply("lost-request", "The connection drops before the request is carried out."),
    _reply("hang", "The request is carried out, then no answer comes for `seconds` (3600).", "seconds"),
    _reply("empty-body", "The request is carried out; the answer is 200 without a body."),
    _reply("not-json", "The request is carried out; the answer is 200 with text that is not JSON."),
    _reply("cut-json", "The request is carried out; the answer ends in the middle, with a length that agrees."),
    _reply("slow-reply", "The request is carried out; the answer comes in pieces over `seconds` (10).", "seconds"),
    _reply("http-502-html", "A proxy answers 502 with a page; `commit=yes` acts on the request first.", "commit"),
    _reply(
        "http-error",
        "A proxy answers `status` with a page; `commit=yes` acts on the request first.",
        "status",
        "commit",
    ),
    FaultKind(
        name="status",
        moment="reply",
        meaning="Refused with the code `code`, the words `message` and HTTP status `http`; `commit=yes` acts first.",
        routes=SUBMITS,
        value="code",
        keys=("code", "message", "http", "commit"),
        needs=("code",),
        example="455",
    ),
    _refusal("code-500", 500, "Server error, please try again later."),
    _refusal("code-501", 501, "Video generation task failed."),
    FaultKind(
        name="rate-limit",
        moment="reply",
        # Whether kie sends Retry-After is not known (2026-11), so the header is an option.
        meaning="HTTP 429; `retry_after` adds the header.",
        routes=SUBMITS,
        keys=("retry_after",),
    ),
    _refusal("insufficient-credits", 402, "The current credits are insufficient. Please top up."),
    _refusal("key-cap", 433, "The current number of points used by apiKey has exceeded the daily limit"),
    _refusal("bad-key", 401, "You do not have access permissions"),
    _refusal("maintenance", 455, "The service is currently undergoing maintenance."),
    _refusal("feature-disabled", 505, "This feature is currently disabled."),
    _refusal("content-policy", 400, "Your prompt was flagged by Website as violating content policies."),
    _refusal("retired-model", 404, "The requested model is no longer available."),
    _refusal("not-extendable", 422, "Videos generated after 1080P generation cannot be extended.", routes=("extend",)),
    _refusal(
        "not-processed",
        400,
        "Input video must be a video that was generated by VEO that has been processed.",
        routes=("extend",),
    ),
    _refusal("image-unreachable", 451, IMAGE_UNREACHABLE),
    _refusal("poll-error", 500, "err", routes=LOOKS),
    FaultKind(name="vanished-task", moment="reply", meaning="The task is unknown when looked up.", routes=LOOKS),
    FaultKind(
        name="wrong-task-id", moment="reply", meaning="The answer to a look-up names another task.", routes=LOOKS
    ),
    _task("moderation-after-accept", "Accepted and charged, then the task fails for its content."),
    _task(
        "task-failed",
        "The task fails with the error code `code` (501) and the words `message`; `flag` is 2 or 3.",
        "message",
        "flag",
        value="code",
    ),
    _task("stuck", "The task never ends."),
    _task("slow", "The task takes this many seconds.", value="seconds", example="30"),
    _task(
        "success-without-url",
        "Success is reported without any link for the first `polls` polls, or `forever`.",
        "polls",
        "forever",
    ),
    _task("file-failed", "The file of the result is never ready (Gemini)."),
    _task("status-word", "The task has the status `word` until it is done (Kling).", value="word", example="preparing"),
    _task(
        "lagging",
        "For this many seconds the task is found by its id only, not by its name or in lists (Kling).",
        value="seconds",
        example="30",
    ),
    _task("no-callback", "No callback is sent (Kling)."),
    _task("duplicate-callback", "Every callback is sent twice (Kling)."),
    _task("stale-inside", "A gateway's task is done, but what it repeats of Kling's answer is old (Kling)."),
    _task("urls-as-json-string", "Links come as a JSON string instead of an array."),
    _task("no-full", "An extension reports its segment only."),
    _task("full-only", "An extension reports the whole video only."),
    _task("times-as-text", "Times come as text without a zone."),
    _task("fallback-flag", "The task was made by the fallback model."),
    _task("segment-seconds", "The new footage is this many seconds long.", value="seconds", example="8"),
    _task("jump", "The new footage jumps ahead by this many frames: a visible cut.", value="frames", example="60"),
    _task("other-world", "The new footage does not continue what was there."),
    _task("frame-rate", "The files have another frame rate.", value="rate", example="30"),
    _task("size", "The files have another size.", value="size", example="960x720"),
    _task("no-audio", "The files have no sound."),
    _task(
        "truncated-file", "The files end after `share` (0.7) of their bytes, with a length that agrees.", value="share"
    ),
    _task("corrupt-file", "The files have a hole of `bytes` (65536) zeros in the middle.", value="bytes"),
    _media("html-instead-of-mp4", "The link answers 200 with a web page."),
    _media("dead-link", "The link answers `status` (404).", value="status"),
    _media("slow-download", "The file comes at `bytes_per_second` (100000).", value="bytes_per_second"),
    _media("cut-download", "The connection drops after `at` bytes (100000).", value="at"),
    _media("ignore-range", "A request for a part is answered with the whole."),
    _media("wrong-length", "The announced length is `by` bytes (1000) more than what comes.", value="by"),
    _media("oversized", "The file is followed by `bytes` (1000000) zeros.", value="bytes"),
    _media("flipped-byte", "One byte in the middle of the file is wrong."),
    _switch("balance", "The starting balance in credits (10000).", "credits", "100"),
    _switch("charge-at-success", "Money is taken when a task succeeds, not when it is accepted."),
    _switch("no-refund", "A failed task is not refunded."),
    _switch("no-rate-limit", "No limit of requests per time."),
    _switch("upgrade-segment-only", "An upgrade to 1080p or 4K holds the last segment only."),
    _switch("unknown-task-null", "An unknown task is answered with `data: null`."),
    _switch("strict-fields", "Unknown request fields are refused."),
    _switch("link-seconds", "Result links expire after this many seconds (86400).", "seconds", "60"),
    _switch("signed-links", "Result links carry a signature in their query, and are invalid without it."),
    _switch("errors-as-200", "Refusals come with HTTP 200, unless the fault names another with `http` (Kling)."),
    _switch("unknown-as-1201", "A query for an unknown task is refused with 1201, not with 1203 (Kling)."),
    _switch("list-oldest-first", "Lists begin with the oldest task (Kling)."),
    _switch("slots", "This many tasks may run at a time (Kling, 20).", "slots", "1"),
    _switch(
        "package-seconds",
        "A video can be extended for this many seconds after its submit, then its pack has expired (Kling).",
        "seconds",
        "15",
    ),
    _switch(
        "processing-seconds",
        "A result can be extended only this many seconds after it is done (Gemini).",
        "seconds",
        "15",
    ),
    _switch(
        "redirect-host", "Downloads are redirected to this host, which must not receive the key.", "host", "localhost"
    ),
    _switch("inline-on-look", "A poll of an interaction gives the video itself, though a link was asked for (Omni)."),
    _switch("expired-status", "The status of an expired link (404).", "status", "403"),
)

FAULTS = {kind.name: kind for kind in _TABLE}
