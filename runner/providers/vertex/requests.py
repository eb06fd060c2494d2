"""A shot as Vertex AI's Veo expects it (API reference and live measurements, facts of 2026-09). Pure."""

from runner.providers.base import Request, Shot
from runner.providers.google.pictures import inline
from runner.providers.google.project import PROJECT

_MODEL = f"/v1/projects/{PROJECT}/locations/us-central1/publishers/google/models"
_OPTIONS = {"negative_prompt": "negativePrompt", "person_generation": "personGeneration", "storage_uri": "storageUri"}


def request(shot: Shot) -> Request:
    """The request of a shot; what the storyboard leaves open is left to Google."""
    instance, parameters = _extension(shot) if shot.kind == "extend" else _generation(shot)
    parameters |= {name: shot.options[option] for option, name in _OPTIONS.items() if option in shot.options}
    if shot.seed is not None:
        parameters["seed"] = shot.seed
    body = {"instances": [instance], "parameters": {**parameters, "generateAudio": True, "sampleCount": 1}}
    return Request(method="POST", path=f"{_MODEL}/{shot.model}:predictLongRunning", body=body)


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
    """Seven seconds are the only length that an extension may have."""
    parent, form = shot.parent, {"durationSeconds": int(shot.duration or 7), "resolution": "720p"}
    if parent and parent.tail:
        return {"prompt": shot.prompt, "video": {"mimeType": "video/mp4", **inline(parent.tail)}}, dict(form)
    uri = parent.handle.get("gcsUri") if parent else None
    stand_in = f"<result of {parent.task.strip('<>')}>" if parent else ""
    video = {"gcsUri": uri or stand_in, "mimeType": "video/mp4"}
    return {"prompt": shot.prompt, "video": video}, dict(form)
