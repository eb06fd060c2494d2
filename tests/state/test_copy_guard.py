"""A moved run directory goes on; a copy of one that is still there does not, unless a person says so."""

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from runner.backends.local import open_local_run
from runner.errors import RunDirectoryError
from runner.files import Disk
from tests.fakes.clock import FakeClock
from tests.state.test_history import OPENED


def work(root: Path, *, copied: bool = False) -> str:
    """Open a run directory as a run does; gives what is said of its having moved."""
    with open_local_run(root, disk=Disk(), clock=FakeClock(), copied=copied) as directory:
        if not directory.history.run:
            directory.record("opened", **OPENED)
        return directory.moved


def refused(root: Path) -> RunDirectoryError:
    with pytest.raises(RunDirectoryError) as caught:
        work(root)
    assert caught.value.code == "run-directory/copy"
    return caught.value


def pretend(root: Path, **changes: object) -> None:
    place = json.loads((root / "place.json").read_text())
    (root / "place.json").write_text(json.dumps({**place, **changes}))


@pytest.fixture
def original(tmp_path: Path) -> Path:
    root = tmp_path / "original"
    work(root)
    return root


def copy_of(original: Path) -> Path:
    return Path(shutil.copytree(original, original.with_name("copy")))


def test_a_directory_that_stays_where_it_is_says_nothing(original: Path) -> None:
    before = (original / "place.json").stat().st_ino
    assert work(original) == ""
    assert (original / "place.json").stat().st_ino == before


def test_a_directory_met_by_another_way_says_nothing(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = original.with_name("link")
    link.symlink_to(original)
    monkeypatch.chdir(original.parent)
    assert (work(link), work(Path("original")), work(original / ".." / "link")) == ("", "", "")


def test_a_moved_directory_goes_on_with_one_note(original: Path) -> None:
    moved = original.rename(original.with_name("moved"))
    assert work(moved) == f"this run has moved here from {original}"
    assert work(moved) == ""


def test_a_directory_moved_to_another_disk_goes_on(original: Path) -> None:
    moved = copy_of(original)
    shutil.rmtree(original)
    assert "has moved here" in work(moved)


def test_a_copy_is_refused_while_the_original_is_there(original: Path) -> None:
    copy = copy_of(original)
    for _ in range(2):
        error = refused(copy)
        assert f"{copy} is a copy of {original}" in error.message
        assert f"longtake resume {copy} --here" in error.hint
        assert error.next_command == f"longtake resume {original}"
    assert work(original) == ""


def test_a_copy_of_a_copy_is_refused_as_well(original: Path) -> None:
    copy = copy_of(original)
    work(copy, copied=True)
    second = Path(shutil.copytree(copy, original.with_name("second")))
    assert "is a copy of" in refused(second).message


def test_a_copy_made_of_hard_links_is_refused(original: Path) -> None:
    copy = Path(shutil.copytree(original, original.with_name("copy"), copy_function=os.link))
    refused(copy)


def test_a_copy_goes_on_when_a_person_says_so_and_is_a_run_of_its_own_then(original: Path) -> None:
    copy = copy_of(original)
    assert work(copy, copied=True) == ""
    assert (work(copy), work(original)) == ("", "")


def test_a_copy_goes_on_when_the_original_is_removed(original: Path) -> None:
    copy = copy_of(original)
    refused(copy)
    shutil.rmtree(original)
    assert "has moved here" in work(copy)


def test_another_run_in_the_old_place_is_no_original(original: Path) -> None:
    moved = original.rename(original.with_name("moved"))
    with open_local_run(original, disk=Disk(), clock=FakeClock()) as directory:
        directory.record("opened", **{**OPENED, "run": "another"})
    assert "has moved here" in work(moved)


def test_the_original_moved_away_from_its_copy_is_still_the_original(original: Path) -> None:
    moved = original.rename(original.with_name("moved"))
    shutil.copytree(moved, original)
    assert "where a copy of it was left" in work(moved)


def test_a_directory_from_another_machine_goes_on_with_a_note(original: Path) -> None:
    pretend(original, host="elsewhere", path="/srv/runs/a")
    assert "last worked on at elsewhere, in /srv/runs/a" in work(original)
    assert json.loads((original / "place.json").read_text())["host"] == socket.gethostname()
    assert work(original) == ""


def test_a_container_with_a_new_name_says_nothing(original: Path) -> None:
    pretend(original, host="3f2a9c0d1e5b")
    assert work(original) == ""


def test_a_journal_put_back_from_a_backup_is_told(original: Path) -> None:
    journal = original / "journal.jsonl"
    journal.rename(original / "old")
    shutil.copy(original / "old", journal)
    assert "does not know what was bought since" in work(original)


@pytest.mark.parametrize(
    "words", ["", "{", "[]", "null", '{"host": 1}', '{"host": "h", "path": "x", "inode": "y"}', "\xff"]
)
def test_a_place_that_cannot_be_read_is_written_again(original: Path, words: str) -> None:
    (original / "place.json").write_text(words, encoding="latin-1")
    assert work(original) == ""
    assert json.loads((original / "place.json").read_text())["path"] == str(original.resolve())


@pytest.mark.parametrize("path", ["relative", "a\0b", "/" + "x" * 5000, "/dev/null", "/proc/1/root/x"])
def test_an_odd_path_in_it_does_no_harm(original: Path, path: str) -> None:
    pretend(original, path=path)
    work(original)


def test_a_directory_of_an_older_version_gets_its_place(original: Path) -> None:
    (original / "place.json").unlink()
    assert work(original) == ""
    assert (original / "place.json").stat().st_mode & 0o077 == 0
