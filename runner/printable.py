"""Makes text harmless where it is shown: what would steer a terminal, or turn the order of words, is spelled out."""

import re

# C0 without tab and line feed, DEL and C1 (ESC, CSI, BEL …); the separators that some programs break lines at; every
# character of the Unicode property Bidi_Control, which can make a price read backwards; half surrogate pairs, which is
# how Python holds the bytes of a file's name that are no UTF-8.
_STEERING = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_UNSAFE = re.compile(f"[{_STEERING}]")
_BREAKS = re.compile("[\t\n]")


def is_printable(text: str) -> bool:
    """Whether a text can be shown as it is."""
    return _UNSAFE.search(text) is None


def printable(text: str) -> str:
    r"""Return a text with each character that is more than a picture spelled out, as in ``\x1b`` or ``\u202e``."""
    return _UNSAFE.sub(_spell, text)


def one_line(text: str) -> str:
    """Return a text as `printable` does, tabs and line feeds spelled out as well: it cannot pretend to be two lines."""
    return _BREAKS.sub(_spell, printable(text))


def escape_json(text: str) -> str:
    r"""Return JSON that says the same, each character that is more than a picture written as ``\uXXXX``."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _spell(found: "re.Match[str]") -> str:
    return found[0].encode("unicode_escape").decode()
