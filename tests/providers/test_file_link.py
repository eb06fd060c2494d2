"""A key goes to the provider's own origin for a result, and nowhere else."""

import pytest

from runner.net.client import Web
from runner.providers.http_api import HttpApi, is_web_url

API = HttpApi(web=Web(), base="https://gateway.example:8443/kling", headers=lambda: {"Authorization": "Bearer k"})


@pytest.mark.parametrize(
    "url",
    ["https://gateway.example:8443/v1/content", "/v1/content", "//gateway.example:8443/v1/content"],
)
def test_a_result_at_the_own_origin_gets_the_key(url: str) -> None:
    link = API.file_link(url)
    assert link.url == "https://gateway.example:8443/v1/content"
    assert link.headers == {"Authorization": "Bearer k"}


@pytest.mark.parametrize(
    "url",
    [
        "http://gateway.example:8443/x",
        "https://gateway.example/x",
        "https://files.gateway.example:8443/x",
        "https://gateway.example:8443@evil.example/x",
        "https://gateway.example:8443.evil.example/x",
        "//evil.example/x",
        "https://[gateway.example:8443/x",
        "data:video/mp4;base64,AAAA",
    ],
)
def test_a_result_anywhere_else_gets_none(url: str) -> None:
    assert API.file_link(url).headers == {}


@pytest.mark.parametrize("name", ["X-Amz-Signature", "X-Goog-Signature", "Signature", "sig"])
def test_a_link_that_is_signed_needs_no_key(name: str) -> None:
    link = API.file_link(f"/x.mp4?a=%2F&{name}=a%2Bb")
    assert (link.url, link.headers) == (f"https://gateway.example:8443/x.mp4?a=%2F&{name}=a%2Bb", {})


@pytest.mark.parametrize("value", ["https://a.example/x", "/files/x.mp4", "//a.example/x"])
def test_a_link_may_leave_out_host_and_scheme(value: str) -> None:
    assert is_web_url(value)


@pytest.mark.parametrize("value", ["", "/", "///x", "files/x", "/no such file", "file:///etc/passwd", None, 7])
def test_words_and_other_schemes_are_no_links(value: object) -> None:
    assert not is_web_url(value)
