"""What the emulated Kling tells of an account's packages."""

import httpx
import pytest

from tests.sandbox.kling.client import TEXT, code, fault, taken

WINDOW = "start_time=1&end_time=2"


def packs(web: httpx.Client, query: str = WINDOW) -> list[dict[str, float]]:
    reply = web.get(f"/kling/account/costs?{query}")
    assert code(reply) == (200, 0)
    return list(reply.json()["data"]["resource_pack_subscribe_infos"])


def test_a_package_says_what_is_left_and_when_it_ends(web: httpx.Client) -> None:
    (before,) = packs(web)
    taken(web, "text2video", TEXT)
    (after,) = packs(web)
    assert before["remaining_quantity"] - after["remaining_quantity"] == 1
    assert before["total_quantity"] == after["total_quantity"] == 1_000_000
    now = web.get("/sandbox/clock").json()["now"] * 1000
    assert after["purchase_time"] == after["effective_time"] < now < after["invalid_time"]
    assert after["status"] == "online"


def test_an_empty_package_has_run_out(web: httpx.Client) -> None:
    web.delete("/sandbox/faults")
    fault(web, "balance=0")
    (pack,) = packs(web)
    assert pack["status"] == "runOut"


def test_a_package_can_be_asked_for_by_its_name(web: httpx.Client) -> None:
    assert len(packs(web, f"{WINDOW}&resource_pack_name=sandbox")) == 1
    assert packs(web, f"{WINDOW}&resource_pack_name=another") == []


@pytest.mark.parametrize(
    "query", ["", "start_time=1", "end_time=1", "start_time=2&end_time=1", "start_time=x&end_time=2"]
)
def test_packages_are_told_for_a_window_of_time_only(web: httpx.Client, query: str) -> None:
    assert code(web.get(f"/kling/account/costs?{query}")) == (400, 1201)
