"""The sandbox as a house: its own routes, its folder, and its server."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from runner.sandbox.app import sandbox_app
from runner.sandbox.serve import Server
from tests.sandbox.conftest import House
from tests.sandbox.held import telling


def test_the_front_page_says_what_this_is(house: House) -> None:
    assert "emulated video providers" in house.open().call("GET", "/").text


def test_the_folder_is_private(tmp_path: Path, ffmpeg: str) -> None:
    sandbox_app(tmp_path / "deep" / "sandbox", ffmpeg=ffmpeg)
    assert stat.S_IMODE((tmp_path / "deep" / "sandbox").stat().st_mode) == 0o700


def test_a_fault_that_makes_no_sense_is_refused_at_once(house: House) -> None:
    with pytest.raises(ValueError, match="unknown fault 'lost'"):
        house.app("lost")


def test_faults_can_be_listed_added_and_cleared(house: House) -> None:
    client = house.open("no-audio")
    told = client.post("/sandbox/faults", {"fault": "lost-reply@extend#2"})
    assert [fault["fault"] for fault in told["faults"]] == ["no-audio", "lost-reply@extend#2"]
    assert {"name": "hang", "acts": "reply"}.items() <= next(
        kind for kind in told["known"] if kind["name"] == "hang"
    ).items()
    assert client.call("DELETE", "/sandbox/faults").json()["faults"] == []


@pytest.mark.parametrize("body", [{"fault": "lost"}, {"fault": 3}, {}, []])
def test_a_fault_that_makes_no_sense_is_a_400(house: House, body: object) -> None:
    answer = house.open().call("POST", "/sandbox/faults", json=body)
    assert answer.status_code == 400
    assert "fault" in answer.json()["error"]


@pytest.mark.parametrize("advance", [-1, "3", True, None])
def test_time_only_goes_forward(house: House, advance: object) -> None:
    assert house.open().call("POST", "/sandbox/clock", json={"advance": advance}).status_code == 400


def test_answers_are_dated_by_the_clock_of_the_sandbox(house: House) -> None:
    client = house.open()
    client.post("/sandbox/clock", {"advance": 90})
    date = client.call("GET", "/sandbox/clock").headers["date"]
    assert parsedate_to_datetime(date).timestamp() == int(house.clock.time + 90)


def test_time_can_be_advanced_and_read(house: House) -> None:
    client = house.open()
    assert client.post("/sandbox/clock", {"advance": 90}) == {"now": house.clock.time + 90}
    assert client.get("/sandbox/clock") == {"now": house.clock.time + 90}


def test_tasks_are_told_with_their_state(house: House) -> None:
    client = house.open("task-failed#2", "stuck#3", "no-rate-limit")
    tasks = [client.generate() for _ in range(3)]
    told = {task["id"]: task["state"] for task in client.get("/sandbox/tasks")["tasks"]}
    assert [told[task] for task in tasks] == ["done", "failed", "running"]


def test_a_chain_works_over_a_real_socket(house: House, serving: Callable[[Any], str]) -> None:
    url = serving(house.app())
    with httpx.Client(base_url=url, headers={"Authorization": "Bearer k"}, trust_env=False, timeout=60) as client:
        task = client.post("/kie/api/v1/veo/generate", json={"prompt": "A dog"}).json()["data"]["taskId"]
        record = client.get("/kie/api/v1/veo/record-info", params={"taskId": task}).json()["data"]
        link = record["response"]["resultUrls"][0]
        assert link.startswith(f"{url}/kie/media/")
        assert client.get(link).content[4:8] == b"ftyp"


def test_a_server_can_be_stopped_while_a_client_waits(house: House) -> None:
    house.task_seconds = 60
    held = threading.Event()
    body, key = {"prompt": "A dog"}, {"Authorization": "Bearer k"}

    def ask(url: str) -> httpx.Response:
        return httpx.post(f"{url}/kie/api/v1/veo/generate", json=body, headers=key, timeout=None, trust_env=False)

    with ThreadPoolExecutor(1) as aside:
        with Server(telling(house.app("hang"), held.set)) as server:
            waiting = aside.submit(ask, server.url)
            assert held.wait(60)
        error = waiting.exception(60)
        assert isinstance(error, httpx.TransportError) or waiting.result().status_code == 500
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url, trust_env=False)


def test_serving_in_the_foreground_tells_its_port_and_ends_cleanly_on_ctrl_c(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from runner.sandbox.app import sandbox_app
        from runner.sandbox.serve import serve
        app = sandbox_app(Path(sys.argv[1]), ffmpeg="ffmpeg")
        serve(app, ready=lambda port: (sys.stdout.write(f"{port}\\n"), sys.stdout.flush()))
    """)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "s")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 200
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, b"")


def test_a_port_that_is_taken_is_an_oserror(house: House) -> None:
    from runner.sandbox.serve import serve

    with Server(house.app()) as server, pytest.raises(OSError, match="in use"):
        serve(house.app(), port=int(server.url.rpartition(":")[2]), ready=lambda _: None)
