"""Vertex AI's long-running operations as values."""

import re
from collections.abc import Mapping

from runner.providers.base import Asset, Done, Failed, Failure, Pending, State
from runner.providers.google.errors import operation_failure
from runner.providers.google.filters import explained
from runner.providers.google.storage import is_object

_PART = r"[A-Za-z0-9._-]{1,80}"
TASK = re.compile(
    rf"projects/{_PART}/locations/{_PART}/publishers/google/models/{_PART}/operations/[A-Za-z0-9-]{{1,80}}"
)


def operation(data: Mapping[str, object]) -> State:
    """A poll's answer as a state. A blocked result looks like a success: done, no error, and no video."""
    if data.get("done") is not True:
        return Pending(words="being made")
    error = data.get("error")
    if isinstance(error, dict):
        words = str(error.get("message") or "the operation failed without a reason")
        return Failed(words=words, failure=operation_failure(error.get("code"), words))
    response = data.get("response")
    if not isinstance(response, dict):
        return Pending(words="done, but without a result so far", empty=True)
    found = _video(response.get("videos"))
    if found:
        return found
    reasons = response.get("raiMediaFilteredReasons")
    if isinstance(reasons, list) or response.get("raiMediaFilteredCount"):
        return Failed(words=explained(reasons if isinstance(reasons, list) else []), failure=Failure.POLICY)
    return Pending(words="done, but without a result so far", empty=True)


def _video(videos: object) -> Done | None:
    """The first video: where it lies, or the video itself in base64."""
    for video in videos if isinstance(videos, list) else []:
        if not isinstance(video, dict):
            continue
        uri, content = video.get("gcsUri"), video.get("bytesBase64Encoded")
        if isinstance(uri, str) and is_object(uri):
            return Done(assets=(Asset(role="film", url=uri),), handle={"gcsUri": uri})
        if isinstance(content, str) and content:
            return Done(assets=(Asset(role="film", url=f"data:video/mp4;base64,{content}"),))
    return None
