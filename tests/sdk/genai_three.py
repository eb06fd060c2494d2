"""Google's newest client drives the emulated Vertex AI; prints what it saw, as JSON.

genai_three.py ROOT_URL
"""

import json
import sys
import urllib.request
from typing import Any

from google import genai
from google.genai import errors, types
from google.oauth2.credentials import Credentials

VEO = "veo-3.1-generate-001"
BUCKET = "gs://my-bucket/films"


class Guest:
    """Google's client, and what it saw."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.client = self.connected(Credentials("ya29.any"))
        self.seen: dict[str, Any] = {}

    def connected(self, credentials: Any) -> Any:
        options = types.HttpOptions(base_url=f"{self.root}/vertex")
        where = {"project": "proj1", "location": "us-central1"}
        return genai.Client(vertexai=True, credentials=credentials, http_options=options, **where)

    def made(self, config: Any, model: str = VEO, **source: Any) -> Any:
        spec = types.GenerateVideosSource(prompt="a lion", **source)
        operation = self.client.models.generate_videos(model=model, source=spec, config=config)
        while not operation.done:
            later(self.root)
            operation = self.client.operations.get(operation)
        return operation

    def refused(self, **spec: Any) -> list[Any]:
        try:
            self.made(**spec)
        except errors.APIError as error:
            return [error.code, error.message]
        return []


def later(root: str) -> None:
    """Let the emulator's time pass instead of ours; it holds its answer until a film is made."""
    data = json.dumps({"advance": 1}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{root}/sandbox/clock", data=data, method="POST")).read()


def interactions(root: str) -> dict[str, Any]:
    """The Interactions API: made at once, made in the background, extended by video and by interaction."""
    client = genai.Client(api_key="any", http_options=types.HttpOptions(base_url=f"{root}/omni"))
    form = {"type": "video", "delivery": "uri", "duration": "4s"}
    shape = {**form, "aspect_ratio": "16:9", "resolution": "720p"}
    model, seen = "gemini-omni-1.2-flash", {}
    first = client.interactions.create(model=model, input="a lion", response_format=shape)
    seen["at once"] = [first.status, video_of(first)]
    queued = client.interactions.create(model=model, input="a lion", response_format=shape, background=True)
    seen["queued"] = queued.status
    while queued.status == "in_progress":
        later(root)
        queued = client.interactions.get(queued.id)
    seen["background"] = [queued.status, video_of(queued)]
    again = client.interactions.create(
        model=model, previous_interaction_id=queued.id, input="Continue the scene", response_format=form
    )
    seen["by interaction"] = [again.status, video_of(again)]
    later(root)
    content = [{"type": "video", "uri": video_of(again), "mime_type": "video/mp4"}, {"type": "text", "text": "on"}]
    task = {"video_config": {"task": "extend"}}
    turn = [{"type": "user_input", "content": content}]
    longer = client.interactions.create(model=model, input=turn, generation_config=task, response_format=form)
    seen["by video"] = [longer.status, video_of(longer)]
    seen["bytes"] = len(client.files.download(file=video_of(longer)))
    try:
        client.interactions.create(
            model=model, previous_interaction_id=queued.id, input="on", generation_config=task, response_format=form
        )
    except Exception as error:  # noqa: BLE001 -- its class is of no concern here
        seen["both"] = str(error)
    return seen


def video_of(interaction: Any) -> str:
    outputs = [step for step in interaction.steps if step.type == "model_output"]
    return str(outputs[-1].content[0].uri)


def main(root: str) -> dict[str, Any]:
    guest, seen = Guest(root), {}
    stored = types.GenerateVideosConfig(
        output_gcs_uri=BUCKET, number_of_videos=1, duration_seconds=4, seed=7, generate_audio=True
    )
    first = guest.made(stored)
    video = first.response.generated_videos[0].video
    seen["generate"] = video.uri
    more = types.GenerateVideosConfig(output_gcs_uri=BUCKET, duration_seconds=7)
    longer = guest.made(more, video=types.Video(uri=video.uri, mime_type="video/mp4"))
    seen["extend"] = longer.response.generated_videos[0].video.uri
    inline = guest.made(types.GenerateVideosConfig(duration_seconds=4))
    seen["inline"] = len(inline.response.generated_videos[0].video.video_bytes)
    again = guest.client.operations.get(types.GenerateVideosOperation(name=first.name))
    seen["resumed"] = again.response.generated_videos[0].video.uri
    wrong = types.GenerateVideosConfig(output_gcs_uri=BUCKET, duration_seconds=5)
    seen["duration"] = guest.made(wrong, video=types.Video(uri=video.uri, mime_type="video/mp4")).error
    seen["unknown"] = guest.refused(config=stored, model="veo-9")
    denied = types.GenerateVideosConfig(output_gcs_uri="gs://denied/x")
    seen["denied"] = guest.refused(config=denied)
    guest.client = guest.connected(Credentials("expired"))
    seen["expired"] = guest.refused(config=stored)
    seen["interactions"] = interactions(root)
    return seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
