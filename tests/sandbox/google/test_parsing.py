"""The emulated Google APIs check requests as the servers did, and say no in their words."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.execution.studio import served

VEO = "/gemini/v1beta/models/{}:predictLongRunning"
FULL, LITE = "veo-3.1-generate-preview", "veo-3.1-lite-generate-preview"
VERTEX = "/vertex/v1/projects/p/locations/us-central1/publishers/google/models/veo-3.1-generate-001:predictLongRunning"
PICTURE = {"bytesBase64Encoded": "AAAA", "mimeType": "image/png"}
Ask = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Iterator[Ask]:
    with served(tmp_path_factory.mktemp("google"), films=films) as url:

        def post(path: str, body: object, **headers: str) -> tuple[int, str]:
            keys = headers or {"x-goog-api-key": "any", "authorization": "Bearer any"}
            call = Request(url + path, json.dumps(body).encode(), keys, method="POST")
            try:
                with urlopen(call) as reply:
                    return reply.status, reply.read().decode()
            except HTTPError as error:
                return error.code, json.loads(error.read())["error"]["message"]

        yield post


def veo(parameters: dict[str, object] | None = None, **instance: object) -> dict[str, object]:
    return {"instances": [{"prompt": "a lion", **instance}], "parameters": parameters or {}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            veo(image={"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),
            "`inlineData` isn't supported by this model.",
        ),
        (veo({"numberOfVideos": 1}), "`numberOfVideos` isn't supported by this model."),
        (veo({"generateAudio": True}), "`generateAudio` isn't supported by this model."),
        (veo({"durationSeconds": "8"}), "needs to be a number"),
        (veo({"durationSeconds": 5}), "out of bound"),
        (veo({"resolution": "1080p", "durationSeconds": 6}), "1080p is not supported for a duration of 6 seconds."),
        (veo({"aspectRatio": "1:1"}), "`1:1` for aspectRatio is currently not supported."),
        (veo({"sampleCount": 2}), "`sampleCount` must be 1."),
        (veo(lastFrame=PICTURE), "`lastFrame` needs `image`."),
        (veo(image={**PICTURE, "bytesBase64Encoded": "%%"}), "Base64 decoding failed"),
        (veo(video={"bytesBase64Encoded": "AAAA"}), "Video URI not found in the request."),
        (veo(video={"encodedVideo": "AAAA", "encoding": "video/mp4"}), "Video URI not found in the request."),
        (veo(video={"uri": "https://example.com/a.mp4"}), "Could not parse the file name"),
        (veo(video={"uri": "https://h/v1beta/files/abcdefghijkl:download?alt=media"}), "permission to access the File"),
        ({"instances": [{"prompt": " "}]}, "Text prompt is required."),
        ({"instances": []}, "exactly one instance"),
        ([], "Expected an object"),
    ],
)
def test_gemini_says_what_is_wrong(ask: Ask, body: object, words: str) -> None:
    status, said = ask(VEO.format(FULL), body)
    assert status in (400, 403)
    assert words in said


def test_lite_knows_neither_extensions_nor_negative_prompts(ask: Ask) -> None:
    assert ask(VEO.format(LITE), veo(video={"uri": "files/a"})) == (
        400,
        "Video extension is not allowed for this model",
    )
    assert ask(VEO.format(LITE), veo({"negativePrompt": "blur"}))[0] == 400


def test_a_request_without_a_key_is_turned_away(ask: Ask) -> None:
    assert ask(VEO.format(FULL), veo(), accept="*/*")[0] == 403
    assert ask(VERTEX, veo(), accept="*/*")[0] == 401
    assert ask("/omni/v1beta/interactions", {}, accept="*/*")[0] == 403


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (veo({"storageUri": "s3://bucket"}), "`storageUri` must be a gs:// URI."),
        (veo({"sampleCount": 5}), "`sampleCount` must be between 1 and 4."),
        (veo(video={"gcsUri": "gs://b/o.mp4"}), "`mimeType` must be video/mp4."),
        (veo(video={"gcsUri": "gs://b/o.mp4", "mimeType": "video/mp4"}), "was not found"),
    ],
)
def test_vertex_says_what_is_wrong(ask: Ask, body: object, words: str) -> None:
    status, said = ask(VERTEX, body)
    assert status in (400, 404)
    assert words in said


FORM = {"type": "video", "delivery": "uri"}
TURN = [
    {
        "type": "user_input",
        "content": [{"type": "video", "uri": "u", "mime_type": "video/mp4"}, {"type": "text", "text": "on"}],
    }
]
EXTEND = {"video_config": {"task": "extend"}}
PICTURE = {"type": "image", "data": "AA", "mime_type": "image/png"}
FRAMES = [{"type": "user_input", "content": [PICTURE, PICTURE, {"type": "text", "text": "on"}]}]
BETWEEN = {"video_config": {"task": "image_to_video"}}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"response_format": {**FORM, "duration": "16s"}}, "exceeds the maximum allowed 15s"),
        (
            {"model": "gemini-omni-1.1-flash", "response_format": {**FORM, "duration": "11s"}},
            "exceeds the maximum allowed 10s",
        ),
        (
            {"input": FRAMES, "generation_config": BETWEEN, "response_format": {**FORM, "duration": "11s"}},
            "exceeds the maximum allowed 10s",
        ),
        ({"response_format": {**FORM, "duration": 8}}, "duration must be text"),
        ({"response_format": {"type": "text"}}, "must be video"),
        ({"previous_interaction_id": "v1_x", "generation_config": EXTEND}, "not allowed when video task is set"),
        (
            {"input": TURN, "generation_config": EXTEND, "response_format": {**FORM, "aspect_ratio": "16:9"}},
            "Aspect ratio cannot be set",
        ),
        ({"input": TURN, "generation_config": EXTEND}, "permission to access the File"),
        ({"previous_interaction_id": "v1_x"}, "was not found"),
        ({"background": True, "store": False}, "background requires store"),
        ({"model": "gemini-omni-9"}, "is not found"),
        ({"input": " "}, "A text prompt is required"),
    ],
)
def test_omni_says_what_is_wrong(ask: Ask, fields: dict[str, object], words: str) -> None:
    body = {"model": "gemini-omni-1.2-flash", "input": "a lion", "response_format": FORM, **fields}
    status, said = ask("/omni/v1beta/interactions", body)
    assert status in (400, 403, 404)
    assert words in said


def ended(ask: Ask, name: str) -> dict[str, object]:
    """A finished operation of Vertex AI."""
    place = VERTEX.removesuffix(":predictLongRunning")
    while True:
        answer = json.loads(ask(f"{place}:fetchPredictOperation", {"operationName": name})[1])
        if answer.get("done"):
            return dict(answer)


def started(ask: Ask, body: object) -> str:
    status, said = ask(VERTEX, body)
    assert status == 200, said
    return str(json.loads(said)["name"])


def test_vertex_finds_a_large_result_without_a_bucket_only_at_the_end(ask: Ask) -> None:
    bucket = {"storageUri": "gs://bucket/x", "durationSeconds": 4}
    first = ended(ask, started(ask, veo(bucket)))
    video = {"gcsUri": first["response"]["videos"][0]["gcsUri"], "mimeType": "video/mp4"}  # type: ignore[index]
    failed = ended(ask, started(ask, veo({"durationSeconds": 7}, video=video)))
    words = "Generated video is large, an output storage uri is required."
    assert failed["error"] == {"code": 3, "message": words}
    assert "response" not in failed


def test_vertex_finds_a_length_that_does_not_fit_only_at_the_end(ask: Ask) -> None:
    failed = ended(ask, started(ask, veo({"durationSeconds": 5})))
    words = "Unsupported output video duration 5 seconds, supported durations are [8, 4, 6] for feature text_to_video."
    assert failed["error"] == {"code": 3, "message": words}
