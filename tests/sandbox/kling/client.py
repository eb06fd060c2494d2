"""What the tests of the emulated Kling share."""

from typing import Any

import httpx

TEXT = {"prompt": "a kite", "model_name": "kling-v1"}
KEY = {"Authorization": "Bearer key"}


def fault(web: httpx.Client, *specs: str) -> None:
    for spec in specs:
        assert web.post("/sandbox/faults", json={"fault": spec}).status_code == 200


def taken(web: httpx.Client, route: str, body: dict[str, Any], base: str = "/kling") -> str:
    """The id of a task."""
    reply = web.post(f"{base}/v1/videos/{route}", json=body)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["data"]["task_id"])


def made(web: httpx.Client, route: str, body: dict[str, Any], base: str = "/kling") -> dict[str, Any]:
    """A task, waited for."""
    task = taken(web, route, body, base)
    while True:
        told = web.get(f"{base}/v1/videos/{route}/{task}").json()["data"]
        if told["task_status"] in ("succeed", "failed"):
            return dict(told)


def code(reply: httpx.Response) -> tuple[int, int]:
    return reply.status_code, reply.json()["code"]
