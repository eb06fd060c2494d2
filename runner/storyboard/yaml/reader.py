"""Reads the bytes of a storyboard into plain data with positions; syntax errors get words that help to mend them."""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from yaml.error import Mark, MarkedYAMLError, YAMLError

from runner.storyboard.model import Position, Source
from runner.storyboard.yaml.document import Data, Document, Finding, position_at, problem_at, sort_problems
from runner.storyboard.yaml.parser import DocumentParser, ParsingStopped
from runner.storyboard.yaml.stand_ins import StandIns

# The longest sample has 5 KiB.
MOST_BYTES = 1024 * 1024

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# YAML 1.2.2, section 5.1: no control characters but tab and line breaks.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]|\ufeff|\ufffe|\uffff")
_EMPTY = Finding(
    rule="yaml/empty", message="the file is empty", hint="`longtake init` writes a storyboard to begin with"
)
_BAD_ESCAPE = ("an escape that names no character", "write the character itself")
# Matched against the messages of PyYAML and of libyaml, which word a few of them differently.
_SYNTAX_ERRORS: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "`: ` in the middle of a value, or a line above that lacks its `:`",
        "put a text that holds `: ` in quotes, or write it after `>-`",
    ),
    (
        "unexpected end of stream",
        "the quote that opens here is never closed",
        "close it; inside '…' write '' for one '",
    ),
    ("expected ',' or ']'", "the `[` that opens here is not closed, or a comma is missing", "add `]` or `,`"),
    ("expected ',' or '}'", "the `{` that opens here is not closed, or a comma is missing", "add `}` or `,`"),
    ("flow node", "the list or mapping that begins here is not finished", "add `]` or `}`"),
    (
        "expected '-' indicator",
        "this line does not belong to the list above it",
        "begin it with `- `, or indent it less",
    ),
    (
        "could not find expected ':'",
        "a line without `: `",
        "write `key: value`, or indent it as part of the text above",
    ),
    ("Unicode character escape", *_BAD_ESCAPE),
    ("unknown escape", 'a backslash in "…" that means nothing', "write `\\\\`, or use '…'"),
    ("alphabetic or numeric", "a `&` or `*` without a name", "put a text that begins with it in quotes"),
    ("directive", "a line that begins with `%`", "put the text in quotes"),
)
_INDENTED = ("this does not fit to the lines above", "indent it like its neighbours")
_AFTER_QUOTE = ("the quoted text ended before this", "inside '…' write '' for one ', or write the text after `>-`")


def read_document(data: bytes, file: Path | None = None) -> Document:
    """Return the document in the bytes of a file; never raise for what they hold."""
    digest = sha256(data).hexdigest()
    text = _decode(data)
    if isinstance(text, _NotText):
        source = Source(file=file, digest=digest)
        return Document(source=source, problems=(problem_at(text.finding, file, text.position),), read=False)
    return _parse(text, file, digest)


def _parse(text: str, file: Path | None, digest: str) -> Document:
    parser = DocumentParser(text)
    data, broken = _run(parser)
    if data is None and not parser.findings and not broken:
        broken = [(_EMPTY, (1, 1))]
    problems = [problem_at(finding, file, position) for finding, position in [*parser.findings, *broken]]
    return Document(
        source=Source(file=file, text=text, digest=digest, positions=parser.positions),
        data=data,
        keys=parser.keys,
        problems=sort_problems(problems),
        read=data is not None,
    )


