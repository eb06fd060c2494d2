"""A result is fetched from the open internet only, unless the user works locally; nothing is stored before that."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.errors import DownloadError
from runner.files import Disk
from runner.media.download.fetch import Downloader
from runner.media.download.pump import Limits
from runner.net.address_policy import follow_redirect, require_safe
from runner.net.client import Web
from runner.net.messages import Link, Unsafe
from tests.fakes import api as fake
from tests.fakes.api import Api, mp4
from tests.fakes.clock import FakeClock

FILM = mp4(300_000)
LIMITS = Limits(silence=2.0, tries=2, most_bytes=1_000_000)

REFUSED = (
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "ftp://cdn.example/film.mp4",
    "data:video/mp4;base64,AAAA",
    "gopher://127.0.0.1/x",
    "javascript:alert(1)",
    "//127.0.0.1/film.mp4",
    "",
    "http://",
    "http://127.0.0.1:PORT/film.mp4",
    "http://127.99.0.1:PORT/film.mp4",
    "http://0.0.0.0:PORT/film.mp4",
    "http://10.0.0.1/film.mp4",
    "http://172.31.255.1/film.mp4",
    "http://192.168.0.1/film.mp4",
    "http://100.64.0.1/film.mp4",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]:PORT/film.mp4",
    "http://[fd00::1]/film.mp4",
    "http://[fe80::1]/film.mp4",
    "http://[::ffff:127.0.0.1]:PORT/film.mp4",
    "http://[::ffff:7f00:1]:PORT/film.mp4",
    "http://[64:ff9b::169.254.169.254]/film.mp4",
    "http://[::]:PORT/film.mp4",
    "http://2130706433:PORT/film.mp4",
    "http://0x7f000001:PORT/film.mp4",
    "http://017700000001:PORT/film.mp4",
    "http://0177.0.0.1:PORT/film.mp4",
    "http://127.1:PORT/film.mp4",
    "http://127.0.0.1.:PORT/film.mp4",
    "http://localhost:PORT/film.mp4",
    "http://LOCALHOST:PORT/film.mp4",
    "http://localhost.:PORT/film.mp4",
    "http://a.localhost:PORT/film.mp4",
    "http://cdn.example@127.0.0.1:PORT/film.mp4",
    "http://cdn.example\\@127.0.0.1:PORT/film.mp4",
    "http://127。0。0。1:PORT/film.mp4",
    "http://①②⑦.0.0.1:PORT/film.mp4",
)

# What the system or the HTTP library takes for no address at all.
NOWHERE = ("http://0177.0.0.1:PORT/film.mp4", "http://①②⑦.0.0.1:PORT/film.mp4")

NAMES = {"cdn.example": "127.0.0.1", "xn--mnchen-3ya.example": "127.0.0.1"}


@pytest.fixture(scope="module")
def server() -> Iterator[Api]:
    with Api().running() as running:
        yield running


@pytest.fixture
def api(server: Api) -> Api:
    server.files.clear()
    server.log.clear()
    server.serve("/film.mp4", FILM)
    return server


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of the open internet that lead to this machine, and no look-up of any other."""
    real = socket.getaddrinfo

    def looked_up(host: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in NAMES:
            return real(NAMES[name], *rest, **more)
        if name and not name.rstrip(".").endswith("localhost") and not name[:1].isdigit() and ":" not in name:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return real(name, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)


def fetch(url: str, *, local: bool = False, limits: Limits = LIMITS) -> Path:
    async def mint() -> str:
        return url

    async def run() -> Path:
        async with Web(allow_local=local) as web:
            stored = await Downloader(
                web=web,
                disk=Disk(),
                clock=FakeClock(),
                limits=limits,
                progress=lambda *_: None,
            ).fetch(mint, Path("film.mp4"))
        return stored.path

    return asyncio.run(run())


def stored() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


@pytest.mark.parametrize("url", REFUSED)
def test_a_link_to_anywhere_else_is_refused_and_nothing_is_sent_or_stored(api: Api, url: str) -> None:
    with pytest.raises(DownloadError) as caught:
        fetch(url.replace("PORT", str(api.port)))
    assert caught.value.code.startswith("http/") or url in NOWHERE, caught.value.message
    assert (api.log, stored()) == ([], [])


@pytest.mark.parametrize("name", ["cdn.example", "CDN.example", "münchen.example"])
def test_a_name_that_leads_to_this_machine_is_refused_before_a_byte_is_sent(api: Api, name: str) -> None:
    with pytest.raises(DownloadError) as caught:
        fetch(f"http://{name}:{api.port}/film.mp4")
    assert caught.value.code == "http/private-address"
    assert (api.log, stored()) == ([], [])


@pytest.mark.parametrize("target", ["https://127.0.0.1:1/x", "//[::1]/x", "file:///etc/passwd", "http://a.example/x"])
def test_a_public_link_does_not_lead_on_to_a_private_one_nor_out_of_encryption(target: str) -> None:
    with pytest.raises(Unsafe):
        follow_redirect(Link(url="https://cdn.example/start"), target, allow_local=False)


def test_a_user_who_works_locally_is_served_locally_but_by_no_other_scheme(api: Api) -> None:
    assert fetch(api.url("/film.mp4"), local=True).read_bytes() == FILM
    for url in ("file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "http:///x"):
        with pytest.raises(Unsafe):
            require_safe(url, allow_local=True)


def test_redirects_in_a_circle_end_and_store_nothing(api: Api) -> None:
    api.serve("/a", b"", *[fake.answer("302 Found", Location="/b")] * 9)
    api.serve("/b", b"", *[fake.answer("302 Found", Location="/a")] * 9)
    with pytest.raises(DownloadError, match="redirects in a row"):
        fetch(api.url("/a"), local=True)
    assert len(api.log) == 6
    assert stored() == []


@pytest.mark.parametrize("fault", [None, fake.chunked()])
def test_a_file_beyond_the_cap_leaves_nothing(api: Api, fault: fake.Fault | None) -> None:
    url = api.serve("/film.mp4", mp4(3_000_000), *([fault] if fault else []))
    with pytest.raises(DownloadError) as caught:
        fetch(url, local=True)
    assert caught.value.code == "download/too-large"
    assert stored() == []
