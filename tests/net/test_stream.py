"""Streams follow safe redirects only, and tell no stranger who we are."""

import asyncio
from collections.abc import Mapping

import pytest

from runner.net.address_policy import parse_allowed
from runner.net.client import Web
from runner.net.messages import Lost, NotSent, Stream, Unsafe
from tests.fakes import api as fake
from tests.fakes.api import Api

BODY = bytes(range(256)) * 8000


def fetch(url: str, headers: Mapping[str, str] | None = None, *, local: bool = True) -> tuple[Stream, bytes]:
    return asyncio.run(fetched(url, headers, local=local))


async def fetched(
    url: str, headers: Mapping[str, str] | None = None, *, local: bool = True, silence: float = 30.0
) -> tuple[Stream, bytes]:
    async with Web(allow_local=local) as web, web.stream(url, headers, silence=silence) as stream:
        return stream, b"".join([chunk async for chunk in stream.chunks])


class TestABody:
    def test_comes_whole(self, api: Api) -> None:
        stream, body = fetch(api.serve("/x", BODY))
        assert (stream.status, body == BODY) == (200, True)

    def test_comes_in_chunks(self, api: Api) -> None:
        assert fetch(api.serve("/x", BODY, fake.chunked()))[1] == BODY

    def test_comes_until_the_connection_ends(self, api: Api) -> None:
        assert fetch(api.serve("/x", BODY, fake.cut(len(BODY), announced=False)))[1] == BODY

    def test_of_no_bytes_is_empty(self, api: Api) -> None:
        assert fetch(api.serve("/x", b""))[1] == b""

    def test_ends_where_its_length_ends(self, api: Api) -> None:
        async def rubbish_after(talk: fake.Talk) -> None:
            await fake.as_it_should_be(talk)
            await talk.send(b"HTTP/1.1 200 OK\r\n\r\nrubbish")

        assert fetch(api.serve("/x", BODY, rubbish_after))[1] == BODY

    @pytest.mark.parametrize("at", [0, 1, 1000, 500_000])
    @pytest.mark.parametrize("then", ["close", "reset"])
    def test_that_is_cut_is_lost(self, api: Api, at: int, then: str) -> None:
        with pytest.raises(Lost):
            fetch(api.serve("/x", BODY, fake.cut(at, then=then)))

    @pytest.mark.parametrize("at", [0, 500_000])
    def test_that_falls_silent_is_lost(self, api: Api, at: int) -> None:
        with pytest.raises(Lost, match="fell silent"):
            api.outlast(fetched(api.serve("/x", BODY, fake.cut(at, then="stall")), silence=20.0), seconds=20.0)

    @pytest.mark.parametrize(
        ("first", "drop", "then"),
        [
            (b"HTTP/1.1 200 OK\r\nX-Padding: ", b"x", b"\r\n\r\n"),
            (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"),
        ],
        ids=["of its headers", "of interim answers"],
    )
    def test_behind_an_endless_drip_is_given_up(self, api: Api, first: bytes, drop: bytes, then: bytes) -> None:
        url = api.serve("/x", BODY, fake.drip(first, drop, then))
        with pytest.raises(Lost, match=r"no complete answer in time after 40\.0 s"):
            api.outlast(fetched(url, silence=20.0), seconds=5.0)

    def test_whose_chunks_are_all_extension_is_given_up(self, api: Api) -> None:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x="
        url = api.serve("/x", b"", fake.drip(head, b"x", b"\r\nhello\r\n0\r\n\r\n"))
        with pytest.raises(Lost, match="fell silent"):
            api.outlast(fetched(url, silence=20.0), seconds=5.0)

    def test_that_is_left_early_does_no_harm(self, api: Api) -> None:
        url = api.serve("/x", BODY)

        async def run() -> bytes:
            async with Web(allow_local=True) as web:
                async with web.stream(url) as stream:
                    await anext(stream.chunks)
                async with web.stream(url) as stream:
                    return b"".join([chunk async for chunk in stream.chunks])

        assert asyncio.run(run()) == BODY

    def test_is_not_what_its_reader_raises(self, api: Api) -> None:
        url = api.serve("/x", BODY)

        async def run() -> None:
            async with Web(allow_local=True) as web, web.stream(url) as stream:
                async for _ in stream.chunks:
                    raise KeyError("the reader's own")

        with pytest.raises(KeyError):
            asyncio.run(run())


KEYS = {
    "Authorization": "Bearer t",
    "x-goog-api-key": "k",
    "X-API-Key": "k",
    "Cookie": "c=1",
    "X-Auth-Token": "t",
    "Range": "bytes=10-",
}


def hop(api: Api, path: str, location: str, status: str = "302 Found") -> str:
    return api.serve(path, b"", *[fake.answer(status, b"moved", Location=location)] * 9)


class TestARedirect:
    @pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 Temporary", "308 Permanent"])
    def test_is_followed(self, api: Api, status: str) -> None:
        api.serve("/x", BODY)
        stream, body = fetch(hop(api, "/a", "/x", status))
        assert (stream.url, body == BODY) == (api.url("/x"), True)

    def test_within_the_origin_keeps_the_headers(self, api: Api) -> None:
        api.serve("/x", BODY)
        fetch(hop(api, "/a", api.url("/x")), KEYS)
        assert {name.lower() for name in KEYS} <= set(api.log[1].headers)

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.2"])
    def test_to_another_origin_drops_what_tells_who_we_are(self, api: Api, host: str) -> None:
        api.serve("/x", BODY)
        location = api.url("/x", "localhost") if host == "localhost" else api.url("/x")
        start = hop(api, "/a", location)
        if host != "localhost":
            start = api.url("/a", "localhost")
        fetch(start, KEYS)
        sent = set(api.log[1].headers)
        assert "range" in sent
        assert sent.isdisjoint({name.lower() for name in KEYS} - {"range"})

    def test_and_back_does_not_get_them_again(self, api: Api) -> None:
        api.serve("/x", BODY)
        hop(api, "/b", api.url("/x"))
        fetch(hop(api, "/a", api.url("/b", "localhost")), KEYS)
        assert "authorization" not in api.log[2].headers

    def test_in_a_circle_ends(self, api: Api) -> None:
        with pytest.raises(Unsafe, match="more than 5 redirects"):
            fetch(hop(api, "/a", "/a"))
        assert len(api.log) == 6

    @pytest.mark.parametrize("location", ["ftp://127.0.0.1/x", "file:///etc/passwd", "http://[::1", "javascript:1"])
    def test_to_no_web_address_is_refused(self, api: Api, location: str) -> None:
        with pytest.raises((Unsafe, Lost)):  # some of them the library refuses itself
            fetch(hop(api, "/a", location))
        assert len(api.log) == 1

    def test_without_a_location_is_an_answer(self, api: Api) -> None:
        assert fetch(api.serve("/a", b"", fake.answer("302 Found")))[0].status == 302


class TestThePrivateNetwork:
    @pytest.mark.parametrize("allowed", ["127.0.0.0/8", "localhost", "127.0.0.1"])
    def test_is_allowed_where_a_person_named_it(self, api: Api, allowed: str) -> None:
        url = api.serve("/x", BODY).replace("127.0.0.1", "localhost" if allowed == "localhost" else "127.0.0.1")

        async def run() -> bytes:
            async with Web(allowed=parse_allowed([allowed])) as web, web.stream(url) as stream:
                return b"".join([chunk async for chunk in stream.chunks])

        assert asyncio.run(run()) == BODY

    def test_is_allowed_behind_a_name_where_its_network_was_named(self, api: Api) -> None:
        url = api.serve("/x", BODY).replace("127.0.0.1", "127.1")  # to us a name, as the resolver is the one to read it

        async def run(*allowed: str) -> int:
            async with Web(allowed=parse_allowed(allowed)) as web, web.stream(url) as stream:
                return stream.status

        assert asyncio.run(run("127.0.0.0/8")) == 200
        with pytest.raises(Unsafe, match=r"127\.1 leads to 127\.0\.0\.1"):
            asyncio.run(run("10.0.0.0/8"))

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "localhost", "x.localhost", "[::1]", "10.1.2.3", "169.254.169.254", "[fd00::1]"]
    )
    def test_is_refused_by_its_address(self, host: str) -> None:
        with pytest.raises(Unsafe) as caught:
            fetch(f"http://{host}/x?sig=abc", local=False)
        assert caught.value.code == "http/private-address"
        assert "sig" not in caught.value.message

    @pytest.mark.parametrize("host", ["127.1", "0x7f.1"])
    def test_is_refused_when_a_name_leads_there(self, api: Api, host: str) -> None:
        with pytest.raises(Unsafe, match="private network"):
            fetch(api.serve("/x", BODY).replace("127.0.0.1", host), local=False)
        assert api.log == []

    def test_is_allowed_to_a_proxy(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", api.url(""))
        stream, _ = fetch("http://cdn.example.com/x", local=False)
        assert stream.status == 404
        assert api.log[0].path == "http://cdn.example.com/x"

    def test_is_allowed_where_the_user_works_locally(self, api: Api) -> None:
        assert fetch(api.serve("/x", BODY), local=True)[1] == BODY

    def test_that_does_not_answer_is_not_sent(self) -> None:
        with pytest.raises(NotSent):
            fetch("http://127.0.0.1:1/x")
