"""Makes the films of the sandbox from shots; asking twice for the same film costs one rendering."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from runner.sandbox.render import commands, dog, font, scenery, sound
from runner.sandbox.render.commands import Change
from runner.sandbox.render.ffmpeg import Ffmpeg
from runner.sandbox.render.shot import Shot, caption, format_label
from runner.sandbox.shared_files import write_file

# So few landscapes that a test run paints each of them once, and so many that two prompts rarely share one.
_LOOKS = 64
# Decoders and encoders that run at once: FFmpeg uses every core by itself, so more of them only wait for each other.
_PROCESSES = 2

Maker = Callable[[Path], Awaitable[None]]

_DRAWING_VERSION = "2"
"""Part of every key: a new way of drawing gets new names."""


class FileCache:
    """The files of one folder, shared with other processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._jobs: dict[str, asyncio.Task[None]] = {}

    async def get_or_make(self, name: str, make: Maker) -> Path:
        """Return the file `name`, made now if it is not there; askers in one process share the making."""
        final = self.folder / name
        if final.exists():
            return final
        job = self._jobs.get(name)
        # A job of another event loop can never end here: tests and `asyncio.run` give each call a loop of its own.
        if job is None or job.get_loop() is not asyncio.get_running_loop():
            job = asyncio.create_task(_make(final, make))
            self._jobs[name] = job
            job.add_done_callback(lambda done: self._forget(name, done))
        # The asker may leave; the making goes on for whoever asks next.
        await asyncio.shield(job)
        return final

    def _forget(self, name: str, job: asyncio.Task[None]) -> None:
        if self._jobs.get(name) is job:
            del self._jobs[name]
        if not job.cancelled():
            job.exception()  # read, so that asyncio does not log a failure that the askers were told already


async def _make(final: Path, make: Maker) -> None:
    """Make a file beside its place and move it there; another process may do the same, and either result is right."""
    temporary = final.with_name(f".{secrets.token_hex(6)}.{final.name}")
    try:
        await make(temporary)
        temporary.replace(final)
    finally:
        remove(temporary)


def remove(*paths: Path) -> None:
    """Remove temporary files that may be there."""
    for path in paths:
        path.unlink(missing_ok=True)


def cache_key(*values: object) -> str:
    """Return a name for what is made from `values`."""
    return hashlib.sha256(repr((_DRAWING_VERSION, values)).encode()).hexdigest()[:20]


def choose_look(*words: str) -> str:
    """Return the name of the landscape that a first prompt, and what came with it, leads to."""
    return str(int(hashlib.sha256("\0".join(words).encode()).hexdigest(), 16) % _LOOKS)


class Renderer:
    """Renders into `folder`, which several processes may share."""

    def __init__(self, folder: Path, ffmpeg: str, *, limit: int = _PROCESSES) -> None:
        self._cache = FileCache(folder)
        self._ffmpeg = Ffmpeg(ffmpeg, limit=limit)

    async def render_film(self, *shots: Shot) -> Path:
        """Return one file with all shots in a row; a shot's pictures are the same bits in every film."""
        return await self._cache.get_or_make(f"film-{cache_key(*shots)}.mp4", partial(self._render_film, shots))

    async def reencode(self, source: Path, change: Change) -> Path:
        """Return `source` encoded again with another rate or size, or silent."""
        if change == Change():
            return source
        return await self._cache.get_or_make(
            f"{source.stem}-{cache_key(change)}.mp4", partial(self._reencode, source, change)
        )

    async def _render_film(self, shots: Sequence[Shot], target: Path) -> None:
        # Pictures are rendered per shot and joined without encoding, so what is the same shot is the same bits in every
        # film: a client can prove that an extension contains the video before it.
        parts = [
            (await self._cache.get_or_make(f"shot-{cache_key(shot)}.mp4", partial(self._render_shot, shot)), shot)
            for shot in shots
        ]
        seconds = sum(shot.seconds for shot in shots)
        stream, bed = await _make_sound(self._cache, self._ffmpeg, shots[0], seconds)
        listing, bed_file = target.with_suffix(".list"), target.with_suffix(".aac")
        try:
            write_file(listing, commands.format_concat_list([(path, shot.seconds) for path, shot in parts]).encode())
            write_file(bed_file, stream)
            await self._ffmpeg.run(commands.film_command(listing, bed_file, bed, target, format_label(shots[-1])))
        finally:
            remove(listing, bed_file)

    async def _render_shot(self, shot: Shot, target: Path) -> None:
        counter, mark = target.with_suffix(".counter"), target.with_suffix(".mark")
        files = {**await _make_layers(self._cache, self._ffmpeg, shot), "counter": counter, "mark": mark}
        captions = (caption(shot, frame) for frame in range(shot.frames))
        try:
            write_file(counter, b"".join(map(font.render_strip, captions)))
            write_file(mark, font.render_strip(shot.watermark))
            await self._ffmpeg.run(commands.shot_command(shot, files, target))
        finally:
            remove(counter, mark)

    async def _reencode(self, source: Path, change: Change, target: Path) -> None:
        await self._ffmpeg.run(commands.reencode_command(source, change, target))


