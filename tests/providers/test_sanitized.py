"""Whatever a server answers, a provider says it in values that were foreseen, and keeps what could not be read."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from runner.clock import SystemClock
from runner.errors import ProviderError
from runner.net.client import Web
from runner.providers.base import (
    Accepted,
    Account,
    Asset,
    Failure,
    Job,
    Pending,
    Provider,
    Refused,
    Request,
    Shot,
    SubmitLookup,
    Unknown,
)
from runner.providers.registry import entry
from runner.providers.sanitized import SanitizedProvider

KEY = "a-key-of-nobody-0123456789"
TASK = "0123456789abcdef0123456789abcdef"
Ask = Callable[[Provider], Awaitable[Any]]


def kie() -> Request:
    found = entry("kie")
    assert found
    return found.request(Shot(kind="generate", model="veo3_fast", prompt="a dog"))


def asked(body: bytes | str, ask: Ask, *, status: int = 200, headers: dict[str, str] | None = None) -> Any:
    """What kie.ai's provider says where the server answers everything alike."""
    content = body.encode() if isinstance(body, str) else body

    async def work() -> Any:
        transport = httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, content=_piece(content)))
        async with Web(transport=transport, secrets=(KEY,)) as web:
            account = Account(base_url="https://api.example", upload_url="https://up.example", key=KEY)
            found = entry("kie")
            assert found
            return await ask(SanitizedProvider(found.connect(account, web, SystemClock()), web))

    return asyncio.run(work())


async def _piece(content: bytes) -> AsyncIterator[bytes]:
    yield content


def submitted(body: bytes | str, *, status: int = 200, headers: dict[str, str] | None = None) -> Any:
    return asked(body, lambda provider: provider.submit(kie()), status=status, headers=headers)


@pytest.mark.parametrize(
    "body",
    [
        '{"code": ' + "2" * 5000 + ', "msg": "success", "data": {"taskId": "x"}}',
        '{"code": ' + "2" * 400 + "}",
        '{"code": 200, "data": {"task_id": "' + TASK + '"}}',
        '{"code": 200, "data": {"taskId": 12345}}',
        '{"code": 200, "data": {"taskId": {"id": "' + TASK + '"}}}',
        '{"code": 200, "data": {"taskId": "\\ud83c"}}',
        "[" * 100_000,
        '{"data":' * 5000 + "1" + "}" * 5000,
        "",
        "\x00",
        "<html>502</html>",
    ],
    ids=lambda body: body[:20],
)
def test_a_paid_answer_that_cannot_be_read_is_unknown_and_kept(body: str) -> None:
    outcome = submitted(body)
    assert isinstance(outcome, Unknown)
    assert outcome.answer.startswith("HTTP 200:")
    assert body[:60].strip("\x00") in outcome.answer


def test_what_is_kept_of_an_answer_holds_no_key_and_no_signature() -> None:
    outcome = submitted(json.dumps({"code": 200, "said": f"hello {KEY}", "url": "https://a.example/f?sig=s3cret"}))
    assert KEY not in outcome.answer
    assert "s3cret" not in outcome.answer


def test_an_answer_that_breaks_off_is_kept_as_far_as_it_came() -> None:
    outcome = submitted(b"\x1f\x8b broken", headers={"content-encoding": "gzip"}, status=201)
    assert isinstance(outcome, Unknown)
    assert outcome.answer.startswith("HTTP 201:")


def test_an_answer_that_redirects_to_what_is_no_address_is_read_all_the_same() -> None:
    body = '{"code": 200, "data": {"taskId": "' + TASK + '"}}'
    assert isinstance(submitted(body, status=302, headers={"location": "http://[::1"}), Accepted)


def test_a_yes_without_a_task_says_what_is_missing() -> None:
    assert "no task that can be read" in submitted('{"code": 200, "msg": "success", "data": []}').words


def test_a_code_that_comes_as_a_float_is_a_code() -> None:
    assert submitted('{"code": 200.0, "data": {"taskId": "' + TASK + '"}}') == Accepted(
        task=TASK, answer='HTTP 200: {"code": 200.0, "data": {"taskId": "' + TASK + '"}}'
    )


def test_half_a_character_in_a_refusal_leaves_it_a_refusal() -> None:
    outcome = submitted('{"code": 422, "msg": "bad \\ud83c prompt"}')
    assert isinstance(outcome, Refused)
    outcome.words.encode()


