"""Result links: ranges, validators, death, and what goes wrong on the way."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from runner.sandbox.faults.responses import ConnectionDropped
from tests.sandbox.conftest import KEY, Client, House

Serving = Callable[[Any], str]
DOWNLOAD = "/kie/api/v1/common/download-url"


def first_link(client: Client) -> str:
    return str(client.links(client.generate())["resultUrls"][0])


def fetch(client: Client, url: str, **headers: str) -> httpx.Response:
    return client.call("GET", url, headers={name.replace("_", "-"): value for name, value in headers.items()})


def drain(response: httpx.Response, into: bytearray) -> None:
    for block in response.iter_raw():
        into += block


def served_link(url: str) -> str:
    with httpx.Client(base_url=url, headers=KEY, trust_env=False, timeout=60) as client:
        task = client.post("/kie/api/v1/veo/generate", json={"prompt": "A dog"}).json()["data"]["taskId"]
        record = client.get("/kie/api/v1/veo/record-info", params={"taskId": task}).json()
    return str(record["data"]["response"]["resultUrls"][0])


def test_a_link_gives_the_whole_file_or_a_part_and_says_which(house: House) -> None:
    client = house.open()
    url = first_link(client)
    whole = fetch(client, url)
    part = fetch(client, url, range="bytes=1000-1999")
    assert (whole.status_code, part.status_code) == (200, 206)
    assert whole.headers["content-type"] == "video/mp4"
    assert int(whole.headers["content-length"]) == len(whole.content)
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(whole.content)}"
    assert part.content == whole.content[1000:2000]


def test_a_part_of_another_version_is_not_given(house: House) -> None:
    client = house.open()
    url = first_link(client)
    etag = fetch(client, url).headers["etag"]
    assert fetch(client, url, range="bytes=10-", if_range=etag).status_code == 206
    assert fetch(client, url, range="bytes=10-", if_range='"another"').status_code == 200
    assert fetch(client, url, range="bytes=99999999-").status_code == 416


def test_no_key_is_needed_to_fetch(house: House) -> None:
    url = first_link(house.open())
    assert fetch(Client(house.app(), {}), url).status_code == 200


def test_a_link_dies_after_a_day_and_the_record_still_names_it(house: House) -> None:
    client = house.open()
    task = client.generate()
    (url,) = client.links(task)["resultUrls"]
    house.clock.time += 24 * 3600 - 1
    assert fetch(client, url).status_code == 200
    house.clock.time += 2
    assert fetch(client, url).status_code == 404
    assert client.links(task)["resultUrls"] == [url]


@pytest.mark.proof
def test_lifetime_and_status_of_a_dead_link_can_be_chosen(house: House) -> None:
    client = house.open("link-seconds=60", "expired-status=403")
    url = first_link(client)
    house.clock.time += 61
    assert fetch(client, url).status_code == 403


def test_a_dead_link_is_replaced_by_one_that_lives_twenty_minutes(house: House) -> None:
    client = house.open()
    url = first_link(client)
    house.clock.time += 2 * 24 * 3600
    fresh = client.post(DOWNLOAD, {"url": url})["data"]
    assert fetch(client, fresh).content[4:8] == b"ftyp"
    house.clock.time += 20 * 60
    assert fetch(client, fresh).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.mp4",
        "",
        "http://sandbox/kie/media/v/x.mp4",
        f"http://sandbox/kie/media/v/{'0' * 32}_1.mp4",
    ],
)
def test_a_foreign_link_is_not_replaced(house: House, url: str) -> None:
    assert house.open().post(DOWNLOAD, {"url": url}) == {"code": 422, "msg": "url is wrong", "data": None}


def test_an_invented_link_leads_nowhere(house: House) -> None:
    client = house.open()
    url = first_link(client)
    for wrong in (url.replace("/v/", "/w/"), url.replace(".mp4", ".mov"), "http://sandbox/kie/media/v/clock.json"):
        assert fetch(client, wrong).status_code == 404


@pytest.mark.parametrize(
    ("spec", "status"), [("dead-link", 404), ("dead-link=410", 410), ("dead-link:status=403", 403)]
)
def test_a_link_can_be_dead_once(house: House, spec: str, status: int) -> None:
    client = house.open(spec)
    url = first_link(client)
    assert [fetch(client, url).status_code for _ in range(2)] == [status, 200]


def test_a_web_page_can_come_instead_of_a_film(house: House) -> None:
    client = house.open("html-instead-of-mp4")
    page = fetch(client, first_link(client))
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_a_range_can_be_ignored(house: House) -> None:
    client = house.open("ignore-range")
    url = first_link(client)
    assert fetch(client, url, range="bytes=10-").status_code == 200
    assert fetch(client, url, range="bytes=10-").status_code == 206


def test_more_can_come_than_the_film_has(house: House) -> None:
    client = house.open("oversized=5000")
    url = first_link(client)
    swollen, film = fetch(client, url).content, fetch(client, url).content
    assert swollen == film + bytes(5000)


def test_one_byte_can_be_wrong(house: House) -> None:
    client = house.open("flipped-byte")
    url = first_link(client)
    wrong, right = fetch(client, url).content, fetch(client, url).content
    assert [place for place, pair in enumerate(zip(wrong, right, strict=True)) if len(set(pair)) > 1] == [
        len(right) // 2
    ]


def test_a_slow_download_is_whole(house: House) -> None:
    client = house.open("slow-download=20000000")
    url = first_link(client)
    assert fetch(client, url).content == fetch(client, url).content


@pytest.mark.parametrize(("spec", "received"), [("cut-download=70000", 70_000), ("wrong-length=1000", None)])
def test_a_body_can_end_early_on_a_real_socket(house: House, serving: Serving, spec: str, received: int | None) -> None:
    url = served_link(serving(house.app(spec)))
    got = bytearray()
    with httpx.Client(trust_env=False, timeout=60) as client:
        with client.stream("GET", url) as response, pytest.raises(httpx.RemoteProtocolError):
            drain(response, got)
        whole = client.get(url).content
    assert got == whole[: received or len(whole)]


def test_a_body_can_end_early_in_one_process(house: House) -> None:
    client = house.open("cut-download=1000")
    url = first_link(client)
    with pytest.raises(ConnectionDropped):
        fetch(client, url)
    assert fetch(client, url).status_code == 200


def test_a_cut_download_can_be_continued(house: House, serving: Serving) -> None:
    url = served_link(serving(house.app("cut-download=50000")))
    got = bytearray()
    with httpx.Client(trust_env=False, timeout=60) as client:
        with client.stream("GET", url) as response, pytest.raises(httpx.RemoteProtocolError):
            drain(response, got)
        rest = client.get(url, headers={"Range": f"bytes={len(got)}-", "If-Range": response.headers["etag"]})
        assert rest.status_code == 206
        assert got + rest.content == client.get(url).content
