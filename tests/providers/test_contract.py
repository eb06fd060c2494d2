"""What every provider must do, over real HTTP to its emulator."""

import asyncio
import base64
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest

from runner.clock import SystemClock
from runner.errors import ProviderError
from runner.net.client import Web
from runner.net.messages import Link
from runner.providers.base import (
    Accepted,
    Account,
    Busy,
    Done,
    Failed,
    Failure,
    Job,
    LookupResult,
    Parent,
    Pending,
    Provider,
    Refused,
    Shot,
    SubmitLookup,
    Unknown,
    Unsent,
)
from runner.providers.catalog import Model
from runner.providers.registry import BUILT_IN, Entry, entry
from tests.execution.studio import ROOT, Studio, served

Answer = TypeVar("Answer")
NOWHERE = "0" * 32


def _spoken() -> Iterator[tuple[str, str]]:
    """Every provider in each of its dialects."""
    for name in sorted(BUILT_IN):
        found = entry(name)
        assert found is not None
        yield from ((name, dialect) for dialect in found.catalog.dialects or ("",))


@pytest.fixture(scope="module", params=list(_spoken()), ids=lambda spoken: "/".join(filter(None, spoken)))
def provider(request: pytest.FixtureRequest) -> Entry:
    found = entry(*request.param)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("contract")
    with served(folder / "emulator", films=films) as url:
        yield Studio(url=url, folder=folder)


@pytest.fixture(autouse=True)
def _no_fault_is_left(emulated: Studio) -> None:
    emulated.ask("/sandbox/faults", method="DELETE")
    emulated.fault("no-rate-limit", "balance=1000000")


def at(emulated: Studio, provider: Entry, key: str = "any", base: str = "") -> Account:
    url = base or f"{emulated.url}/{provider.catalog.sandbox}"
    return Account(base_url=url, upload_url=url, key=key, settings=dict.fromkeys(provider.catalog.settings, "project"))


def connected(provider: Entry, account: Account, work: Callable[[Provider], Awaitable[Answer]]) -> Answer:
    async def inside() -> Answer:
        async with Web(secrets=(account.key,), allow_local=True) as web:
            return await work(provider.connect(account, web, SystemClock()))

    return asyncio.run(inside())


def model_of(provider: Entry) -> Model:
    model = provider.catalog.model(provider.catalog.default_model)
    assert model is not None
    return model


def common(provider: Entry) -> dict[str, Any]:
    """What every shot says; with the options that an extension cannot do without."""
    model = model_of(provider)
    options = dict.fromkeys(model.extension_needs, "gs://bucket/films")
    return {"model": model.id, "mode": model.mode, "options": options}


def first(provider: Entry, mark: str = "") -> Shot:
    seconds = min(model_of(provider).durations)
    return Shot(kind="generate", prompt="A dog on a path", duration=seconds, mark=mark, **common(provider))


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


async def fetched(link: Link) -> bytes:
    """What is behind a link, or in it."""
    if link.url.startswith("data:"):
        return base64.b64decode(link.url.partition(";base64,")[2])
    async with Web(allow_local=True) as web, web.stream(link.url, link.headers) as stream:
        return b"".join([chunk async for chunk in stream.chunks])


def extension(provider: Entry, task: str, done: Done) -> Shot:
    parent = Parent(task=task, handle=done.handle, link=done.assets[0].url)
    return Shot(kind="extend", prompt="It goes on", parent=parent, duration=7, **common(provider))


def test_a_shot_is_accepted_made_extended_and_fetched(emulated: Studio, provider: Entry) -> None:
    async def work(api: Provider) -> tuple[str, bytes]:
        task = await bought(api, provider, first(provider))
        whole = await made(api, Job(task=task, kind="generate"))
        assert [asset.role for asset in whole.assets] == ["film"]
        longer = await bought(api, provider, extension(provider, task, whole))
        done = await made(api, Job(task=longer, kind="extend"))
        return done.assets[0].role, await fetched(api.link(done.assets[0]))

    role, content = connected(provider, at(emulated, provider), work)
    assert role in ("film", "segment")
    assert content[4:8] == b"ftyp"


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


def test_a_submit_is_found_by_its_name_or_not_said_to_be_found_for_certain(emulated: Studio, provider: Entry) -> None:
    """`certain`: it is the very task; `complete`: finding none proves that there is none."""

    async def work(api: Provider) -> tuple[str, LookupResult, LookupResult]:
        mark = f"lt-contract-{provider.catalog.name.replace('/', '-')}"
        task = await bought(api, provider, first(provider, mark))
        lost = SubmitLookup(kind="generate", prompt="A dog on a path", since=SystemClock().now(), mark=mark)
        return task, await api.find(lost), await api.find(replace(lost, mark="lt-never-sent"))

    task, found, missing = connected(provider, at(emulated, provider), work)
    assert not found.certain or [each.task for each in found.candidates] == [task]
    assert not missing.candidates
    assert found.certain == missing.complete
    assert found.certain == (provider.catalog.name in ("kling/official", "kling/official-2"))


def test_a_question_that_fails_says_whether_to_ask_again(emulated: Studio, provider: Entry) -> None:
    account = at(emulated, provider)
    task = connected(provider, account, lambda api: bought(api, provider, first(provider)))

    async def work(api: Provider) -> object:
        return await api.look(Job(task=task, kind="generate"))

    with pytest.raises(ProviderError) as wrong_key:
        connected(provider, at(emulated, provider, key="bad-key"), work)
    assert not wrong_key.value.retryable
    emulated.fault("code-500@look")
    with pytest.raises(ProviderError) as trouble:
        connected(provider, account, work)
    assert trouble.value.retryable
    emulated.fault("rate-limit@look:retry_after=7")
    with pytest.raises(ProviderError) as busy:
        connected(provider, account, work)
    # The emulated Interactions API names no time, as Google's own does not.
    assert (busy.value.retryable, busy.value.retry_after) == (True, 0 if "omni" in provider.catalog.name else 7)


def test_a_link_can_be_had_anew(emulated: Studio, provider: Entry) -> None:
    async def work(api: Provider) -> bytes:
        task = await bought(api, provider, first(provider))
        asset = (await made(api, Job(task=task, kind="generate"))).assets[0]
        return await fetched(await api.fresh_link(asset))

    assert connected(provider, at(emulated, provider), work)[4:8] == b"ftyp"


def test_a_picture_is_made_ready_for_a_request(emulated: Studio, provider: Entry) -> None:
    picture = next((ROOT / "storyboards" / "pictures").glob("*.png"))

    async def work(api: Provider) -> str:
        return await api.upload(picture, "park.png")

    scheme = "http" if provider.catalog.pictures == "hosted" else "data:image/png;base64,"
    assert connected(provider, at(emulated, provider), work).startswith(scheme)


def test_what_is_charged_is_the_price_of_the_catalog(emulated: Studio, provider: Entry) -> None:
    async def work(api: Provider) -> Decimal | None:
        before = await api.balance()
        await bought(api, provider, first(provider))
        after = await api.balance()
        return None if before is None or after is None else before - after

    model = model_of(provider)
    price = model.price("generate", "720p", min(model.durations))
    assert connected(provider, at(emulated, provider), work) in (price, None)
    charge = emulated.ask("/sandbox/ledger")["charges"][-1]
    assert Decimal(str(charge["credits"])) == price
