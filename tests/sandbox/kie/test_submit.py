"""What kie takes and what it turns down."""

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Client, House

GENERATE = "/kie/api/v1/veo/generate"
EXTEND = "/kie/api/v1/veo/extend"


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"prompt": ""}, 422, "Please enter prompt"),
        ({"prompt": None}, 422, "Please enter prompt"),
        ({"prompt": ["a"]}, 422, "Please enter prompt"),
        ({"model": "veo4"}, 422, "Invalid model"),
        ({"aspect_ratio": "4:3"}, 422, "Invalid aspect_ratio"),
        ({"aspectRatio": "4:3"}, 422, "Invalid aspect_ratio"),
        ({"seeds": 9999}, 422, "between 10000 and 99999"),
        ({"seeds": 100000}, 422, "between 10000 and 99999"),
        ({"seeds": "12345"}, 422, "between 10000 and 99999"),
        ({"seeds": True}, 422, "between 10000 and 99999"),
        ({"duration": 5}, 422, "Invalid duration"),
        ({"duration": "8"}, 422, "Invalid duration"),
        ({"resolution": "480p"}, 422, "Invalid resolution"),
        ({"generationType": "MAGIC"}, 422, "Invalid generationType"),
        ({"generationType": "REFERENCE_2_VIDEO"}, 422, "1 to 3 images"),
        ({"imageUrls": ["http://x/a.png"] * 3}, 422, "1 to 2 images"),
        ({"imageUrls": "http://x/a.png"}, 422, "list of links"),
        ({"imageUrls": ["a.png"]}, 422, "http:// or https://"),
        ({"generationType": "TEXT_2_VIDEO", "imageUrls": ["http://x/a.png"]}, 422, "0 to 0 images"),
        ({"watermark": 7}, 422, "watermark must be text"),
        (
            {"generationType": "REFERENCE_2_VIDEO", "imageUrls": ["http://x/a.png"], "duration": 4},
            422,
            "only supports 8-second generation",
        ),
        (
            {"generationType": "REFERENCE_2_VIDEO", "imageUrls": ["http://x/a.png"], "model": "veo3"},
            422,
            "does not support the veo3 model",
        ),
    ],
)
def test_a_generation_that_is_wrong_is_refused_and_free(
    house: House, fields: dict[str, object], code: int, words: str
) -> None:
    client = house.open()
    answer = client.call("POST", GENERATE, json={"prompt": "A dog", **fields})
    body = answer.json()
    assert (answer.status_code, body["code"], body["data"]) == (200, code, None)
    assert words in body["msg"]
    assert client.ledger()["charges"] == []


@pytest.mark.parametrize("content", [b"{", b"[]", b""])
def test_a_body_that_is_no_object_is_refused(house: House, content: bytes) -> None:
    assert house.open().call("POST", GENERATE, content=content).json()["code"] == 422


@pytest.mark.parametrize(
    "key", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer bad"}, {"Authorization": "x"}]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", GENERATE),
        ("POST", EXTEND),
        ("GET", "/kie/api/v1/veo/record-info"),
        ("GET", "/kie/api/v1/veo/get-1080p-video"),
        ("POST", "/kie/api/v1/veo/get-4k-video"),
        ("GET", "/kie/api/v1/chat/credit"),
        ("POST", "/kie/api/v1/common/download-url"),
    ],
)
def test_a_missing_or_bad_key_is_refused_with_http_200(
    house: House, key: dict[str, str], method: str, path: str
) -> None:
    answer = Client(house.app(), key).call(method, path)
    assert answer.status_code == 200
    assert answer.json() == {"code": 401, "msg": "You do not have access permissions", "data": None}


def test_an_unknown_route_is_code_404(house: House) -> None:
    assert house.open().get("/kie/api/v1/veo/remix")["code"] == 404


def test_the_answer_names_its_type_as_kie_does(house: House) -> None:
    answer = house.open().call("GET", "/kie/api/v1/chat/credit")
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"


@pytest.mark.parametrize(
    ("fields", "price"),
    [
        ({}, 60),
        ({"model": "veo3"}, 250),
        ({"model": "veo3_lite"}, 30),
        ({"resolution": "1080p"}, 65),
        ({"model": "veo3", "resolution": "4k"}, 380),
        ({"model": "veo3", "resolution": "4k", "imageUrls": ["https://x.example/a.png"]}, 370),
    ],
)
def test_a_generation_costs_what_its_model_and_resolution_cost(
    house: House, fields: dict[str, Any], price: float
) -> None:
    house.task_seconds = 60
    client = house.open("stuck")
    client.generate(**fields)
    assert client.get("/kie/api/v1/chat/credit")["data"] == 10_000.0 - price


