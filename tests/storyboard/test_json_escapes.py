"""Storyboards that programs write as JSON, and line ends as editors count them."""

import json
from pathlib import Path

import pytest

from runner.storyboard.yaml.document import Document, offset_at, position_at
from runner.storyboard.yaml.reader import read_document

VALUE = {
    "a\U0001f3ac": '\U0001f305 é \\ \\ud83c " \t/ \u2028\u0085',
    "b": [1, True, None, "\x7f\u200f"],
    "c": "\\\U0001f3ac",
}


def document(text: str) -> Document:
    return read_document(text.encode(), Path("film.yaml"))


def places_of(text: str) -> list[tuple[str, int, int]]:
    return [(problem.rule, problem.line, problem.column) for problem in document(text).problems]


@pytest.mark.parametrize("indent", [None, 2, "\t"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_what_json_writes_is_read_as_json_reads_it(indent: int | str | None, *, ascii_only: bool) -> None:
    value = VALUE if ascii_only else {**VALUE, "b": [1, True, None]}  # DEL as it is is no YAML
    read = document(json.dumps(value, ensure_ascii=ascii_only, indent=indent))
    assert read.problems == ()
    assert read.data == value


def test_upper_case_escapes_are_read_too() -> None:
    assert document(r'a: "\uD83C\uDFAC"').data == {"a": "\U0001f3ac"}


@pytest.mark.parametrize("written", [r"'\ud83c\udfac'", r"\ud83c\udfac", "|-\n  \\ud83c\\udfac", r'"\\ud83c\\udfac"'])
def test_where_a_backslash_means_nothing_it_stays_one(written: str) -> None:
    assert document(f"a: {written}\n").data == {"a": r"\ud83c\udfac"}


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (r'a: "x\ud83c"', 6),
        (r'a: "\udfac\ud83c"', 5),
        (r'a: "\ud83c\udfac \ud83c!"', 18),
        (r'a: "\ud83c\ud83c\udfac"', 5),
        (r'"\ud83c\udfac": "\ud83c"', 18),
        (r'"x\ud83c": 1', 3),
    ],
)
def test_half_a_pair_is_refused_where_it_stands(text: str, column: int) -> None:
    assert places_of(text) == [("yaml/surrogate", 1, column)]


def test_an_escape_that_is_no_character_is_refused_in_words() -> None:
    for text in (r'a: "\U0000D83C"', r'a: "\UFFFFFFFF"'):
        (problem,) = document(text).problems
        assert problem.message == "an escape that names no character"


def test_columns_after_an_escape_are_those_of_the_file() -> None:
    text = r'{"a": "\ud83c\udfac \ud83c\udfac", "b": !!str 5, "c": *none}'
    assert places_of(text) == [("yaml/tag", 1, text.index("!!") + 1), ("yaml/alias", 1, text.index("*") + 1)]
    broken = r'{"a": "\ud83c\udfac", "b": @}'
    assert places_of(broken) == [("yaml/syntax", 1, broken.index("@") + 1)]


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\u2029"])
def test_what_no_editor_takes_for_a_line_end_is_none(sign: str) -> None:
    assert places_of(f"a: x{sign}y # {sign}z\nb: '{sign} '\nc: !!str d") == [("yaml/tag", 3, 4)]
    assert document(f"a: x{sign}y # {sign}z\nb: ' {sign} '\nc: |\n  d{sign}e\n").data == {
        "a": f"x{sign}y",
        "b": f" {sign} ",
        "c": f"d{sign}e\n",
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_of_yaml_counts_once(end: str) -> None:
    text = end.join(["a: 1", "", "b: 2", "c: !!str d", ""])
    assert places_of(text) == [("yaml/tag", 4, 4)]
    assert places_of(end.join(["a: 1", "b: @"])) == [("yaml/syntax", 2, 4)]


def test_a_byte_order_mark_moves_nothing_and_has_one_place() -> None:
    assert places_of("\ufeffa: !!str d") == [("yaml/tag", 1, 4)]
    assert places_of("a: b\nc: \ufeffd") == [("yaml/not-text", 2, 4)]


def test_a_tab_is_one_column() -> None:
    assert places_of("a:\t!!str d") == [("yaml/tag", 1, 4)]
    assert places_of("a:\n\tb: c") == [("yaml/tab", 2, 1)]


@pytest.mark.parametrize("text", ["a\r\nb\rc\n\nd\u2028e", "\r\n\r\n", "", "x"])
def test_places_and_offsets_are_the_same_thing(text: str) -> None:
    for offset in range(len(text) + 1):
        assert offset_at(text, position_at(text, offset)) == offset
