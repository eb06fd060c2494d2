"""One request, once: its answer, or a word on whether it left."""

import asyncio
import gzip
import json
import socket
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from runner.errors import LongtakeError, ProviderError
from runner.net.client import Web
from runner.net.messages import Call, FormFile, Lost, NotSent, Reply
from tests.fakes import api as fake
from tests.fakes.api import Api
from tests.fakes.loop import run_scripted


def exchange(*calls: Call, web: Web | None = None) -> list[Reply]:
    return asyncio.run(sent(*calls, web=web))


async def sent(*calls: Call, web: Web | None = None) -> list[Reply]:
    async with web or Web() as door:
        return [await door.exchange(call) for call in calls]


def get(url: str, deadline: float = 5.0) -> Call:
    return Call(method="GET", url=url, deadline=deadline)


class TestAnAnswer:
    def test_comes_with_status_headers_and_body(self, api: Api) -> None:
        url = api.serve("/x", b'{"code": 200}', headers={"X-Mine": "yes"})
        [reply] = exchange(get(url))
        assert (reply.status, reply.headers["x-mine"], reply.json()) == (200, "yes", {"code": 200})

    @pytest.mark.parametrize("status", ["302 Found", "400 Bad", "404 Not Found", "429 Slow", "500 Oh", "503 Later"])
    def test_of_any_status_is_an_answer(self, api: Api, status: str) -> None:
        url = api.serve("/x", b"", fake.answer(status, b"words", Location="/elsewhere"))
        [reply] = exchange(get(url))
        assert (reply.status, reply.text()) == (int(status[:3]), "words")
        assert len(api.log) == 1

    def test_is_unpacked(self, api: Api) -> None:
        url = api.serve("/x", gzip.compress(b"[1, 2]"), headers={"Content-Encoding": "gzip"})
        [reply] = exchange(get(url))
        assert reply.json() == [1, 2]

    @pytest.mark.parametrize("named", ["gzip", "deflate", "aws-chunked", "", "utf-8", "identity, aws-chunked", "br"])
    def test_that_is_plain_is_read_whatever_packing_it_names(self, api: Api, named: str) -> None:
        url = api.serve("/x", b'{"taskId": "t"}', headers={"Content-Encoding": named})
        [reply] = exchange(get(url))
        assert reply.json() == {"taskId": "t"}

    @pytest.mark.parametrize("raw", [False, True])
    def test_that_is_deflated_is_unpacked_in_both_forms(self, api: Api, *, raw: bool) -> None:
        packed = zlib.compress(b"[1, 2]")
        url = api.serve("/x", packed[2:-4] if raw else packed, headers={"Content-Encoding": "deflate"})
        [reply] = exchange(get(url))
        assert reply.json() == [1, 2]

    def test_whose_packing_breaks_off_is_lost(self, api: Api) -> None:
        url = api.serve("/x", gzip.compress(b"[1, 2]")[:-9], headers={"Content-Encoding": "gzip"})
        with pytest.raises(Lost, match="compression is damaged"):
            exchange(get(url))

    def test_that_is_packed_twice_is_lost(self, api: Api) -> None:
        twice = gzip.compress(gzip.compress(bytes(9 << 20)))
        url = api.serve("/x", twice, headers={"Content-Encoding": "gzip, gzip"})
        with pytest.raises(Lost, match="packed more than once"):
            exchange(get(url))

    def test_that_drips_is_lost_at_its_deadline(self, api: Api) -> None:
        url = api.serve("/x", b"[]", fake.drip(b"HTTP/1.1 200 OK\r\nX: ", b"x", b"\r\n\r\n"))

        async def run() -> Reply:
            async with Web() as web:
                return await web.exchange(get(url, deadline=30.0))

        with pytest.raises(Lost, match=r"no complete answer in time after 30\.0 s"):
            api.outlast(run(), seconds=10.0)

    def test_leaves_no_cookie(self, api: Api) -> None:
        url = api.serve("/x", b"", headers={"Set-Cookie": "JSESSIONID=abc; Path=/"})
        first, _ = exchange(get(url), get(url))
        assert "set-cookie" not in first.headers
        assert "cookie" not in api.log[1].headers

    def test_that_is_too_long_is_lost(self, api: Api) -> None:
        url = api.serve("/x", gzip.compress(bytes(9 << 20)), headers={"Content-Encoding": "gzip"})
        with pytest.raises(Lost, match="longer than 8 MiB"):
            exchange(get(url))


