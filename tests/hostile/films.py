"""Films of numbers inside the outline of an MP4 file: they pass for files on the way, and are read without ffmpeg."""

import asyncio
import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runner.backends.memory import MemoryFilm
from runner.errors import CheckFailed
from runner.media.model import Piece
from runner.sandbox.render.commands import Change
from runner.sandbox.render.shot import Shot
from tests.fakes.api import mp4

_SIZE = 400  # bytes of the outline, before the numbers
_HEAD, _BOX = 8, b"free"


def encode(film: MemoryFilm) -> bytes:
    """A film as the bytes of a file."""
    first, last = film.pictures[0], film.pictures[-1]
    whole = film.pictures == tuple(range(first, last + 1))
    pictures = [first, last + 1] if whole else list(film.pictures)
    facts = {"rate": film.rate, "width": film.width, "height": film.height, "sound": film.sound}
    numbers = json.dumps({"range": whole, "pictures": pictures, **facts}).encode()
    return mp4(_SIZE) + struct.pack(">I", _HEAD + len(numbers)) + _BOX + numbers


def read(path: Path) -> MemoryFilm:
    """A file as the film that it holds."""
    try:
        fields: dict[str, Any] = json.loads(path.read_bytes().partition(_BOX)[2])
        pictures = fields.pop("pictures")
        return MemoryFilm(pictures=tuple(range(*pictures) if fields.pop("range") else pictures), **fields)
    except (ValueError, TypeError, KeyError):
        raise CheckFailed(f"{path} is no film", code="media/unreadable") from None


async def join(pieces: Sequence[Piece], target: Path, _tools: object) -> None:
    """Put films together, each as far as it is wanted."""
    films = [read(piece.path) for piece in pieces]
    pictures = [number for piece, film in zip(pieces, films, strict=True) for number in _wanted(piece, film)]
    first = films[0]
    made = MemoryFilm(
        pictures=tuple(pictures), rate=first.rate, width=first.width, height=first.height, sound=first.sound
    )
    await asyncio.to_thread(target.write_bytes, encode(made))


def _wanted(piece: Piece, film: MemoryFilm) -> Sequence[int]:
    return film.pictures[: piece.frames]


class NumberRenderer:
    """Renders the emulators' films as numbers, in place of their own renderer."""

    def __init__(self, folder: Path, _ffmpeg: str) -> None:
        self._folder = folder

    async def render_film(self, *shots: Shot) -> Path:
        """One file with all shots in a row."""
        pictures = tuple(number for shot in shots for number in range(shot.start, shot.start + shot.frames))
        width, height = shots[0].layout.width, shots[0].layout.height
        return self._store(MemoryFilm(pictures=pictures, rate=shots[0].rate, width=width, height=height))

    async def reencode(self, source: Path, change: Change) -> Path:
        """The same in another size, or silent."""
        film = read(source)
        width, height = map(int, (change.size or f"{film.width}x{film.height}").split("x"))
        return self._store(
            MemoryFilm(pictures=film.pictures, rate=film.rate, width=width, height=height, sound=change.audio)
        )

    def _store(self, film: MemoryFilm) -> Path:
        content = encode(film)
        path = self._folder / f"{abs(hash(content)):x}.mp4"
        path.write_bytes(content)
        return path
