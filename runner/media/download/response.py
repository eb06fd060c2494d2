"""What an answer to a download request means: start over, go on, already whole, or try again later."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum

from runner.errors import DownloadError
from runner.media.download.part_file import Note
from runner.net.messages import parse_whole, retry_after

# RFC 7232, section 2.2.2: a date counts as strong where it is at least a minute older than the answer.
_DATE_IS_STRONG = 60.0
_LATER = frozenset({408, 425, 429})
_RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19})")
_UNSATISFIED = re.compile(r"bytes \*/([0-9]{1,19})")

# 203 is a 200 that a proxy touched (RFC 9110, section 15.3.4): the bytes tell whether they are the file.
OK, TOUCHED, PARTIAL, NO_RANGE = 200, 203, 206, 416


class TryFailed(DownloadError):
    """One try failed; another may succeed. `dead`: only with a fresh link. `wait`: what the server asks for."""

    def __init__(self, message: str, *, code: str = "", dead: bool = False, wait: float = 0.0) -> None:
        super().__init__(message, code=code, retryable=True)
        self.dead = dead
        self.wait = wait


class Step(Enum):
    """What to do with the body of an answer."""

    RESTART = "take it from the first byte"
    CONTINUE = "append it"
    DONE = "everything is here already"
    STALE = "what we have is of no use: ask again from the first byte"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The head of an answer: status, headers with names in lower case, and when it came (seconds since 1970)."""

    status: int
    headers: Mapping[str, str]
    now: float


def choose_step(answer: Answer, note: Note, offset: int) -> Step:
    """Choose what to do with an answer to a request for all from `offset` on; TryFailed where it carries no file."""
    if answer.status in (OK, TOUCHED):
        return Step.RESTART
    if answer.status == PARTIAL and not offset:
        return Step.RESTART if _begins(answer.headers) else Step.STALE
    if answer.status == PARTIAL:
        return Step.CONTINUE if _continues(answer.headers, note, offset) else Step.STALE
    if answer.status == NO_RANGE and offset:
        found = _UNSATISFIED.fullmatch(answer.headers.get("content-range", ""))
        return Step.DONE if found and int(found[1]) == offset == (note.total or offset) else Step.STALE
    raise _refusal(answer)


def parse_note(headers: Mapping[str, str]) -> Note:
    """Read from an answer that begins with the first byte what has to be remembered of the remote file."""
    length = headers.get("content-length", "")
    if part := _RANGE.fullmatch(headers.get("content-range", "")):
        length = part[3]
    elif "transfer-encoding" in headers:
        length = ""
    return Note(
        validator=parse_validator(headers),
        total=parse_whole(length),
        digest=_digest(headers),
        content_type=headers.get("content-type", ""),
    )


def parse_validator(headers: Mapping[str, str]) -> str:
    """Return what may stand in If-Range: a strong ETag, or a date that is old enough to be as good."""
    etag = headers.get("etag", "")
    if etag:
        return etag if etag.startswith('"') else ""
    changed = headers.get("last-modified", "")
    try:
        age = parsedate_to_datetime(headers.get("date", "")) - parsedate_to_datetime(changed)
    except (ValueError, TypeError):
        return ""
    return changed if age.total_seconds() >= _DATE_IS_STRONG else ""


def _begins(headers: Mapping[str, str]) -> bool:
    """Tell whether a range that was not asked for begins with the first byte; what is missing is asked for then."""
    found = _RANGE.fullmatch(headers.get("content-range", ""))
    return found is None or int(found[1]) == 0


def _continues(headers: Mapping[str, str], note: Note, offset: int) -> bool:
    found = _RANGE.fullmatch(headers.get("content-range", ""))
    if found is None:
        return False
    first, last, total = (int(number) for number in found.groups())
    name = "etag" if note.validator.startswith('"') else "last-modified"
    # RFC 9110, section 15.3.7: a 206 must repeat the ETag; a date may be left out of an answer to If-Range.
    same = headers.get(name, "" if name == "etag" else note.validator) == note.validator
    return same and first == offset and last == total - 1 and total == (total if note.total is None else note.total)


def _refusal(answer: Answer) -> TryFailed:
    wait = retry_after(answer.headers, answer.now) or 0.0
    words = f"the server answered with status {answer.status}"
    busy = answer.status in _LATER or not 400 <= answer.status < 500  # noqa: PLR2004 -- the range of refusals
    return TryFailed(words, code="" if busy else "download/dead-link", dead=not busy, wait=wait)


def _digest(headers: Mapping[str, str]) -> str:
    """Read the digest of the whole file from the headers that may hold one."""
    strong = re.search(r"sha-256=:([^:]+):", headers.get("repr-digest", ""))
    if strong:
        return _hex("sha256", strong[1])
    # Google Cloud Storage sends md5 (and crc32c) in a header of its own; others Content-MD5, which RFC 7231 dropped.
    google = re.search(r"md5=([\w+/=]+)", headers.get("x-goog-hash", ""))
    return _hex("md5", google[1] if google else headers.get("content-md5", ""))


def _hex(kind: str, encoded: str) -> str:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return f"{kind} {raw.hex()}" if raw else ""
