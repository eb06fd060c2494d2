"""Bytes to text: small enough, UTF-8, and free of what no text holds."""

import re
from dataclasses import dataclass

from runner.storyboard.model import Position
from runner.storyboard.yaml.document import Finding

MOST_BYTES = 1024 * 1024

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]|\ufffe|\uffff")  # what YAML forbids


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why the bytes are no text, and where."""

    finding: Finding
    position: Position = (1, 1)


def decode(data: bytes) -> str | Refused:
    """The text of a storyboard file."""
    if len(data) > MOST_BYTES:
        message = f"the file has {len(data)} bytes; a storyboard has {MOST_BYTES} at most"
        return _refused("yaml/too-large", message, "is this the right file? pictures are named, not pasted in")
    if data.startswith(_UTF16):
        return _refused("yaml/not-utf8", "the file is UTF-16", "save it as UTF-8")
    if b"\0" in data:
        offset = data.index(b"\0")
        message = f"the file is not text: byte {offset} is zero"
        return _refused("yaml/not-text", message, "is this the right file?", _at_byte(data, offset))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        offset = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        message = f"the file is not UTF-8: byte {offset} is 0x{data[offset]:02x}"
        return _refused("yaml/not-utf8", message, "save it as UTF-8", _at_byte(data, offset))
    return _printable(text)


def position_at(text: str, offset: int) -> Position:
    """Line and column of a character, counted from 1."""
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - start + 1


def _printable(text: str) -> str | Refused:
    odd = _NO_TEXT.search(text)
    if odd is None:
        return text
    message = f"the file holds a control character, U+{ord(odd[0]):04X}"
    return _refused("yaml/not-text", message, "delete it", position_at(text, odd.start()))


def _at_byte(data: bytes, offset: int) -> Position:
    return position_at(data[:offset].decode("utf-8", "replace"), offset=len(data[:offset].decode("utf-8", "replace")))


def _refused(rule: str, message: str, hint: str, position: Position = (1, 1)) -> Refused:
    return Refused(finding=Finding(rule=rule, message=message, hint=hint), position=position)
