"""What a shot is put together from, each painted or encoded once: landscape layers, the dog, the sound."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from runner.sandbox.shared_files import write
from runner.sandbox.stage import graph, music, scenery, walker
from runner.sandbox.stage.ffmpeg import Ffmpeg
from runner.sandbox.stage.graph import Shot
from runner.sandbox.stage.store import Store, key

_LAYERS = (
    ("sky", "yuv420p", scenery.sky),
    ("meadow", "yuv420p", scenery.meadow),
    ("woods", "yuva420p", scenery.woods),
)


async def layers(store: Store, ffmpeg: Ffmpeg, shot: Shot) -> dict[str, Path]:
    """Return the raw pictures of a shot's world by name."""
    files = {"dog": await _dog(store, ffmpeg, shot)}
    for name, pixels, paint in _LAYERS:
        make = partial(_layer, ffmpeg, shot, (pixels, paint))
        files[name] = await store.once(f"{name}-{key(shot.look, shot.aspect)}.yuv", make)
    return files


async def bed(store: Store, ffmpeg: Ffmpeg, shot: Shot, seconds: float) -> tuple[bytes, tuple[int, int]]:
    """Return so much sound as an ADTS stream, and its number of frames with the samples of the last."""
    chord = music.CHORDS[int(scenery.dice(shot.look, "chord") * len(music.CHORDS))]
    stream = await store.once(f"bed-{key(chord)}.aac", partial(_paint, ffmpeg, graph.sound(chord), None))
    sound, count, last = music.bed(_read(stream), seconds)
    return sound, (count, last)


async def _layer(ffmpeg: Ffmpeg, shot: Shot, kind: tuple[str, scenery.Painter], target: Path) -> None:
    pixels, paint = kind
    canvas, more = paint(shot.look, shot.layout), shot.layout.width * scenery.FINE
    command = graph.layer(pixels, (canvas.width + more, canvas.height), scenery.FINE)
    await _paint(ffmpeg, command, canvas.picture(more), target)


async def _dog(store: Store, ffmpeg: Ffmpeg, shot: Shot) -> Path:
    """Return the phases of the dog, beginning with the one that the shot's first frame shows."""
    coat = walker.COATS[int(scenery.dice(shot.look, "coat") * len(walker.COATS))]
    first = (shot.start + shot.shift) % walker.PHASES

    async def make(target: Path) -> None:
        turns = ((first + step) % walker.PHASES for step in range(walker.PHASES))
        picture = b"".join(walker.sprite(coat, phase) for phase in turns)
        size = (walker.SIZE[0] * walker.FINE, walker.SIZE[1] * walker.FINE)
        await _paint(ffmpeg, graph.layer("yuva420p", size, walker.FINE), picture, target)

    return await store.once(f"dog-{key(coat, first)}.yuv", make)


async def _paint(ffmpeg: Ffmpeg, command: Sequence[str], given: bytes | None, target: Path) -> None:
    write(target, await ffmpeg.run(command, given=given))


def _read(path: Path) -> bytes:
    return path.read_bytes()
