"""What all HTTP APIs of providers share: sending a call, judging its answer, reading JSON, and parts of requests.

Nothing here loads the HTTP library, so that a dry run can build every request without it.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, cast
from urllib.parse import quote, urljoin

from runner.errors import ProviderError
from runner.net.address_policy import same_origin
from runner.net.messages import Call, Link, Lost, NotSent, Reply
from runner.net.messages import parse_json as parse_json_text
from runner.providers.base import Busy, Failure, Refused, Request, Shot, Submission, Unknown, Unsent

if TYPE_CHECKING:
    from runner.net.client import Web

Object = Mapping[str, object]

# As in S3's, Google's and Azure's signed links.
_SIGNATURE = re.compile(r"(?i)[?&](?:x-amz-signature|x-goog-signature|signature|sig)=")
_RELATIVE = re.compile(r"//?[^/\s][^\s]*")
NO_RESULT = "done, but without a result so far"
MAX_PAGE = 4000
"""Characters of a page that is no answer of the API. It is shortened for people only once it is free of secrets: a key
that is cut through is not found."""


# Sending.


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApi:
    """One account at one base URL.

    `headers` gives what says who we are, at the moment of each call; the deadlines are in seconds; `max_answer` is how
    many bytes an answer may have.
    """

    web: "Web"
    base: str
    headers: Callable[[], Mapping[str, str]] = field(repr=False)
    submit_deadline: float = 90.0
    read_deadline: float = 30.0
    max_answer: int = 8 << 20

    async def submit(self, request: Request) -> Reply | Unsent | Unknown:
        """Send a paid request exactly once, on a connection of its own; what a reply proves is still to be read.

        The door tells `NotSent`, the proof that no byte left, from `Lost`, where the server may be working and the
        money be spent.
        """
        try:
            return await self._send(request.method, request.path, request.body, fresh=True)
        except NotSent as error:
            return Unsent(words=error.message)
        except Lost as error:
            return Unknown(words=error.message)

    async def ask(self, path: str, body: Object | None = None) -> Reply:
        """Send a question that costs nothing: a GET, or a POST where there is a body.

        Raises:
            ProviderError: there is no answer; it says whether to ask again.
        """
        return await self._send("GET" if body is None else "POST", path, body or {}, fresh=False)

    def file_link(self, url: str) -> Link:
        """Return where a result can be fetched: a relative link is one of this API, and who we are goes to it alone.

        Gateways that serve results themselves want their key for it. A link that carries a signature needs no other
        one, and storages refuse a request that has two.
        """
        try:
            whole = urljoin(f"{self.base}/", url)
        except ValueError:  # no address at all, which the door says in words when it is fetched
            return Link(url=url)
        own = same_origin(whole, self.base) and not _SIGNATURE.search(whole)
        return Link(url=whole, headers=self.headers() if own else {})

    async def _send(self, method: str, path: str, body: Object, *, fresh: bool) -> Reply:
        call = Call(
            method=method,
            url=self.base + path,
            headers=self.headers(),
            json=json.loads(json.dumps(body)) if method == "POST" else None,
            deadline=self.submit_deadline if fresh else self.read_deadline,
            fresh=fresh,
            most=self.max_answer,
        )
        return await self.web.exchange(call)


# Judging.

Proof = Literal["refused", "words", "later", "nothing"]


class CodeRow(NamedTuple):
    """One code: the class of the failure, and what it proves about a submit that it answers.

    ``refused``: nothing was made, nothing is owed. ``words``: the same where the words say that the request is what is
    wrong; without them it is doubtful. ``later``: nothing was made, and the same request may be sent again after
    `wait` seconds. ``nothing``: it may have been taken all the same.
    """

    failure: Failure
    proves: Proof
    wait: float = 0.0


_CLIENT_ERRORS = (Failure.INPUT, Failure.POLICY)
CodeTable = Mapping[int | str, CodeRow]
"""A provider's codes. One that has no row proves nothing: the outcome is unknown."""


