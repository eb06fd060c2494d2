"""Veo, as the Gemini API and Vertex AI have it alike: the instance of a generation, and long-running operations."""

from collections.abc import Mapping

from runner.providers.base import Failed, Pending, Shot
from runner.providers.google.errors import classify_operation
from runner.providers.http_api import NO_RESULT, Object, split_data_url

Parts = tuple[dict[str, object], dict[str, object]]
"""The instance and the parameters of a request."""


def generation(shot: Shot) -> Parts:
    """Return the parts of a generation; what the storyboard leaves open is left to Google."""
    instance: dict[str, object] = {"prompt": shot.prompt}
    if shot.first_frame:
        instance["image"] = image(shot.first_frame)
    if shot.last_frame:
        instance["lastFrame"] = image(shot.last_frame)
    if shot.references:
        instance["referenceImages"] = [{"image": image(each), "referenceType": "asset"} for each in shot.references]
    parameters: dict[str, object] = {"aspectRatio": shot.aspect_ratio, "resolution": shot.resolution}
    if shot.duration:
        # A number: the samples' "8" is answered by 400 "needs to be a number" (seen 2026-07).
        parameters["durationSeconds"] = int(shot.duration)
    return instance, parameters


def chosen_options(shot: Shot, names: Mapping[str, str]) -> dict[str, object]:
    """Return the storyboard's own options under the names that the API has for them."""
    return {name: shot.options[option] for option, name in names.items() if option in shot.options}


def image(url: str) -> dict[str, str]:
    """Return a ``data:`` URL as an image of a request; what is not one, a stand-in in a plan, is shown as it is.

    Google's samples say `inlineData`, which Veo refuses: "isn't supported by this model" (seen 2026-07).
    """
    media_type, content = split_data_url(url)
    return {"bytesBase64Encoded": content, **({"mimeType": media_type} if media_type else {})}


def read_response(operation: Object) -> Object | Pending | Failed:
    """Return a finished operation's response, or how the operation stands."""
    if operation.get("done") is not True:
        return Pending(words="being made")
    error = operation.get("error")
    if isinstance(error, dict):
        words = str(error.get("message") or "the operation failed without a reason")
        return Failed(words=words, failure=classify_operation(error.get("code"), words))
    response = operation.get("response")
    return response if isinstance(response, dict) else Pending(words=NO_RESULT, empty=True)
