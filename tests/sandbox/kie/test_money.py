"""What is charged, given back, and remembered."""

import asyncio

import httpx
import pytest

from tests.sandbox.conftest import KEY, House

GENERATE = "/kie/api/v1/veo/generate"


def test_a_charge_names_provider_task_kind_hop_and_price(house: House) -> None:
    client = house.open()
    first = client.generate()
    second = client.extend(first)
    third = client.extend(second)
    charges = client.ledger()["charges"]
    assert [charge["task"] for charge in charges] == [first, second, third]
    assert [(charge["kind"], charge["hop"]) for charge in charges] == [("generate", 0), ("extend", 1), ("extend", 2)]
    assert (charges[0]["provider"], charges[0]["credits"], charges[0]["usd"]) == ("kie", 60.0, 0.3)
    assert (charges[0]["at"], charges[0]["refunded"]) == (house.clock.time, None)


def test_the_balance_is_what_was_not_spent(house: House) -> None:
    house.task_seconds = 60
    client = house.open("balance=100")
    client.generate()
    told = client.ledger()
    assert (told["balance"], told["spent_usd"]) == (40.0, 0.3)
    refused = client.post(GENERATE, {"prompt": "A dog"})
    assert (refused["code"], refused["msg"]) == (402, "The current credits are insufficient. Please top up.")
    assert len(client.ledger()["charges"]) == 1


def test_a_failed_task_is_refunded_when_its_time_is_up(house: House) -> None:
    house.task_seconds = 60
    client = house.open("task-failed")
    client.generate()
    assert client.ledger()["balance"] == 9940.0
    house.clock.time += 60
    told = client.ledger()
    assert told["balance"] == 10_000.0
    assert told["charges"][0]["refunded"] == house.clock.time
    assert client.ledger() == told


def test_the_refund_can_be_switched_off(house: House) -> None:
    client = house.open("task-failed", "no-refund")
    client.generate()
    assert client.get("/kie/api/v1/chat/credit")["data"] == 9940.0


def test_money_can_be_taken_at_success_instead(house: House) -> None:
    house.task_seconds = 60
    client = house.open("charge-at-success")
    client.generate()
    assert client.ledger()["charges"] == []
    house.clock.time += 60
    assert client.ledger()["balance"] == 9940.0
    assert len(client.ledger()["charges"]) == 1


def test_a_new_process_knows_tasks_charges_and_time(house: House) -> None:
    house.task_seconds = 60
    before = house.open()
    task = before.generate()
    before.post("/sandbox/clock", {"advance": 59})
    assert before.look(task)["data"]["successFlag"] == 0
    after = house.open()
    after.post("/sandbox/clock", {"advance": 1})
    assert after.look(task)["data"]["successFlag"] == 1
    assert after.ledger()["charges"][0]["task"] == task
    assert len(after.extend(task)) == 32


def test_a_fault_that_belongs_to_a_task_survives_the_process(house: House) -> None:
    task = house.open("moderation-after-accept").generate()
    assert house.open().look(task)["data"]["errorCode"] == 400


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("insufficient-credits", 402),
        ("key-cap", 433),
        ("bad-key", 401),
        ("maintenance", 455),
        ("feature-disabled", 505),
        ("content-policy", 400),
        ("retired-model", 404),
        ("image-unreachable", 451),
        ("code-500", 500),
        ("code-501", 501),
        ("status:code=408,message=Upstream is silent", 408),
        ("status=455:http=503", 455),
    ],
)
def test_a_refusal_charges_nothing_and_passes(house: House, fault: str, code: int) -> None:
    house.task_seconds = 60
    client = house.open(fault)
    refused = client.post(GENERATE, {"prompt": "A dog"})
    assert (refused["code"], refused["data"]) == (code, None)
    assert client.ledger()["charges"] == []
    assert client.post(GENERATE, {"prompt": "A dog"})["code"] == 200


def test_not_extendable_refuses_the_extension_only(house: House) -> None:
    client = house.open("not-extendable")
    answer = client.post("/kie/api/v1/veo/extend", {"taskId": client.generate(), "prompt": "On"})
    assert answer["code"] == 422
    assert "cannot be extended" in answer["msg"]


def test_a_rate_limit_is_http_429_and_may_say_how_long(house: House) -> None:
    client = house.open("rate-limit:retry_after=7")
    answer = client.call("POST", GENERATE, json={"prompt": "A dog"})
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (429, 429, "7")
    bare = house.open("rate-limit").call("POST", GENERATE, json={"prompt": "A dog"})
    assert "retry-after" not in bare.headers


def test_two_processes_cannot_spend_the_same_credits(house: House) -> None:
    house.task_seconds = 60
    apps = [house.app("balance=300", "task-failed", "no-rate-limit") for _ in range(2)]

    async def submit(app: object) -> int:
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=KEY) as client:
            return int((await client.post(GENERATE, json={"prompt": "A dog"})).json()["code"])

    async def race() -> list[int]:
        return await asyncio.gather(*(submit(app) for app in apps * 5))

    assert sorted(asyncio.run(race())) == [200] * 5 + [402] * 5
    assert len(house.open().ledger()["charges"]) == 5
