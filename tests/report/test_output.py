"""Where a report may be written: over an earlier report, and over nothing else."""

import re
from pathlib import Path

import pytest

from tests.doses import doses
from tests.execution.studio import PROMPTS, Studio
from tests.report.conftest import ran, reported


@pytest.fixture
def made(studio: Studio) -> Studio:
    ran(studio, "run", studio.board(PROMPTS[0]), "--run-dir", studio.root)
    return studio


def test_a_report_shows_the_film_and_its_words_and_needs_nothing_but_itself(made: Studio) -> None:
    text = reported(made).read_text()
    assert PROMPTS[0] in text
    addresses = re.findall(r'(?:src|href|action|poster)="(?!data:|#)([^"]*)"', text)
    assert "film.mp4" in addresses
    assert all((made.root / address).exists() for address in addresses)
    assert not re.search(r"https?://", re.sub(r"data:[^\"]*", "", text))


def test_what_is_no_report_is_never_written_over(made: Studio, tmp_path: Path) -> None:
    mine = tmp_path / "letter.html"
    mine.write_text("<!doctype html><title>a letter</title>")
    done = made.command("report", made.root, "-o", mine)
    assert done.returncode == 2
    assert "is no report of longtake" in done.stderr
    assert "choose another name" in done.stderr
    assert "a letter" in mine.read_text()


def test_an_earlier_report_is_replaced(made: Studio, tmp_path: Path) -> None:
    for _ in range(2):
        assert made.command("report", made.root, "-o", tmp_path / "mine.html").returncode == 0
    assert [path.name for path in tmp_path.glob("*mine*")] == ["mine.html"]


@pytest.mark.parametrize(
    "name", doses(["film.mp4", "journal.jsonl", "hops/00/take-01/video.mp4", "new.html"], "journal.jsonl", "new.html")
)
def test_in_the_run_directory_only_its_own_name_is_taken(made: Studio, name: str) -> None:
    was = (made.root / name).read_bytes() if (made.root / name).exists() else None
    done = made.command("report", made.root, "-o", made.root / name)
    assert done.returncode == 2
    assert "leave --output out" in done.stderr
    assert ((made.root / name).read_bytes() if (made.root / name).exists() else None) == was


def test_a_folder_and_a_folder_that_is_not_there_are_said(made: Studio, tmp_path: Path) -> None:
    assert "is a folder" in made.command("report", made.root, "-o", tmp_path).stderr
    done = made.command("report", made.root, "-o", tmp_path / "no" / "mine.html")
    assert done.returncode == 2
    assert "there is no folder" in done.stderr
