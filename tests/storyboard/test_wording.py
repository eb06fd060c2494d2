"""What is said of fields that do not keep the schema: what stands there, what is allowed, how to mend it."""

import pytest

from runner.errors import Problem
from runner.storyboard.schema import check_schema
from runner.storyboard.schema_messages import quote_value
from runner.storyboard.yaml.reader import read_document

GOOD = "storyboard: 1\nprovider: kie\ninitial: {prompt: A dog}\n"


def problem(line: str, base: str = GOOD) -> Problem:
    (found,) = check_schema(read_document(f"{base}{line}\n".encode()))
    return found


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "nothing"),
        ({}, "a mapping"),
        ([1], "a list"),
        (True, "true"),
        (1.5, "1.5"),
        ("犬", '"犬"'),
        ("x" * 38, '"' + "x" * 38 + '"'),
        ("x" * 39, '"' + "x" * 37 + '…"'),
        ('say "hi"\n', '"say \\"hi\\"\\n"'),
    ],
)
def test_values_are_shown_in_short_on_one_line(value: object, shown: str) -> None:
    assert quote_value(value) == shown


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("yes", "write `true`"),
        ("On", "write `true`"),
        ("no", "write `false`"),
        ("OFF", "write `false`"),
        ("True", "write `true`"),
        ("'false'", "write `false`"),
        ("maybe", "write `true` or `false`"),
        ("1", "write `true` or `false`"),
        ("", "write a value, or leave the field out"),
    ],
)
def test_what_is_meant_by_yes_and_no_is_offered(written: str, hint: str) -> None:
    assert problem(f"options: {{enable_translation: {written}}}").hint == hint


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("Seed", "seed"),
        ("aspect-ratio", "aspect_ratio"),
        ("extention", "extensions"),
        ("STYLE", "style"),
        ("check", "checks"),
    ],
)
def test_the_nearest_field_is_offered(written: str, near: str) -> None:
    found = problem(f"{written}: 1")
    assert (found.rule, found.hint) == ("schema/unknown-field", f"did you mean `{near}`?")


def test_where_no_field_is_near_all_are_listed() -> None:
    assert problem("budget: {usd: 1, zzz: 2}").hint == "known here: usd"


@pytest.mark.parametrize(
    ("written", "near"),
    [("16x9", "16:9"), ("'9 : 16'", "9:16"), ("Auto", "auto"), ("portrait", "")],
)
def test_the_nearest_word_is_offered(written: str, near: str) -> None:
    found = problem(f"aspect_ratio: {written}")
    assert found.message.endswith("is not one of 16:9, 9:16, 1:1, auto")
    assert found.hint == (f"did you mean `{near}`?" if near else "")


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("seed: -1", "-1 is less than 0", "allowed: 0 to 4294967295"),
        ("seed: 9999999999", "9999999999 is more than 4294967295", "allowed: 0 to 4294967295"),
        ("budget: {usd: 0}", "0 is not more than 0", "allowed: more than 0, at most 1000000"),
        ("checks: {frame_rate: 500}", "500 is more than 240", "allowed: more than 0, at most 240"),
        ("checks: {frame_rate: 24/0}", '"24/0" is not a fraction such as 24000/1001', "or a plain number such as 24"),
        ("style: ''", "the text is empty", "write it, or leave the field out"),
        ("options: {watermark: ''}", "the text is empty", "fill it, or leave the field out"),
        ("extensions: 7", "7 stands where a list (lines that begin with `- `) is needed", "begin each entry with `- `"),
        ("checks: warn", '"warn" stands where a mapping (`key: value` lines) is needed', ""),
    ],
)
def test_limits_and_forms_are_told(line: str, message: str, hint: str) -> None:
    found = problem(line)
    assert (found.message, found.hint) == (message, hint)


def test_of_several_forms_the_one_that_was_meant_is_judged() -> None:
    base = GOOD.replace("provider: kie", "title: A")
    assert problem("provider: {name: kie, key: x}", base).rule == "schema/unknown-field"
    assert problem("provider: Kie AI", base).rule == "schema/pattern"
    assert problem("provider: 5", base).message == "5 stands where text or a mapping (`key: value` lines) is needed"


def test_options_are_judged_by_the_provider_named() -> None:
    options = "options: {anything: [1, 2]}"
    assert problem(options).path == ("options", "anything")
    assert problem(options, GOOD.replace("kie", "{name: kie}")).path == ("options", "anything")
    for provider in ("elsewhere", "{name: elsewhere}"):
        assert check_schema(read_document((GOOD.replace("kie", provider) + options).encode())) == ()


def test_an_unknown_field_is_shown_at_its_name_and_a_wrong_value_at_itself() -> None:
    unknown, wrong = problem("sead: 5"), problem("seed: x")
    assert (unknown.line, unknown.column, unknown.breadcrumb) == (4, 1, "sead")
    assert (wrong.line, wrong.column, wrong.breadcrumb) == (4, 7, "seed")
