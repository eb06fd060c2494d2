"""A result that was damaged on its way: fetched once more at no price before anybody is asked to pay again."""

from dataclasses import replace
from pathlib import Path

import pytest

from runner.backends.memory import MemoryFilm, MemoryInspector
from runner.errors import CheckFailed
from runner.media.ffmpeg.process import ToolFailed
from runner.media.model import Decoding
from runner.providers.base import Job, State
from tests.fakes.provider import Connection, Killed
from tests.fakes.stage import Stage, storyboard

READ = MemoryInspector.decode


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(root=tmp_path / "film")


def damage(monkeypatch: pytest.MonkeyPatch, times: int, error: Exception | None = None) -> list[Path]:
    """Let so many readings find a file damaged: few pictures come out, or the program fails."""
    read: list[Path] = []

    async def decode(self: MemoryInspector, path: Path, *, start: float = 0.0, length: float = 0.0) -> Decoding:
        read.append(path)
        if len(read) > times:
            return await READ(self, path, start=start, length=length)
        if error:
            raise error
        return replace(await READ(self, path, start=start, length=length), pictures=1)

    monkeypatch.setattr(MemoryInspector, "decode", decode)
    return read


@pytest.mark.parametrize("error", [None, ToolFailed("ffmpeg failed: Invalid data")])
def test_damaged_bytes_are_fetched_again_and_the_film_is_made(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    damage(monkeypatch, 1, error)
    assert len(MemoryFilm.read(stage.run().film.path).pictures) == 24 * 18
    assert len(stage.api.charged) == 3
    assert (stage.root / "hops" / "00" / "take-01" / "video.mp4.damaged").exists()


def test_a_result_that_stays_damaged_fails_its_check_after_two_fetches(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = damage(monkeypatch, 9)
    with pytest.raises(CheckFailed, match="hop 0, take 1"):
        stage.run(storyboard("a dog trots"))
    assert len(read) == 2


def test_a_program_that_fails_twice_leaves_a_run_that_fetches_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(monkeypatch, 2, ToolFailed("ffmpeg failed: Invalid data"))
    with pytest.raises(CheckFailed) as caught:
        stage.run()
    assert (caught.value.hop, caught.value.charged) == (0, "yes")
    assert caught.value.next_command.startswith("longtake resume")
    stage.run()
    assert len(stage.api.charged) == 3


def test_a_stored_file_that_is_gone_before_it_was_judged_is_fetched_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(monkeypatch, 2, ToolFailed("ffmpeg failed: Invalid data"))
    with pytest.raises(CheckFailed):
        stage.run()
    (stage.root / "hops" / "00" / "take-01" / "video.mp4").unlink()
    stage.run()
    assert len(stage.api.charged) == 3


def test_a_stop_during_the_second_fetch_leaves_it_to_the_next_run(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(monkeypatch, 1)
    look, looks = Connection.look, list[str]()

    async def dies_at_the_second(self: Connection, job: Job) -> State:
        looks.append(job.task)
        if len(looks) == 2:
            raise Killed
        return await look(self, job)

    monkeypatch.setattr(Connection, "look", dies_at_the_second)
    with pytest.raises(Killed):
        stage.run()
    assert not (stage.root / "hops" / "00" / "take-01" / "video.mp4").exists()
    stage.run()
    assert len(stage.api.charged) == 3
