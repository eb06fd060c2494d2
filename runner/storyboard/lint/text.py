"""One piece of advice about a prompt, and the small ways of looking at prompts that the rules share."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runner.storyboard.lint.patterns import ENGLISH, FOREIGN, NEGATION, SOUND
from runner.storyboard.model import DocumentPath, Source

_WORD = re.compile(r"\w+(?:'\w+)?")
_SENTENCE = re.compile(r"[^.!?;\n]+")
_QUOTED = re.compile(r"[\"“«][^\"”»]*[\"”»]")
_LAST_WORDS = 20
_EAST_ASIAN = "\u3040"  # kana, and what comes after them
_LATIN_END = "\u024f"  # letters beyond are of another script


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A warning on the value at `path`; `start` is the character in it that gave rise to it."""

    rule: str
    message: str
    hint: str
    path: DocumentPath
    start: int | None = None


def words(text: str) -> list[str]:
    """The words of a text, in small letters; each sign of a script without spaces counts as one."""
    found: list[str] = _WORD.findall(text.lower())
    return [word for each in found for word in (each if each >= _EAST_ASIAN else (each,))]


def phrases(pattern: re.Pattern[str], text: str, start: int = 0) -> Iterator[re.Match[str]]:
    """Where a pattern is meant: not where the text says "no cuts" or "never fades out"."""
    for match in pattern.finditer(text, start):
        if not NEGATION.search(text, 0, match.start()):
            yield match


def last_sentence(text: str) -> int:
    """Where the last sentence about the picture begins, or the last twenty words if it is longer."""
    sentences = [match for match in _SENTENCE.finditer(text) if words(match[0]) and not SOUND.match(match[0])]
    if not sentences:
        return 0
    last = sentences[-1]
    ends = [match.start() for match in _WORD.finditer(text, last.start(), last.end())]
    return ends[-_LAST_WORDS:][0]


def is_english(text: str) -> bool:
    """False only for what is plainly another language; quoted speech is left out of the judgement."""
    plain = _QUOTED.sub(" ", text)
    letters = [letter for letter in plain if letter.isalpha()]
    foreign_letters = sum(letter > _LATIN_END for letter in letters)
    if foreign_letters * 4 > len(letters):
        return False
    found = words(plain)
    english = sum(word in ENGLISH for word in found)
    return english >= sum(word in FOREIGN for word in found) or english * 20 > len(found) * 3


def offset_in_source(source: Source, path: DocumentPath, value: str, start: int) -> int | None:
    """Where a character of a value stands in the text; None where quoting changed the letters."""
    line, column = source.locate(path)
    text = source.text
    at = sum(len(each) for each in text.splitlines(keepends=True)[: line - 1]) + column - 1
    at = _begin(text, at)
    for index, letter in enumerate(value):
        if letter.isspace():
            continue
        while text[at : at + 1].isspace():
            at += 1
        if text[at : at + 1] != letter:
            return None
        if index >= start:
            return at
        at += 1
    return None


def _begin(text: str, at: int) -> int:
    """Past a quote, or past the header of a block."""
    if text[at : at + 1] in (">", "|"):
        return text.find("\n", at) + 1
    return at + 1 if text[at : at + 1] in ("'", '"') else at
