"""docs/rules.md, the table of rules and the code speak of the same rules."""

import re
from pathlib import Path

from runner.planning.catalog_rules import CODES as CATALOG_CODES
from tests.storyboard.rule_table import rules

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
OTHER_CODES = (*CATALOG_CODES,)  # documented on the page, kept elsewhere


def test_every_rule_is_documented_and_none_besides() -> None:
    documented = re.findall(r"^\| `([a-z]+/[a-z0-9-]+)` \|", PAGE, re.MULTILINE)
    assert documented == [*(rule.code for rule in rules()), *OTHER_CODES]


def test_the_page_says_what_the_table_says() -> None:
    rows = set(PAGE.splitlines())
    for rule in rules():
        assert f"| `{rule.code}` | {rule.severity} | {rule.meaning} | {rule.why} | {rule.cure} |" in rows


def test_every_rule_is_told_in_sentences() -> None:
    for rule in rules():
        assert all(text.endswith(".") and "|" not in text for text in (rule.meaning, rule.why, rule.cure)), rule.code
