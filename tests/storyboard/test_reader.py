"""YAML as it is read here: JSON's values, positions, bounds."""

from pathlib import Path

import pytest

from runner.storyboard.yaml.document import Document
from runner.storyboard.yaml.parser import MOST_DEPTH, MOST_VALUES
from runner.storyboard.yaml.reader import MOST_BYTES, read_document


def document(text: str) -> Document:
    return read_document(text.encode(), Path("film.yaml"))


def rules_of(text: str) -> list[str]:
    return [problem.rule for problem in document(text).problems]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ("3.00", 3.0),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        ("'5'", "5"),
        ('"true"', "true"),
        ("''", ""),
    ],
)
def test_json_values_are_read_as_json_reads_them(written: str, value: object) -> None:
    data = document(f"x: {written}\n").data
    assert data == {"x": value}
    assert isinstance(data, dict)
    assert type(data["x"]) is type(value)


@pytest.mark.parametrize(
    "written",
    [
        "16:9", "1:30", "no", "yes", "on", "Off", "True", "NULL", "~", "0o7", "0x1F", "010", "+5", "5.", ".5", ".inf",
        "-.inf", ".nan", "1_000", "2026-11-20", "2026-11-20T10:00:00Z", "=", "24000/1001", "1e", "--1", "五",
    ],
)  # fmt: skip
def test_everything_else_stays_the_text_it_is(written: str) -> None:
    assert document(f"x: {written}\n").data == {"x": written}


def test_folded_and_literal_blocks_are_text() -> None:
    text = "a: >-\n  16:9\n  and: more\nb: |\n  5\n"
    assert document(text).data == {"a": "16:9 and: more", "b": "5\n"}


def test_values_and_keys_know_their_places() -> None:
    read = document("title: A\ninitial:\n  prompt: >-\n    B\nextensions:\n  - name: c\n  -   prompt: d\n")
    assert read.source.positions[("title",)] == (1, 8)
    assert read.source.positions[("initial",)] == (2, 1)  # a mapping is shown at its key
    assert read.source.positions[("initial", "prompt")] == (3, 11)
    assert read.source.positions[("extensions", 0)] == (6, 5)
    assert read.source.positions[("extensions", 1, "prompt")] == (7, 15)
    assert read.keys[("extensions", 1, "prompt")] == (7, 7)


def test_columns_count_characters_not_bytes() -> None:
    assert document("{é: 1, 犬: x}").source.positions[("犬",)] == (1, 11)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    read = read_document(b"\xef\xbb\xbfa: 1\r\nb: x\r\n")
    assert read.data == {"a": 1, "b": "x"}
    assert read.source.positions[("b",)] == (2, 4)


def test_a_yaml_directive_and_an_end_mark_do_no_harm() -> None:
    assert document("%YAML 1.2\n---\na: 1\n...\n").data == {"a": 1}


def test_anchors_repeat_a_value() -> None:
    read = document("a: &seed 5\nb: *seed\nc: &list [x, *seed]\nd: *list\n")
    assert read.data == {"a": 5, "b": 5, "c": ["x", 5], "d": ["x", 5]}
    assert read.problems == ()


def test_a_place_inside_an_alias_is_that_of_the_alias() -> None:
    read = document("a: &x {deep: {er: 1}}\nb: *x\n")
    assert read.source.locate(("b", "deep", "er")) == (2, 4)


def test_the_first_of_two_equal_keys_is_kept_and_both_are_named() -> None:
    read = document("a: {b: 1}\na: {b: 2, c: {b: 3, b: 4}}\n")
    assert read.data == {"a": {"b": 1}}
    assert [(p.line, p.column, p.message) for p in read.problems] == [
        (2, 1, "`a` stands here twice; first in line 1, column 1"),
        (2, 21, "`b` stands here twice; first in line 2, column 15"),
    ]


def test_depth_is_bounded() -> None:
    deepest = "[" * MOST_DEPTH + "]" * MOST_DEPTH
    assert rules_of(deepest) == []
    assert rules_of(f"[{deepest}]") == ["yaml/too-deep"]


def test_values_are_bounded_whether_written_or_repeated() -> None:
    assert rules_of("[" + "x," * (MOST_VALUES - 1) + "]") == []
    assert rules_of("[" + "x," * MOST_VALUES + "]") == ["yaml/too-many-values"]
    lists = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 100))
    assert rules_of(f"l0: &l0 x\n{lists}") == ["yaml/too-many-values"]


def test_what_is_too_deep_is_not_read_to_its_end() -> None:
    assert rules_of("[" * 500_000) == ["yaml/too-deep"]  # read to its end, this takes hours


def test_size_is_bounded() -> None:
    assert rules_of("# " + "x" * MOST_BYTES) == ["yaml/too-large"]
    assert rules_of("a: " + "x" * (MOST_BYTES - 3)) == []


def test_bytes_that_are_no_text_are_named_by_their_offset() -> None:
    problem = read_document(b"\xef\xbb\xbfa: \xc3\xa9\nb: \xff\n").problems[0]
    assert (problem.rule, problem.line, problem.column) == ("yaml/not-utf8", 2, 4)
    assert problem.message == "the file is not UTF-8: byte 12 is 0xff"


def test_the_digest_is_that_of_the_bytes() -> None:
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert document("abc").source.digest == digest
    assert read_document(b"\xff").source.digest == "a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89"


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("a: 'x", (1, 4), "never closed"),
        ('a: "x\n\n', (1, 4), "never closed"),
        ("a: [1, 2\n", (1, 4), "`[`"),
        ("a: {b: 1\n", (1, 4), "`{`"),
        ("a: [", (1, 5), "not finished"),
        ("a: b: c", (1, 5), "`: `"),
        ("a: `x`", (1, 4), "cannot begin with ```"),
        ("a: %x", (1, 4), "cannot begin with `%`"),
        ('a: "\\q"', (1, 5), "backslash"),
        ("a: 'it's'", (1, 8), "quoted text ended"),
        ("a:\n\t- b", (2, 1), "a tab"),
        ("a:\n  b: 1\n c: 2\n", (3, 2), "does not fit"),
        ("% a", (1, 2), "begins with `%`"),
        ("a: 1\nb\nc: 2\n", (2, 1), "without `: `"),
        ("a: &", (1, 5), "without a name"),
    ],
)
def test_broken_yaml_is_explained_where_it_breaks(text: str, place: tuple[int, int], word: str) -> None:
    (problem,) = document(text).problems
    assert problem.rule in ("yaml/syntax", "yaml/tab")
    assert (problem.line, problem.column) == place
    assert word in problem.message


@pytest.mark.parametrize(("digits", "shown"), [("9" * 19, "9" * 19), ("9" * 30, "9" * 20 + "…"), ("1e999", "1e999")])
def test_a_number_that_nobody_means_is_shown_in_short(digits: str, shown: str) -> None:
    (problem,) = document(f"x: -{digits}" if digits.startswith("1") else f"x: {digits}").problems
    assert problem.rule == "yaml/number"
    assert problem.message.removeprefix("a number too large to be meant: ").removeprefix("-") == shown


def test_eighteen_digits_are_a_number() -> None:
    assert document("x: " + "9" * 18).data == {"x": 999_999_999_999_999_999}
