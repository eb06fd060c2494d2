"""What people and files see holds no key, no token and no signed link."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.net.client import Web
from runner.redaction import redact

KEY = 'k/9+"é-secret'


@pytest.mark.parametrize("text", [f"key {KEY}.", quote(KEY, safe=""), json.dumps({"key": KEY}), f"{KEY}{KEY}"])
def test_a_known_secret_goes_in_every_spelling(text: str) -> None:
    assert "secret" not in redact(text, [KEY])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            "https://cdn.example.com/v/film.mp4?X-Amz-Signature=abcd&x=1 died",
            "https://cdn.example.com/v/film.mp4?*** died",
        ),
        ("see <https://h/p?a=1#f>", "see <https://h/p?***>"),
        ("https://h/p#access=1", "https://h/p?***"),
        ("https://user:pass@h/p", "https://h/p"),
        ("https://user:pass@h/p?q", "https://h/p?***"),
        ("gs://bucket/x?sig=1", "gs://bucket/x?***"),
        ("https://h/p plain", "https://h/p plain"),
    ],
)
def test_a_link_keeps_only_scheme_host_and_path(text: str, kept: str) -> None:
    assert redact(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abc.DEF-123~/+=",
        "bearer abcdef123456",
        "Basic dXNlcjpwYXNz",
        "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhIn0.abc-DEF123",
        "x-goog-api-key: AIzaSyA1234567890abcdefghijklmnop",
        "ya29.a0Af_abcDEF123",
        "key sk-abcdefDEF123",
        '{"access_token": "abcDEF123"}',
        "api_key=abcDEF123&x=1",
        "GEMINI_API_KEY=abcDEF123",
        "'X-Webhook-Signature': 'abcDEF123'",
    ],
)
def test_what_looks_like_a_secret_goes(text: str) -> None:
    for word in ("abc", "DEF", "dXNl", "AIza", "eyJ"):
        assert word not in redact(text)


@pytest.mark.parametrize(
    "text",
    ["the next hop repeats the token idea", "Basic rules", "hop 2: 7.0 s, $0.40", "the key frame is late", "a=b"],
)
def test_ordinary_words_stay(text: str) -> None:
    assert redact(text, ["", "a"]) in (text, text.replace("Basic rules", "Basic ***"))


@given(st.text(min_size=4, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_a_secret_is_never_left(secret: str, before: str, after: str) -> None:
    found = redact(before + secret + after, [secret])
    assert secret not in found or secret in "***?"


def test_a_long_secret_is_found_before_a_short_one_inside_it() -> None:
    assert redact("abcdefgh", ["abcd", "abcdefgh"]) == "***"


def test_the_web_knows_its_secrets() -> None:
    assert Web(secrets=["hunter22"]).redact("hunter22?") == "***?"


# Each would take minutes where a pattern begins again inside what it has just failed on.
HARD = ("x" * 65536, "a." * 32768, "http://a/" * 7000, "eyJaaaa-" * 8000, "a://" * 16000, "-" * 65536)


@pytest.mark.parametrize("text", HARD, ids=lambda text: text[:8])
def test_the_longest_words_are_gone_through_in_one_pass(text: str) -> None:
    assert redact(text) == text
