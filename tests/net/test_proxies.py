"""Proxies and certificates as machines have them: what can be read works, what cannot is said before a request."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import certifi
import httpx
import pytest

from runner.errors import ConfigurationError
from runner.net.certificates import load_certificates
from runner.net.client import Web
from runner.net.messages import Call, NotSent
from runner.net.proxies import proxy_for
from tests.fakes.api import Api

SOCKS = "socks5://me:secret@127.0.0.1:1"
PROXIES = {"https": "http://proxy:3128", "all": "socks5://socks:1080"}


@pytest.mark.parametrize(
    ("url", "proxies", "wanted"),
    [
        ("https://api.kie.ai/x", PROXIES, "http://proxy:3128"),
        ("http://api.kie.ai/x", PROXIES, "socks5://socks:1080"),
        ("https://api.kie.ai/x", {"https": "proxy:3128"}, "http://proxy:3128"),
        ("https://api.kie.ai/x", {"http": "http://proxy:3128"}, ""),
        ("https://api.kie.ai/x", {}, ""),
    ],
)
def test_the_proxy_of_the_scheme_comes_before_that_of_all(url: str, proxies: Mapping[str, str], wanted: str) -> None:
    assert proxy_for(url, proxies) == wanted


@pytest.mark.parametrize(
    ("words", "url"),
    [
        ("*", "https://api.kie.ai/x"),
        ("kie.ai", "https://api.kie.ai/x"),
        (".kie.ai", "https://api.kie.ai/x"),
        ("*.kie.ai", "https://api.kie.ai/x"),
        ("API.kie.ai:443", "https://api.kie.ai/x"),
        ("https://api.kie.ai", "https://api.kie.ai/x"),
        ("localhost 127.0.0.1", "http://127.0.0.1:8765/x"),
        ("localhost,127.0.0.1,::1,[::1]", "http://[::1]:8765/x"),
        ("[::1]", "http://[::1]:8765/x"),
        ("[::1]:8765", "http://[::1]:8765/x"),
        ("::1", "http://[0:0:0:0:0:0:0:1]/x"),
        ("10.0.0.0/8", "http://10.1.2.3/x"),
        ("fd00:1::/64", "http://[fd00:1::7]/x"),
        ("[fd00:1::]/64", "http://[fd00:1::7]/x"),
    ],
)
def test_no_proxy_is_read_as_machines_have_it(words: str, url: str) -> None:
    assert proxy_for(url, {"all": SOCKS, "no": words}) == ""


@pytest.mark.parametrize(
    "words",
    [
        "",
        ",",
        " ",
        "kie.ai:80",
        "notkie.ai",
        "ie.ai",
        "[",
        "[::1",
        "]:",
        "::1",
        "fd00:1::/64",
        "10.0.0.0/99",
        ":",
        "/",
        "é",
        ".",
    ],
)
def test_what_means_another_host_or_nothing_exempts_nobody(words: str) -> None:
    assert proxy_for("https://api.kie.ai/x", {"all": SOCKS, "no": words}) == SOCKS


def get(url: str) -> int:
    async def work() -> int:
        async with Web() as web:
            return (await web.exchange(Call(method="GET", url=url))).status

    return asyncio.run(work())


@pytest.fixture
def no_socks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is installed here: the package that SOCKS needs is not."""
    monkeypatch.setitem(__import__("sys").modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", SOCKS)


@pytest.mark.usefixtures("no_socks")
class TestASocksProxyThatCannotBeUsed:
    def test_is_said_without_its_password_and_with_the_way_out(self) -> None:
        with pytest.raises(ConfigurationError, match="socksio") as caught:
            Web().check_network(["https://api.kie.ai"])
        assert "127.0.0.1:1" in caught.value.message
        assert "secret" not in caught.value.message + caught.value.hint

    def test_does_not_stop_what_does_not_take_it(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,[::1],fd00:1::/64")
        assert get(api.serve("/x", b"here")) == 200

    def test_proves_that_nothing_was_sent(self, api: Api) -> None:
        with pytest.raises(NotSent, match="SOCKS"):
            get(api.serve("/x", b"here"))
        assert api.log == []


@pytest.mark.parametrize(
    "address", ["ftp://proxy:21", "http://[::1", "http://proxy:port", "http://", "://", "http://a b"]
)
def test_a_proxy_whose_address_makes_no_sense_is_said(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(ConfigurationError):
        Web().check_network(["https://api.kie.ai"])


def test_what_answers_in_this_process_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    monkeypatch.setenv("ALL_PROXY", "ftp://x")
    Web(transport=httpx.MockTransport(lambda _: httpx.Response(200))).check_network(["https://api.kie.ai"])


def broken(folder: Path) -> Mapping[str, Mapping[str, str]]:
    (folder / "words.pem").write_text("no certificate")
    (folder / "empty").mkdir()
    return {
        "no file": {"SSL_CERT_FILE": str(folder / "none.pem")},
        "a folder": {"SSL_CERT_FILE": str(folder)},
        "a pipe": {"SSL_CERT_FILE": str(folder / "pipe")},
        "no certificate": {"SSL_CERT_FILE": str(folder / "words.pem")},
        "no folder": {"SSL_CERT_DIR": str(folder / "none")},
        "nothing in it": {"SSL_CERT_DIR": str(folder / "empty")},
    }


@pytest.mark.parametrize("how", ["no file", "a folder", "no certificate", "no folder", "nothing in it"])
def test_certificates_that_cannot_be_read_are_said(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    for name, value in broken(tmp_path)[how].items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match="SSL_CERT_") as caught:
        load_certificates()
    assert caught.value.code == "settings/certificates"


def test_certificates_of_ones_own_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    load_certificates()
    monkeypatch.delenv("SSL_CERT_FILE")
    (tmp_path / "5ed36f99.0").write_bytes(Path(certifi.where()).read_bytes())
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'none'}:{tmp_path}")
    load_certificates()
