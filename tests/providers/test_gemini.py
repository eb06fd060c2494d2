"""What is sent to the Gemini API, where its own samples were found wrong, and what its answers come to."""

import pytest

from runner.providers.base import Done, Failed, Failure, Parent, Pending, Shot
from runner.providers.gemini import read_operation, request
from runner.providers.google.files import file_name

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


# Answers.

URI = "https://generativelanguage.googleapis.com/v1beta/files/abc123:download?alt=media"


def done(response: object) -> dict[str, object]:
    return {"name": "models/m/operations/o", "done": True, "response": response}


def test_a_running_operation_is_pending() -> None:
    assert isinstance(read_operation({"name": "models/m/operations/o"}), Pending)


def test_a_finished_operation_gives_the_film_and_the_handle_that_extends_it() -> None:
    state = read_operation(done({"generateVideoResponse": {"generatedSamples": [{"video": {"uri": URI}}]}}))
    assert isinstance(state, Done)
    assert (state.assets[0].role, state.assets[0].url, state.handle) == ("film", URI, {"uri": URI})
    assert file_name(URI) == "files/abc123"


def test_done_without_a_sample_is_a_refusal_of_the_content_and_says_why() -> None:
    reasons = ["Veo could not generate 1 videos. Support codes: 58061214"]
    blocked = {"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": reasons}
    state = read_operation(done({"generateVideoResponse": blocked}))
    assert isinstance(state, Failed)
    assert state.failure is Failure.POLICY
    assert "filtered for a child" in state.words


def test_done_without_any_response_is_waited_for_a_while() -> None:
    assert read_operation({"name": "n", "done": True}) == Pending(words="done, but without a result so far", empty=True)


@pytest.mark.parametrize(
    ("code", "failure"), [(3, Failure.INPUT), (8, Failure.TRANSIENT), (13, Failure.TRANSIENT), (14, Failure.TRANSIENT)]
)
def test_a_failed_operation_is_classed_by_its_code(code: int, failure: Failure) -> None:
    state = read_operation({"name": "n", "done": True, "error": {"code": code, "message": "words"}})
    assert state == Failed(words="words", failure=failure)
