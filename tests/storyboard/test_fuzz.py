"""Whatever the bytes, the answer is a storyboard or a list of problems with places."""

from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import StoryboardInvalid
from runner.storyboard.load import examine, parse
from tests.storyboard.rule_table import rules

CODES = {rule.code for rule in rules()}
SAMPLE = (Path(__file__).parents[2] / "storyboards" / "dog-park.yaml").read_bytes()
PIECES = st.sampled_from([
    "\n", "  ", "- ", ": ", "storyboard: 1", "provider: kie", "initial:", "prompt: ", "extensions:", "&a ", "*a",
    "!!x ", "[", "]", "{", "}", "'", '"', "\\", "|", ">-", "#", "%", "---", "...", "\t", "\x85", "\u2028", "\ufeff",
    "犬", "16:9", "<<", "?", ",", "1e9", "-0", "null", "~", "\r", "options: ", "images: {first_frame: ", "seed",
    "\U0001f415",
])  # fmt: skip


def judged(data: bytes) -> None:
    storyboard, problems = examine(data)
    broken = any(problem.severity == "error" for problem in problems)
    with pytest.raises(StoryboardInvalid) if broken else nullcontext():
        assert parse(data) == storyboard
    assert storyboard or broken
    assert {problem.rule for problem in problems} <= CODES
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)
    assert list(problems) == sorted(problems, key=lambda problem: (problem.line, problem.column))
    assert len(set(problems)) == len(problems)


@settings(deadline=None)  # the first document that reaches the schema loads jsonschema
@given(st.binary(max_size=300))
def test_bytes(data: bytes) -> None:
    judged(data)


@settings(deadline=None)  # the first document that reaches the schema loads jsonschema
@given(st.text(max_size=200))
def test_text(text: str) -> None:
    judged(text.encode("utf-8", "surrogatepass"))


@settings(deadline=None)  # the first document that reaches the schema loads jsonschema
@given(st.lists(PIECES | st.text(max_size=5), max_size=40))
def test_pieces_of_yaml(pieces: list[str]) -> None:
    judged("".join(pieces).encode("utf-8", "surrogatepass"))


@settings(deadline=None)  # the first document that reaches the schema loads jsonschema
@given(st.integers(0, len(SAMPLE)), st.integers(0, 60), PIECES)
def test_a_sample_with_a_piece_cut_out_and_another_put_in(start: int, length: int, piece: str) -> None:
    judged(SAMPLE[:start] + piece.encode() + SAMPLE[start + length :])


@settings(deadline=None)  # the first document that reaches the schema loads jsonschema
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_words_as_prompts(first: str, second: str) -> None:
    escaped = ["".join(f"\\U{ord(letter):08x}" for letter in text) for text in (first, second)]
    judged(
        f'storyboard: 1\nprovider: kie\ninitial: {{prompt: "{escaped[0]}"}}\n'
        f'extensions: [{{prompt: "{escaped[1]}"}}]\n'.encode()
    )
