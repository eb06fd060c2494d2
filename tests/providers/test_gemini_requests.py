"""What is sent to the Gemini API, field by field, where its own samples were found wrong."""

from runner.providers.base import Parent, Shot
from runner.providers.gemini.requests import request

MODEL = "veo-3.1-fast-generate-preview"


def test_a_text_generation_is_complete_and_says_nothing_else() -> None:
    shot = Shot(kind="generate", model=MODEL, prompt="A dog", aspect_ratio="9:16", duration=8)
    made = request(shot)
    assert (made.method, made.path) == ("POST", f"/v1beta/models/{MODEL}:predictLongRunning")
    assert made.body == {
        "instances": [{"prompt": "A dog"}],
        "parameters": {"aspectRatio": "9:16", "resolution": "720p", "durationSeconds": 8, "sampleCount": 1},
    }


def test_frames_and_references_are_inline_in_base64_and_never_inline_data() -> None:
    picture = "data:image/png;base64,AAAA"
    shot = Shot(kind="generate", model=MODEL, prompt="A dog", first_frame=picture, last_frame=picture)
    image = {"bytesBase64Encoded": "AAAA", "mimeType": "image/png"}
    assert request(shot).body["instances"] == [{"prompt": "A dog", "image": image, "lastFrame": image}]
    shot = Shot(kind="generate", model=MODEL, prompt="A dog", references=(picture,))
    references = [{"image": image, "referenceType": "asset"}]
    assert request(shot).body["instances"] == [{"prompt": "A dog", "referenceImages": references}]


def test_an_extension_names_the_uri_that_google_gave_and_no_length_or_ratio() -> None:
    uri = "https://generativelanguage.googleapis.com/v1beta/files/abc:download?alt=media"
    parent = Parent(task="models/m/operations/o", handle={"uri": uri})
    shot = Shot(kind="extend", model=MODEL, prompt="It goes on", duration=7, parent=parent)
    assert request(shot).body == {
        "instances": [{"prompt": "It goes on", "video": {"uri": uri}}],
        "parameters": {"resolution": "720p", "sampleCount": 1},
    }


def test_a_plan_shows_what_will_stand_for_the_parent() -> None:
    shot = Shot(kind="extend", model=MODEL, prompt="On", parent=Parent(task="<task of hop 0>"))
    assert request(shot).body["instances"] == [{"prompt": "On", "video": {"uri": "<result of task of hop 0>"}}]


def test_options_are_spelled_as_the_api_spells_them() -> None:
    options = {"negative_prompt": "text", "person_generation": "allow_adult"}
    shot = Shot(kind="generate", model=MODEL, prompt="A dog", options=options)
    parameters = request(shot).body["parameters"]
    assert isinstance(parameters, dict)
    assert (parameters["negativePrompt"], parameters["personGeneration"]) == ("text", "allow_adult")
