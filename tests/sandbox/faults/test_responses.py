"""Answers that get lost: over a real socket the connection closes, in one process an exception stands for it."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from runner.sandbox.faults.responses import ConnectionDropped
from tests.fakes.loop import ScriptedLoop, run_scripted
from tests.sandbox.conftest import KEY, House
from tests.sandbox.held import telling

GENERATE = "/kie/api/v1/veo/generate"
Serving = Callable[[Any], str]


def submit(url: str) -> httpx.Response:
    with httpx.Client(headers=KEY, trust_env=False) as client:
        return client.post(f"{url}{GENERATE}", json={"prompt": "A dog"})


def charges(url: str) -> int:
    return len(httpx.get(f"{url}/sandbox/ledger", trust_env=False).json()["charges"])


@pytest.mark.parametrize(("fault", "charged"), [("lost-reply", 1), ("lost-request", 0)])
def test_a_lost_answer_closes_the_connection(house: House, serving: Serving, fault: str, charged: int) -> None:
    house.task_seconds = 60
    url = serving(house.app(fault))
    with pytest.raises(httpx.RemoteProtocolError, match="disconnected"):
        submit(url)
    assert charges(url) == charged
    assert submit(url).json()["code"] == 200


@pytest.mark.parametrize(("fault", "charged"), [("lost-reply", 1), ("lost-request", 0), ("hang:seconds=0.01", 1)])
def test_in_one_process_a_lost_answer_is_an_exception(house: House, fault: str, charged: int) -> None:
    house.task_seconds = 60
    client = house.open(fault)
    with pytest.raises(ConnectionDropped):
        client.post(GENERATE, {"prompt": "A dog"})
    assert len(client.ledger()["charges"]) == charged


def test_a_hang_outlasts_the_client_and_the_work_is_done(house: House, serving: Serving) -> None:
    house.task_seconds = 60

    async def outlasted() -> str:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, ScriptedLoop)
        url = serving(telling(house.app("hang"), partial(loop.let_pass, 30.0)))
        async with httpx.AsyncClient(headers=KEY, trust_env=False, timeout=30.0) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.post(f"{url}{GENERATE}", json={"prompt": "A dog"})
        return url

    assert charges(run_scripted(outlasted())) == 1


@pytest.mark.parametrize(
    ("fault", "status", "text", "charged"),
    [
        ("empty-body", 200, "", 1),
        ("not-json", 200, "upstream connect error", 1),
        ("http-502-html@generate", 502, "<html>", 0),
        ("http-502-html@generate:commit=yes", 502, "<html>", 1),
        ("http-error@generate:status=520", 520, "<html>", 0),
    ],
)
def test_an_answer_may_be_no_answer(  # one row per fault
    house: House, serving: Serving, fault: str, status: int, text: str, charged: int
) -> None:
    house.task_seconds = 60
    url = serving(house.app(fault))
    answer = submit(url)
    assert answer.status_code == status
    assert text in answer.text
    assert charges(url) == charged


def test_every_route_can_be_hit(house: House) -> None:
    client = house.open("http-502-html@credit", "maintenance@record-info", "lost-reply@get-1080p-video#2")
    task = client.generate()
    assert client.call("GET", "/kie/api/v1/chat/credit").status_code == 502
    assert client.look(task)["code"] == 455
    assert client.get("/kie/api/v1/veo/get-1080p-video", taskId="0" * 32)["code"] == 422
    with pytest.raises(ConnectionDropped):
        client.get("/kie/api/v1/veo/get-1080p-video", taskId="0" * 32)