class TestARequest:
    def test_says_who_asks(self, api: Api) -> None:
        url = api.serve("/x", b"")
        exchange(get(url))
        exchange(get(url), web=Web(user_agent="longtake/9.9"))
        assert [seen.headers["user-agent"] for seen in api.log] == ["longtake", "longtake/9.9"]

    def test_carries_json(self, api: Api) -> None:
        exchange(Call(method="POST", url=api.serve("/x", b""), json={"prompt": "köln"}, headers={"X-Key": "k"}))
        [seen] = api.log
        assert (seen.method, json.loads(seen.body), seen.headers["x-key"]) == ("POST", {"prompt": "köln"}, "k")

    def test_carries_bytes(self, api: Api) -> None:
        exchange(Call(method="PUT", url=api.serve("/x", b""), content=b"\0\1"))
        assert api.log[0].body == b"\0\1"

    def test_carries_a_form(self, api: Api) -> None:
        Path("park.png").write_bytes(b"PNG!")
        form = {"uploadPath": "longtake", "file": Path("park.png"), "mask": FormFile(name="m.bin", content=b"M!")}
        exchange(Call(method="POST", url=api.serve("/x", b""), form=form))
        [seen] = api.log
        assert seen.headers["content-type"].startswith("multipart/form-data")
        for words in (b'name="uploadPath"', b"longtake", b'filename="park.png"', b"image/png", b"PNG!", b"M!"):
            assert words in seen.body

    def test_with_a_file_that_is_missing_is_not_sent(self, api: Api) -> None:
        with pytest.raises(NotSent, match=r"missing\.png"):
            exchange(Call(method="POST", url=api.serve("/x", b""), form={"file": Path("missing.png")}))
        assert api.log == []

    def test_uses_its_connection_again(self, api: Api) -> None:
        url = api.serve("/x", b"")
        exchange(get(url), get(url), get(url))
        assert api.connections == 1

    def test_that_is_paid_for_never_does(self, api: Api) -> None:
        url = api.serve("/x", b"")
        paid = Call(method="POST", url=url, json={}, fresh=True)
        exchange(get(url), paid, get(url), paid, paid)
        assert api.connections == 4


