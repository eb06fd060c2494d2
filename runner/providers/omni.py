"""Gemini Omni over the Interactions API, the successor of Veo at Google: by key, or for a project on Vertex AI.

Sources: Google's Omni guide and extension page, and records of live calls that others published (2026-08 to 2026-11).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from runner.net.messages import Link, Reply
from runner.providers.base import (
    Account,
    Asset,
    Done,
    Failed,
    Failure,
    Job,
    LookupResult,
    Pending,
    Provider,
    Request,
    Shot,
    State,
    Submission,
    SubmitLookup,
)
from runner.providers.google.client import PROJECT, GoogleApi, GoogleClient
from runner.providers.google.errors import classify, explain_filter
from runner.providers.google.files import check_processed, file_link, is_object, object_link
from runner.providers.http_api import (
    NO_RESULT,
    Object,
    as_list,
    as_object,
    is_web_url,
    placeholder,
    read_data_url,
    split_data_url,
)

if TYPE_CHECKING:
    from runner.clock import Clock
    from runner.net.client import Web
    from runner.providers.google.login import Login

_PATH = "/v1beta/interactions"
_VERTEX_PATH = f"/v1beta1/projects/{PROJECT}/locations/global/interactions"
_API = GoogleApi(
    title="Gemini Omni",
    noun="interaction",
    task_field="id",
    task_id=re.compile(r"[A-Za-z0-9_-]{3,512}"),
    # An answer tells the interaction's whole story, and holds the video even where a link was asked for (2026-11).
    read_deadline=120.0,
    max_answer=96 << 20,
)
_TASKS = {"frames": "image_to_video", "references": "reference_to_video"}
# The status words of google-genai 3.4.0 (2026-11-16); a new one counts as running, for the task is paid for.
_RUNNING = ("in_progress", "queued", "requires_continuation")
_FAILED = ("failed", "cancelled", "incomplete", "budget_exceeded", "requires_action")
_BLOCKED = ("content_blocked", "blocked", "safety", "prohibited_content")
_ERRORS = {"invalid_request": Failure.INPUT, "internal": Failure.TRANSIENT}


# Requests.


def vertex_request(shot: Shot) -> Request:
    """Return the same request for Vertex AI, which serves interactions of a project."""
    return replace(request(shot), path=_VERTEX_PATH)


def request(shot: Shot) -> Request:
    """Return the request of a shot, worked on in the background; the length of an extension is what it adds."""
    body = _extension(shot) if shot.kind == "extend" else _generation(shot)
    # Videos above 4 MB do not come inline.
    response_format = {"type": "video", "delivery": "uri", **_format(shot)}
    # `background` needs `store`: an answer that is lost can be asked for.
    settings = {"response_format": response_format, "background": True, "store": True}
    return Request(method="POST", path=_PATH, body={"model": shot.model, **body, **settings})


def _format(shot: Shot) -> dict[str, object]:
    # "Aspect ratio cannot be set in response format for extend task." (400, seen 2026-08)
    ratio = {} if shot.kind == "extend" else {"aspect_ratio": shot.aspect_ratio}
    length = {"duration": f"{shot.duration:g}s"} if shot.duration else {}
    return {**ratio, "resolution": shot.resolution, **length}


def _generation(shot: Shot) -> dict[str, object]:
    pictures = list(shot.references) or [url for url in (shot.first_frame, shot.last_frame) if url]
    if not pictures:
        return {"input": shot.prompt}
    task = _TASKS["references" if shot.references else "frames"]
    content = [*(_image(url) for url in pictures), {"type": "text", "text": shot.prompt}]
    return _input(content, task)


def _image(url: str) -> dict[str, str]:
    """Return a ``data:`` URL as a part of the input; a stand-in of a plan is shown as it is."""
    media_type, content = split_data_url(url)
    return {"type": "image", "data": content, **({"mime_type": media_type} if media_type else {})}


def _extension(shot: Shot) -> dict[str, object]:
    """Extend the last video by its link.

    Or continue the interaction before it, where the storyboard wants that or no link was given.
    """
    parent = shot.parent
    uri = parent.handle.get("uri") if parent else None
    is_made = parent is not None and bool(parent.task) and not parent.task.startswith("<")
    if shot.options.get("extend_by") == "interaction" or (is_made and not uri):
        # No task: "previous_interaction_id is not allowed when video task is set." (400, seen 2026-08)
        return {"previous_interaction_id": parent.task if parent else "", "input": shot.prompt}
    video = {"type": "video", "uri": uri or placeholder(shot), "mime_type": "video/mp4"}
    return _input([video, {"type": "text", "text": shot.prompt}], "extend")


def _input(content: list[dict[str, str]], task: str) -> dict[str, object]:
    return {
        "input": [{"type": "user_input", "content": content}],
        "generation_config": {"video_config": {"task": task}},
    }


# Answers: a status word, and steps that end with the model's output.


def read_interaction(data: Object) -> State:
    """Return a poll's answer as a state."""
    status = str(data.get("status") or "")
    if status == "completed":
        return _read_result(data) or Pending(words=NO_RESULT, empty=True)
    if status in _FAILED:
        return _read_failure(as_object(data.get("error")), status)
    return Pending(words="being made" if status in _RUNNING else f"status {status!r}")


