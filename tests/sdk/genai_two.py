"""Google's own client, the last that speaks Veo on the Gemini API, drives the emulator; prints what it saw, as JSON.

genai_two.py BASE_URL FOLDER
"""

import asyncio
import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

from google import genai
from google.genai import errors, types

VEO, LITE = "veo-3.1-generate-preview", "veo-3.1-lite-generate-preview"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")


class Guest:
    """Google's client, and what it saw."""

    def __init__(self, root: str, folder: str) -> None:
        self.root, self.folder = root, Path(folder)
        self.client = self.connected("any")
        self.seen: dict[str, Any] = {}

    def connected(self, key: str) -> Any:
        return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=f"{self.root}/gemini"))

    def fault(self, spec: str) -> None:
        self.tell("faults", {"fault": spec})

    def later(self) -> None:
        """Let the emulator's time pass instead of ours; it holds its answer until a film is made."""
        self.tell("clock", {"advance": 1})

    def tell(self, what: str, body: object) -> None:
        data = json.dumps(body).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.root}/sandbox/{what}", data=data, method="POST")).read()

    def made(self, prompt: str = "", model: str = VEO, config: Any = None, **source: Any) -> Any:
        spec = types.GenerateVideosSource(prompt=prompt or "a lion", **source)
        operation = self.client.models.generate_videos(model=model, source=spec, config=config)
        while not operation.done:
            self.later()
            operation = self.client.operations.get(operation)
        return operation

    def saved(self, video: Any, name: str) -> bool:
        self.client.files.download(file=video)
        video.save(str(self.folder / name))
        return len(video.video_bytes) > 0

    def refused(self, **spec: Any) -> list[Any]:
        try:
            self.made(**spec)
        except errors.APIError as error:
            return [error.code, error.status, error.message]
        return []

    def makes_and_extends(self) -> Any:
        plain = types.GenerateVideosConfig(
            number_of_videos=1, duration_seconds=4, aspect_ratio="16:9", resolution="720p", negative_prompt="blur"
        )
        first = self.made(config=plain)
        video = first.response.generated_videos[0].video
        self.seen["generate"] = self.saved(video, "one.mp4")
        for name in ("two", "three"):
            more = types.GenerateVideosConfig(number_of_videos=1, resolution="720p")
            video = self.extended(video, more).response.generated_videos[0].video
            self.seen[name] = self.saved(video, f"{name}.mp4")
        again = self.client.operations.get(types.GenerateVideosOperation(name=first.name))
        self.seen["resumed"] = again.response.generated_videos[0].video.uri
        return video

    def extended(self, video: Any, config: Any) -> Any:
        """Asked for again while the file before it is being processed, as people have learned to."""
        while True:
            try:
                return self.made("it goes on", video=video, config=config)
            except errors.ClientError as error:
                if "has been processed" not in str(error):
                    raise
                self.later()

    def asks_in_every_way(self) -> None:
        image = types.Image(image_bytes=PNG, mime_type="image/png")
        self.seen["image"] = self.made(image=image).done
        self.seen["frames"] = self.made(image=image, config=types.GenerateVideosConfig(last_frame=image)).done
        asset = types.VideoGenerationReferenceImage(image=image, reference_type="ASSET")
        self.seen["references"] = self.made(config=types.GenerateVideosConfig(reference_images=[asset])).done
        self.seen["bare"] = self.client.models.generate_videos(model=VEO, prompt="no config").name.startswith("models/")
        self.seen["async"] = asyncio.run(self.also())

    async def also(self) -> bool:
        """The same client's other half."""
        client = self.connected("any").aio
        operation = await client.models.generate_videos(model=VEO, source=types.GenerateVideosSource(prompt="a lion"))
        while not operation.done:
            self.later()
            operation = await client.operations.get(operation)
        return len(await client.files.download(file=operation.response.generated_videos[0].video)) > 0

    def is_refused(self, video: Any) -> None:
        inline = types.Video(video_bytes=b"MP40", mime_type="video/mp4")
        short = types.GenerateVideosConfig(duration_seconds=6, resolution="1080p")
        self.seen["bytes"] = self.refused(video=inline)
        self.seen["lite"] = self.refused(model=LITE, video=video)
        self.seen["unknown"] = self.refused(model="veo-9")
        self.seen["combination"] = self.refused(config=short)
        self.fault("rate-limit:retry_after=34,times=1")
        self.seen["quota"] = self.refused()
        self.client = self.connected("bad")
        self.seen["key"] = self.refused()
        self.client = self.connected("any")

    def meets_failures(self) -> None:
        self.fault("moderation-after-accept#1")
        blocked = self.made()
        held = blocked.response
        self.seen["blocked"] = [blocked.error, held.generated_videos, held.rai_media_filtered_count]
        self.fault("task-failed=13#1:message=Internal error")
        self.seen["failed"] = self.made().error


def main(root: str, folder: str) -> dict[str, Any]:
    guest = Guest(root, folder)
    video = guest.makes_and_extends()
    guest.asks_in_every_way()
    guest.is_refused(video)
    guest.meets_failures()
    return guest.seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
