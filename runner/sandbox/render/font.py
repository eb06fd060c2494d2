"""A 5 by 7 pixel alphabet, for the hop and frame counter and for watermarks: FFmpeg need not know any font."""

_ROWS = 7
_CELL = 6
_PAD = 2
# White on a dark, half clear plate stays legible on snow as on dusk.
_PLATE, _INK = bytes((16, 120)), bytes((245, 255))

_GLYPHS = {
    "0": "0E11131519110E", "1": "040C040404040E", "2": "0E11010608101F", "3": "1F02040201110E", "4": "02060A121F0202",
    "5": "1F101E0101110E", "6": "0608101E11110E", "7": "1F010204080808", "8": "0E11110E11110E", "9": "0E11110F01020C",
    "a": "0E11111F111111", "b": "1E11111E11111E", "c": "0E11101010110E", "d": "1C12111111121C", "e": "1F10101E10101F",
    "f": "1F10101E101010", "g": "0E11101711110F", "h": "1111111F111111", "i": "0E04040404040E", "j": "0702020202120C",
    "k": "11121418141211", "l": "1010101010101F", "m": "111B1515111111", "n": "11191513111111", "o": "0E11111111110E",
    "p": "1E11111E101010", "q": "0E11111115120D", "r": "1E11111E141211", "s": "0F10100E01011E", "t": "1F040404040404",
    "u": "1111111111110E", "v": "11111111110A04", "w": "1111111515150A", "x": "11110A040A1111", "y": "1111110A040404",
    "z": "1F01020408101F", ".": "00000000000404", "-": "0000000E000000", "/": "01010204081010", ":": "00040000040000",
    "!": "04040404040004", "?": "0E110102040004", "'": "04040800000000", ",": "00000000040408", "@": "0E11171517100E",
    "#": "0A0A1F0A1F0A0A", "&": "0C12140815120D", "+": "0004041F040400", "_": "0000000000001F",
}  # fmt: skip


def _dots(letter: str) -> list[tuple[int, int]]:
    """Return column and row of each dot of a letter; none for a letter that the alphabet lacks."""
    rows = bytes.fromhex(_GLYPHS.get(letter.lower(), ""))
    return [(x, y) for y, bits in enumerate(rows) for x in range(_CELL - 1) if bits >> (4 - x) & 1]


def strip_size(letters: int) -> tuple[int, int]:
    """Return width and height of a strip of so many letters, in font pixels; both even."""
    return letters * _CELL + 2 * _PAD - letters * _CELL % 2, _ROWS + 2 * _PAD + 1


def render_strip(text: str) -> bytes:
    """Write `text` in white on a dark, half clear plate; return grey and alpha bytes, two per pixel."""
    width, height = strip_size(len(text))
    rows = [bytearray(_PLATE * width) for _ in range(height)]
    for place, letter in enumerate(text):
        for x, y in _dots(letter):
            start = 2 * (_PAD + place * _CELL + x)
            rows[_PAD + y][start : start + 2] = _INK
    return b"".join(rows)
