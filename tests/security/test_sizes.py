"""Nothing that a server sends, and nothing that is sent to it, grows without bound in memory or on disk."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from runner.errors import UnknownOutcome
from runner.net.client import Web
from runner.net.exchange import MOST_UPLOAD
from runner.net.messages import Call, Lost, NotSent, Reply
from runner.providers.base import Busy, Request
from runner.providers.kie import read_submission
from runner.providers.sanitized import SanitizedProvider
from tests.execution.studio import PROMPTS, Studio
from tests.fakes import api as fake
from tests.fakes.api import Api

GENERATE = "/kie/api/v1/veo/generate"
REQUEST = Request(method="POST", path="/")


@pytest.fixture(scope="module")
def server() -> Any:
    with Api().running() as running:
        yield running


@pytest.fixture
def relay(server: Api, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A studio whose submits go to a server of the test's own."""
    server.files.clear()
    environ = {**studio.environ, "LONGTAKE_KIE_BASE_URL": server.url("/kie")}
    monkeypatch.setattr(Studio, "environ", property(lambda _: environ))
    return studio


def left(root: Path) -> int:
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file())


def packed(body: bytes, times: int) -> fake.Fault:
    for _ in range(times):
        body = gzip.compress(body)
    return fake.answer("200 OK", body, Content_Encoding=", ".join(["gzip"] * times))


ENDLESS = {
    "a body beyond the cap": fake.answer("200 OK", b'{"code": 200, "msg": "' + b"x" * (9 << 20) + b'"}'),
    "a small body that unpacks beyond it": packed(bytes(64 << 20), 1),
    "a body that is packed twice": packed(bytes(64 << 20), 2),
    "a header beyond the cap": fake.answer("200 OK", b"{}", X_Long="x" * 300_000),
    "many headers": fake.answer("200 OK", b"{}", **{f"X_{number}": "x" * 100 for number in range(3000)}),
    "a deep body": fake.answer("200 OK", b"[" * 1_000_000),
    "a code of many digits": fake.answer("200 OK", b'{"code": ' + b"2" * 5000 + b"}"),
    "a code of many digits as text": fake.answer("200 OK", b'{"code": "' + b"2" * 5000 + b'"}'),
    "a code in odd digits": fake.answer("200 OK", '{"code": "²"}'.encode()),
    "endless words": fake.answer("200 OK", json.dumps({"code": 500, "msg": "x " * 2_000_000}).encode()),
    "an endless page": fake.answer("502 Bad Gateway", b"<p>" * 2_000_000),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_an_answer_without_end_leaves_a_submit_unknown_and_little_behind(relay: Studio, server: Api, name: str) -> None:
    server.serve(GENERATE, b"", ENDLESS[name])
    with pytest.raises(UnknownOutcome) as caught:
        relay.film(relay.board(PROMPTS[0]))
    assert len(caught.value.message) < 1000
    assert left(relay.root) < 10_000


@pytest.mark.parametrize("times", [2, 3])
def test_an_answer_is_unpacked_once(server: Api, wait: Any, times: int) -> None:
    url = server.serve("/x", b"", packed(b"{}", times))

    async def ask() -> Reply:
        async with Web(allow_local=True) as web:
            return await web.exchange(Call(method="GET", url=url))

    with pytest.raises(Lost, match="packed more than once"):
        wait(ask())


def test_endless_words_about_a_task_are_kept_short(studio: Studio) -> None:
    studio.fault(f"status@look:code=500,message={'x ' * 20_000},times=5")
    studio.film(studio.board(PROMPTS[0]))
    lines = (studio.root / "hops" / "00" / "take-01" / "polls.jsonl").read_bytes().splitlines()
    assert max(map(len, lines)) < 1000
    assert max(len(report.message) for report in studio.reports) < 1000


@pytest.mark.proof
def test_the_trace_of_a_task_ends_at_its_cap_and_the_run_goes_on(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.execution.poll._MOST_TRACE", 300)
    studio.fault("success-without-url:polls=30")
    studio.film(studio.board(PROMPTS[0]))
    assert 300 <= (studio.root / "hops" / "00" / "take-01" / "polls.jsonl").stat().st_size < 600


@pytest.mark.parametrize("asked", ["1e300", "99999999999999999999", "864000"])
def test_a_server_does_not_make_us_wait_for_ever(wait: Any, asked: str) -> None:
    reply = Reply(status=429, headers={"retry-after": asked}, body=b'{"code": 429, "msg": "slow down"}')

    class Slow:
        async def submit(self, _request: Request) -> Any:
            return read_submission(reply, 0.0)

    outcome = wait(SanitizedProvider(Slow(), Web()).submit(REQUEST))  # type: ignore[arg-type]
    assert isinstance(outcome, Busy)
    assert outcome.wait == 900


def test_a_picture_that_has_grown_is_not_sent(server: Api, tmp_path: Path, wait: Any) -> None:
    server.log.clear()
    picture = tmp_path / "picture.png"
    with picture.open("wb") as stream:
        stream.truncate(MOST_UPLOAD + 1)

    async def send() -> Reply:
        async with Web(allow_local=True) as web:
            return await web.exchange(Call(method="POST", url=server.url("/x"), form={"file": picture}))

    with pytest.raises(NotSent, match="larger than 64 MiB"):
        wait(send())
    assert server.log == []
