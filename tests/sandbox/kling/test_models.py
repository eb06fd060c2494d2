"""What the models of the emulated Kling take, and what they make of it."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import facts
from tests.sandbox.kling.client import code, fault, made, taken

PICTURE = {"image": "QUJD", "prompt": "a kite"}
PAN = {"type": "simple", "config": {"pan": 5, "zoom": 0}}


def asked(web: httpx.Client, route: str = "text2video", **body: Any) -> tuple[int, int]:
    return code(web.post(f"/kling/v1/videos/{route}", json={"prompt": "a kite", **body}))


@pytest.mark.parametrize("model", ["kling-v2-master", "kling-v2-1-master"])
@pytest.mark.parametrize("mode", ["std", "pro"])
def test_a_master_has_no_modes_and_minds_none(web: httpx.Client, model: str, mode: str) -> None:
    taken(web, "text2video", {"prompt": "a kite", "model_name": model, "mode": mode})
    assert web.get("/sandbox/ledger").json()["charges"][-1]["credits"] == 10


@pytest.mark.parametrize(
    ("body", "units", "size"),
    [
        pytest.param(
            {"model_name": "kling-v2-6", "mode": "std", "duration": "5"}, 1.5, "1280x720", marks=pytest.mark.proof
        ),
        pytest.param(
            {"model_name": "kling-v2-6", "mode": "pro", "duration": "10"}, 5, "1920x1080", marks=pytest.mark.proof
        ),
        pytest.param(
            {"model_name": "kling-v3", "mode": "std", "duration": "3"}, 1.8, "1280x720", marks=pytest.mark.proof
        ),
        ({"model_name": "kling-v3", "mode": "pro", "duration": "4"}, 3.2, "1920x1080"),
    ],
)
def test_newer_models_have_their_prices_lengths_and_sizes(
    web: httpx.Client, tmp_path: Path, ffmpeg: str, body: dict[str, str], units: float, size: str
) -> None:
    fault(web, "segment-seconds=1")
    (video,) = made(web, "text2video", {"prompt": "a kite", **body})["task_result"]["videos"]
    assert web.get("/sandbox/ledger").json()["charges"][-1]["credits"] == units
    path = tmp_path / "video.mp4"
    path.write_bytes(httpx.get(video["url"], timeout=60).content)
    said = facts(ffmpeg, path).words
    assert size in said
    assert "24 fps" in said
    assert code(web.post("/kling/v1/videos/video-extend", json={"video_id": video["id"]})) == (400, 1201)


def test_one_model_makes_any_length_from_three_to_fifteen(web: httpx.Client) -> None:
    assert asked(web, model_name="kling-v3", duration="15") == (200, 0)
    for wrong in ("2", "16", "4.5"):
        assert asked(web, model_name="kling-v3", duration=wrong) == (400, 1201)
    assert asked(web, model_name="kling-v2-6", duration="6") == (400, 1201)


@pytest.mark.parametrize("model", ["kling-v2-master", "kling-v2-5-turbo", "kling-v2-6"])
def test_a_scale_that_a_model_does_not_know_does_no_harm(web: httpx.Client, model: str) -> None:
    assert asked(web, model_name=model, cfg_scale=0.5) == (200, 0)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"model_name": "kling-v1"}, (200, 0)),
        ({"model_name": "kling-v1", "duration": "10"}, (400, 1201)),
        ({"model_name": "kling-v1", "camera_control": PAN}, (400, 1201)),
        ({"model_name": "kling-v1-6", "mode": "pro", "duration": "10"}, (200, 0)),
        ({"model_name": "kling-v1-6", "mode": "std"}, (400, 1201)),
        ({"model_name": "kling-v2-6", "mode": "std"}, (400, 1201)),
        ({"model_name": "kling-v2-master", "mode": "pro"}, (400, 1201)),
        ({"model_name": "kling-v3"}, (200, 0)),
    ],
)
def test_a_last_picture_needs_the_right_model_mode_and_length(
    web: httpx.Client, body: dict[str, Any], expected: tuple[int, int]
) -> None:
    assert asked(web, "image2video", **PICTURE, image_tail="QUJD", **body) == expected


@pytest.mark.parametrize(
    ("route", "body", "camera", "expected"),
    [
        ("text2video", {}, PAN, (200, 0)),
        ("text2video", {}, {"type": "forward_up", "config": None}, (200, 0)),
        ("text2video", {"duration": "10"}, PAN, (400, 1201)),
        ("text2video", {"mode": "pro"}, PAN, (400, 1201)),
        ("text2video", {"model_name": "kling-v1-6"}, PAN, (400, 1201)),
        ("image2video", {"model_name": "kling-v1-5", "mode": "pro", **PICTURE}, PAN, (200, 0)),
        ("image2video", {"model_name": "kling-v1-5", **PICTURE}, PAN, (400, 1201)),
        ("image2video", {"model_name": "kling-v1-5", "mode": "pro", **PICTURE}, {"type": "forward_up"}, (400, 1201)),
        ("text2video", {}, {"type": "sideways"}, (400, 1201)),
        ("text2video", {}, {}, (400, 1201)),
        ("text2video", {}, "pan", (400, 1201)),
        ("text2video", {}, {"type": "simple"}, (400, 1201)),
        ("text2video", {}, {"type": "simple", "config": {"pan": 1, "tilt": 1}}, (400, 1201)),
        ("text2video", {}, {"type": "simple", "config": {"pan": 11}}, (400, 1201)),
        ("text2video", {}, {"type": "simple", "config": {"pan": "5"}}, (400, 1201)),
        ("text2video", {"model_name": "kling-v3"}, None, (200, 0)),
    ],
)
def test_the_camera_moves_for_few_models_only(
    web: httpx.Client, route: str, body: dict[str, Any], camera: object, expected: tuple[int, int]
) -> None:
    assert asked(web, route, **body, camera_control=camera) == expected
