"""Makes the films of the sandbox from shots; asking twice for the same film costs one rendering."""

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from runner.sandbox.shared_files import write
from runner.sandbox.stage import graph, label, lettering, props
from runner.sandbox.stage.ffmpeg import Ffmpeg
from runner.sandbox.stage.graph import Change, Shot
from runner.sandbox.stage.store import Store, key, remove

_LOOKS = 64


def look_of(*words: str) -> str:
    """Return the world that a first prompt (and what came with it) leads to; there are 64."""
    return str(int(hashlib.sha256("\0".join(words).encode()).hexdigest(), 16) % _LOOKS)


class Studio:
    """Renders into `folder`, which several processes may share."""

    def __init__(self, folder: Path, ffmpeg: str, *, limit: int = 2) -> None:
        self._store = Store(folder)
        self._ffmpeg = Ffmpeg(ffmpeg, limit=limit)

    async def film(self, *shots: Shot) -> Path:
        """Return one file with all shots in a row; a shot's pictures are the same bits in every film."""
        return await self._store.once(f"film-{key(*shots)}.mp4", partial(self._film, shots))

    async def changed(self, source: Path, change: Change) -> Path:
        """Return `source` encoded again with another rate or size, or silent."""
        if change == Change():
            return source
        return await self._store.once(f"{source.stem}-{key(change)}.mp4", partial(self._changed, source, change))

    async def _film(self, shots: Sequence[Shot], target: Path) -> None:
        parts = [(await self._store.once(f"shot-{key(shot)}.mp4", partial(self._shot, shot)), shot) for shot in shots]
        seconds = sum(shot.seconds for shot in shots)
        stream, bed = await props.bed(self._store, self._ffmpeg, shots[0], seconds)
        listing, sound = target.with_suffix(".list"), target.with_suffix(".aac")
        try:
            write(listing, graph.listing([(path, shot.seconds) for path, shot in parts]).encode())
            write(sound, stream)
            await self._ffmpeg.run(graph.film(listing, sound, bed, target, label.written(shots[-1])))
        finally:
            remove(listing, sound)

    async def _shot(self, shot: Shot, target: Path) -> None:
        counter, mark = target.with_suffix(".counter"), target.with_suffix(".mark")
        files = {**await props.layers(self._store, self._ffmpeg, shot), "counter": counter, "mark": mark}
        captions = (graph.caption(shot, frame) for frame in range(shot.frames))
        try:
            write(counter, b"".join(map(lettering.strip, captions)))
            write(mark, lettering.strip(shot.watermark))
            await self._ffmpeg.run(graph.shot(shot, files, target))
        finally:
            remove(counter, mark)

    async def _changed(self, source: Path, change: Change, target: Path) -> None:
        await self._ffmpeg.run(graph.changed(source, change, target))
