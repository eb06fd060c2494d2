"""The emulated Kling, asked as any client would ask it."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from runner.sandbox.kling.access import SECRET, VIDEO_ID_OFFSET
from runner.sandbox.kling.catalog import EXTENSION_UNITS, MODELS
from runner.sandbox.kling.submit import seconds_added
from tests.execution.studio import served
from tests.sandbox.kling.client import KEY, TEXT, code, fault, made


def test_a_task_is_told_as_kling_tells_it(web: httpx.Client) -> None:
    created = web.post("/kling/v1/videos/text2video", json={**TEXT, "external_task_id": "mine"}).json()
    assert created["code"] == 0
    assert created["message"] == "SUCCEED"
    data = created["data"]
    assert data["created_at"] == data["updated_at"]
    assert (len(data["task_id"]), data["task_id"].isdecimal()) == (18, True)
    assert data["task_info"] == {"external_task_id": "mine"}
    while (told := web.get("/kling/v1/videos/text2video/mine").json()["data"])["task_status"] != "succeed":
        assert told["task_result"] == {}
    (video,) = told["task_result"]["videos"]
    assert video["duration"] == "5.1"
    assert video["id"] != told["task_id"]
    assert told["final_unit_deduction"] == "1"


def test_an_extension_is_the_whole_video_longer_by_four_to_five_seconds(web: httpx.Client) -> None:
    (first,) = made(web, "text2video", TEXT)["task_result"]["videos"]
    told = made(web, "video-extend", {"video_id": first["id"], "prompt": None, "negative_prompt": None})
    (longer,) = told["task_result"]["videos"]
    assert 4 <= float(longer["duration"]) - float(first["duration"]) <= 5
    assert told["task_info"]["parent_video"]["id"] == first["id"]


def test_no_extension_adds_less_than_four_or_more_than_five_seconds() -> None:
    assert all(4 <= seconds_added(hop) <= 5 for hop in range(40))


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("text2video", {}),
        ("text2video", {"prompt": "x" * 2501}),
        ("text2video", {**TEXT, "cfg_scale": 1.1}),
        ("text2video", {**TEXT, "cfg_scale": "0.5"}),
        ("text2video", {**TEXT, "mode": "best"}),
        ("text2video", {**TEXT, "aspect_ratio": "4:3"}),
        ("text2video", {**TEXT, "duration": "99"}),
        ("text2video", {**TEXT, "model_name": "kling-v1-5"}),
        ("text2video", {**TEXT, "model_name": "kling-v9"}),
        ("image2video", TEXT),
        ("image2video", {**TEXT, "image": "data:image/png;base64,QUJD"}),
        ("image2video", {"model_name": "kling-v1-6", "image": "QUJD", "image_tail": "QUJD"}),
        ("video-extend", {}),
        ("video-extend", {"video_id": None}),
        ("video-extend", {"video_id": "1"}),
        ("video-extend", {"video_id": "not-a-number"}),
    ],
)
def test_what_is_wrong_is_1201(web: httpx.Client, route: str, body: dict[str, Any]) -> None:
    assert code(web.post(f"/kling/v1/videos/{route}", json=body)) == (400, 1201)


def test_a_length_may_be_text_or_a_number(web: httpx.Client) -> None:
    for length in ("10", 10):
        assert web.post("/kling/v1/videos/text2video", json={**TEXT, "duration": length}).json()["code"] == 0


def test_a_model_that_cannot_be_extended_is_refused(web: httpx.Client) -> None:
    (video,) = made(web, "text2video", {**TEXT, "model_name": "kling-v2-master"})["task_result"]["videos"]
    assert code(web.post("/kling/v1/videos/video-extend", json={"video_id": video["id"]})) == (400, 1201)


def test_only_what_is_sold_can_be_extended() -> None:
    assert set(EXTENSION_UNITS) <= set(MODELS)


def test_a_name_is_taken_once_per_account(web: httpx.Client) -> None:
    named = {**TEXT, "external_task_id": "twice"}
    assert web.post("/kling/v1/videos/text2video", json=named).json()["code"] == 0
    assert code(web.post("/kling/v1/videos/text2video", json=named)) == (400, 1201)
    other = {"Authorization": "Bearer another"}
    assert web.post("/kling/v1/videos/text2video", json=named, headers=other).json()["code"] == 0


def test_a_task_is_known_to_its_own_route_and_account_only(web: httpx.Client) -> None:
    task = made(web, "text2video", TEXT)["task_id"]
    assert code(web.get(f"/kling/v1/videos/video-extend/{task}")) == (404, 1203)
    other = {"Authorization": "Bearer another"}
    assert code(web.get(f"/kling/v1/videos/text2video/{task}", headers=other)) == (404, 1203)
    assert code(web.get("/kling/v1/videos/audio")) == (404, 1202)


def test_tasks_are_listed_by_page_newest_first(web: httpx.Client) -> None:
    mine = {"Authorization": "Bearer lister"}
    ids = [web.post("/kling/v1/videos/text2video", json=TEXT, headers=mine).json()["data"]["task_id"] for _ in range(3)]

    def page(number: int, size: int) -> list[str]:
        path = f"/kling/v1/videos/text2video?pageNum={number}&pageSize={size}"
        return [task["task_id"] for task in web.get(path, headers=mine).json()["data"]]

    assert [*page(1, 2), *page(2, 2)] == ids[::-1]
    assert page(3, 2) == []
    for wrong in ("pageNum=0", "pageSize=501", "pageSize=x", "pageNum=1001"):
        assert code(web.get(f"/kling/v1/videos/text2video?{wrong}", headers=mine)) == (400, 1201)


def token(**claims: object) -> dict[str, str]:
    now = int(time.time())
    fields = {"iss": "ak", "exp": now + 1800, "nbf": now - 5, **claims}
    return {"Authorization": f"Bearer {jwt.encode(fields, SECRET, algorithm='HS256')}"}


def test_a_token_is_checked_to_the_second(web: httpx.Client) -> None:
    now, path = int(time.time()), "/kling/v1/videos/text2video"
    assert web.get(path, headers=token()).json()["code"] == 0
    assert code(web.get(path, headers={"Authorization": ""})) == (401, 1001)
    assert code(web.get(path, headers={"Authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x"})) == (401, 1002)
    assert code(web.get(path, headers=token(nbf=now + 60))) == (401, 1003)
    assert code(web.get(path, headers=token(exp=now - 1, nbf=now - 60))) == (401, 1004)
    assert code(web.get(path, headers=token(iss="bad-ak"))) == (401, 1000)


def test_a_link_lives_thirty_days_and_only_as_it_was_signed(web: httpx.Client) -> None:
    told = made(web, "text2video", TEXT)
    (video,) = told["task_result"]["videos"]
    query = parse_qs(urlsplit(video["url"]).query)
    assert int(query["Expires"][0]) - told["updated_at"] / 1000 == pytest.approx(30 * 86400, abs=1)
    assert httpx.get(video["url"]).content[4:8] == b"ftyp"
    assert httpx.get(video["url"].replace("Signature=", "Signature=0")).status_code == 403
    later = video["url"].replace(f"Expires={query['Expires'][0]}", f"Expires={int(query['Expires'][0]) + 1}")
    assert httpx.get(later).status_code == 403


def test_everything_of_a_video_is_purged_after_thirty_days(tmp_path: Path, films: Path) -> None:
    with served(tmp_path, films=films) as url, httpx.Client(base_url=url, headers=KEY) as web:
        told = made(web, "text2video", TEXT)
        (video,) = told["task_result"]["videos"]
        web.post("/sandbox/clock", json={"advance": 30 * 86400 + 60})
        assert code(web.get(f"/kling/v1/videos/text2video/{told['task_id']}")) == (404, 1203)
        assert code(web.post("/kling/v1/videos/video-extend", json={"video_id": video["id"]})) == (400, 1201)
        assert httpx.get(video["url"]).status_code == 403


def test_an_account_has_so_many_slots_and_a_finished_task_frees_one(tmp_path: Path, films: Path) -> None:
    with (
        served(tmp_path, ["slots=1"], task_seconds=2, films=films) as url,
        httpx.Client(base_url=url, headers=KEY) as web,
    ):
        assert web.post("/kling/v1/videos/text2video", json=TEXT).json()["code"] == 0
        assert code(web.post("/kling/v1/videos/text2video", json=TEXT)) == (429, 1303)
        other = {"Authorization": "Bearer another"}
        assert web.post("/kling/v1/videos/text2video", json=TEXT, headers=other).json()["code"] == 0
        assert web.post("/kling-envelope/kling/v1/videos/text2video", json=TEXT).json()["code"] == 0
        web.post("/sandbox/clock", json={"advance": 3})
        assert web.post("/kling/v1/videos/text2video", json=TEXT).json()["code"] == 0


def test_no_video_grows_past_three_minutes(tmp_path: Path, films: Path) -> None:
    """Its videos are extended unseen, so that nothing so long is rendered."""
    with (
        served(tmp_path, task_seconds=0, films=films) as url,
        httpx.Client(base_url=url, headers=KEY) as web,
    ):

        def video(route: str, body: dict[str, Any]) -> str:
            created = web.post(f"/kling/v1/videos/{route}", json=body).json()["data"]["task_id"]
            return str(int(created) + VIDEO_ID_OFFSET)

        last = video("text2video", {**TEXT, "duration": "10"})
        fault(web, "segment-seconds=85@extend#1")
        fault(web, "segment-seconds=84@extend#2")
        for _ in range(2):
            last = video("video-extend", {"video_id": last})
        reply = web.post("/kling/v1/videos/video-extend", json={"video_id": last})
        assert code(reply) == (400, 1201)
        assert "3 minutes" in reply.json()["message"]


def test_an_empty_account_is_429_and_a_failed_task_is_given_back(web: httpx.Client) -> None:
    fault(web, "insufficient-credits")
    assert code(web.post("/kling/v1/videos/text2video", json=TEXT)) == (429, 1102)
    fault(web, "moderation-after-accept@generate")
    told = made(web, "text2video", TEXT)
    assert (told["task_status"], told["task_status_msg"]) == ("failed", "Failure to pass the risk control system")
    assert web.get("/sandbox/ledger").json()["charges"][-1]["refunded"] is not None


# The second API.


def second(web: httpx.Client, route: str, body: dict[str, Any]) -> dict[str, Any]:
    reply = web.post(f"/kling/{route}", json=body)
    assert reply.status_code == 200, reply.text
    task = reply.json()["data"]["id"]
    while (told := web.get(f"/kling/tasks?task_ids={task}").json()["data"][0])["status"] not in ("succeeded", "failed"):
        assert told["outputs"] == []
    return dict(told)


def test_the_second_api_makes_the_next_shot_of_a_video_that_it_is_shown(web: httpx.Client) -> None:
    first = second(web, "text-to-video/kling-3.0", {"prompt": "a kite", "settings": {"duration": 3}})
    shown = {"type": "feature_video", "url": first["outputs"][0]["url"]}
    contents = [{"type": "prompt", "text": "it goes on"}, shown]
    following = {"contents": contents, "settings": {"duration": 4}, "options": {"external_task_id": "next"}}
    told = second(web, "omni-video/kling-3.0-omni", following)
    assert told["outputs"][0]["duration"] == "4"
    assert web.get("/kling/tasks?external_task_ids=next").json()["data"][0]["id"] == told["id"]


@pytest.mark.parametrize(
    ("route", "body", "expected"),
    [
        ("text-to-video/kling-3.0", {}, (400, 1201)),
        ("text-to-video/kling-9", {"prompt": "x"}, (404, 1203)),
        ("text-to-video/kling-3.0-omni", {"prompt": "x"}, (404, 1203)),
        ("text-to-video/kling-3.0", {"prompt": "x", "settings": {"duration": "5"}}, (400, 1201)),
        ("text-to-video/kling-3.0", {"prompt": "x", "settings": {"duration": 16}}, (400, 1201)),
        ("text-to-video/kling-3.0", {"prompt": "x", "settings": []}, (400, 1201)),
        ("omni-video/kling-3.0-omni", {"contents": [{"type": "poem", "text": "x"}]}, (400, 1201)),
        (
            "omni-video/kling-3.0-omni",
            {"contents": [{"type": "prompt", "text": "x"}, {"type": "feature_video", "url": "https://else.example/v"}]},
            (400, 1201),
        ),
    ],
)
def test_the_second_api_refuses_what_is_wrong(
    web: httpx.Client, route: str, body: dict[str, Any], expected: tuple[int, int]
) -> None:
    assert code(web.post(f"/kling/{route}", json=body)) == expected


def test_tasks_are_asked_for_by_one_kind_of_name(web: httpx.Client) -> None:
    for query in ("", "?task_ids=1&external_task_ids=2"):
        assert code(web.get(f"/kling/tasks{query}")) == (400, 1201)
    assert web.get("/kling/tasks?task_ids=1").json()["data"] == []
