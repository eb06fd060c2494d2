"""What a plain YAML scalar means here: JSON's true, false, null and numbers. Everything else stays the text it is."""

import re

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z")
_WORDS = {"true": True, "false": False, "null": None, "": None}
_LONGEST = 18  # digits; longer ones are nobody's seed or price, and int() gets slow


class NotANumber(ValueError):
    """The scalar looks like a number that no computer number holds."""


def resolve(text: str) -> str | float | bool | None:
    """The value of a plain scalar.

    Raises:
        NotANumber: it has too many digits or too large an exponent.
    """
    if text in _WORDS:
        return _WORDS[text]
    match = _NUMBER.match(text)
    if match is None:
        return text
    if len(match[1]) > _LONGEST or len(text) > 2 * _LONGEST:
        raise NotANumber(text)
    if match[2] is None and match[3] is None:
        return int(text)
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise NotANumber(text)
    return value
