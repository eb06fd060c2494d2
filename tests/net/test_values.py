"""Replies read themselves."""

import subprocess
import sys

import pytest

from runner.net.messages import Reply

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


def reply(body: bytes = b"", **headers: str) -> Reply:
    return Reply(status=200, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=body)


@pytest.mark.parametrize(
    ("body", "value"), [(b'{"a": 1}', {"a": 1}), (b"[]", []), (b"\xef\xbb\xbf{}", {}), ('"ö"'.encode(), "ö")]
)
def test_json_is_read(body: bytes, value: object) -> None:
    assert reply(body).json() == value


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff\xfe\xff", b"[" * 100_000])
def test_what_is_no_json_is_none(body: bytes) -> None:
    assert reply(body).json() is None


def test_text_is_short_and_always_readable() -> None:
    assert reply(b"\xffabc" * 1000).text(4) == "\ufffdabc"
    assert len(reply("ö".encode() * 1000).text(100)) == 100


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("12", 12.0),
        (" 1.5 ", 1.5),
        ("-3", 0.0),
        ("Fri, 15 Jan 2027 08:01:00 GMT", 60.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("Fri, 99 Jan 2027", None),
    ],
)
def test_retry_after_is_read(value: str, seconds: float | None) -> None:
    assert reply(retry_after=value).retry_after(NOW) == seconds


def test_without_the_header_there_is_no_retry_after() -> None:
    assert reply().retry_after(NOW) is None


def test_the_values_do_not_load_the_library() -> None:
    names = "runner.net.messages, runner.net.address_policy, runner.redaction"
    code = f"import sys, {names}; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=sys.path[0] or ".", check=False).returncode == 0
