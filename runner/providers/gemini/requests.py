"""A shot as the Gemini API's Veo expects it, which is not what its public samples say (facts of 2026-07). Pure."""

from runner.providers.base import Request, Shot
from runner.providers.google.pictures import inline

_OPTIONS = {"negative_prompt": "negativePrompt", "person_generation": "personGeneration"}


def request(shot: Shot) -> Request:
    """The request of a shot; what the storyboard leaves open is left to Google."""
    instance, parameters = _extension(shot) if shot.kind == "extend" else _generation(shot)
    parameters |= {name: shot.options[option] for option, name in _OPTIONS.items() if option in shot.options}
    body = {"instances": [instance], "parameters": {**parameters, "sampleCount": 1}}
    return Request(method="POST", path=f"/v1beta/models/{shot.model}:predictLongRunning", body=body)


def _generation(shot: Shot) -> tuple[dict[str, object], dict[str, object]]:
    instance: dict[str, object] = {"prompt": shot.prompt}
    if shot.first_frame:
        instance["image"] = inline(shot.first_frame)
    if shot.last_frame:
        instance["lastFrame"] = inline(shot.last_frame)
    if shot.references:
        instance["referenceImages"] = [{"image": inline(each), "referenceType": "asset"} for each in shot.references]
    parameters: dict[str, object] = {"aspectRatio": shot.aspect_ratio, "resolution": shot.resolution}
    if shot.duration:
        parameters["durationSeconds"] = int(shot.duration)
    return instance, parameters


def _extension(shot: Shot) -> tuple[dict[str, object], dict[str, object]]:
    """Only the URI that Google itself gave works; ratio and length are those of the input."""
    parent = shot.parent
    uri = parent.handle.get("uri") if parent else None
    stand_in = f"<result of {parent.task.strip('<>')}>" if parent else ""
    return {"prompt": shot.prompt, "video": {"uri": uri or stand_in}}, {"resolution": "720p"}
