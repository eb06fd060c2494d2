"""Each file in tests/storyboards/invalid says exactly what the file beside it expects."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from runner.errors import Problem, StoryboardInvalid
from runner.storyboard.load import load, read
from tests.storyboard.rule_table import rules

FOLDER = Path(__file__).parents[1] / "storyboards" / "invalid"
FILES = sorted(FOLDER.glob("*.yaml"))
NO_FILE_CAN_SHOW = {"yaml/no-file", "yaml/unreadable", "yaml/too-large", "image/unreadable", "image/too-large"}
NO_FILE_CAN_SHOW |= {"image/outside"}  # says where the picture really lies


def lines(problem: Problem) -> str:
    crumb = f" {problem.breadcrumb}" if problem.breadcrumb else ""
    head = f"{problem.line}:{problem.column} {problem.severity} {problem.rule}{crumb}: {problem.message}\n"
    return head + (f"    {problem.hint}\n" if problem.hint else "")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_says_what_is_wrong_with_it(file: Path) -> None:
    _, problems = read(file)
    assert "".join(map(lines, problems)) == file.with_suffix(".expected").read_text(encoding="utf-8")
    wrong = any(problem.severity == "error" for problem in problems)
    with pytest.raises(StoryboardInvalid) if wrong else nullcontext():
        load(file)
    assert {problem.file for problem in problems} == {str(file)}


def test_the_files_show_every_rule_with_its_severity() -> None:
    shown = {(problem.rule, problem.severity) for file in FILES for problem in read(file)[1]}
    assert shown == {(rule.code, rule.severity) for rule in rules() if rule.code not in NO_FILE_CAN_SHOW}
