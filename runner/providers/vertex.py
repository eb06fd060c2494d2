"""Veo on Vertex AI (Google's API reference; measurements that others published, 2026-09)."""

import re
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
from runner.providers.google.errors import explain_filter
from runner.providers.google.files import is_object, object_link
from runner.providers.google.veo import Parts, chosen_options, generation, image, read_response
from runner.providers.http_api import NO_RESULT, Object, as_list, as_object, placeholder, read_data_url

if TYPE_CHECKING:
    from runner.clock import Clock
    from runner.net.client import Web

# The docs name us-central1 alone for Veo (2026-09).
_MODELS = f"/v1/projects/{PROJECT}/locations/us-central1/publishers/google/models"
_UNSIGNED = 401
_PART = r"[A-Za-z0-9._-]{1,80}"
TASK = re.compile(
    rf"projects/{_PART}/locations/{_PART}/publishers/google/models/{_PART}/operations/[A-Za-z0-9-]{{1,80}}"
)
_API = GoogleApi(
    title="Vertex AI",
    noun="operation",
    task_field="name",
    task_id=TASK,
    submit_deadline=120.0,
    read_deadline=120.0,  # without a bucket, a short video comes in the answer
    max_answer=96 << 20,
)
_OPTIONS = {"negative_prompt": "negativePrompt", "person_generation": "personGeneration", "storage_uri": "storageUri"}
_EXTENSION_SECONDS = 7
"""The only length that an extension may have: "supported durations are [7] for feature video_extension" (2026-09)."""


def request(shot: Shot) -> Request:
    """Return the request of a shot; what the storyboard leaves open is left to Google."""
    instance, parameters = _extension(shot) if shot.kind == "extend" else generation(shot)
    parameters |= chosen_options(shot, _OPTIONS)
    if shot.seed is not None:
        parameters["seed"] = shot.seed
    # Veo 3 requires the field; an extension has sound even where it says false (measured 2026-09-04).
    parameters |= {"generateAudio": True, "sampleCount": 1}
    body = {"instances": [instance], "parameters": parameters}
    return Request(method="POST", path=f"{_MODELS}/{shot.model}:predictLongRunning", body=body)


def _extension(shot: Shot) -> Parts:
    parent = shot.parent
    parameters: dict[str, object] = {
        "durationSeconds": int(shot.duration or _EXTENSION_SECONDS),
        "resolution": "720p",
    }
    if parent and parent.tail:
        video = {"mimeType": "video/mp4", **image(parent.tail)}
    else:
        uri = parent.handle.get("gcsUri") if parent else None
        video = {"gcsUri": uri or placeholder(shot), "mimeType": "video/mp4"}
    return {"prompt": shot.prompt, "video": video}, parameters


def read_operation(data: Object) -> State:
    """Return a poll's answer as a state. A blocked result looks like a success: done, no error, and no video."""
    response = read_response(data)
    if isinstance(response, Pending | Failed):
        return response
    found = _read_video(response.get("videos"))
    if found:
        return found
    reasons = response.get("raiMediaFilteredReasons")
    if isinstance(reasons, list) or response.get("raiMediaFilteredCount"):
        return Failed(words=explain_filter(as_list(reasons)), failure=Failure.POLICY)
    return Pending(words=NO_RESULT, empty=True)


def _read_video(videos: object) -> Done | None:
    """Return the first video: where it lies, or the video itself in base64."""
    for video in map(as_object, as_list(videos)):
        uri, content = video.get("gcsUri"), video.get("bytesBase64Encoded")
        if isinstance(uri, str) and is_object(uri):
            return Done(assets=(Asset(role="film", url=uri),), handle={"gcsUri": uri})
        if isinstance(content, str) and content:
            return Done(assets=(Asset(role="film", url=f"data:video/mp4;base64,{content}"),))
    return None


def connect(account: Account, web: "Web", clock: "Clock") -> Provider:
    """Connect to a project."""
    from runner.providers.google.login import find_login

    client = GoogleClient(
        api=_API,
        base_url=account.base_url,
        login=find_login(account.key),
        web=web,
        clock=clock,
        project=account.settings.get("project", ""),
    )
    return Vertex(client, storage_url=account.upload_url.rstrip("/"))


class Vertex:
    """One project at one base URL."""

    def __init__(self, client: GoogleClient, *, storage_url: str) -> None:
        self._client = client
        self._storage = storage_url

    async def submit(self, request: Request) -> Submission:
        """Send a paid request once."""
        return await self._client.submit(request)

    async def look(self, job: Job) -> State:
        """Ask how an operation stands."""
        task = self._client.read_task(await self._ask(job.task))
        return task if isinstance(task, Failed) else read_operation(task)

    async def find(self, lookup: SubmitLookup) -> LookupResult:
        """Look at an operation that a person found."""
        if not self._client.is_findable(lookup):
            return LookupResult()
        return self._client.read_lookup(lookup, await self._ask(lookup.task))

    async def _ask(self, task: str) -> Reply:
        """Ask for an operation; once more with a new token where the old one is not accepted."""
        # A GET on an operation's name finds nothing here, unlike at the Gemini API (vercel/ai#12003).
        path = f"/v1/{task.partition('/operations/')[0]}:fetchPredictOperation"
        reply = await self._client.ask(path, {"operationName": task})
        if reply.status == _UNSIGNED:
            reply = await self._client.ask(path, {"operationName": task}, renew=True)
        return reply

    def link(self, asset: Asset) -> Link:
        """Return where an object in a bucket can be fetched; a video that came in the answer is its own link."""
        if not asset.url.startswith("gs://"):
            return Link(url=asset.url)
        return object_link(self._client, self._storage, asset.url)

    async def fresh_link(self, asset: Asset) -> Link:
        """Return the same object, with a token that is good again."""
        await self._client.sign_in(renew=True)
        return self.link(asset)

    async def upload(self, picture: Path, name: str) -> str:
        """Read a picture, which travels inside the request."""
        del name
        return read_data_url(picture)

    async def balance(self) -> Decimal | None:
        """Return nothing: Google tells no balance."""
        return None