def _read_failure(error: Object, status: str) -> Failed:
    code, words = str(error.get("code") or status), str(error.get("message") or f"the interaction is {status}")
    if code in _BLOCKED or "support codes" in words.lower():
        return Failed(words=explain_filter([words]), failure=Failure.POLICY)
    if status == "budget_exceeded":
        return Failed(words=words, failure=Failure.BALANCE)
    return Failed(words=words, failure=_ERRORS.get(code) or classify(0, words))


def _read_result(data: Object) -> Done | Failed | None:
    """Return the last video of the model's output; an output without one is a refusal in words."""
    outputs = list(_outputs(data))
    for content in reversed(outputs):
        uri, inline = content.get("uri"), content.get("data")
        if content.get("type") != "video":
            continue
        if isinstance(uri, str) and (is_web_url(uri) or is_object(uri)):
            return Done(assets=(Asset(role="film", url=uri),), handle={"uri": uri})
        if isinstance(inline, str) and inline:
            return Done(assets=(Asset(role="film", url=f"data:video/mp4;base64,{inline}"),))
    said = [content["text"] for content in outputs if content.get("type") == "text" and "text" in content]
    return Failed(words=explain_filter(said), failure=Failure.POLICY) if said else None


def _outputs(data: Object) -> Iterator[Object]:
    for step in map(as_object, as_list(data.get("steps"))):
        if step.get("type") == "model_output":
            yield from (each for each in as_list(step.get("content")) if isinstance(each, dict))


# The account.


def connect(account: Account, web: "Web", clock: "Clock") -> Provider:
    """Connect to an account of the Gemini API."""
    from runner.providers.google.login import ApiKey

    return Omni(_client(account, ApiKey(account.key), web, clock), path=_PATH)


def connect_vertex(account: Account, web: "Web", clock: "Clock") -> Provider:
    """Connect to a project at Vertex AI."""
    from runner.providers.google.login import find_login

    client = _client(account, find_login(account.key), web, clock)
    return Omni(client, path=_VERTEX_PATH, storage_url=account.upload_url.rstrip("/"))


def _client(account: Account, login: "Login", web: "Web", clock: "Clock") -> GoogleClient:
    project = account.settings.get("project", "")
    return GoogleClient(api=_API, base_url=account.base_url, login=login, web=web, clock=clock, project=project)


class Omni:
    """One login at one place; `path` is where interactions are served."""

    def __init__(self, client: GoogleClient, *, path: str, storage_url: str = "") -> None:
        self._client = client
        self._path = path
        self._storage = storage_url

    async def submit(self, request: Request) -> Submission:
        """Send a paid request once."""
        return await self._client.submit(request)

    async def look(self, job: Job) -> State:
        """Ask how an interaction stands; it has ended once its file is ready, for only then it can be extended."""
        task = self._client.read_task(await self._ask(job.task))
        state = task if isinstance(task, Failed) else read_interaction(task)
        return await check_processed(self._client, state) if isinstance(state, Done) else state

    async def find(self, lookup: SubmitLookup) -> LookupResult:
        """Look at an interaction that a person found."""
        if not self._client.is_findable(lookup):
            return LookupResult()
        return self._client.read_lookup(lookup, await self._ask(lookup.task))

    async def _ask(self, task: str) -> Reply:
        return await self._client.ask(f"{self._path}/{task}?stream=false")

    def link(self, asset: Asset) -> Link:
        """Return the asset's link: who we are goes along to the API's own host or to the storage only."""
        if asset.url.startswith("gs://"):
            return object_link(self._client, self._storage, asset.url)
        return file_link(self._client, asset)

    async def fresh_link(self, asset: Asset) -> Link:
        """Return the same file, signed in again."""
        await self._client.sign_in(renew=True)
        return self.link(asset)

    async def upload(self, picture: Path, name: str) -> str:
        """Read a picture, which travels inside the request."""
        del name
        return read_data_url(picture)

    async def balance(self) -> Decimal | None:
        """Return nothing: Google tells no balance."""
        return None
