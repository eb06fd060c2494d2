"""What is sent to Vertex AI, field by field, and what its answers come to."""

import pytest

from runner.providers.base import Asset, Done, Failed, Failure, Parent, Pending, Shot, State
from runner.providers.google.files import object_path
from runner.providers.vertex import TASK, read_operation, request

MODEL = "veo-3.1-fast-generate-001"
BUCKET = {"storage_uri": "gs://bucket/films"}


def test_a_generation_is_complete_and_says_nothing_else() -> None:
    made = request(Shot(kind="generate", model=MODEL, prompt="A dog", duration=8, seed=7, options=BUCKET))
    place = "/v1/projects/{project}/locations/us-central1/publishers/google/models"
    assert (made.method, made.path) == ("POST", f"{place}/{MODEL}:predictLongRunning")
    assert made.body == {
        "instances": [{"prompt": "A dog"}],
        "parameters": {
            "aspectRatio": "16:9",
            "resolution": "720p",
            "durationSeconds": 8,
            "storageUri": "gs://bucket/films",
            "seed": 7,
            "generateAudio": True,
            "sampleCount": 1,
        },
    }


def test_an_extension_names_the_object_and_adds_seven_seconds() -> None:
    parent = Parent(task="t", handle={"gcsUri": "gs://bucket/films/1/sample_0.mp4"})
    made = request(Shot(kind="extend", model=MODEL, prompt="On", duration=7, parent=parent, options=BUCKET))
    video = {"gcsUri": "gs://bucket/films/1/sample_0.mp4", "mimeType": "video/mp4"}
    assert made.body["instances"] == [{"prompt": "On", "video": video}]
    assert made.body["parameters"] == {
        "durationSeconds": 7,
        "resolution": "720p",
        "storageUri": "gs://bucket/films",
        "generateAudio": True,
        "sampleCount": 1,
    }


ENDS: dict[str, tuple[dict[str, object], State]] = {
    "running": ({"name": "n"}, Pending(words="being made")),
    "in a bucket": (
        {"done": True, "response": {"videos": [{"gcsUri": "gs://bucket/o.mp4", "mimeType": "video/mp4"}]}},
        Done(assets=(Asset(role="film", url="gs://bucket/o.mp4"),), handle={"gcsUri": "gs://bucket/o.mp4"}),
    ),
    "in the answer": (
        {"done": True, "response": {"videos": [{"bytesBase64Encoded": "AAAA", "mimeType": "video/mp4"}]}},
        Done(assets=(Asset(role="film", url="data:video/mp4;base64,AAAA"),)),
    ),
    "without a result": (
        {"done": True, "response": {}},
        Pending(words="done, but without a result so far", empty=True),
    ),
    "an odd address": (
        {"done": True, "response": {"videos": [{"gcsUri": "gs://../../etc"}]}},
        Pending(words="done, but without a result so far", empty=True),
    ),
    "blocked": (
        {"done": True, "response": {"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": ["No. 61493863"]}},
        Failed(words="No. 61493863 (filtered for violence)", failure=Failure.POLICY),
    ),
    "failed": (
        {"done": True, "error": {"code": 3, "message": "Unsupported output video duration 5 seconds"}},
        Failed(words="Unsupported output video duration 5 seconds", failure=Failure.INPUT),
    ),
}


@pytest.mark.parametrize("name", ENDS)
def test_an_answer_is_read(name: str) -> None:
    data, state = ENDS[name]
    assert read_operation(data) == state


def test_an_object_is_asked_for_by_its_escaped_name() -> None:
    assert object_path("gs://b-1/a b/c.mp4") == "/storage/v1/b/b-1/o/a%20b%2Fc.mp4?alt=media"


@pytest.mark.parametrize("name", ["projects/p/locations/l/publishers/google/models/m/operations/../x", "x", "a b"])
def test_an_operation_of_another_form_is_none(name: str) -> None:
    assert TASK.fullmatch(name) is None
