"""Veo on the Gemini API, which is not what its public samples say; its previews were switched off on 2026-10-22."""

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from runner.net.messages import Link
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
from runner.providers.google.client import GoogleApi, GoogleClient
from runner.providers.google.errors import explain_filter
from runner.providers.google.files import check_processed, file_link
from runner.providers.google.veo import Parts, chosen_options, generation, read_response
from runner.providers.http_api import NO_RESULT, Object, as_list, as_object, is_web_url, placeholder, read_data_url

if TYPE_CHECKING:
    from runner.clock import Clock
    from runner.net.client import Web

_API = GoogleApi(
    title="Gemini API",
    noun="operation",
    task_field="name",
    task_id=re.compile(r"models/[A-Za-z0-9._-]{1,80}/operations/[A-Za-z0-9_-]{1,80}"),
)
_OPTIONS = {"negative_prompt": "negativePrompt", "person_generation": "personGeneration"}


def request(shot: Shot) -> Request:
    """Return the request of a shot; what the storyboard leaves open is left to Google."""
    instance, parameters = _extension(shot) if shot.kind == "extend" else generation(shot)
    # The guide's `numberOfVideos` is refused; the server knows `sampleCount`, as Google's SDK sends it (2026-07).
    parameters |= {**chosen_options(shot, _OPTIONS), "sampleCount": 1}
    path = f"/v1beta/models/{shot.model}:predictLongRunning"
    return Request(method="POST", path=path, body={"instances": [instance], "parameters": parameters})


def _extension(shot: Shot) -> Parts:
    """Return the parts of an extension: ratio and length are those of the input."""
    # Only the URI that Google itself gave works: bytes are answered by "Video URI not found" (probed 2026-07-11).
    uri = shot.parent.handle.get("uri") if shot.parent else None
    return {"prompt": shot.prompt, "video": {"uri": uri or placeholder(shot)}}, {"resolution": "720p"}


def read_operation(data: Object) -> State:
    """Return a poll's answer as a state. A blocked result looks like a success: done, no error, and no sample."""
    response = read_response(data)
    if isinstance(response, Pending | Failed):
        return response
    made = response.get("generateVideoResponse")
    if not isinstance(made, dict):
        return Pending(words=NO_RESULT, empty=True)
    for sample in as_list(made.get("generatedSamples")):
        uri = as_object(as_object(sample).get("video")).get("uri")
        if is_web_url(uri):
            return Done(assets=(Asset(role="film", url=str(uri)),), handle={"uri": str(uri)})
    return Failed(words=explain_filter(as_list(made.get("raiMediaFilteredReasons"))), failure=Failure.POLICY)


def connect(account: Account, web: "Web", clock: "Clock") -> Provider:
    """Connect to an account."""
    from runner.providers.google.login import ApiKey

    return Gemini(
        GoogleClient(api=_API, base_url=account.base_url, login=ApiKey(account.key), web=web, clock=clock),
    )


class Gemini:
    """One key at one base URL."""

    def __init__(self, client: GoogleClient) -> None:
        self._client = client

    async def submit(self, request: Request) -> Submission:
        """Send a paid request once."""
        return await self._client.submit(request)

    async def look(self, job: Job) -> State:
        """Ask how an operation stands; it has ended once its file is ready, for only then it can be extended."""
        task = self._client.read_task(await self._client.ask(f"/v1beta/{job.task}"))
        state = task if isinstance(task, Failed) else read_operation(task)
        return await check_processed(self._client, state) if isinstance(state, Done) else state

    async def find(self, lookup: SubmitLookup) -> LookupResult:
        """Look at an operation that a person found."""
        if not self._client.is_findable(lookup):
            return LookupResult()
        return self._client.read_lookup(lookup, await self._client.ask(f"/v1beta/{lookup.task}"))

    def link(self, asset: Asset) -> Link:
        """Return the asset's own link: results are private, and the key goes along to the API's own host only."""
        return file_link(self._client, asset)

    async def fresh_link(self, asset: Asset) -> Link:
        """Return the same link, which lives as long as its file."""
        return self.link(asset)

    async def upload(self, picture: Path, name: str) -> str:
        """Read a picture, which travels inside the request."""
        del name
        return read_data_url(picture)

    async def balance(self) -> Decimal | None:
        """Return nothing: Google tells no balance."""
        return None
