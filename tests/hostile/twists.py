"""What a hostile server does with an answer: plain values, that a person can read and a test can make fewer."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True)
class Digits:
    """A number of so many digits."""

    count: int


@dataclass(frozen=True)
class Nested:
    """Arrays in arrays, so deep."""

    depth: int


@dataclass(frozen=True)
class Long:
    """A text of so many characters."""

    count: int


@dataclass(frozen=True)
class Change:
    """One change of an honest answer, at its n-th place: another value, none, another name, or one more field.

    ``text`` and ``number`` change the n-th of these alone, ``append`` puts something behind a text.
    """

    how: str
    place: int
    name: str = ""
    value: Any = None


@dataclass(frozen=True)
class Altered:
    """The honest answer, changed here and there; `fault` is what the emulator makes go wrong before."""

    fault: str = ""
    changes: tuple[Change, ...] = ()
    status: int = 0
    headers: Headers = ()
    recoded: str = ""


@dataclass(frozen=True)
class Instead:
    """Another answer altogether; `reached`: the request was carried out all the same."""

    reached: bool
    status: int
    body: Any
    headers: Headers = ()


@dataclass(frozen=True)
class Broken:
    """The connection breaks before an answer; `reached`: the request was carried out all the same."""

    reached: bool


@dataclass(frozen=True)
class Unconnected:
    """There is no connection."""


Twist = Altered | Instead | Broken | Unconnected
HONEST = Altered()

Script = Mapping[str, tuple[Twist, ...]]
"""By what a request is for: what happens to the first ones; what comes after them is answered honestly."""


# Applied.


def encode(value: Any) -> bytes:
    """A value as JSON, or bytes as they are."""
    return value if isinstance(value, bytes) else _text(value).encode("ascii")


def _text(value: Any) -> str:
    match value:
        case Digits(count):
            return "9" * count
        case Nested(depth):
            return "[" * depth + "]" * depth
        case Long(count):
            return json.dumps("x" * count)
        case dict():
            return "{" + ", ".join(f"{json.dumps(name)}: {_text(each)}" for name, each in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_text, value)) + "]"
    return json.dumps(value)


def altered(content: bytes, twist: Altered) -> bytes:
    """The content of an honest answer, after its changes."""
    try:
        body: Any = json.loads(content)
    except ValueError:
        return _recoded(content, twist.recoded)
    root = {"": body}
    for change in twist.changes:
        _apply(root, change)
    return _recoded(encode(root.get("", {})) if twist.changes else content, twist.recoded)


_KINDS: Mapping[str, tuple[type, ...]] = {"text": (str,), "append": (str,), "number": (int, float)}


def _apply(root: dict[str, Any], change: Change) -> None:
    places = [(holder, key) for holder, key in _every_place(root) if _suits(change, holder[key])]
    if not places:
        return
    holder, key = places[change.place % len(places)]
    inside = holder[key]
    if change.how == "drop":
        del holder[key]
    elif change.how == "rename" and isinstance(holder, dict):
        holder[change.name] = holder.pop(key)
    elif change.how == "add" and isinstance(inside, dict):
        inside[change.name] = change.value
    else:
        holder[key] = inside + change.value if change.how == "append" else change.value


def _suits(change: Change, value: Any) -> bool:
    return isinstance(value, _KINDS.get(change.how, object)) and not (change.how == "number" and value in (True, False))


def _every_place(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every field and entry, those near the top first, as what holds it and its name there."""
    level = [value]
    while level:
        inner = []
        for holder in level:
            keys = list(holder) if isinstance(holder, dict) else range(len(holder))
            for key in keys:
                yield holder, key
                if isinstance(holder[key], dict | list):
                    inner.append(holder[key])
        level = inner


_RECODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "": lambda content: content,
    "cut": lambda content: content[: len(content) // 2],
    "empty": lambda _content: b"",
    "utf-16": lambda content: content.decode("utf-8", errors="replace").encode("utf-16"),
    "utf-32": lambda content: content.decode("utf-8", errors="replace").encode("utf-32"),
    "latin-1": lambda content: content.decode("utf-8", errors="replace").encode("latin-1", errors="replace"),
    "bom": lambda content: b"\xef\xbb\xbf" + content,
    "not-utf-8": lambda content: content[:-1] + b"\xff" + content[-1:],
    "twice": lambda content: json.dumps(content.decode("utf-8", errors="replace")).encode(),
    "trailing": lambda content: content + b"\n{}",
}
RECODED = tuple(_RECODINGS)


def _recoded(content: bytes, how: str) -> bytes:
    return _RECODINGS[how](content)
