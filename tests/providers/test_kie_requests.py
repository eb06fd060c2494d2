import pytest

from runner.providers.base import Parent, Shot
from runner.providers.kie.requests import request

PARK = "https://example.com/park.png"
END = "https://example.com/end.png"


def test_a_text_generation_sends_exactly_these_fields() -> None:
    sent = request(Shot(kind="generate", model="veo3_fast", prompt="A dog", seed=12345, duration=8))
    assert (sent.method, sent.path) == ("POST", "/api/v1/veo/generate")
    assert sent.body == {
        "prompt": "A dog",
        "model": "veo3_fast",
        "generationType": "TEXT_2_VIDEO",
        "aspect_ratio": "16:9",
        "duration": 8,
        "seeds": 12345,
        "enableTranslation": False,
    }


@pytest.mark.parametrize(
    ("pictures", "mode", "urls"),
    [
        ({"first_frame": PARK}, "FIRST_AND_LAST_FRAMES_2_VIDEO", [PARK]),
        ({"first_frame": PARK, "last_frame": END}, "FIRST_AND_LAST_FRAMES_2_VIDEO", [PARK, END]),
        ({"references": (PARK, END)}, "REFERENCE_2_VIDEO", [PARK, END]),
    ],
)
def test_pictures_choose_the_mode(pictures: dict[str, str], mode: str, urls: list[str]) -> None:
    body = request(Shot(kind="generate", model="veo3_fast", prompt="A dog", **pictures)).body
    assert body["generationType"] == mode
    assert body["imageUrls"] == urls


def test_the_older_spelling_of_the_ratio_is_a_setting() -> None:
    shot = Shot(
        kind="generate", model="veo3", prompt="A dog", aspect_ratio="auto", options={"ratio_field": "aspectRatio"}
    )
    body = request(shot).body
    assert body["aspectRatio"] == "Auto"
    assert "aspect_ratio" not in body


def test_watermark_and_translation_are_sent_as_asked() -> None:
    options = {"watermark": "MyBrand", "enable_translation": True}
    body = request(Shot(kind="generate", model="veo3", prompt="Ein Hund", options=options)).body
    assert (body["watermark"], body["enableTranslation"]) == ("MyBrand", True)


@pytest.mark.parametrize(("model", "tier"), [("veo3_fast", "fast"), ("veo3", "quality"), ("veo3_lite", "lite")])
def test_an_extension_names_the_tier_in_its_own_words(model: str, tier: str) -> None:
    sent = request(Shot(kind="extend", model=model, prompt="It goes on", seed=54321, parent=Parent(task="abc")))
    assert sent.path == "/api/v1/veo/extend"
    assert sent.body == {"taskId": "abc", "prompt": "It goes on", "model": tier, "seeds": 54321}


def test_an_upgrade_may_be_asked_for_again_at_no_price() -> None:
    sent = request(Shot(kind="upgrade", model="veo3", parent=Parent(task="abc")))
    assert sent.repeatable
    assert sent.path == "/api/v1/veo/get-1080p-video?taskId=abc&index=0"


def test_only_a_single_shot_is_generated_at_1080p() -> None:
    assert request(Shot(kind="generate", model="veo3", prompt="p", resolution="1080p")).body["resolution"] == "1080p"
    assert "resolution" not in request(Shot(kind="generate", model="veo3", prompt="p")).body


def test_a_callback_carries_the_name_of_its_submit() -> None:
    options = {"callback_url": "https://example.com/kie?key=1"}
    shot = Shot(kind="generate", model="veo3", prompt="A dog", options=options, mark="lt-1-h00-2")
    assert request(shot).body["callBackUrl"] == "https://example.com/kie?key=1&take=lt-1-h00-2"


def test_a_submit_without_a_name_asks_for_no_callback_so_that_no_hop_depends_on_it() -> None:
    options = {"callback_url": "https://example.com/kie"}
    assert "callBackUrl" not in request(Shot(kind="generate", model="veo3", prompt="A dog", options=options)).body
