"""A run directory that came from a stranger opens nothing outside of it: no link, no pipe, whatever it is called."""

import errno
import os
from pathlib import Path

import pytest

from runner.errors import RunDirectoryError
from runner.files import Disk, explain_os_errors, open_new, open_private, read_file, refuse_non_files
from tests.execution.studio import PROMPTS, Studio

FILES = (
    "journal.jsonl",
    "storyboard.yaml",
    "storyboard.yaml.new",
    "state.json.new",
    "place.json",
    "place.json.new",
    "lock",
    "film.mp4.new",
    "report.html",
    ".report.html.new",
    "hops/00/take-01/request.json",
    "hops/00/take-01/video.mp4.part",
)
FOLDERS = ("hops", "hops/00", "hops/00/take-01", "sandbox")
COMMANDS = (("run", "--run-dir", "run", "--yes", "board.yaml"), ("status", "run"), ("report", "run"), ("resume", "run"))


def plant(link: Path, leads_to: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(leads_to)


@pytest.mark.parametrize("name", [*FILES, *FOLDERS])
def test_a_link_in_a_run_directory_is_named_and_opened_by_nobody(studio: Studio, name: str) -> None:
    studio.board(PROMPTS[0])
    elsewhere = studio.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine").write_text("mine")
    plant(studio.root / name, elsewhere if name in FOLDERS else elsewhere / "mine")
    result = studio.command("run", "--run-dir", "run", "--yes", "board.yaml")
    assert result.returncode == 5, result.stderr
    assert name in result.stderr
    assert "run-directory/link" in result.stderr
    assert [path.name for path in elsewhere.iterdir()] == ["mine"]
    assert (elsewhere / "mine").read_text() == "mine"
    assert studio.charges() == []


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_every_command_refuses_a_run_directory_with_a_link(studio: Studio, words: tuple[str, ...]) -> None:
    studio.board(PROMPTS[0])
    elsewhere = studio.folder / "elsewhere.jsonl"
    elsewhere.write_text("not a journal\n")
    plant(studio.root / "journal.jsonl", elsewhere)
    result = studio.command(*words)
    assert (result.returncode, elsewhere.read_text()) == (5, "not a journal\n")
    assert "is a link to" in result.stderr


def test_a_rehearsal_writes_nothing_through_the_emulators_folder(studio: Studio) -> None:
    elsewhere = studio.folder / "elsewhere"
    elsewhere.mkdir()
    plant(studio.folder / "runs" / "board.sandbox" / "sandbox", elsewhere)
    assert studio.command("run", "--sandbox", studio.board(PROMPTS[0])).returncode == 5
    assert list(elsewhere.iterdir()) == []


def test_the_run_directory_itself_may_be_a_link(studio: Studio) -> None:
    (studio.folder / "big-disk").mkdir()
    studio.root.symlink_to(studio.folder / "big-disk")
    assert studio.film(studio.board(PROMPTS[0])).film.path.is_file()


def test_a_temporary_file_that_is_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    (tmp_path / "state.json.new").symlink_to(mine)
    Disk().write(tmp_path / "state.json", b"{}")
    assert (mine.read_text(), (tmp_path / "state.json").read_text()) == ("mine", "{}")
    assert not (tmp_path / "state.json").is_symlink()


def test_a_file_that_becomes_a_link_later_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    link = tmp_path / "journal.jsonl"
    link.symlink_to(tmp_path / "mine")
    for act in (lambda: read_file(link), lambda: open_private(link)):
        with pytest.raises(RunDirectoryError, match="is a link") as caught, explain_os_errors(link):
            act()
        assert caught.value.code == "run-directory/link"
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "place.json")
    with pytest.raises(OSError, match="not a file"):
        read_file(tmp_path / "place.json")
    with pytest.raises(OSError, match="place") as caught:
        open_private(tmp_path / "place.json")
    assert caught.value.errno == errno.ENXIO
    os.close(open_new(tmp_path / "place.json"))
    assert read_file(tmp_path / "place.json") == b""


@pytest.mark.parametrize("name", ["film.mp4", "hops/00/take-01/video.mp4", "lock"])
def test_a_pipe_in_a_run_directory_is_refused_and_holds_nobody_up(tmp_path: Path, name: str) -> None:
    pipe = tmp_path / name
    pipe.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(pipe)
    with pytest.raises(RunDirectoryError) as caught:
        refuse_non_files(tmp_path)
    assert (caught.value.code, name in caught.value.message) == ("run-directory/no-file", True)


def test_a_folder_that_vanishes_meanwhile_is_no_link(tmp_path: Path) -> None:
    refuse_non_files(tmp_path / "none")
