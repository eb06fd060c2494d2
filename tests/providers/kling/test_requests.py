"""What is sent to Kling and to its gateways, field by field, as their documents have it (2026-02 to 2026-10)."""

from typing import Any

import pytest

from runner.providers.base import Parent, Shot
from runner.providers.catalog_loader import catalog
from runner.providers.kling.dialects import DIALECTS

GATEWAYS = ("envelope", "task-object", "task-and-video-id")
V1 = ("official", *GATEWAYS)
CALLBACK = "https://me.example/kling"
EVERYTHING = {"negative_prompt": "blur", "cfg_scale": 0.7, "watermark": True, "callback_url": CALLBACK, "mode": "pro"}
PARENT = Parent(task="871", handle={"video": "872"}, link="https://cdn.example/v.mp4?Expires=1")


def shot(kind: str = "generate", **more: Any) -> Shot:
    fields: dict[str, Any] = {"model": "kling-v1-6", "mode": "pro", "prompt": "a kite", "duration": 5, "mark": "lt-1"}
    return Shot(kind=kind, **{**fields, **more})


def extension(**more: Any) -> Shot:
    return shot("extend", parent=PARENT, duration=4.5, **more)


def sent(dialect: str, what: Shot) -> tuple[str, object]:
    request = DIALECTS[dialect].request(what)
    assert (request.method, request.repeatable) == ("POST", False)
    return request.path, request.body


TEXT = {"model_name": "kling-v1-6", "prompt": "a kite", "mode": "pro", "aspect_ratio": "16:9", "duration": "5"}


@pytest.mark.parametrize("dialect", V1)
def test_words_alone_go_to_text2video(dialect: str) -> None:
    named = {"external_task_id": "lt-1"} if dialect == "official" else {}
    assert sent(dialect, shot()) == ("/v1/videos/text2video", {**TEXT, **named})


@pytest.mark.parametrize("dialect", V1)
def test_pictures_go_to_image2video_as_bare_base64_and_bring_their_own_shape(dialect: str) -> None:
    frames = {"first_frame": "data:image/png;base64,QUJD", "last_frame": "https://pictures.example/end.jpg"}
    path, body = sent(dialect, shot(**frames))
    assert path == "/v1/videos/image2video"
    named = {"external_task_id": "lt-1"} if dialect == "official" else {}
    pictured = {"image": "QUJD", "image_tail": "https://pictures.example/end.jpg"}
    shape_is_left_out = {name: value for name, value in TEXT.items() if name != "aspect_ratio"}
    assert body == {**shape_is_left_out, **pictured, **named}


EXTENSIONS = {
    "official": {"video_id": "872", "prompt": "a kite", "external_task_id": "lt-1"},
    "envelope": {"video_id": "872", "prompt": "a kite"},
    "task-object": {"model_name": "kling-v1-6", "mode": "pro", "video_id": "872", "prompt": "a kite"},
    "task-and-video-id": {"task_id": "871", "video_id": "872", "prompt": "a kite"},
}
OPTIONS = {
    "official": {
        "negative_prompt": "blur",
        "cfg_scale": 0.7,
        "watermark_info": {"enabled": True},
        "callback_url": f"{CALLBACK}?take=lt-1",
    },
    "envelope": {"negative_prompt": "blur", "cfg_scale": 0.7, "callback_url": f"{CALLBACK}?take=lt-1"},
    "task-object": {"negative_prompt": "blur", "cfg_scale": 0.7, "callback_url": f"{CALLBACK}?take=lt-1"},
    "task-and-video-id": {"callback_url": f"{CALLBACK}?take=lt-1"},
}


@pytest.mark.parametrize("dialect", V1)
def test_an_extension_names_the_video_and_exactly_what_its_dialect_knows(dialect: str) -> None:
    assert sent(dialect, extension()) == ("/v1/videos/video-extend", EXTENSIONS[dialect])
    _, body = sent(dialect, extension(options=EVERYTHING))
    assert body == {**EXTENSIONS[dialect], **OPTIONS[dialect]}


