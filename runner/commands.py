"""Commands that people are told to type: each is one that a shell takes as it stands, whatever files are called."""

import os
import re
import shlex
from pathlib import Path

from runner.printable import is_printable

_PLAIN = re.compile(rb"[A-Za-z0-9_./:@%+=, -]")


def command(verb: str, *words: str | int | Path) -> str:
    """Return ``longtake VERB WORDS…`` for a shell. A `Path` is never taken for an option; other words may be one."""
    return " ".join(["longtake", verb, *(quote_word(_argument(word)) for word in words)])


def quote_word(word: str) -> str:
    """Return a word as a shell reads it, on one line and without anything that steers a terminal."""
    if is_printable(word) and "\n" not in word and "\t" not in word:
        return shlex.quote(word)
    # Quotes of this kind (bash, zsh, ksh, POSIX since 2024) alone can name bytes that are no text.
    letters = (byte.to_bytes() for byte in os.fsencode(word))
    return "$'" + "".join(each.decode() if _PLAIN.match(each) else f"\\x{each[0]:02x}" for each in letters) + "'"


def _argument(word: str | int | Path) -> str:
    said = str(word)
    return f"./{said}" if isinstance(word, Path) and said.startswith("-") else said
