"""How tasks of the emulated Kling are found again: by name, by page, by a window of time."""

from typing import Any

import httpx
import pytest

from tests.sandbox.kling import KEY, TEXT, code


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
