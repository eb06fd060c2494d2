"""The Gemini API's long-running operations as values."""

import re
from collections.abc import Mapping

from runner.providers.base import Asset, Done, Failed, Failure, Pending, State
from runner.providers.google.errors import operation_failure
from runner.providers.google.filters import explained

TASK = re.compile(r"models/[A-Za-z0-9._-]{1,80}/operations/[A-Za-z0-9_-]{1,80}")


def operation(data: Mapping[str, object]) -> State:
    """A poll's answer as a state. A blocked result looks like a success: done, no error, and no sample."""
    if data.get("done") is not True:
        return Pending(words="being made")
    error = data.get("error")
    if isinstance(error, dict):
        words = str(error.get("message") or "the operation failed without a reason")
        return Failed(words=words, failure=operation_failure(error.get("code"), words))
    response = data.get("response")
    made = response.get("generateVideoResponse") if isinstance(response, dict) else None
    if not isinstance(made, dict):
        return Pending(words="done, but without a result so far", empty=True)
    uri = _uri(made.get("generatedSamples"))
    if uri:
        return Done(assets=(Asset(role="film", url=uri),), handle={"uri": uri})
    reasons = made.get("raiMediaFilteredReasons")
    return Failed(words=explained(reasons if isinstance(reasons, list) else []), failure=Failure.POLICY)


def _uri(samples: object) -> str:
    for sample in samples if isinstance(samples, list) else []:
        video = sample.get("video") if isinstance(sample, dict) else None
        uri = video.get("uri") if isinstance(video, dict) else None
        if isinstance(uri, str) and uri.startswith(("https://", "http://")):
            return uri
    return ""
