"""Builds plain data with positions from a YAML parser's events, depth and size bounded before anything is built."""

import re
from collections.abc import Iterator

import yaml

from runner.storyboard.model import DocumentPath, Position
from runner.storyboard.yaml.document import Data, Finding
from runner.storyboard.yaml.stand_ins import StandIns

# The deepest field that the schema knows stands at 5.
MOST_DEPTH = 12
# A thousand hops. Aliases count as what they repeat, so that an alias bomb is stopped by its size.
MOST_VALUES = 20_000
_MOST_QUOTED = 20

# PyYAML built without libyaml has the Python parser alone, which is slower and words a few syntax errors otherwise.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# RFC 8259, section 6. YAML 1.1 as PyYAML reads it would take `1:30` for 90, `010` for 8 and `no` for false; here all of
# these stay the text that they are.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = {"true": True, "false": False, "null": None, "": None}
# As many as fit a 64-bit integer; int() takes quadratic time for longer ones.
_MOST_DIGITS = 18


class ParsingStopped(Exception):
    """The text is too large, too deep or more than one document; the reason is among the findings."""


class DocumentParser:
    """One pass over a text and what it found; `positions` are those of values, for lists and mappings of their keys."""

    def __init__(self, text: str, loader: type[yaml.SafeLoader] = _LOADER) -> None:
        self.source = StandIns(text)
        self.events: Iterator[yaml.Event] = yaml.parse(self.source.parsed, Loader=loader)
        self.positions: dict[DocumentPath, Position] = {}
        self.keys: dict[DocumentPath, Position] = {}
        self.findings: list[tuple[Finding, Position]] = []
        self._anchors: dict[str, tuple[Data, int]] = {}
        self._values = 0

    def parse(self) -> Data:
        """Return the data of the only document; None if there is none.

        Raises:
            ParsingStopped: it is too large or too deep; the reason is among the findings.
            yaml.YAMLError: it is no YAML.
        """
        data: Data = None
        documents = 0
        for event in self.events:
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                self._report(event, "many-documents", "a second document begins here", (), "one storyboard, one file")
                raise ParsingStopped
            if isinstance(event, yaml.NodeEvent):
                data = self._read_value(event, ())
        return data

    def _read_value(self, event: yaml.Event, path: DocumentPath) -> Data:
        if isinstance(event, yaml.AliasEvent):
            self.positions.setdefault(path, self._position(event))
            return self._expand_alias(event, path)
        before = self._values
        self._count(event, 1, path)
        tag, anchor = getattr(event, "tag", None), getattr(event, "anchor", None)
        if tag is not None:
            message = f"a YAML tag, `{str(tag).replace('tag:yaml.org,2002:', '!!')}`"
            self._report(event, "tag", message, path, "leave it out: each field has one type, which the schema knows")
        data = self._read_scalar(event, path) if isinstance(event, yaml.ScalarEvent) else self._read_items(event, path)
        if anchor is not None:
            self._anchors[str(anchor)] = (data, self._values - before)
        return data

    def _read_items(self, event: yaml.Event, path: DocumentPath) -> Data:
        self.positions.setdefault(path, self.keys.get(path, self._position(event)))
        if len(path) >= MOST_DEPTH:
            self._report(event, "too-deep", f"more than {MOST_DEPTH} levels deep", path, "no part of a storyboard is")
            raise ParsingStopped
        if isinstance(event, yaml.MappingStartEvent):
            return self._read_mapping(path)
        return [
            self._read_value(item, (*path, index))
            for index, item in enumerate(_until(self.events, yaml.SequenceEndEvent))
        ]

    def _read_mapping(self, path: DocumentPath) -> Data:
        found: dict[str, Data] = {}
        for event in _until(self.events, yaml.MappingEndEvent):
            key = self._read_key(event, path)
            below = (*path, key)
            first = self.keys.setdefault(below, self._position(event))
            value = self._read_value(next(self.events), below)
            if key in found:
                message = f"`{key}` stands here twice; first in line {first[0]}, column {first[1]}"
                self._report(event, "repeated-key", message, below, "keep one of them")
            found.setdefault(key, value)
        return found

    def _read_key(self, event: yaml.Event, path: DocumentPath) -> str:
        """Return a key as text; report one that is not text."""
        if not isinstance(event, yaml.ScalarEvent):
            self._report(event, "key-not-text", "a key that is no text", path, "keys are the names of fields")
            return str(self._read_value(event, (*path, "?")))
        key = self._text_of(event, path)
        if event.implicit[0] and (key in ("true", "false", "null", "") or key.isdigit()):
            message = f"the key `{key}` is no text" if key else "a key is missing before the `:`"
            self._report(event, "key-not-text", message, (*path, key), "keys are the names of fields")
        return key

    def _read_scalar(self, event: yaml.ScalarEvent, path: DocumentPath) -> Data:
        self.positions.setdefault(path, self._position(event))
        text = self._text_of(event, path)
        if not event.implicit[0] or event.style:
            return text
        try:
            return parse_scalar(text)
        except NotANumber:
            self._report(
                event,
                "number",
                f"a number too large to be meant: {text if len(text) <= _MOST_QUOTED else text[:_MOST_QUOTED] + '…'}",
                path,
                "is a digit doubled?",
            )
            return 0

    def _expand_alias(self, event: yaml.AliasEvent, path: DocumentPath) -> Data:
        known = self._anchors.get(str(event.anchor))
        if known is None:
            message = f"`*{event.anchor}` refers to nothing that stands before it"
            self._report(event, "alias", message, path, f"mark the value with `&{event.anchor}`, or write it out")
            return None
        data, values = known
        self._count(event, values, path)
        return data

    def _count(self, event: yaml.Event, values: int, path: DocumentPath) -> None:
        """Count values, aliased ones each time, and give up when there are too many."""
        self._values += values
        if self._values > MOST_VALUES:
            message = f"more than {MOST_VALUES} values, counting repeats by alias"
            self._report(event, "too-many-values", message, path, "a storyboard has a few hundred; write it out")
            raise ParsingStopped

    def _position(self, event: yaml.Event) -> Position:
        mark = event.start_mark
        return self.source.position(mark.index) if mark else (1, 1)

    def _text_of(self, event: yaml.ScalarEvent, path: DocumentPath) -> str:
        """Return the text of a scalar as it is meant; report half a surrogate pair in it, which is no character."""
        text = self.source.restore(str(event.value), event.style)
        if event.style != '"':
            return text
        start, end = (mark.index if mark else 0 for mark in (event.start_mark, event.end_mark))
        half = self.source.half_in(start, end)
        # PyYAML's own parser takes `\U0000D83C`, which libyaml refuses; so there the text itself has it.
        if half is None and not _SURROGATE.search(text):
            return text
        words, index = half or ("an escape in this text", start)
        message = f"{words} is half a surrogate pair, and no character"
        hint = "write both halves, one after the other, or the character itself"
        finding = Finding(rule="yaml/surrogate", message=message, path=path, hint=hint)
        self.findings.append((finding, self.source.position(index)))
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)

    def _report(self, event: yaml.Event, rule: str, message: str, path: DocumentPath, hint: str) -> None:
        self.findings.append(
            (Finding(rule=f"yaml/{rule}", message=message, path=path, hint=hint), self._position(event))
        )


def _until(events: Iterator[yaml.Event], end: type[yaml.Event]) -> Iterator[yaml.Event]:
    """Yield the events that begin the values of a list or mapping; the caller takes what is inside them."""
    for event in events:
        if isinstance(event, end):
            return
        yield event


class NotANumber(ValueError):
    """The scalar looks like a number that no computer number holds."""


def parse_scalar(text: str) -> str | float | bool | None:
    """Return the value of a plain scalar: JSON's true, false, null and numbers, else the text that it is.

    Raises:
        NotANumber: it has too many digits or too large an exponent.
    """
    if text in _WORDS:
        return _WORDS[text]
    match = _NUMBER.match(text)
    if match is None:
        return text
    if len(match[1]) > _MOST_DIGITS or len(text) > 2 * _MOST_DIGITS:
        raise NotANumber(text)
    if match[2] is None and match[3] is None:
        return int(text)
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise NotANumber(text)
    return value