def _run(parser: DocumentParser) -> tuple[Data, list[tuple[Finding, Position]]]:
    """Return the data, or None with the reason why the text could not be read to its end."""
    try:
        return parser.parse(), []
    except ParsingStopped:
        return None, []
    except MarkedYAMLError as error:
        return None, [_explain(error, parser.source)]
    except YAMLError as error:
        return None, [(Finding(rule="yaml/syntax", message=f"this is not YAML: {error}"), (1, 1))]
    except (ValueError, OverflowError):  # PyYAML's own parser at an escape like `\UFFFFFFFF`, which libyaml refuses
        return None, [(_syntax(*_BAD_ESCAPE), (1, 1))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _NotText:
    """Why the bytes are no text, and where."""

    finding: Finding
    position: Position = (1, 1)


def _decode(data: bytes) -> str | _NotText:
    """Return the text of a storyboard file."""
    if len(data) > MOST_BYTES:
        message = f"the file has {len(data)} bytes; a storyboard has {MOST_BYTES} at most"
        return _not_text("yaml/too-large", message, "is this the right file? pictures are named, not pasted in")
    if data.startswith(_UTF16):
        return _not_text("yaml/not-utf8", "the file is UTF-16", "save it as UTF-8")
    if b"\0" in data:
        offset = data.index(b"\0")
        message = f"the file is not text: byte {offset} is zero"
        return _not_text("yaml/not-text", message, "is this the right file?", _position_of_byte(data, offset))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        offset = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        message = f"the file is not UTF-8: byte {offset} is 0x{data[offset]:02x}"
        return _not_text("yaml/not-utf8", message, "save it as UTF-8", _position_of_byte(data, offset))
    return _check_printable(text)


def _check_printable(text: str) -> str | _NotText:
    odd = _NO_TEXT.search(text)
    if odd is None:
        return text
    # Its one place is the beginning; files that were joined hold more.
    kind = "a byte order mark" if odd[0] == "\ufeff" else "a control character"
    message = f"the file holds {kind}, U+{ord(odd[0]):04X}"
    return _not_text("yaml/not-text", message, "delete it", position_at(text, odd.start()))


def _position_of_byte(data: bytes, offset: int) -> Position:
    before = data[:offset].decode("utf-8", "replace")
    return position_at(before, len(before))


def _not_text(rule: str, message: str, hint: str, position: Position = (1, 1)) -> _NotText:
    return _NotText(finding=Finding(rule=rule, message=message, hint=hint), position=position)


def _explain(error: MarkedYAMLError, source: StandIns) -> tuple[Finding, Position]:
    """Return the finding for a syntax error, and where it is."""
    problem, context = str(error.problem or ""), str(error.context or "")
    mark = _mark(error, problem)
    line, column = source.position(mark.index) if mark else (1, 1)
    end = source.offset(mark.index) if mark else 0
    before, found = source.text[end - column + 1 : end], source.text[end : end + 1]
    return _describe(problem, context, before, found), (line, column)


def _describe(problem: str, context: str, before: str, found: str) -> Finding:
    """Put a syntax error into words; `before` and `found` are the line up to it and the character at it."""
    if "nesting depth" in problem:  # PyYAML from 6.0.4 on stops before we do
        return _syntax("deeper than a parser reads", "no part of a storyboard is", "yaml/too-deep")
    if "cannot start any token" in problem:
        return _bad_start(found)
    for key, message, hint in _SYNTAX_ERRORS:
        if key in problem or key in context:
            return _syntax(message, hint)
    if "block" in context:
        quoted = before.rstrip().endswith(("'", '"'))
        return _syntax(*(_AFTER_QUOTE if quoted else _INDENTED))
    return _syntax(problem or context or "this is not YAML", "")


def _bad_start(found: str) -> Finding:
    if found == "\t":
        return _syntax("a tab at the beginning of a line", "indent with spaces", "yaml/tab")
    return _syntax(f"a value cannot begin with `{found}`", "put it in quotes")


def _syntax(message: str, hint: str, rule: str = "yaml/syntax") -> Finding:
    return Finding(rule=rule, message=message, hint=hint)


def _mark(error: MarkedYAMLError, problem: str) -> Mark | None:
    """Return where to point: for what is never closed where it begins, for everything else where it was noticed."""
    opened = any(words in problem for words in ("end of stream", "',' or", "expected ':'"))
    first, second = (error.context_mark, error.problem_mark) if opened else (error.problem_mark, error.context_mark)
    return first or second
