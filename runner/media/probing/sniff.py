"""A look at a file's bytes before any program opens it: empty files, and error pages saved as videos."""

from dataclasses import dataclass
from pathlib import Path

from runner.files import explain_os_errors
from runner.media.probing.mp4 import Outline, outline_of
from runner.media.probing.streams import Unreadable

_HEAD = 512
_QUOTED = 200
# What may be lost of a text at the end of the head: one character cut in two.
_CUT_CHARACTER = 3
_SPACE = "\t\n\r\f"
HINT = "fetch it again if the provider still has it; nothing that was paid for is lost by that"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The size of a file in bytes and the outline of its boxes."""

    size: int
    outline: Outline


def look_at(path: Path) -> Look:
    """Look at a file that may be a video.

    Raises:
        Unreadable: it certainly is none: it is empty, no regular file, or text, which is quoted.
        RunDirectoryError: it cannot be opened.
    """
    with explain_os_errors(path):
        size = path.stat().st_size
        if not path.is_file():
            raise Unreadable(f"{path} is not a regular file", hint="give the path of a video file")
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
        if not head:
            raise Unreadable(f"{path} is empty", hint=HINT)
        if words := quoted(head):
            raise Unreadable(f"{path} is no video but text, which begins: {words}", hint=HINT)
        return Look(size=size, outline=outline_of(path))


def quoted(head: bytes) -> str:
    """The first words of a text, on one line; nothing for bytes that are no text."""
    text = head.decode(errors="ignore")
    lost = len(head) - len(text.encode())
    plain = lost <= _CUT_CHARACTER and all(sign.isprintable() or sign in _SPACE for sign in text)
    return " ".join(text.split())[:_QUOTED] if plain else ""
