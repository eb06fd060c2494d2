"""JSON from outside: values that can be counted with, written down and shown, whatever a server sends."""

import json

import pytest

from runner.net.messages import parse_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud83c"', "\ufffd"),
        (r'"\udfac\ud83c"', "\ufffd\ufffd"),
        (r'"\ud83c\udfac"', "\U0001f3ac"),
        (r'"\\ud83c"', r"\ud83c"),
        (r'{"\ud800": ["\udfff"]}', {"\ufffd": ["\ufffd"]}),
        ("NaN", None),
        ("[Infinity, -Infinity]", [None, None]),
        ("1e999", None),
        ("1" * 400, None),
        ("1" * 5000, None),
        ("-" + "1" * 30, -float("1" * 30)),
        ("123456789012345678", 123456789012345678),
        ("[" * 100_000, None),
        ("[" * 100_000 + "]" * 100_000, None),
        ("", None),
        ("{", None),
    ],
)
def test_a_value_that_nothing_can_choke_on_comes_of_it(text: str, value: object) -> None:
    found = parse_json(text)
    assert found == value
    json.dumps(found, ensure_ascii=False, allow_nan=False).encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_every_encoding_of_json_is_read(encoding: str) -> None:
    assert parse_json('{"id": "\u00e9"}'.encode(encoding)) == {"id": "\u00e9"}


def test_bytes_of_no_encoding_lose_only_themselves() -> None:
    assert parse_json(b'{"id": "a", "words": "\xff\xed\xa0\x80"}')["id"] == "a"  # type: ignore[index]