@pytest.mark.parametrize(
    ("words", "failure"),
    [
        ("Your prompt was flagged by Website as violating content policies.", Failure.POLICY),
        ("unsafe image upload", Failure.POLICY),
        ("Only English prompts are supported at this time.", Failure.INPUT),
        ("Failed to fetch the image. Kindly verify any access limits", Failure.INPUT),
        ("Invalid parameter: aspect_ratio", Failure.INPUT),
    ],
)
def test_a_client_error_of_kie_is_a_refusal_where_the_words_say_so(words: str, failure: Failure) -> None:
    outcome = submitted(json.dumps({"code": 400, "msg": words, "data": None}))
    assert isinstance(outcome, Refused)
    assert outcome.failure is failure


def test_a_client_error_with_a_task_or_without_words_is_unknown() -> None:
    assert isinstance(submitted('{"code": 400, "msg": "bad prompt", "data": {"taskId": "t"}}'), Unknown)
    outcome = submitted('{"code": 400, "msg": "error", "data": null}')
    assert isinstance(outcome, Unknown)
    assert outcome.doubtful is Failure.INPUT


class _Raises:
    """A provider of somebody else, with a mistake in each of its methods."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*_: object) -> Any:
            raise RecursionError(name)

        async def fail_later(*_: object) -> Any:
            raise KeyError(name)

        return fail if name == "link" else fail_later


ASSET = Asset(role="film", url="https://a.example/f.mp4")
QUESTIONS: dict[str, Ask] = {
    "look": lambda provider: provider.look(Job(task=TASK, kind="generate")),
    "find": lambda provider: provider.find(SubmitLookup(kind="generate", prompt="", since=0.0)),
    "fresh_link": lambda provider: provider.fresh_link(ASSET),
    "balance": lambda provider: provider.balance(),
}


def broken(web: Web) -> SanitizedProvider:
    provider: Any = _Raises()
    return SanitizedProvider(provider, web)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_mistake_in_a_question_is_a_providers_error_that_may_be_asked_again(name: str) -> None:
    with pytest.raises(ProviderError) as caught:
        asyncio.run(_ask_broken(QUESTIONS[name]))
    assert (caught.value.code, caught.value.retryable) == ("provider/unreadable", True)


async def _ask_broken(ask: Ask) -> Any:
    async with Web() as web:
        return await ask(broken(web))


def test_a_mistake_in_a_submit_is_an_unknown_outcome() -> None:
    assert isinstance(asyncio.run(_ask_broken(lambda provider: provider.submit(kie()))), Unknown)


def test_a_mistake_in_a_link_is_a_providers_error() -> None:
    with pytest.raises(ProviderError):
        broken(Web()).link(ASSET)


@pytest.mark.parametrize(
    "body", ['{"code": 200, "data": true}', '{"code": 200, "data": NaN}', '{"code":200,"data":1e999}']
)
def test_a_balance_that_is_no_number_is_none(body: str) -> None:
    assert asked(body, lambda provider: provider.balance()) is None


def test_half_a_character_in_a_result_can_be_written_down() -> None:
    body = '{"code": 200, "data": {"taskId": "' + TASK + '", "successFlag": 2, "errorMessage": "no \\udead"}}'
    asked(body, lambda provider: provider.look(Job(task=TASK, kind="generate"))).words.encode()


@pytest.mark.parametrize("flag", ["7", "-1", "[1]", "{}", '"SUCCESS"', "4"])
def test_a_status_that_nobody_knows_is_waited_on(flag: str) -> None:
    body = '{"code": 200, "data": {"taskId": "' + TASK + '", "successFlag": ' + flag + "}}"
    assert isinstance(asked(body, lambda provider: provider.look(Job(task=TASK, kind="generate"))), Pending)


def test_a_link_is_known_whatever_the_case_of_its_scheme() -> None:
    body = json.dumps(
        {
            "code": 200,
            "data": {"taskId": TASK, "successFlag": 1, "response": {"resultUrls": ["HTTPS://a.example/f.mp4"]}},
        }
    )
    found = asked(body, lambda provider: provider.look(Job(task=TASK, kind="generate")))
    assert [asset.url for asset in found.assets] == ["HTTPS://a.example/f.mp4"]
