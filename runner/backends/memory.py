"""Runs in memory, for tests and trials: the same promises, and gone with the process."""

import asyncio
import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

from runner.errors import CheckFailed, RunDirectoryError
from runner.events import Event
from runner.media.model import Audio, Clip, Decoding, Overlap, Probe
from runner.ports import Artifact, Opened, not_open_error
from runner.quality.inspector import PrecedingFilm, RawMeasures

_FAR_APART = 255.0  # grey levels: as different as pictures can be


class MemoryRunStore:
    """Every run's events, in lists."""

    def __init__(self) -> None:
        self._runs: dict[str, list[Event]] = {}
        self._open: set[str] = set()

    def list_runs(self) -> Sequence[str]:
        """Return the names of the runs that have begun, in the order of the alphabet."""
        return sorted(name for name, events in self._runs.items() if events)

    def read(self, run: str) -> Sequence[Event]:
        """Return a run's events in their order."""
        return tuple(self._runs.get(run, ()))

    def open(self, run: str) -> Opened:
        """Read a run in order to append to it."""
        self._open.add(run)
        return Opened(events=tuple(self.read(run)))

    def append(self, run: str, event: Event) -> None:
        """Add one event."""
        if run not in self._open:
            raise not_open_error(run)
        events = self._runs.setdefault(run, [])
        # The promise of the port that a second writer breaks; on disk the lock and the size of the file keep it.
        if event.seq != len(events) + 1:
            words = f"{run}: event {event.seq} is not the next one, which is {len(events) + 1}"
            raise RunDirectoryError(words, code="journal/foreign-write", charged="unknown")
        json.dumps(dict(event.data))  # what a journal could not hold is refused here as well
        events.append(event)

    def close(self, run: str) -> None:
        """Append no more."""
        self._open.discard(run)


class MemoryArtifactStore:
    """A run's files as bytes; `scratch` is where they are laid out for programs that read files."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._files: dict[str, bytes] = {}

    async def put(self, artifact: Artifact, file: Path) -> None:
        """Keep a finished file's bytes under its name."""
        self._files[artifact.name] = await asyncio.to_thread(file.read_bytes)

    async def get(self, artifact: Artifact) -> Path:
        """Return a local copy."""
        content = self._files.get(artifact.name)
        if content is None:
            raise RunDirectoryError(f"{artifact.name}: no such file", code="run-directory/io-error", retryable=True)
        if len(content) != artifact.size:
            words = f"{artifact.name} has {len(content)} bytes; {artifact.size} were stored"
            raise CheckFailed(words, code="check/changed-on-disk")
        path = self._scratch / artifact.name
        # A fresh copy at each use: what a program does to it never reaches what is kept.
        await asyncio.to_thread(_lay_out, path, content)
        return path


def _lay_out(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


_PICTURES = b"mdat"


def _box(kind: bytes, content: bytes) -> bytes:
    """Return a box of ISO/IEC 14496-12: 32 bits of length, its kind, what is in it."""
    return struct.pack(">I4s", 8 + len(content), kind) + content


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryFilm:
    """A film as the numbers of its pictures: the same number is the same picture. Stands in for a file with frames."""

    pictures: tuple[int, ...]
    rate: int = 24
    width: int = 1280
    height: int = 720
    sound: bool = True

    def encode(self) -> bytes:
        """Return it as the content of a file that has the boxes of an MP4 file, for its form is checked as well."""
        numbers = json.dumps(asdict(self)).encode()
        return b"".join(_box(kind, content) for kind, content in ((b"ftyp", b""), (b"moov", b""), (_PICTURES, numbers)))

    @classmethod
    def read(cls, path: Path) -> "MemoryFilm":
        """Read a file that `encode` wrote.

        Raises:
            CheckFailed: it is none.
        """
        try:
            fields = json.loads(path.read_bytes().partition(_PICTURES)[2])
            return cls(**{**fields, "pictures": tuple(fields["pictures"])})
        except (ValueError, TypeError, KeyError):
            raise CheckFailed(f"{path} is no film", code="media/unreadable") from None


class MemoryInspector:
    """Inspects films of numbers: exact, at once, and without ffmpeg."""

    async def probe(self, path: Path) -> Probe:
        """Return a film's facts, as an H.264 file of that length would have them."""
        film = MemoryFilm.read(path)
        seconds = len(film.pictures) / film.rate
        audio = Audio(codec="aac", sample_rate=48_000, channels=2, duration=seconds, start=0.0)
        return Probe(
            container="mp4",
            video_codec="h264",
            profile="High",
            pix_fmt="yuv420p",
            width=film.width,
            height=film.height,
            sample_aspect=Fraction(1),
            rotation=0,
            full_range=False,
            interlaced=False,
            frame_rate=Fraction(film.rate),
            average_rate=Fraction(film.rate),
            constant_rate=True,
            frames=len(film.pictures),
            hidden_frames=0,
            header_frames=len(film.pictures),
            duration=seconds,
            start=0.0,
            audio=audio if film.sound else None,
            video_streams=1,
            audio_streams=int(film.sound),
            size=len(film.encode()),
            prober="memory",
        )

    async def decode(self, path: Path, *, start: float = 0.0, length: float = 0.0) -> Decoding:
        """Return that every picture from `start` on is there."""
        del length
        film = MemoryFilm.read(path)
        return Decoding(pictures=max(0, len(film.pictures) - round(start * film.rate)), start=start)

    async def find_overlap(self, old: Clip, new: Clip, guess: int) -> Overlap:
        """Find the longest overlap; where there is none, the guess, which is not sure."""
        frames = _count_repeated(old, new)
        return Overlap(frames=frames, distance=0.0, sure=True) if frames else _unsure_overlap(guess)

    async def find_short_overlap(self, old: Clip, new: Clip, most: int) -> Overlap | None:
        """Find the overlap of a `new` that is longer than was asked for."""
        frames = _count_repeated(old, new)
        return Overlap(frames=frames, distance=0.0, sure=True) if 0 < frames <= most + new.reach else None

    async def find_repetition(self, old: Clip, new: Clip) -> Overlap | None:
        """Find out whether `new` only shows the end of `old` again."""
        return Overlap(frames=new.frames, distance=0.0, sure=True) if _count_repeated(old, new) == new.frames else None

    async def find_changes(self, old: Clip, new: Clip, found: Overlap) -> Overlap:
        """Return the overlap as it is: what repeats here is the same throughout."""
        del old, new
        return found

    async def measure(self, path: Path, facts: Probe, new: int, past: PrecedingFilm | None) -> RawMeasures:
        """Measure nothing: numbers neither move nor sound."""
        del path, facts, new, past
        return RawMeasures(values={}, steps={}, means={}, loudness=None, curves={}, stamps="")


def _count_repeated(old: Clip, new: Clip) -> int:
    """Return how many pictures at the head of `new` are those at the end of `old`."""
    before, after = MemoryFilm.read(old.path).pictures, MemoryFilm.read(new.path).pictures
    longest = range(min(len(before), len(after)), 0, -1)
    return next((count for count in longest if before[-count:] == after[:count]), 0)


def _unsure_overlap(guess: int) -> Overlap:
    return Overlap(frames=guess, distance=_FAR_APART, sure=False)