def judge_submit(
    row: CodeRow | None, words: str, *, failure: Failure | None = None, retry_after: float | None = None
) -> Submission:
    """Return the outcome of a submit that was answered without a task, by the row of its code.

    `failure` is a class that the answer's words make more exact; `retry_after` are the seconds that the server wants us
    to wait.
    """
    if row is None or row.proves == "nothing":
        return Unknown(words=words)
    kind = failure or row.failure
    if row.proves == "words" and failure not in _CLIENT_ERRORS:
        return Unknown(words=words, doubtful=row.failure)
    # An empty account does not fill by itself, so what would be worth waiting for is then a refusal. Kling (official
    # error codes, 2026-02) and sister APIs of kie.ai answer an empty account with a 429.
    if row.proves == "later" and kind is not Failure.BALANCE:
        return Busy(words=words, wait=max(row.wait, retry_after or 0.0))
    return Refused(words=words, failure=kind)


def question_error(
    title: str, words: str, failure: Failure, *, retryable: bool, retry_after: float | None = None
) -> ProviderError:
    """Return the error for a question that was not answered; `retry_after` as for `judge_submit`."""
    return ProviderError(
        f"{title}: {words}", code=f"provider/{failure}", retryable=retryable, retry_after=retry_after or 0.0
    )


def classify_words(words: str, phrases: Sequence[tuple[str, Failure]]) -> Failure | None:
    """Return the class of the first phrase, in lower case, that the words hold."""
    lowered = words.lower()
    return next((failure for phrase, failure in phrases if phrase in lowered), None)


def is_success(status: int) -> bool:
    """Whether an HTTP status says yes."""
    return status in range(200, 300)


# Reading JSON: every field may be missing, null, or of another kind.


def as_object(value: object) -> Object:
    """Return a JSON object, empty where the value is none."""
    return cast("Object", value) if isinstance(value, dict) else {}


def as_list(value: object) -> Sequence[object]:
    """Return a JSON array, empty where the value is none."""
    return value if isinstance(value, list) else []


def is_web_url(value: object) -> bool:
    """Whether a value is a link that can be fetched; a gateway may leave out its own address, or the scheme."""
    if not isinstance(value, str):
        return False
    return value.lower().startswith(("https://", "http://")) or _RELATIVE.fullmatch(value) is not None


def parse_json(value: object) -> object:
    """Return what JSON inside a text holds, None where it is not JSON; what is no text stays as it is."""
    return parse_json_text(value) if isinstance(value, str) else value


# Parts of requests.


def drop_nulls(fields: Object) -> dict[str, object]:
    """Return the fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def path_part(name: str) -> str:
    """Return a name as one part of a path."""
    return quote(name, safe="")


def callback_url(shot: Shot) -> str | None:
    """Return the address of the option `callback_url`, with the name of this very submit.

    So a submit whose answer is lost finds its task. Without a name, in a dry run, there is none: a plan must not change
    with it.
    """
    url = str(shot.options.get("callback_url", ""))
    return f"{url}{'&' if '?' in url else '?'}take={shot.mark}" if url and shot.mark else None


def placeholder(shot: Shot, what: str = "result") -> str:
    """Return what a plan shows for a parent that is not made yet."""
    return f"<{what} of {shot.parent.task.strip('<>')}>" if shot.parent else ""


def read_data_url(picture: Path) -> str:
    """Return a file's content as a ``data:`` URL.

    Raises:
        ProviderError: it cannot be read.
    """
    kind = guess_type(picture.name)[0] or "image/png"
    try:
        return f"data:{kind};base64,{base64.b64encode(picture.read_bytes()).decode()}"
    except OSError as error:
        raise ProviderError(f"{picture}: {error.strerror}", code="provider/upload") from error


def split_data_url(url: str) -> tuple[str, str]:
    """Return a ``data:`` URL's media type and content in base64; of any other address no type, and itself."""
    head, comma, content = url.partition(";base64,")
    return (head.removeprefix("data:"), content) if comma and head.startswith("data:") else ("", url)
