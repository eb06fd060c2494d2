"""1080p and 4K: started by the first call, charged once, and the end of a chain."""

from pathlib import Path

import pytest

from tests.sandbox.conftest import Client, House, facts

FULL_HD = "/kie/api/v1/veo/get-1080p-video"
ULTRA_HD = "/kie/api/v1/veo/get-4k-video"


def upgraded(client: Client, task: str) -> str:
    return str(client.get(FULL_HD, taskId=task)["data"]["resultUrl"])


def saved(house: House, client: Client, url: str) -> Path:
    path = house.folder / "got.mp4"
    path.write_bytes(client.call("GET", url).content)
    return path


def test_the_first_call_starts_and_charges_and_the_next_ones_wait(house: House) -> None:
    client = house.open()
    task = client.generate()
    house.task_seconds = 60
    client = house.open()
    for _ in range(2):
        answer = client.get(FULL_HD, taskId=task)
        assert answer["code"] == 400
        assert answer["msg"].startswith("1080P is processing.")
    house.clock.time += 60
    assert upgraded(client, task) == upgraded(client, task)
    assert [charge["credits"] for charge in client.ledger()["charges"]] == [60.0, 5.0]


def test_an_upgrade_holds_the_whole_film_in_full_hd_and_sound(house: House) -> None:
    client = house.open()
    last = client.extend(client.generate(duration=4, aspect_ratio="9:16"))
    film = facts(house.ffmpeg, saved(house, client, upgraded(client, last)))
    assert "1080x1920" in film.words
    assert len(film.packets) == 96 + 168
    assert film.samples == 11 * 48_000


@pytest.mark.proof
def test_an_upgrade_may_hold_the_segment_only(house: House) -> None:
    client = house.open("upgrade-segment-only")
    last = client.extend(client.generate(duration=4))
    assert len(facts(house.ffmpeg, saved(house, client, upgraded(client, last))).packets) == 168


def test_an_upgraded_task_cannot_be_extended(house: House) -> None:
    client = house.open()
    task = client.generate(duration=4)
    upgraded(client, task)
    answer = client.post("/kie/api/v1/veo/extend", {"taskId": task, "prompt": "On"})
    assert (answer["code"], answer["msg"]) == (422, "Videos generated after 1080P generation cannot be extended.")


@pytest.mark.parametrize("fault", ["task-failed", "stuck"])
def test_only_a_success_can_be_upgraded(house: House, fault: str) -> None:
    client = house.open(fault)
    answer = client.get(FULL_HD, taskId=client.generate())
    assert (answer["code"], answer["msg"]) == (422, "record status is not success")


def test_an_upgrade_without_credits_is_refused_and_the_task_stays_extendable(house: House) -> None:
    client = house.open("balance=120")
    first = client.generate(duration=4)
    client.extend(first)
    assert client.get(FULL_HD, taskId=first)["code"] == 402
    assert house.open("balance=1000").extend(first)


@pytest.mark.proof
def test_4k_is_delivered_under_code_422(house: House) -> None:
    client = house.open()
    task = client.generate(duration=4)
    house.task_seconds = 60
    client = house.open()
    body = {"taskId": task}
    nothing = {"taskId": task, "resultUrls": None, "imageUrls": None}
    assert client.post(ULTRA_HD, body) == {"code": 200, "msg": "success", "data": nothing}
    waiting = client.post(ULTRA_HD, body)
    assert (waiting["code"], waiting["data"]) == (422, nothing)
    assert waiting["msg"].startswith("4k is processing.")
    house.clock.time += 60
    done = client.post(ULTRA_HD, body)
    assert (done["code"], done["msg"]) == (422, "The video has been generated successfully")
    assert "3840x2160" in facts(house.ffmpeg, saved(house, client, done["data"]["resultUrls"][0])).words
    assert client.ledger()["charges"][1]["credits"] == 120.0