_LAYERS = (
    ("sky", "yuv420p", scenery.paint_sky),
    ("meadow", "yuv420p", scenery.paint_meadow),
    ("woods", "yuva420p", scenery.paint_woods),
)


async def _make_layers(cache: FileCache, ffmpeg: Ffmpeg, shot: Shot) -> dict[str, Path]:
    """Return the raw pictures of a shot's landscape by name."""
    files = {"dog": await _make_dog(cache, ffmpeg, shot)}
    for name, pixels, paint in _LAYERS:
        make = partial(_make_layer, ffmpeg, shot, (pixels, paint))
        files[name] = await cache.get_or_make(f"{name}-{cache_key(shot.look, shot.aspect)}.yuv", make)
    return files


async def _make_sound(cache: FileCache, ffmpeg: Ffmpeg, shot: Shot, seconds: float) -> tuple[bytes, tuple[int, int]]:
    """Return so much sound as an ADTS stream, and its number of frames with the samples of the last."""
    chord = sound.CHORDS[int(scenery.draw_number(shot.look, "chord") * len(sound.CHORDS))]
    stream = await cache.get_or_make(
        f"bed-{cache_key(chord)}.aac", partial(_run_into, ffmpeg, commands.sound_command(chord), None)
    )
    bed, count, last = sound.cut_bed(_read(stream), seconds)
    return bed, (count, last)


async def _make_layer(ffmpeg: Ffmpeg, shot: Shot, kind: tuple[str, scenery.Painter], target: Path) -> None:
    pixels, paint = kind
    canvas, more = paint(shot.look, shot.layout), shot.layout.width * scenery.FINE
    command = commands.layer_command(pixels, (canvas.width + more, canvas.height), scenery.FINE)
    await _run_into(ffmpeg, command, canvas.picture(more), target)


async def _make_dog(cache: FileCache, ffmpeg: Ffmpeg, shot: Shot) -> Path:
    """Return the phases of the dog, beginning with the one that the shot's first frame shows."""
    coat = dog.COATS[int(scenery.draw_number(shot.look, "coat") * len(dog.COATS))]
    first = (shot.start + shot.shift) % dog.PHASES

    async def make(target: Path) -> None:
        # The strip begins with the phase of the shot's first frame, so the gait runs on over a seam.
        turns = ((first + step) % dog.PHASES for step in range(dog.PHASES))
        picture = b"".join(dog.paint_phase(coat, phase) for phase in turns)
        size = (dog.SIZE[0] * dog.FINE, dog.SIZE[1] * dog.FINE)
        await _run_into(ffmpeg, commands.layer_command("yuva420p", size, dog.FINE), picture, target)

    return await cache.get_or_make(f"dog-{cache_key(coat, first)}.yuv", make)


async def _run_into(ffmpeg: Ffmpeg, command: Sequence[str], given: bytes | None, target: Path) -> None:
    write_file(target, await ffmpeg.run(command, given=given))


def _read(path: Path) -> bytes:
    return path.read_bytes()
