"""One walk over a YAML parser's events: plain data with positions, depth and size bounded before anything is built."""

from collections.abc import Iterator

import yaml

from runner.storyboard.model import DocumentPath, Position
from runner.storyboard.yaml.document import Data, Finding
from runner.storyboard.yaml.scalars import NotANumber, resolve

MOST_DEPTH = 12
MOST_VALUES = 20_000
_SHOWN = 20

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Abandoned(Exception):
    """The text is not worth reading on."""


class Walk:
    """The walk and what it found; `positions` are those of values, for lists and mappings those of their keys."""

    def __init__(self, text: str, loader: type[yaml.SafeLoader] = _LOADER) -> None:
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=loader)
        self.positions: dict[DocumentPath, Position] = {}
        self.keys: dict[DocumentPath, Position] = {}
        self.findings: list[tuple[Finding, Position]] = []
        self._anchors: dict[str, tuple[Data, int]] = {}
        self._values = 0

    def document(self) -> Data:
        """The data of the only document; None if there is none.

        Raises:
            Abandoned: it is too large or too deep; the reason is among the findings.
            yaml.YAMLError: it is no YAML.
        """
        data: Data = None
        documents = 0
        for event in self.events:
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                self._find(event, "many-documents", "a second document begins here", (), "one storyboard, one file")
                raise Abandoned
            if isinstance(event, yaml.NodeEvent):
                data = self._value(event, ())
        return data

    def _value(self, event: yaml.Event, path: DocumentPath) -> Data:
        if isinstance(event, yaml.AliasEvent):
            self.positions.setdefault(path, _position(event))
            return self._alias(event, path)
        before = self._values
        self._count(event, 1, path)
        tag, anchor = getattr(event, "tag", None), getattr(event, "anchor", None)
        if tag is not None:
            message = f"a YAML tag, `{str(tag).replace('tag:yaml.org,2002:', '!!')}`"
            self._find(event, "tag", message, path, "leave it out: each field has one type, which the schema knows")
        data = self._scalar(event, path) if isinstance(event, yaml.ScalarEvent) else self._container(event, path)
        if anchor is not None:
            self._anchors[str(anchor)] = (data, self._values - before)
        return data

    def _container(self, event: yaml.Event, path: DocumentPath) -> Data:
        self.positions.setdefault(path, self.keys.get(path, _position(event)))
        if len(path) >= MOST_DEPTH:
            self._find(event, "too-deep", f"more than {MOST_DEPTH} levels deep", path, "no part of a storyboard is")
            raise Abandoned
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        return [
            self._value(item, (*path, index)) for index, item in enumerate(_until(self.events, yaml.SequenceEndEvent))
        ]

    def _mapping(self, path: DocumentPath) -> Data:
        found: dict[str, Data] = {}
        for event in _until(self.events, yaml.MappingEndEvent):
            key = self._key(event, path)
            below = (*path, key)
            first = self.keys.setdefault(below, _position(event))
            value = self._value(next(self.events), below)
            if key in found:
                message = f"`{key}` stands here twice; first in line {first[0]}, column {first[1]}"
                self._find(event, "repeated-key", message, below, "keep one of them")
            found.setdefault(key, value)
        return found

    def _key(self, event: yaml.Event, path: DocumentPath) -> str:
        """A key as text; what is no text is named, and passed over."""
        if not isinstance(event, yaml.ScalarEvent):
            self._find(event, "key-not-text", "a key that is no text", path, "keys are the names of fields")
            return str(self._value(event, (*path, "?")))
        key = str(event.value)
        if event.implicit[0] and (key in ("true", "false", "null", "") or key.isdigit()):
            message = f"the key `{key}` is no text" if key else "a key is missing before the `:`"
            self._find(event, "key-not-text", message, (*path, key), "keys are the names of fields")
        return key

    def _scalar(self, event: yaml.ScalarEvent, path: DocumentPath) -> Data:
        self.positions.setdefault(path, _position(event))
        text = str(event.value)
        if not event.implicit[0] or event.style:
            return text
        try:
            return resolve(text)
        except NotANumber:
            self._find(
                event,
                "number",
                f"a number too large to be meant: {text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}",
                path,
                "is a digit doubled?",
            )
            return 0

    def _alias(self, event: yaml.AliasEvent, path: DocumentPath) -> Data:
        known = self._anchors.get(str(event.anchor))
        if known is None:
            message = f"`*{event.anchor}` refers to nothing that stands before it"
            self._find(event, "alias", message, path, f"mark the value with `&{event.anchor}`, or write it out")
            return None
        data, values = known
        self._count(event, values, path)
        return data

    def _count(self, event: yaml.Event, values: int, path: DocumentPath) -> None:
        """Count values, aliased ones each time, and give up when there are too many."""
        self._values += values
        if self._values > MOST_VALUES:
            message = f"more than {MOST_VALUES} values, counting repeats by alias"
            self._find(event, "too-many-values", message, path, "a storyboard has a few hundred; write it out")
            raise Abandoned

    def _find(self, event: yaml.Event, rule: str, message: str, path: DocumentPath, hint: str) -> None:
        self.findings.append((Finding(rule=f"yaml/{rule}", message=message, path=path, hint=hint), _position(event)))


def _until(events: Iterator[yaml.Event], end: type[yaml.Event]) -> Iterator[yaml.Event]:
    """The events that begin the values of a list or mapping; the caller takes what is inside them."""
    for event in events:
        if isinstance(event, end):
            return
        yield event


def _position(event: yaml.Event) -> Position:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
