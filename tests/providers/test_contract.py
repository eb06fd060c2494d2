"""What every provider must do, over real HTTP to its emulator."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from typing import TypeVar

import pytest

from runner.clock import SystemClock
from runner.errors import ProviderError
from runner.http import Web
from runner.providers.base import (
    Accepted,
    Busy,
    Done,
    Failed,
    Failure,
    Job,
    Parent,
    Pending,
    Provider,
    Refused,
    Shot,
    Unknown,
    Unsent,
)
from runner.providers.registry import BUILT_IN, Account, Entry, entry
from tests.engine.studio import ROOT, Studio, served

Answer = TypeVar("Answer")
NOWHERE = "0" * 32


@pytest.fixture(scope="module", params=sorted(BUILT_IN))
def provider(request: pytest.FixtureRequest) -> Entry:
    found = entry(request.param)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("contract")
    with served(folder / "emulator") as url:
        yield Studio(url=url, folder=folder)


@pytest.fixture(autouse=True)
def _no_fault_is_left(emulated: Studio) -> None:
    emulated.ask("/sandbox/faults", method="DELETE")
    emulated.fault("no-rate-limit", "balance=1000000")


def at(emulated: Studio, provider: Entry, key: str = "any", base: str = "") -> Account:
    url = base or f"{emulated.url}/{provider.catalog.provider}"
    return Account(base_url=url, upload_url=url, key=key)


def connected(provider: Entry, account: Account, work: Callable[[Provider], Awaitable[Answer]]) -> Answer:
    async def inside() -> Answer:
        async with Web(secrets=(account.key,), allow_local=True) as web:
            return await work(provider.connect(account, web, SystemClock()))

    return asyncio.run(inside())


def first(provider: Entry) -> Shot:
    return Shot(kind="generate", model=provider.catalog.default_model, prompt="A dog on a path", duration=4)


async def bought(api: Provider, provider: Entry, shot: Shot) -> str:
    outcome = await api.submit(provider.request(shot))
    assert isinstance(outcome, Accepted)
    return outcome.task


async def made(api: Provider, job: Job) -> Done:
    while True:
        state = await api.look(job)
        if isinstance(state, Done):
            return state
        assert isinstance(state, Pending)


def test_a_shot_is_accepted_made_and_extended(emulated: Studio, provider: Entry) -> None:
    async def work(api: Provider) -> list[list[str]]:
        task = await bought(api, provider, first(provider))
        whole = await made(api, Job(task=task, kind="generate"))
        model = provider.catalog.default_model
        shot = Shot(kind="extend", model=model, prompt="It goes on", parent=Parent(task=task), duration=7)
        longer = await made(api, Job(task=await bought(api, provider, shot), kind="extend"))
        return [[asset.role for asset in state.assets] for state in (whole, longer)]

    assert connected(provider, at(emulated, provider), work) == [["film"], ["film", "segment"]]


def submitted(emulated: Studio, provider: Entry, account: Account | None = None) -> object:
    async def work(api: Provider) -> object:
        return await api.submit(provider.request(first(provider)))

    return connected(provider, account or at(emulated, provider), work)


def test_a_wrong_key_is_refused_for_sure(emulated: Studio, provider: Entry) -> None:
    outcome = submitted(emulated, provider, at(emulated, provider, key="bad-key"))
    assert isinstance(outcome, Refused)
    assert outcome.failure is Failure.CREDENTIALS


def test_a_server_that_is_not_there_was_not_sent_anything(emulated: Studio, provider: Entry) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
        outcome = submitted(emulated, provider, at(emulated, provider, base=nowhere))
    assert isinstance(outcome, Unsent)


@pytest.mark.parametrize("fault", ["lost-reply@generate", "lost-request@generate", "http-502-html@generate"])
def test_an_answer_that_does_not_come_leaves_it_unknown(emulated: Studio, provider: Entry, fault: str) -> None:
    emulated.fault(fault)
    assert isinstance(submitted(emulated, provider), Unknown)


def test_a_rate_limit_is_only_for_now(emulated: Studio, provider: Entry) -> None:
    emulated.fault("status:code=429")
    assert isinstance(submitted(emulated, provider), Busy)


def test_a_task_that_nobody_knows_is_gone(emulated: Studio, provider: Entry) -> None:
    async def work(api: Provider) -> object:
        return await api.look(Job(task=NOWHERE, kind="generate"))

    state = connected(provider, at(emulated, provider), work)
    assert isinstance(state, Failed)
    assert state.failure is Failure.GONE


def test_a_question_that_fails_says_whether_to_ask_again(emulated: Studio, provider: Entry) -> None:
    async def work(api: Provider) -> object:
        return await api.look(Job(task=NOWHERE, kind="generate"))

    with pytest.raises(ProviderError) as wrong_key:
        connected(provider, at(emulated, provider, key="bad-key"), work)
    assert not wrong_key.value.retryable
    emulated.fault("code-500@record-info")
    with pytest.raises(ProviderError) as trouble:
        connected(provider, at(emulated, provider), work)
    assert trouble.value.retryable


def test_a_link_can_be_had_anew(emulated: Studio, provider: Entry) -> None:
    async def work(api: Provider) -> tuple[str, str]:
        task = await bought(api, provider, first(provider))
        asset = (await made(api, Job(task=task, kind="generate"))).assets[0]
        return asset.url, (await api.fresh_link(asset)).url

    old, new = connected(provider, at(emulated, provider), work)
    assert new.startswith("http")
    assert new != old


def test_a_picture_gets_a_public_address(emulated: Studio, provider: Entry) -> None:
    picture = next((ROOT / "storyboards" / "pictures").glob("*.png"))

    async def work(api: Provider) -> str:
        return await api.upload(picture, "park.png")

    assert connected(provider, at(emulated, provider), work).startswith("http")


def test_the_balance_falls_by_the_price(emulated: Studio, provider: Entry) -> None:
    async def work(api: Provider) -> Decimal:
        before = await api.balance()
        await bought(api, provider, first(provider))
        after = await api.balance()
        assert before is not None
        assert after is not None
        return before - after

    model = provider.catalog.model(provider.catalog.default_model)
    assert model is not None
    assert connected(provider, at(emulated, provider), work) == model.generate["720p"]
