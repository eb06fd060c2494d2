"""Makes the films of the sandbox and keeps them: each file is made once, under a name that says what is in it."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from runner.sandbox.stage import graph, lettering, music, scenery, walker
from runner.sandbox.stage.ffmpeg import Ffmpeg
from runner.sandbox.stage.graph import Change, Shot

Maker = Callable[[Path], Awaitable[None]]

_EDITION = "1"
_LOOKS = 64


def look_of(*words: str) -> str:
    """Return the world that a first prompt (and what came with it) leads to; there are 64."""
    return str(int(hashlib.sha256("\0".join(words).encode()).hexdigest(), 16) % _LOOKS)


class Studio:
    """Renders into `folder`; asking twice for the same film costs one rendering, in this process and the next."""

    def __init__(self, folder: Path, ffmpeg: str, *, limit: int = 2) -> None:
        self.folder = folder
        self._ffmpeg = Ffmpeg(ffmpeg, limit=limit)
        self._jobs: dict[str, asyncio.Task[None]] = {}

    async def film(self, *shots: Shot) -> Path:
        """Return one file with all shots in a row; a shot's pictures are the same bits in every film."""
        return await self._once(f"film-{_key(*shots)}.mp4", lambda target: self._film(shots, target))

    async def changed(self, source: Path, change: Change) -> Path:
        """Return `source` encoded again with another rate or size, or silent."""
        if change == Change():
            return source
        name = f"{source.stem}-{_key(change)}.mp4"
        return await self._once(name, lambda target: self._changed(source, change, target))

    async def _once(self, name: str, make: Maker) -> Path:
        final = self.folder / name
        if final.exists():
            return final
        job = self._jobs.get(name)
        if job is None or job.get_loop() is not asyncio.get_running_loop():
            job = asyncio.create_task(_make(final, make))
            self._jobs[name] = job
            job.add_done_callback(lambda done: self._forget(name, done))
        # The asker may leave; the rendering goes on for whoever asks next.
        await asyncio.shield(job)
        return final

    def _forget(self, name: str, job: asyncio.Task[None]) -> None:
        if self._jobs.get(name) is job:
            del self._jobs[name]
        if not job.cancelled():
            job.exception()

    async def _film(self, shots: Sequence[Shot], target: Path) -> None:
        parts = [
            (await self._once(f"shot-{_key(shot)}.mp4", partial(self._shot, shot)), shot.seconds) for shot in shots
        ]
        listing, sound = target.with_suffix(".list"), target.with_suffix(".aac")
        _write(listing, graph.listing(parts).encode())
        try:
            bed = await self._bed(shots[0], sum(shot.seconds for shot in shots), sound)
            await self._ffmpeg.run(graph.film(listing, sound, bed, target))
        finally:
            _remove(listing, sound)

    async def _shot(self, shot: Shot, target: Path) -> None:
        counter, mark = target.with_suffix(".counter"), target.with_suffix(".mark")
        files = {**await self._layers(shot), "counter": counter, "mark": mark}
        captions = (graph.caption(shot, frame) for frame in range(shot.frames))
        _write(counter, b"".join(map(lettering.strip, captions)))
        _write(mark, lettering.strip(shot.watermark))
        try:
            await self._ffmpeg.run(graph.shot(shot, files, target))
        finally:
            _remove(counter, mark)

    async def _changed(self, source: Path, change: Change, target: Path) -> None:
        await self._ffmpeg.run(graph.changed(source, change, target))

    async def _bed(self, shot: Shot, seconds: float, target: Path) -> tuple[int, int]:
        chord = music.CHORDS[int(scenery.dice(shot.look, "chord") * len(music.CHORDS))]
        stream = await self._once(f"bed-{chord[0]}.aac", lambda place: self._paint(graph.sound(chord), None, place))
        sound, count, last = music.bed(stream.read_bytes(), seconds)
        _write(target, sound)
        return count, last

    async def _layers(self, shot: Shot) -> dict[str, Path]:
        layout, look = shot.layout, shot.look
        files = {"dog": await self._dog(shot)}
        for name, pixels, paint in (
            ("sky", "yuv420p", scenery.sky),
            ("meadow", "yuv420p", scenery.meadow),
            ("woods", "yuva420p", scenery.woods),
        ):

            async def make(target: Path, pixels: str = pixels, paint: scenery.Painter = paint) -> None:
                canvas = paint(look, layout)
                more = layout.width * scenery.FINE
                command = graph.layer(pixels, (canvas.width + more, canvas.height), scenery.FINE)
                await self._paint(command, canvas.picture(more), target)

            files[name] = await self._once(f"{name}-{look}-{shot.aspect.replace(':', 'x')}-{_EDITION}.yuv", make)
        return files

    async def _dog(self, shot: Shot) -> Path:
        """Return the phases of the dog, beginning with the one that the shot's first frame shows."""
        coat = walker.COATS[int(scenery.dice(shot.look, "coat") * len(walker.COATS))]
        first = (shot.start + shot.shift) % walker.PHASES
        phases = [(first + step) % walker.PHASES for step in range(walker.PHASES)]

        async def make(target: Path) -> None:
            picture = b"".join(walker.sprite(coat, phase) for phase in phases)
            size = (walker.SIZE[0] * walker.FINE, walker.SIZE[1] * walker.FINE)
            await self._paint(graph.layer("yuva420p", size, walker.FINE), picture, target)

        return await self._once(f"dog-{_key(coat)}-{first}.yuv", make)

    async def _paint(self, command: Sequence[str], given: bytes | None, target: Path) -> None:
        _write(target, await self._ffmpeg.run(command, given=given))


async def _make(final: Path, make: Maker) -> None:
    """Make a file beside its place and move it there; another process may do the same, and either result will do."""
    temporary = final.with_name(f".{secrets.token_hex(6)}.{final.name}")
    try:
        await make(temporary)
        temporary.replace(final)
    finally:
        _remove(temporary)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _key(*values: object) -> str:
    return hashlib.sha256(repr((_EDITION, values)).encode()).hexdigest()[:20]
