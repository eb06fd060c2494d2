"""Where downloads may come from."""

import pytest

from runner.net.address_policy import follow_redirect, is_public, require_safe, without_credentials
from runner.net.messages import Link, Unsafe


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "::7f00:1",
        "fec0::1",
        "2001::1",
        "a name",
        "",
    ],
)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("url", ["https://cdn.example.com/x", "http://8.8.8.8:8080/x", "https://[2606:4700::1111]/x"])
def test_a_public_link_is_safe(url: str) -> None:
    require_safe(url, allow_local=False)


@pytest.mark.parametrize("url", ["", "x", "//h/x", "http:///x", "data:,x", "https://h:port/", "http://u:p@127.0.0.1/"])
def test_any_other_link_is_not(url: str) -> None:
    with pytest.raises(Unsafe):
        require_safe(url, allow_local=False)


def test_encryption_is_not_given_up() -> None:
    with pytest.raises(Unsafe, match="redirects from https to http") as caught:
        follow_redirect(Link(url="https://a.example/x"), "http://b.example/y?token=1", allow_local=False)
    assert "token" not in caught.value.message


def test_encryption_may_be_given_up_locally() -> None:
    assert (
        follow_redirect(Link(url="https://a.example/x"), "http://b.example/y", allow_local=True).url
        == "http://b.example/y"
    )


def test_encryption_may_be_taken_up_but_is_another_origin() -> None:
    link = follow_redirect(
        Link(url="http://a.example/x", headers={"Cookie": "1"}), "https://a.example/x", allow_local=False
    )
    assert link.headers == {}


@pytest.mark.parametrize("location", ["https://a.example:443/y", "/y", "y", "//a.example/y", "https://A.example/y"])
def test_the_same_origin_is_known_in_every_spelling(location: str) -> None:
    link = Link(url="https://a.example/x", headers={"x-goog-api-key": "k"})
    assert follow_redirect(link, location, allow_local=False).headers == link.headers


def test_only_harmless_headers_are_kept() -> None:
    headers = {"Range": "bytes=1-", "If-Range": '"e"', "Accept-Encoding": "identity"}
    keys = dict.fromkeys(("Authorization", "Proxy-Authorization", "cookie", "X-Amz-Security-Token", "api-key"), "1")
    assert without_credentials({**headers, **keys}) == headers


def test_a_link_does_not_show_itself() -> None:
    assert "sig" not in repr(Link(url="https://a.example/x?sig=1", headers={"k": "sig"}))
