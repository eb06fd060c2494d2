"""How tasks of the emulated Kling are found again: by name, by page, by a window of time."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from runner.net.client import asgi_transport
from runner.sandbox.app import sandbox_app
from tests.fakes.loop import let_pass, run_scripted
from tests.sandbox.kling.client import KEY, TEXT, code, fault, taken


def second(web: httpx.Client, key: dict[str, str], **options: str) -> str:
    """The id of a new task of the second API."""
    body = {"prompt": "a kite", "settings": {"duration": 3}, "options": options}
    return str(web.post("/kling/text-to-video/kling-3.0", json=body, headers=key).json()["data"]["id"])


def listed(web: httpx.Client, key: dict[str, str], **body: Any) -> dict[str, Any]:
    reply = web.post("/kling/tasks", json=body, headers=key)
    assert reply.status_code == 200, reply.text
    return dict(reply.json()["data"])


def ids(told: dict[str, Any]) -> list[str]:
    return [task["id"] for task in told.get("result", [])]


def test_a_window_shows_the_accounts_own_tasks_of_the_second_api_newest_first(web: httpx.Client) -> None:
    mine = {"Authorization": "Bearer windows"}
    web.post("/kling/v1/videos/text2video", json=TEXT, headers=mine)
    second(web, KEY)
    made = [second(web, mine, external_task_id=f"n{number}") for number in range(2)]
    told = listed(web, mine)
    assert ids(told) == made[::-1]
    assert (told["count"], told["has_more"]) == (2, False)
    assert "next_cursor" not in told
    assert [task["external_id"] for task in told["result"]] == ["n1", "n0"]
    assert told["result"][0]["billing"][0]["charge_type"] == "unit"


def test_a_cursor_leads_through_its_own_window_whatever_else_is_said(web: httpx.Client) -> None:
    mine = {"Authorization": "Bearer cursors"}
    made = [second(web, mine) for _ in range(5)][::-1]
    told, seen = listed(web, mine, limit=2), []
    while told["has_more"]:
        seen += ids(told)
        told = listed(web, mine, limit=2, start_time=1, end_time=2, cursor=told["next_cursor"])
    assert [*seen, *ids(told)] == made


def test_a_window_without_tasks_has_no_result_at_all(web: httpx.Client) -> None:
    second(web, KEY)
    assert listed(web, KEY, start_time=1, end_time=2) == {"count": 0, "has_more": False}


def test_a_window_includes_its_first_and_its_last_millisecond(web: httpx.Client) -> None:
    mine = {"Authorization": "Bearer edges"}
    task = second(web, mine)
    (told,) = listed(web, mine)["result"]
    moment = told["create_time"]
    assert ids(listed(web, mine, start_time=moment, end_time=moment)) == [task]
    assert ids(listed(web, mine, start_time=moment + 1)) == []
    assert ids(listed(web, mine, end_time=moment - 1)) == []


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 0},
        {"limit": 501},
        {"limit": "30"},
        {"start_time": "2026"},
        {"start_time": 2, "end_time": 1},
        {"start_time": -1},
        {"cursor": "nonsense"},
        {"cursor": "WzEsMl0="},
        {"cursor": 7},
        {"filters": "all"},
        {"start_time": True},
    ],
)
def test_a_window_that_makes_no_sense_is_1201(web: httpx.Client, body: dict[str, Any]) -> None:
    assert code(web.post("/kling/tasks", json=body)) == (400, 1201)


def test_names_and_ids_are_told_apart(web: httpx.Client) -> None:
    task = second(web, KEY, external_task_id="by-name")
    for query in (f"task_ids={task}", "external_task_ids=by-name"):
        assert [each["id"] for each in web.get(f"/kling/tasks?{query}").json()["data"]] == [task]
    for query in (f"external_task_ids={task}", "task_ids=by-name", "external_task_ids="):
        assert web.get(f"/kling/tasks?{query}").json()["data"] == []


# Where looks and lists go wrong.

QUESTIONS = [
    ("GET", "/kling/v1/videos/text2video", "list"),
    ("POST", "/kling/tasks", "list"),
    ("GET", "/kling/tasks?task_ids=1", "look"),
    ("GET", "/kling/v1/videos/text2video/1", "look"),
]


@pytest.mark.parametrize(("method", "path", "route"), QUESTIONS)
def test_every_question_can_go_wrong(web: httpx.Client, method: str, path: str, route: str) -> None:
    other = "look" if route == "list" else "list"
    body = {} if method == "POST" else None

    def asked(spec: str) -> httpx.Response:
        name, _, options = spec.partition(":")
        for place in (other, route):
            fault(web, f"{name}@{place}{':' * bool(options)}{options}")
        return web.request(method, path, json=body)

    assert code(asked("status=1202")) == (404, 1202)
    assert code(asked("code-500")) == (500, 5000)
    assert code(asked("rate-limit")) == (429, 1302)
    assert asked("not-json").text.startswith("upstream")
    assert asked("http-502-html").status_code == 502
    assert asked("empty-body").content == b""
    for spec in ("lost-reply", "lost-request"):
        with pytest.raises(httpx.TransportError):
            asked(spec)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        asked("cut-json").json()
    assert isinstance(asked("slow-reply:seconds=0").json()["code"], int)


def test_a_slow_answer_begins_at_once_and_ends_when_its_time_is_up(tmp_path: Path) -> None:
    app = sandbox_app(tmp_path, ffmpeg="none", faults=["slow-reply@list:seconds=3600"])

    async def read() -> tuple[list[float], bytes]:
        clock, came, body = asyncio.get_running_loop().time, [], b""
        transport = asgi_transport(app)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=KEY) as client,
            client.stream("GET", "/kling/v1/videos/text2video") as reply,
        ):
            let_pass(3600)
            async for piece in reply.aiter_raw():
                came.append(clock())
                body += piece
            came.append(clock())
        return came, body

    came, body = run_scripted(read())
    assert (came[0], came[-1]) == (0, pytest.approx(3600))
    assert json.loads(body)["code"] == 0


def test_an_answer_that_is_cut_was_acted_upon(web: httpx.Client) -> None:
    fault(web, "cut-json@generate")
    named = {**TEXT, "external_task_id": "cut"}
    reply = web.post("/kling/v1/videos/text2video", json=named)
    assert int(reply.headers["content-length"]) == len(reply.content)
    assert web.get("/kling/v1/videos/text2video/cut").json()["code"] == 0


def test_an_unknown_task_may_be_a_wrong_parameter(web: httpx.Client) -> None:
    task = taken(web, "text2video", TEXT)
    fault(web, "unknown-as-1201")
    assert code(web.get("/kling/v1/videos/text2video/1")) == (400, 1201)
    other = {"Authorization": "Bearer another"}
    assert code(web.get(f"/kling/v1/videos/text2video/{task}", headers=other)) == (400, 1201)
    assert code(web.get(f"/kling/v1/videos/text2video/{task}")) == (200, 0)


def test_lists_may_begin_with_the_oldest(web: httpx.Client) -> None:
    mine = {"Authorization": "Bearer oldest"}
    first = [second(web, mine) for _ in range(3)]
    web.headers.update(mine)
    plain = [taken(web, "text2video", TEXT) for _ in range(3)]
    fault(web, "list-oldest-first")
    told = listed(web, mine, limit=2)
    assert [*ids(told), *ids(listed(web, mine, cursor=told["next_cursor"]))] == first
    page = web.get("/kling/v1/videos/text2video?pageSize=2").json()["data"]
    assert [task["task_id"] for task in page] == plain[:2]


def test_a_list_may_hide_what_is_there(web: httpx.Client) -> None:
    mine = {"Authorization": "Bearer hidden"}
    second(web, mine)
    fault(web, "vanished-task@list")
    assert ids(listed(web, mine)) == []
    assert len(ids(listed(web, mine))) == 1


def test_a_new_task_may_be_found_by_its_id_alone_for_a_while(web: httpx.Client) -> None:
    mine = {"Authorization": "Bearer lagging"}
    web.headers.update(mine)
    fault(web, "lagging=3600@generate#1", "lagging=3600@generate#2")
    task = taken(web, "text2video", {**TEXT, "external_task_id": "late"})
    other = second(web, mine, external_task_id="later")
    assert web.get(f"/kling/v1/videos/text2video/{task}").json()["code"] == 0
    assert code(web.get("/kling/v1/videos/text2video/late")) == (404, 1203)
    assert web.get("/kling/v1/videos/text2video").json()["data"] == []
    assert web.get("/kling/tasks?external_task_ids=later").json()["data"] == []
    assert ids(listed(web, mine)) == []
    assert len(web.get(f"/kling/tasks?task_ids={other}").json()["data"]) == 1
    taken_name = web.post("/kling/v1/videos/text2video", json={**TEXT, "external_task_id": "late"})
    assert code(taken_name) == (400, 1201)
    web.post("/sandbox/clock", json={"advance": 3601})
    assert web.get("/kling/v1/videos/text2video/late").json()["data"]["task_id"] == task
    assert ids(listed(web, mine)) == [other]


def test_no_answer_keeps_a_client_waiting_for_a_film(tmp_path: Path, serving: Callable[[Any], str]) -> None:
    endless = tmp_path / "ffmpeg"
    endless.write_text("#!/bin/sh\nexec sleep 3600\n")
    endless.chmod(0o700)
    app = sandbox_app(tmp_path / "sandbox", ffmpeg=str(endless), task_seconds=0)
    patience = 5  # of Kling's own client
    with httpx.Client(base_url=serving(app), headers=KEY, timeout=patience) as web:
        task, *_ = [taken(web, "text2video", TEXT) for _ in range(patience + 1)]
        assert web.get(f"/kling/v1/videos/text2video/{task}").json()["data"]["task_status"] == "processing"
        page = web.get("/kling/v1/videos/text2video").json()["data"]
        assert {told["task_status"] for told in page} == {"processing"}
        second(web, KEY)
        assert {told["status"] for told in listed(web, KEY)["result"]} == {"processing"}