@contextmanager
def full_house() -> Iterator[str]:
    """A listening socket whose queue is full: the next connection gets no answer at all."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for guest in (first, second):
            guest.setblocking(False)  # noqa: FBT003 -- the socket's own signature
            guest.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/x"


def closed_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/x?sig=abc"


class TestNotSent:
    def test_where_nobody_listens(self) -> None:
        with pytest.raises(NotSent, match=r"GET 127\.0\.0\.1: no connection after") as caught:
            exchange(get(closed_port()))
        assert caught.value.retryable
        assert "sig" not in caught.value.message

    def test_where_nobody_opens_in_time(self) -> None:
        with full_house() as url, pytest.raises(NotSent, match="in time"):
            run_scripted(sent(get(url, deadline=20.0)), passes=20.0)

    def test_where_the_deadline_ends_the_connecting(self, api: Api) -> None:
        url = api.serve("/x", b"").replace("http:", "https:")  # a server that never shakes hands
        with pytest.raises(NotSent, match="in time"):
            api.outlast(sent(get(url, deadline=20.0)), seconds=20.0)

    @pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "/x", "http://", "http://127.0.0.1:99999/", "http://[::1"])
    def test_where_the_address_is_none(self, url: str) -> None:
        with pytest.raises(NotSent):
            exchange(get(url))

    @pytest.mark.parametrize("value", ["se\ncret", "se\u2026cret"])
    def test_where_a_header_cannot_be_written(self, api: Api, value: str) -> None:
        with pytest.raises(NotSent) as caught:
            exchange(Call(method="GET", url=api.serve("/x", b""), headers={"X-Key": value}))
        assert "cret" not in caught.value.message
        assert api.log == []

    def test_where_the_body_cannot_be_written(self, api: Api) -> None:
        with pytest.raises(NotSent, match="put into words"):
            exchange(Call(method="POST", url=api.serve("/x", b""), json={"seed": float("nan")}))

    def test_where_a_proxy_refuses(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_PROXY", api.url(""))
        with pytest.raises(NotSent, match="the proxy refused"):
            exchange(get("https://api.example.com/x"))
        assert api.log[0].method == "CONNECT"


class TestLost:
    @pytest.mark.parametrize(
        "fault",
        [fake.hang_up, fake.garbage, fake.cut(10), fake.cut(10, then="reset"), fake.chunked(whole=False)],
        ids=["hang-up", "garbage", "cut", "reset", "chunks"],
    )
    def test_where_the_answer_breaks(self, api: Api, fault: fake.Fault) -> None:
        url = api.serve("/x", b"x" * 1000, fault)
        with pytest.raises(Lost, match=r"POST 127\.0\.0\.1: .* after \d") as caught:
            exchange(Call(method="POST", url=url + "?key=abc", json={}, fresh=True))
        assert len(api.log) == 1
        assert not caught.value.retryable

    @pytest.mark.parametrize("fault", [fake.silence, fake.cut(10, then="stall")], ids=["never", "half"])
    def test_where_the_deadline_ends_the_waiting(self, api: Api, fault: fake.Fault) -> None:
        with pytest.raises(Lost, match=r"after 20\.0 s"):
            api.outlast(sent(get(api.serve("/x", b"x" * 1000, fault), deadline=20.0)), seconds=20.0)

    @pytest.mark.parametrize(
        "location", ["javascript:1", "http://[::1", "http://x:99999/", "ftp://x/", "\x00", "http://\xff/"]
    )
    def test_never_called_unsent_because_of_a_redirect_to_nowhere(self, api: Api, location: str) -> None:
        url = api.serve("/x", b"", fake.answer("302 Found", Location=location))
        try:
            [reply] = exchange(Call(method="POST", url=url, json={}, fresh=True))
        except Lost:
            return
        assert reply.status == 302

    def test_where_it_drips_past_the_deadline(self, api: Api) -> None:
        async def drip(talk: fake.Talk) -> None:
            await talk.head("200 OK", {"Content-Length": "100000"})
            while True:
                await talk.send(b"x")
                await talk.pass_time()

        with pytest.raises(Lost, match=r"in time after 20\.0 s"):
            api.outlast(sent(get(api.serve("/x", b"", drip), deadline=20.0)), seconds=1.0)


def test_a_cancelled_request_stays_cancelled(api: Api) -> None:
    async def run() -> None:
        arrived, loop = asyncio.Event(), asyncio.get_running_loop()

        async def silence(talk: fake.Talk) -> None:
            loop.call_soon_threadsafe(arrived.set)
            await fake.silence(talk)

        url = api.serve("/x", b"", silence)
        async with Web() as web:
            task = asyncio.create_task(web.exchange(get(url)))
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())


def test_an_error_of_ours_passes_through_as_it_is() -> None:
    def refuse(_request: httpx.Request) -> httpx.Response:
        raise ProviderError("mine")

    with pytest.raises(LongtakeError, match=r"^mine$") as caught:
        exchange(get("http://x/"), web=Web(transport=httpx.MockTransport(refuse)))
    assert type(caught.value) is ProviderError