@pytest.mark.parametrize("dialect", V1)
def test_a_generation_sends_the_options_that_its_dialect_knows(dialect: str) -> None:
    named = {"external_task_id": "lt-1"} if dialect == "official" else {}
    _, body = sent(dialect, shot(options=EVERYTHING))
    assert body == {**TEXT, **named, **OPTIONS[dialect]}


def test_no_scale_at_all_is_still_a_scale() -> None:
    _, body = sent("official", extension(options={"cfg_scale": 0}))
    assert isinstance(body, dict)
    assert body["cfg_scale"] == 0


def test_a_plan_says_which_video_it_will_be() -> None:
    planned = extension(mark="<name of this submit>")
    unknown = Parent(task="<task of hop 0>")
    for dialect in V1:
        _, body = sent(dialect, Shot(**{**_fields(planned), "parent": unknown}))
        assert isinstance(body, dict)
        assert body["video_id"] == "<video of task of hop 0>"
    _, body = sent("official-2", Shot(**{**_fields(planned), "parent": unknown}))
    assert isinstance(body, dict)
    assert body["contents"][1]["url"] == "<result of task of hop 0>"


def _fields(what: Shot) -> dict[str, Any]:
    return {name: getattr(what, name) for name in Shot.__dataclass_fields__}


SETTINGS = {"resolution": "720p", "aspect_ratio": "16:9", "duration": 5, "audio": "off"}
NAMED = {"options": {"external_task_id": "lt-1"}}


@pytest.mark.parametrize(
    ("model", "pictures", "path", "body"),
    [
        ("kling-3.0", {}, "/text-to-video/kling-3.0", {"prompt": "a kite", "settings": SETTINGS}),
        (
            "kling-3.0-omni",
            {},
            "/omni-video/kling-3.0-omni",
            {"contents": [{"type": "prompt", "text": "a kite"}], "settings": SETTINGS},
        ),
        (
            "kling-3.0",
            {"first_frame": "https://pictures.example/a.png"},
            "/image-to-video/kling-3.0",
            {
                "contents": [
                    {"type": "prompt", "text": "a kite"},
                    {"type": "first_frame", "url": "https://pictures.example/a.png"},
                ],
                "settings": {name: value for name, value in SETTINGS.items() if name != "aspect_ratio"},
            },
        ),
    ],
)
def test_the_second_api_has_settings_and_options_of_its_own(
    model: str, pictures: dict[str, str], path: str, body: dict[str, object]
) -> None:
    assert sent("official-2", shot(model=model, mode="", **pictures)) == (path, {**body, **NAMED})


@pytest.mark.parametrize("model", ["kling-3.0", "kling-3.0-omni"])
def test_the_second_api_goes_on_by_showing_an_omni_model_the_video_before(model: str) -> None:
    path, body = sent("official-2", shot("extend", parent=PARENT, model=model, mode="", duration=7))
    assert path == "/omni-video/kling-3.0-omni"
    assert isinstance(body, dict)
    words, shown = body["contents"]
    assert words["type"] == "prompt"
    assert "<<<video_1>>>" in words["text"]
    assert words["text"].endswith("a kite")
    assert shown == {"type": "feature_video", "url": PARENT.link}
    assert body["settings"] == {**SETTINGS, "duration": 7}
    assert body["options"] == NAMED["options"]


def test_a_dry_run_without_a_name_sends_none() -> None:
    for dialect in DIALECTS:
        _, body = sent(dialect, shot(mark=""))
        assert "external_task_id" not in str(body)


def test_the_longest_prompt_leaves_room_for_what_is_said_before_it() -> None:
    for model in catalog("kling", "official-2").models:
        longest = "x" * (model.max_prompt or 0)
        _, body = sent("official-2", shot("extend", parent=PARENT, model=model.id, prompt=longest))
        assert isinstance(body, dict)
        assert len(body["contents"][0]["text"]) <= 3072
