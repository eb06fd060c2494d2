"""Commands that people are told to type are taken by a shell as they stand, and texts steer no terminal."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from runner.commands import command
from runner.printable import escape_json, is_printable, one_line, printable

ROOT = Path(__file__).parents[1]
# Written in code points: a file with the characters themselves would be what this is about.
TRICKS = ["\x1b]0;owned\x07", "\x9b31m", "\x08", "\r$0.00", "\u202e", "\u2066", "\u200f", "\u061c", "\u2028", "\udcff"]
NAMES = [
    "plain.yaml",
    "river walk, it's dawn.yaml",
    'a "b" $HOME `id` $(id) \\ ; & | * ?',
    "-rf",
    "--json",
    "-",
    "~",
    "猫 naïve 🎬",
    "two\nlines\tand tabs",
    *(f"x{trick}y" for trick in TRICKS if "\0" not in trick),
    "quote ' and \x1b",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_shell_takes_an_offered_command_as_it_was_meant(name: str) -> None:
    line = command("run", Path(name), "--hop", 3)
    assert is_printable(line)
    assert "\n" not in line
    script = f"longtake() {{ printf '%s\\0' \"$@\"; }}; {line}"
    said = subprocess.run(["bash", "-c", os.fsencode(script)], capture_output=True, check=True).stdout
    verb, path, *rest = said.split(b"\0")[:-1]
    assert (verb, rest) == (b"run", [b"--hop", b"3"])
    assert not path.startswith(b"-")
    assert os.path.normpath(path) == os.path.normpath(os.fsencode(name))


def test_no_module_writes_such_a_command_by_hand() -> None:
    verbs = "run|resume|retake|status|takes|report|reconcile|init|check|plan"
    by_hand = re.compile(rf"longtake (?:{verbs}) ?\{{|\"longtake\", *\"(?:{verbs})\"")
    found = [path for path in (ROOT / "runner").rglob("*.py") if by_hand.search(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize("trick", TRICKS)
def test_what_steers_a_terminal_is_spelled_out(trick: str) -> None:
    shown = printable(f"before{trick}after")
    assert is_printable(shown)
    assert shown.startswith("before")
    assert shown.endswith("after")


@pytest.mark.parametrize("text", ["👩‍👩‍👧 ✈️", "שלום", "سلام", "नमस्ते", "a\tb\nc", "e\u0301"])
def test_words_in_any_script_stay_as_they_are(text: str) -> None:
    assert printable(text) == text


def test_one_line_stays_one() -> None:
    assert one_line("Dogs\n      $0.00 to spend\t") == "Dogs\\n      $0.00 to spend\\t"


@pytest.mark.parametrize("trick", TRICKS)
def test_json_says_the_same_and_steers_nothing(trick: str) -> None:
    line = escape_json(json.dumps({"title": trick}, ensure_ascii=False))
    assert is_printable(line)
    assert json.loads(line) == {"title": trick}
