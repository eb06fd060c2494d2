r"""A YAML text as a parser may have it: what PyYAML reads by another rule than YAML 1.2 and JSON gets a stand-in.

Programs that write JSON spell a character beyond U+FFFF as two escapes, ``\ud83c\udfac``, which is valid JSON and so
valid YAML; libyaml refuses each half, PyYAML keeps both. And U+0085, U+2028 and U+2029 end a line in YAML 1.1 alone: no
editor counts them. Each of these becomes one private character while the text is parsed, and itself again afterwards;
places are those of the text as it was written.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from runner.storyboard.model import Position
from runner.storyboard.yaml.document import LINE_BREAK

# Two backslashes are one in a quoted text, and what follows them is no escape: they are passed over.
_ODD = re.compile(
    r"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|\\\\"
    "|[\x85\u2028\u2029]"
)
_PRIVATE = range(0xF0000, 0x110000)  # planes 15 and 16: two of every 65,536 are no characters, and YAML takes those too
_QUOTED = '"'


@dataclass(slots=True)
class StandIns:
    """A text, and the same for a parser: `parsed`."""

    text: str
    parsed: str = ""
    _written: dict[str, str] = field(default_factory=dict)
    _halves: set[str] = field(default_factory=set)
    _ends: list[int] = field(default_factory=list)
    _gained: list[int] = field(default_factory=list)
    _lines: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put the stand-ins in."""
        free = self._free_characters()
        known: dict[str, str] = {}
        pieces, taken, length = list[str](), 0, 0
        for found in _ODD.finditer(self.text):
            if found[0] == r"\\":
                continue
            sign = known.setdefault(found[0], "") or next(free)
            known[found[0]] = sign
            self._written[sign] = found[0]
            self._halves |= {sign} if found.lastgroup == "half" else set()
            pieces += [self.text[taken : found.start()], sign]
            length += found.start() - taken + 1
            taken = found.end()
            self._ends.append(length)
            self._gained.append(taken - length)
        self.parsed = "".join([*pieces, self.text[taken:]])
        self._lines = [0, *(found.end() for found in LINE_BREAK.finditer(self.text))]

    def _free_characters(self) -> Iterator[str]:
        there = set(self.text)
        return (chr(code) for code in _PRIVATE if chr(code) not in there)

    def offset(self, index: int) -> int:
        """Return where in the text stands what the parser has at an index."""
        before = bisect_right(self._ends, index)
        return index + (self._gained[before - 1] if before else 0)

    def position(self, index: int) -> Position:
        """Return line and column, in the text, of what the parser has at an index."""
        offset = self.offset(index)
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def restore(self, value: str, style: str | None) -> str:
        """Return a scalar that was parsed, as it is meant; only in double quotes an escape means anything."""
        if not self._written:
            return value
        return "".join(self._meant(sign, style) for sign in value)

    def _meant(self, sign: str, style: str | None) -> str:
        written = self._written.get(sign, sign)
        if style != _QUOTED or sign in self._halves or not written.startswith("\\u"):
            return written
        return written.encode().decode("unicode_escape").encode("utf-16", "surrogatepass").decode("utf-16")

    def half_in(self, start: int, end: int) -> tuple[str, int] | None:
        """Return half a pair that stands in a part of the parsed text, and its index; None where there is none."""
        places = (at - 1 for at in self._ends[bisect_left(self._ends, start + 1) : bisect_right(self._ends, end)])
        found = next((at for at in places if self.parsed[at] in self._halves), None)
        return None if found is None else (self._written[self.parsed[found]], found)
