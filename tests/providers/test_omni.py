"""What is sent to the Interactions API, field by field, and what its answers come to."""

import pytest

from runner.providers.base import Asset, Done, Failed, Failure, Parent, Pending, Shot, State
from runner.providers.omni import read_interaction, request

MODEL = "gemini-omni-1.2-flash"
URI = "https://generativelanguage.googleapis.com/v1beta/files/abc:download?alt=media"


def test_a_generation_is_complete_and_says_nothing_else() -> None:
    made = request(Shot(kind="generate", model=MODEL, prompt="A sunset", duration=8))
    assert (made.method, made.path) == ("POST", "/v1beta/interactions")
    assert made.body == {
        "model": MODEL,
        "input": "A sunset",
        "response_format": {
            "type": "video",
            "delivery": "uri",
            "aspect_ratio": "16:9",
            "resolution": "720p",
            "duration": "8s",
        },
        "background": True,
        "store": True,
    }


def test_an_extension_says_what_it_adds_and_no_shape() -> None:
    parent = Parent(task="v1_x", handle={"uri": URI})
    made = request(Shot(kind="extend", model=MODEL, prompt="On", duration=7, parent=parent))
    content = [{"type": "video", "uri": URI, "mime_type": "video/mp4"}, {"type": "text", "text": "On"}]
    assert made.body["input"] == [{"type": "user_input", "content": content}]
    assert made.body["generation_config"] == {"video_config": {"task": "extend"}}
    form = {"type": "video", "delivery": "uri", "resolution": "720p", "duration": "7s"}
    assert made.body["response_format"] == form


def test_an_interaction_before_and_a_task_never_go_together() -> None:
    options = {"extend_by": "interaction"}
    parent = Parent(task="v1_x", handle={"uri": URI})
    body = request(Shot(kind="extend", model=MODEL, prompt="On", duration=7, parent=parent, options=options)).body
    assert (body["previous_interaction_id"], body["input"]) == ("v1_x", "On")
    assert "generation_config" not in body


@pytest.mark.parametrize(
    ("pictures", "task"),
    [
        ({"first_frame": "data:image/png;base64,AA"}, "image_to_video"),
        ({"references": ("data:image/png;base64,AA",)}, "reference_to_video"),
    ],
)
def test_pictures_are_inline_and_name_the_task(pictures: dict[str, str], task: str) -> None:
    body = request(Shot(kind="generate", model=MODEL, prompt="A", duration=8, **pictures)).body  # type: ignore[arg-type]
    image = {"type": "image", "data": "AA", "mime_type": "image/png"}
    assert body["input"] == [{"type": "user_input", "content": [image, {"type": "text", "text": "A"}]}]
    assert body["generation_config"] == {"video_config": {"task": task}}


def output(*contents: dict[str, object]) -> dict[str, object]:
    return {"status": "completed", "steps": [{"type": "thought"}, {"type": "model_output", "content": list(contents)}]}


ENDS: dict[str, tuple[dict[str, object], State]] = {
    "running": ({"status": "in_progress"}, Pending(words="being made")),
    "unknown status": ({"status": "pondering"}, Pending(words="status 'pondering'")),
    "no status": ({}, Pending(words="status ''")),
    "a link": (
        output({"type": "video", "uri": URI}),
        Done(assets=(Asset(role="film", url=URI),), handle={"uri": URI}),
    ),
    "inside": (
        output({"type": "video", "data": "AAAA"}),
        Done(assets=(Asset(role="film", url="data:video/mp4;base64,AAAA"),)),
    ),
    "nothing": (output(), Pending(words="done, but without a result so far", empty=True)),
    "words only": (output({"type": "text", "text": "I cannot."}), Failed(words="I cannot.", failure=Failure.POLICY)),
    "blocked": (
        {"status": "failed", "error": {"code": "content_blocked", "message": "No. 61493863"}},
        Failed(words="No. 61493863 (filtered for violence)", failure=Failure.POLICY),
    ),
    "budget": (
        {"status": "budget_exceeded"},
        Failed(words="the interaction is budget_exceeded", failure=Failure.BALANCE),
    ),
    "cancelled": ({"status": "cancelled"}, Failed(words="the interaction is cancelled", failure=Failure.UNKNOWN)),
    "steps of another shape": (
        {"status": "completed", "steps": [None, {"type": "model_output", "content": 3}]},
        Pending(words="done, but without a result so far", empty=True),
    ),
}


@pytest.mark.parametrize("name", ENDS)
def test_an_answer_is_read(name: str) -> None:
    data, state = ENDS[name]
    assert read_interaction(data) == state
