"""One contract for each port, and every adapter held to it."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest

from runner.backends.local import FfmpegInspector, LocalArtifactStore, LocalRunStore
from runner.backends.memory import MemoryArtifactStore, MemoryFilm, MemoryInspector, MemoryRunStore
from runner.errors import CheckFailed, RunDirectoryError
from runner.events import Event
from runner.files import Disk
from runner.media.ffmpeg.tools import find_tools
from runner.media.model import Clip, Overlap
from runner.ports import Artifact, ArtifactStore, RunStore
from runner.quality.inspector import Inspector
from tests.fakes.clock import FakeClock
from tests.media.samples import ffmpeg

RATE = 24


def event(number: int, **data: object) -> Event:
    return Event(seq=number, at=1_800_000_000.0 + number, kind="edited", data={"storyboard": "a", **data})


class TestRunStore:
    @pytest.fixture(params=["local", "memory"])
    def again(self, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], RunStore]:
        """The same runs as another process finds them."""
        if request.param == "local":
            return lambda: LocalRunStore(tmp_path, disk=Disk(), clock=FakeClock())
        kept = MemoryRunStore()
        return lambda: kept

    @pytest.fixture
    def store(self, again: Callable[[], RunStore]) -> RunStore:
        return again()

    def test_a_run_that_has_not_begun_has_no_events_and_is_not_listed(self, store: RunStore) -> None:
        assert (tuple(store.read("film")), tuple(store.list_runs())) == ((), ())

    def test_events_are_read_back_in_their_order(self, store: RunStore, again: Callable[[], RunStore]) -> None:
        store.open("film")
        for number in (1, 2, 3):
            store.append("film", event(number, words=f"say “{number}”"))
        store.close("film")
        assert tuple(again().read("film")) == tuple(event(number, words=f"say “{number}”") for number in (1, 2, 3))

    def test_a_run_goes_on_where_it_was_closed(self, store: RunStore, again: Callable[[], RunStore]) -> None:
        store.open("film")
        store.append("film", event(1))
        store.close("film")
        later = again()
        assert later.open("film").events == (event(1),)
        later.append("film", event(2))
        assert tuple(later.read("film")) == (event(1), event(2))

    def test_a_run_that_is_closed_takes_no_event(self, store: RunStore) -> None:
        store.open("film")
        store.append("film", event(1))
        store.close("film")
        with pytest.raises(RunDirectoryError) as caught:
            store.append("film", event(2))
        assert caught.value.code == "journal/closed"
        assert tuple(store.read("film")) == (event(1),)

    @pytest.mark.parametrize("number", [1, 3, 0])
    def test_an_event_that_is_not_the_next_is_refused_and_leaves_nothing(self, store: RunStore, number: int) -> None:
        store.open("film")
        store.append("film", event(1))
        with pytest.raises(RunDirectoryError) as caught:
            store.append("film", event(number))
        assert caught.value.code == "journal/foreign-write"
        store.append("film", event(2))
        assert tuple(store.read("film")) == (event(1), event(2))

    def test_runs_are_kept_apart_and_listed_by_name(self, store: RunStore) -> None:
        for run in ("walk", "dog"):
            store.open(run)
            store.append(run, event(1, storyboard=run))
        assert tuple(store.list_runs()) == ("dog", "walk")
        assert store.read("dog")[0].data["storyboard"] == "dog"


class TestArtifactStore:
    @pytest.fixture(params=["local", "memory"])
    def store(self, request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
        if request.param == "local":
            return LocalArtifactStore(tmp_path / "run", disk=Disk())
        return MemoryArtifactStore(tmp_path / "scratch")

    @staticmethod
    def made(folder: Path, content: bytes, name: str = "hops/00/take-01/video.mp4") -> tuple[Artifact, Path]:
        file = folder / f"{len(content)}.part"
        file.write_bytes(content)
        return Artifact(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest()), file

    def test_what_was_put_is_got_back(self, store: ArtifactStore, tmp_path: Path) -> None:
        artifact, file = self.made(tmp_path, b"a film")
        asyncio.run(store.put(artifact, file))
        assert asyncio.run(store.get(artifact)).read_bytes() == b"a film"

    def test_a_later_file_takes_the_place_of_an_earlier_one(self, store: ArtifactStore, tmp_path: Path) -> None:
        for content in (b"an old film", b"a film"):
            artifact, file = self.made(tmp_path, content)
            asyncio.run(store.put(artifact, file))
        assert asyncio.run(store.get(artifact)).read_bytes() == b"a film"

    def test_a_file_that_lies_in_its_place_already_stays_there(self, store: ArtifactStore, tmp_path: Path) -> None:
        artifact, file = self.made(tmp_path, b"a film")
        asyncio.run(store.put(artifact, file))
        asyncio.run(store.put(artifact, asyncio.run(store.get(artifact))))
        assert asyncio.run(store.get(artifact)).read_bytes() == b"a film"

    def test_what_was_never_put_is_said_to_be_gone(self, store: ArtifactStore) -> None:
        with pytest.raises(RunDirectoryError):
            asyncio.run(store.get(Artifact(name="film.mp4", size=6, sha256="")))

    def test_a_file_that_is_shorter_than_it_was_is_not_given_out(self, store: ArtifactStore, tmp_path: Path) -> None:
        artifact, file = self.made(tmp_path, b"a film")
        asyncio.run(store.put(artifact, file))
        with pytest.raises(CheckFailed) as caught:
            asyncio.run(store.get(Artifact(name=artifact.name, size=7, sha256=artifact.sha256)))
        assert caught.value.code == "check/changed-on-disk"


@dataclass(frozen=True)
class Films:
    """An inspector, and a maker of films that it can read from the numbers of their pictures."""

    inspector: Inspector
    make: Callable[[range], Path]

    def clip(self, pictures: range) -> Clip:
        return Clip(path=self.make(pictures), frames=len(pictures), rate=Fraction(RATE))


class TestInspector:
    @pytest.fixture(params=["ffmpeg", "memory"])
    def films(self, request: pytest.FixtureRequest, tmp_path: Path) -> Films:
        def numbers(pictures: range) -> Path:
            path = tmp_path / f"{pictures.start}-{pictures.stop}.film"
            path.write_bytes(MemoryFilm(pictures=tuple(pictures)).encode())
            return path

        def frames(pictures: range) -> Path:
            path = tmp_path / f"{pictures.start}-{pictures.stop}.mp4"
            source = f"testsrc2=size=320x180:rate={RATE}:duration={pictures.stop / RATE}"
            cut = f"trim=start_frame={pictures.start},setpts=PTS-STARTPTS"
            ffmpeg("-f", "lavfi", "-i", source, "-vf", cut, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-y", str(path))
            return path

        if request.param == "memory":
            return Films(MemoryInspector(), numbers)
        tools = asyncio.run(find_tools({"LONGTAKE_FFMPEG": imageio_ffmpeg.get_ffmpeg_exe()}))
        return Films(FfmpegInspector(tools), frames)

    def test_a_film_is_as_long_as_its_pictures(self, films: Films) -> None:
        facts = asyncio.run(films.inspector.probe(films.make(range(48))))
        assert (facts.frames, facts.frame_rate, facts.duration) == (48, Fraction(RATE), pytest.approx(2.0))

    def test_what_is_no_film_fails(self, films: Films, tmp_path: Path) -> None:
        (tmp_path / "text").write_text("no film")
        with pytest.raises(CheckFailed):
            asyncio.run(films.inspector.probe(tmp_path / "text"))

    def test_a_whole_film_decodes_to_its_end(self, films: Films) -> None:
        decoding = asyncio.run(films.inspector.decode(films.make(range(48)), start=1.0))
        assert (decoding.complaints, decoding.pictures, decoding.start) == ((), 24, 1.0)

    def test_a_film_that_holds_the_one_before_it_overlaps_with_all_of_it(self, films: Films) -> None:
        old, new = films.clip(range(48)), films.clip(range(96))
        found = asyncio.run(films.inspector.find_overlap(old, new, guess=48))
        assert (found.frames, found.sure) == (48, True)
        assert asyncio.run(films.inspector.find_changes(old, new, found)).changed == ()

    def test_a_film_of_other_pictures_is_not_sure_to_overlap(self, films: Films) -> None:
        found = asyncio.run(films.inspector.find_overlap(films.clip(range(48)), films.clip(range(100, 196)), guess=48))
        assert not found.sure

    def test_a_new_part_repeats_nothing(self, films: Films) -> None:
        assert asyncio.run(films.inspector.find_repetition(films.clip(range(48)), films.clip(range(48, 96)))) is None

    def test_the_end_shown_once_more_is_a_repetition(self, films: Films) -> None:
        found = asyncio.run(films.inspector.find_repetition(films.clip(range(72)), films.clip(range(24, 72))))
        assert isinstance(found, Overlap)
        assert found.frames == 48

    def test_a_part_that_begins_with_the_last_frames_again_overlaps_shortly(self, films: Films) -> None:
        found = asyncio.run(
            films.inspector.find_short_overlap(films.clip(range(48)), films.clip(range(42, 96)), most=6)
        )
        assert isinstance(found, Overlap)
        assert found.frames == 6

    def test_no_picture_of_a_whole_film_goes_unseen(self, films: Films) -> None:
        path = films.make(range(48))
        seen = asyncio.run(films.inspector.measure(path, asyncio.run(films.inspector.probe(path)), 0, None))
        assert seen.values.get("picture", {}).get("unseen", 0.0) == 0.0
