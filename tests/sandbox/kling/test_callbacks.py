"""How the emulated Kling calls back: each change of a task, once, to this machine only."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

import httpx
import pytest

from runner.sandbox.kling.callbacks import is_loopback_url
from tests.sandbox.kling.client import TEXT, code, fault, made, taken

CHANGES = ["submitted", "processing", "succeed"]


@dataclass
class Client:
    """Who is called back."""

    url: str
    calls: Queue[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=Queue)

    def heard(self, count: int) -> list[dict[str, Any]]:
        return [self.calls.get(timeout=60)[1] for _ in range(count)]


@pytest.fixture
def client() -> Iterator[Client]:
    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            listening.calls.put(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(500)  # which Kling's server does not mind
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        listening = Client(f"http://127.0.0.1:{server.server_port}/hook?take=7")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield listening
        server.shutdown()
        thread.join()


def called(web: httpx.Client, client: Client, *faults: str, base: str = "/kling", count: int = 3) -> list[str]:
    """What a task is said to be, one call after another."""
    fault(web, *faults)
    task = taken(web, "text2video", {**TEXT, "callback_url": client.url}, base)
    calls = client.heard(count)
    assert {call["task_id"] for call in calls} == {task}
    return [call["task_status"] for call in calls]


def test_each_change_is_told_with_the_bare_task(web: httpx.Client, client: Client) -> None:
    told = made(web, "text2video", {**TEXT, "callback_url": client.url})
    calls = client.heard(3)
    assert [call["task_status"] for call in calls] == CHANGES
    assert calls[-1] == told
    assert calls[0]["task_result"] == {}


def test_nobody_signs_a_call(web: httpx.Client, client: Client) -> None:
    taken(web, "text2video", {**TEXT, "callback_url": client.url})
    headers, _ = client.calls.get(timeout=60)
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["user-agent"].startswith("Apache-HttpClient/")
    assert "authorization" not in headers
    client.heard(2)


def test_a_failure_is_told_too(web: httpx.Client, client: Client) -> None:
    assert called(web, client, "moderation-after-accept") == ["submitted", "processing", "failed"]


@pytest.mark.parametrize("base", ["/kling-envelope/kling", "/kling-envelope-003/kling"])
def test_a_gateway_hands_the_address_on(web: httpx.Client, client: Client, base: str) -> None:
    assert called(web, client, base=base) == CHANGES


def test_the_second_api_calls_back_in_its_own_words(web: httpx.Client, client: Client) -> None:
    body = {"prompt": "a kite", "settings": {"duration": 3}, "options": {"callback_url": client.url}}
    task = web.post("/kling/text-to-video/kling-3.0", json=body).json()["data"]["id"]
    calls = client.heard(3)
    assert [(call["id"], call["status"]) for call in calls] == [
        (task, "submitted"),
        (task, "processing"),
        (task, "succeeded"),
    ]
    assert calls[-1]["outputs"][0]["url"].startswith("http")


def test_a_call_may_come_twice_or_not_at_all(web: httpx.Client, client: Client) -> None:
    fault(web, "no-callback@generate#1", "duplicate-callback@generate#2")
    made(web, "text2video", {**TEXT, "callback_url": client.url})
    assert called(web, client, count=6) == [status for status in CHANGES for _ in range(2)]


def test_a_client_that_is_gone_harms_nobody(web: httpx.Client, client: Client) -> None:
    told = made(web, "text2video", {**TEXT, "callback_url": "http://127.0.0.1:1/gone"})
    assert told["task_status"] == "succeed"
    assert code(web.post("/kling/v1/videos/text2video", json={**TEXT, "callback_url": 7})) == (400, 1201)
    assert called(web, client) == CHANGES


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000/hook", True),
        ("http://127.9.9.9/hook", True),
        ("http://localhost/hook", True),
        ("http://[::1]:80/hook", True),
        ("https://127.0.0.1/hook", False),
        ("http://example.com/hook", False),
        ("http://localhost.example.com/hook", False),
        ("http://127.0.0.1@example.com/hook", False),
        ("http://192.168.0.1/hook", False),
        ("http://0.0.0.0/hook", False),
        ("http://169.254.169.254/", False),
        ("http://[::1/hook", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_nobody_but_this_machine_is_called(url: str, expected: bool) -> None:  # noqa: FBT001 -- a table's column
    assert is_loopback_url(url) is expected
