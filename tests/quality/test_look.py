"""A look at a real file: where its seam is, what cannot be seen of it, and how little it takes."""

import asyncio
from pathlib import Path

import pytest

from runner.media.probe import probe
from runner.media.tools import Tools
from runner.quality.look import Past, Seen, look_at
from tests.quality import files, scenes
from tests.quality.scenes import SEAM, Scene, footage


def seen(path: Path, new: int, past: Path | None, tools: Tools) -> Seen:
    async def look() -> Seen:
        return await look_at(path, await probe(path, tools), new, Past(path=past) if past else None, tools)

    return asyncio.run(look())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("look")


@pytest.fixture(scope="module")
def cut(folder: Path) -> Path:
    """A film with a cut at the seam."""
    return files.film(footage(scenes.cut(Scene(1))), folder / "cut.mp4")


@pytest.mark.parametrize("milliseconds", [0, 21, 30, 45])
def test_a_cut_is_seen_however_late_the_picture_starts(cut: Path, tools: Tools, milliseconds: int) -> None:
    path = files.later(cut, milliseconds / 1000)
    assert seen(path, SEAM, path, tools).values["seam"]["discontinuity"] > 0.4
