"""Where downloads may come from."""

import pytest

from runner.net.address_policy import (
    follow_redirect,
    is_public,
    parse_allowed,
    require_safe,
    require_safe_peer,
    same_origin,
    without_credentials,
)
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


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("10.0.0.0/8", "https://10.1.2.3/x"),
        ("fd00::/8", "https://[fd00::1]/x"),
        ("[fd00::1]", "https://[fd00::1]/x"),
        ("localhost", "http://localhost:9000/x"),
        ("*.localhost", "http://minio.localhost/x"),
    ],
)
def test_what_a_person_named_is_safe_and_nothing_beside_it(allowed: str, url: str) -> None:
    require_safe(url, allow_local=False, allowed=parse_allowed([allowed]))
    with pytest.raises(Unsafe):
        require_safe("http://192.168.1.1/x", allow_local=False, allowed=parse_allowed([allowed]))


def test_a_name_may_lead_where_a_person_named_the_name_or_the_network() -> None:
    require_safe_peer("files.example", "10.0.0.1", parse_allowed(["Files.example"]))
    require_safe_peer("a.files.example", "10.0.0.1", parse_allowed(["*.files.example"]))
    require_safe_peer("files.example", "198.18.0.7", parse_allowed(["198.18.0.0/15"]))
    for other in ("*.files.example", "192.168.0.0/16", "example"):
        with pytest.raises(Unsafe):
            require_safe_peer("files.example", "10.0.0.1", parse_allowed([other]))


def test_a_refused_address_names_the_setting_and_a_proxy_that_fakes_addresses() -> None:
    with pytest.raises(Unsafe) as caught:
        require_safe_peer("files.example", "198.18.0.7", parse_allowed([]))
    assert "files.example leads to 198.18.0.7" in caught.value.message
    assert "LONGTAKE_DOWNLOADS_ALLOW=198.18.0.0/15" in caught.value.hint
    assert "longtake.toml" in caught.value.hint
    with pytest.raises(Unsafe) as caught:
        require_safe_peer("files.example", "10.0.0.1", parse_allowed([]))
    assert "LONGTAKE_DOWNLOADS_ALLOW=10.0.0.1" in caught.value.hint
    assert "proxy" not in caught.value.hint


@pytest.mark.parametrize("word", ["http://a.example", "a b", "10.0.0.0/99", "10.0.0", "", "*"])
def test_what_names_neither_network_nor_host_is_no_setting(word: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- its words are the word itself
        parse_allowed([word])
    assert str(caught.value) == word


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("https://a.example:443/x", True),
        ("https://A.example/x", True),
        ("http://a.example/x", False),
        ("https://a.example:8443/x", False),
        ("https://b.a.example/x", False),
        ("https://a.example@b.example/x", False),
        ("https://a.example:port/x", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(other: str, *, same: bool) -> None:
    assert same_origin("https://a.example/kling", other) is same
