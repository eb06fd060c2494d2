"""Every shape in which kie tells of a task."""

import json

import pytest

from tests.sandbox.conftest import House


def test_a_task_is_pending_until_its_time_is_up(house: House) -> None:
    house.task_seconds = 60
    client = house.open()
    task = client.generate()
    data = client.look(task)["data"]
    assert (data["successFlag"], data["response"], data["completeTime"], data["errorMessage"]) == (0, None, None, None)
    assert data["createTime"] == round(house.clock.time * 1000)
    house.clock.time += 60
    done = client.look(task)["data"]
    assert (done["successFlag"], done["completeTime"]) == (1, data["createTime"] + 60_000)


def test_a_generation_has_no_full_video_and_an_extension_has_both(house: House) -> None:
    client = house.open()
    first = client.generate()
    assert client.links(first)["fullResultUrls"] is None
    links = client.links(client.extend(first))
    assert len(links["resultUrls"]) == len(links["fullResultUrls"]) == 1
    assert links["resultUrls"] != links["fullResultUrls"]


def test_links_are_absolute_and_below_the_address_that_was_asked(house: House) -> None:
    client = house.open()
    (url,) = client.links(client.generate())["resultUrls"]
    assert url.startswith("http://sandbox/kie/media/v/")


def test_the_seed_that_was_asked_for_is_told(house: House) -> None:
    client = house.open()
    assert client.links(client.generate(seeds=54321))["seeds"] == [54321]


@pytest.mark.parametrize("task", ["0" * 32, "", "../../etc/passwd", "veo_task_abcdef123456"])
def test_an_unknown_task_is_code_422(house: House, task: str) -> None:
    assert house.open().look(task) == {"code": 422, "msg": "record is null", "data": None}


def test_an_unknown_task_can_be_a_null(house: House) -> None:
    assert house.open("unknown-task-null").look("0" * 32) == {"code": 200, "msg": "success", "data": None}


def test_a_task_can_vanish_for_a_while(house: House) -> None:
    client = house.open("vanished-task")
    task = client.generate()
    assert [client.look(task)["code"] for _ in range(2)] == [422, 200]


def test_an_answer_can_name_another_task(house: House) -> None:
    client = house.open("wrong-task-id")
    task = client.generate()
    assert client.look(task)["data"]["taskId"] != task
    assert client.look(task)["data"]["taskId"] == task


@pytest.mark.parametrize(
    ("fault", "flag", "code", "words"),
    [
        ("moderation-after-accept", 3, 400, "flagged by Website as violating content policies"),
        ("task-failed:code=501", 3, 501, "Internal Error"),
        ("task-failed:code=500,flag=2,message=Internal Error - Timeout", 2, 500, "Internal Error - Timeout"),
    ],
)
def test_a_task_fails_under_an_envelope_that_says_success(
    house: House, fault: str, flag: int, code: int, words: str
) -> None:
    client = house.open(fault)
    answer = client.look(client.generate())
    data = answer["data"]
    assert (answer["code"], data["successFlag"], data["errorCode"], data["response"]) == (200, flag, code, None)
    assert words in data["errorMessage"]


def test_success_may_come_without_links_for_some_looks(house: House) -> None:
    client = house.open("success-without-url:polls=2")
    task = client.generate()
    seen = [client.look(task)["data"] for _ in range(3)]
    assert [data["successFlag"] for data in seen] == [1, 1, 1]
    assert [data["response"]["resultUrls"] is None for data in seen] == [True, True, False]


def test_success_may_come_without_links_for_good(house: House) -> None:
    client = house.open("success-without-url:forever")
    task = client.generate()
    assert all(client.links(task)["resultUrls"] is None for _ in range(3))


def test_links_may_come_as_a_json_string(house: House) -> None:
    client = house.open("urls-as-json-string")
    urls = client.links(client.generate())["resultUrls"]
    assert isinstance(urls, str)
    assert json.loads(urls)[0].startswith("http")


@pytest.mark.parametrize(
    ("fault", "missing", "present"),
    [("no-full@extend", "fullResultUrls", "resultUrls"), ("full-only@extend", "resultUrls", "fullResultUrls")],
)
def test_one_of_the_two_links_may_be_missing(house: House, fault: str, missing: str, present: str) -> None:
    client = house.open(fault)
    links = client.links(client.extend(client.generate()))
    assert links[missing] is None
    assert links[present]


def test_times_may_be_text_without_a_zone(house: House) -> None:
    house.clock.time = 1_767_225_600.0
    client = house.open("times-as-text")
    assert client.look(client.generate())["data"]["createTime"] == "2026-01-01 00:00:00"


def test_the_fallback_model_is_told(house: House) -> None:
    client = house.open("fallback-flag")
    assert client.look(client.generate())["data"]["fallbackFlag"] is True


def test_a_stuck_task_never_ends_and_a_slow_one_ends_later(house: House) -> None:
    client = house.open("stuck#1", "slow=90#2")
    stuck, slow = client.generate(), client.generate()
    house.clock.time += 89
    assert [client.look(task)["data"]["successFlag"] for task in (stuck, slow)] == [0, 0]
    house.clock.time += 1
    assert [client.look(task)["data"]["successFlag"] for task in (stuck, slow)] == [0, 1]


def test_an_error_on_a_look_leaves_the_task_alone(house: House) -> None:
    client = house.open("poll-error")
    task = client.generate()
    assert client.look(task) == {"code": 500, "msg": "err", "data": None}
    assert client.look(task)["data"]["successFlag"] == 1


def test_a_film_that_cannot_be_rendered_is_a_failed_task_that_says_why(house: House) -> None:
    house.ffmpeg = "/nowhere/ffmpeg"
    house.films = house.folder / "films"
    client = house.open()
    data = client.look(client.generate())["data"]
    assert (data["successFlag"], data["errorCode"]) == (3, 500)
    assert "/nowhere/ffmpeg does not start" in data["errorMessage"]