@pytest.mark.parametrize(("tier", "price"), [("fast", 60), ("lite", 30), ("quality", 250)])
def test_an_extension_costs_what_its_tier_costs(house: House, tier: str, price: float) -> None:
    client = house.open()
    client.extend(client.generate(), model=tier)
    assert client.ledger()["charges"][1]["credits"] == price


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"taskId": ""}, 422, "taskId cannot be empty"),
        ({"taskId": 7}, 422, "taskId cannot be empty"),
        ({"taskId": "0" * 32}, 404, "The original video does not exist"),
        ({"taskId": "../clock"}, 404, "The original video does not exist"),
        ({"prompt": " "}, 422, "Please enter prompt"),
        ({"model": "veo3_fast"}, 422, "Invalid model"),
        ({"seeds": 1}, 422, "between 10000 and 99999"),
    ],
)
def test_an_extension_that_is_wrong_is_refused(house: House, fields: dict[str, object], code: int, words: str) -> None:
    client = house.open()
    body = {"taskId": client.generate(), "prompt": "It goes on", **fields}
    answer = client.post(EXTEND, body)
    assert answer["code"] == code
    assert words in answer["msg"]


def test_an_unfinished_task_cannot_be_extended(house: House) -> None:
    house.task_seconds = 60
    client = house.open()
    answer = client.post(EXTEND, {"taskId": client.generate(), "prompt": "It goes on"})
    assert (answer["code"], answer["msg"]) == (422, "record status is not success")


def test_a_failed_task_cannot_be_extended(house: House) -> None:
    client = house.open("task-failed")
    answer = client.post(EXTEND, {"taskId": client.generate(), "prompt": "It goes on"})
    assert (answer["code"], answer["msg"]) == (422, "record status is not success")


def test_a_task_older_than_fourteen_days_can_be_neither_extended_nor_looked_up(house: House) -> None:
    client = house.open()
    task = client.generate()
    house.clock.time += 14 * 24 * 3600 + 1
    for answer in (client.post(EXTEND, {"taskId": task, "prompt": "It goes on"}), client.look(task)):
        assert (answer["code"], answer["msg"]) == (422, "Temporarily supports records within 14 days.")


def test_a_task_made_in_1080p_cannot_be_extended(house: House) -> None:
    client = house.open()
    answer = client.post(EXTEND, {"taskId": client.generate(resolution="1080p"), "prompt": "It goes on"})
    assert (answer["code"], answer["msg"]) == (422, "Videos generated after 1080P generation cannot be extended.")


def test_unknown_fields_are_accepted_unless_the_switch_is_set(house: House) -> None:
    house.task_seconds = 60
    assert house.open().post(GENERATE, {"prompt": "A dog", "mood": "happy"})["code"] == 200
    refused = house.open("strict-fields").post(GENERATE, {"prompt": "A dog", "mood": "happy"})
    assert (refused["code"], refused["msg"]) == (400, "Unknown parameter: mood")


def test_twenty_submits_in_ten_seconds_are_allowed_and_one_more_is_http_429(house: House) -> None:
    house.task_seconds = 60
    app = house.app("task-failed")
    client = Client(app)
    codes = [client.call("POST", GENERATE, json={"prompt": "A dog"}).status_code for _ in range(21)]
    assert codes == [200] * 20 + [429]
    house.clock.time += 10
    assert client.call("POST", GENERATE, json={"prompt": "A dog"}).json()["code"] == 200


def test_the_limit_can_be_switched_off(house: House) -> None:
    client = house.open("task-failed", "no-rate-limit")
    assert all(client.generate() for _ in range(22))


def test_the_request_is_repeated_in_the_record_with_kies_own_spelling(house: House) -> None:
    house.task_seconds = 60
    client = house.open()
    told = json.loads(client.look(client.generate(watermark="Me", seeds=12345))["data"]["paramJson"])
    assert told == {"prompt": "A golden retriever trots through a park", "seeds": 12345, "waterMark": "Me"}
