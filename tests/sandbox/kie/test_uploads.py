"""The upload host: it takes pictures, answers with real statuses, and its links feed a generation."""

import base64
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Client, House

PICTURE = b"\x89PNG\r\n\x1a\n--not-a-boundary\r\n\x00\xff"
STREAM = "/kie/api/file-stream-upload"


def streamed(client: Client, **fields: str) -> httpx.Response:
    data = {"uploadPath": "images", **fields}
    return client.call("POST", STREAM, files={"file": ("park.png", PICTURE, "image/png")}, data=data)


def test_a_streamed_file_comes_back_byte_for_byte(house: House) -> None:
    client = house.open()
    answer = streamed(client).json()
    data = answer["data"]
    assert (answer["success"], answer["code"], answer["msg"]) == (True, 200, "File uploaded successfully")
    assert (data["fileName"], data["filePath"], data["mimeType"]) == ("park.png", "images/park.png", "image/png")
    assert data["fileSize"] == len(PICTURE)
    assert data["uploadedAt"].endswith("Z")
    assert client.call("GET", data["downloadUrl"]).content == PICTURE


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_a_file_may_come_as_base64(house: House, prefix: str) -> None:
    client = house.open()
    body = {"base64Data": prefix + base64.b64encode(PICTURE).decode(), "uploadPath": "images", "fileName": "park.png"}
    data = client.post("/kie/api/file-base64-upload", body)["data"]
    assert client.call("GET", data["downloadUrl"]).content == PICTURE


def test_a_file_elsewhere_is_noted_but_not_fetched(house: House) -> None:
    body = {"fileUrl": "https://example.com/a/park.png?x=1", "uploadPath": "images"}
    data = house.open().post("/kie/api/file-url-upload", body)["data"]
    assert (data["fileName"], data["fileSize"]) == ("park.png", 0)


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        (STREAM, {}, "Missing required parameter: file"),
        ("/kie/api/file-base64-upload", {"base64Data": "aGk="}, "Missing required parameter: uploadPath"),
        ("/kie/api/file-base64-upload", {"base64Data": "%%%", "uploadPath": "x"}, "Invalid base64Data"),
        ("/kie/api/file-base64-upload", {"uploadPath": "x"}, "Missing required parameter: base64Data"),
        ("/kie/api/file-url-upload", {"uploadPath": "x"}, "Missing required parameter: fileUrl"),
    ],
)
def test_what_is_missing_is_a_real_400(house: House, path: str, body: dict[str, Any], words: str) -> None:
    answer = house.open().call("POST", path, json=body)
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "code": 400, "msg": words}


def test_a_bad_key_is_a_real_401(house: House) -> None:
    answer = streamed(Client(house.app(), {"Authorization": "Bearer bad"}))
    assert answer.status_code == 401
    assert answer.json()["msg"] == "Authentication failed: Invalid API Key"


def test_a_file_name_cannot_leave_the_folder(house: House) -> None:
    client = house.open()
    data = streamed(client, fileName="../../clock.json").json()["data"]
    assert data["fileName"] == "_.._clock.json"
    assert sorted(path.name for path in house.folder.iterdir()) == ["tasks", "uploads"]


def test_an_upload_feeds_a_generation_until_it_is_three_days_old(house: House) -> None:
    house.task_seconds = 60
    client = house.open("stuck")
    url = streamed(client).json()["data"]["downloadUrl"]
    assert client.generate(imageUrls=[url])
    client.post("/sandbox/clock", {"advance": 10 * 365 * 24 * 3600})
    refused = client.post("/kie/api/v1/veo/generate", {"prompt": "A dog", "imageUrls": [url]})
    assert refused["code"] == 451
    assert client.call("GET", url).status_code == 404
    assert len(client.ledger()["charges"]) == 1


def test_other_hosts_pictures_are_taken_unseen(house: House) -> None:
    house.task_seconds = 60
    assert house.open("stuck").generate(imageUrls=["https://example.com/park.png"])
